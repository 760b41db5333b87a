"""`inventory show`: a target with all that belongs to it, or a unit with its targets; with --resolved, who said each value."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alerts.messages import words
from inventory.address import host_of
from inventory.contacts import read_contacts
from inventory.graph import descendant_targets
from inventory.loader import Assembled, assemble
from inventory.model import Check, Equipped, Inventory, Owner, Target, Threshold, Unit
from inventory.names import find, former_hint, hint, near_id
from inventory.problem import ProblemsError
from inventory.resolved import Resolved, resolve
from inventory.validation import shown
from monitor.cli.config import config_path, read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import PROGRAM
from monitor.cli.inventory import show_json
from monitor.cli.output import Output
from probes.resolve import ip_literal

_OWNERS: Final[Mapping[Owner, str]] = {
    Owner.LOCAL: "tỉnh, xã",
    Owner.ENTERPRISE: "doanh nghiệp",
    Owner.CENTRAL: "Trung ương (chỉ ghi nhận, không báo)",
}
_MOST_NAMED: Final = 8
_CHECK_HEADERS: Final = ("PHÉP ĐO", "LOẠI", "CHU KỲ", "HỎNG/TỐT KHI", "NGƯỠNG", "LỊCH", "CHÍNH SÁCH")
_TARGET_HEADERS: Final = ("MÃ", "TÊN", "LỚP", "MẪU", "ĐỊA CHỈ", "TÌNH TRẠNG")
_PEOPLE_HEADERS: Final = ("HỌ TÊN", "VIỆC", "ĐIỆN THOẠI", "THƯ", "ZALO")


def run(arguments: Namespace, out: Output) -> int:
    """Show one target or one unit; a name that several have is listed, not guessed."""
    assembled = _read(arguments)
    inventory = assembled.loaded.inventory
    chosen = _chosen(arguments.name, inventory)
    if isinstance(chosen, Unit) and arguments.name not in inventory.units:
        former = former_hint(arguments.name, {chosen.code: chosen.former_names}, {chosen.code: chosen.name})
        if former and not find(arguments.name, {chosen.code: chosen.name}):
            out.note(former)
    if isinstance(chosen, Unit):
        if arguments.resolved:
            ids = [target.id for target in inventory.targets.values() if target.unit_code == chosen.code]
            remedy = "chọn một đối tượng: " + (
                ", ".join(ids[:_MOST_NAMED]) or "đơn vị này chưa có đối tượng nào"
            )
            raise CommandError(Exit.USAGE, "--resolved chỉ dùng cho một đối tượng", remedy)
        _show_unit(chosen, inventory, out)
        _show_people(chosen, read_settings(arguments).contacts, out)
    else:
        _show_target(chosen, inventory, resolve(assembled, chosen.id) if arguments.resolved else None, out)
    return Exit.OK


def _read(arguments: Namespace) -> Assembled:
    settings = read_settings(arguments)
    try:
        return assemble(settings.inventory)
    except ProblemsError as error:
        remedy = f"xem hết các lỗi: tslcd-monitor check-config {config_path(arguments)}"
        raise CommandError(Exit.FINDINGS, str(error.problems[0]), remedy) from None


def _chosen(asked: str, inventory: Inventory) -> Target | Unit:
    """Return what has this id, code or name; units before targets, today's names before former ones."""
    if asked in inventory.targets:
        return inventory.targets[asked]
    units = {code: unit.name for code, unit in inventory.units.items()}
    codes = find(asked, units)
    if not codes:
        former = {
            f"{code} {name}": name for code, unit in inventory.units.items() for name in unit.former_names
        }
        codes = list(dict.fromkeys(key.partition(" ")[0] for key in find(asked, former)))
    if len(codes) == 1:
        return inventory.units[codes[0]]
    targets = {target.id: target.name for target in inventory.targets.values()}
    ids = [] if codes else find(asked, targets)
    if not codes and not ids:
        host = host_of(asked)
        ids = [target.id for target in inventory.targets.values() if host and host_of(target.address) == host]
        if not ids and ip_literal(host) is not None:
            remedy = f"tìm theo tên xã, hoặc dò mạng: {PROGRAM} inventory discover"
            raise CommandError(Exit.USAGE, f"danh mục chưa có đối tượng nào ở địa chỉ {host}", remedy)
    if len(ids) == 1:
        return inventory.targets[ids[0]]
    listed = [_unit_in_list(inventory.units[code]) for code in codes]
    listed += [f"{targets[target_id]} ({target_id})" for target_id in ids]
    if listed:
        what = f"'{asked}' có thể là: " + "; ".join(listed[:_MOST_NAMED])
        what += f"; và {len(listed) - _MOST_NAMED} nơi khác" if len(listed) > _MOST_NAMED else ""
        raise CommandError(Exit.USAGE, what, "gõ có dấu, hoặc dùng mã")
    formers = {code: unit.former_names for code, unit in inventory.units.items()}
    near = former_hint(asked, formers, units) or hint(asked, units.values()) or near_id(asked, targets.keys())
    remedy = near or "gõ tên hoặc mã một xã, mã một đối tượng; xem tất cả: inventory export"
    raise CommandError(Exit.USAGE, f"danh mục không có '{asked}'", remedy)


def _unit_in_list(unit: Unit) -> str:
    return f"{unit.name} ({', '.join(filter(None, (unit.code, unit.former_district or 'cấp tỉnh')))})"


def _show_unit(unit: Unit, inventory: Inventory, out: Output) -> None:
    targets = [target for target in inventory.targets.values() if target.unit_code == unit.code]
    area = inventory.areas.get(unit.area)
    if out.is_json:
        out.json(show_json.unit_with_targets(unit, targets))
        return
    facts = {
        "Đơn vị": f"{unit.name} ({unit.code})",
        "Loại": unit.kind,
        "Địa bàn": "cấp tỉnh" if area is None else area.name,
        "Huyện (cũ)": unit.former_district,
        "Tỉnh (cũ)": unit.former_province,
        "Gồm các đơn vị cũ": ", ".join(unit.former_names),
        "Mạng": inventory.sites.get(unit.code, ""),
    }
    _print_facts(facts, out)
    rows = [
        (t.id, t.name, words.layer_short_name(t.layer), t.profile, t.address or "–", _condition(t))
        for t in targets
    ]
    out.table(_TARGET_HEADERS, rows)
    watched = sum(target.is_watched for target in targets)
    out.note(f"{len(targets)} đối tượng, {watched} được giám sát")


def _show_people(unit: Unit, file: Path | None, out: Output) -> None:
    """Print who is to be asked, for whoever may read their file; programs do not get them."""
    if file is None or out.is_json:
        return
    contacts = read_contacts(file, None)
    for problem in contacts.problems:
        out.note(f"danh bạ: {problem}")
    people = contacts.contacts_of(unit.code)
    if people:
        out.line()
        out.table(_PEOPLE_HEADERS, [(p.name, p.role, p.phone, p.email, p.zalo) for p in people])


def _show_target(
    target: Target, inventory: Inventory, resolved: tuple[Resolved, ...] | None, out: Output
) -> None:
    checks = [check for check in inventory.checks.values() if check.target_id == target.id]
    after = list(descendant_targets(inventory, target.id))
    if out.is_json:
        unit, way = inventory.units[target.unit_code], _way_up(target, inventory)
        windows = inventory.windows_of.get(target.id, ())
        out.json(
            show_json.target_with_checks(
                target, unit, checks, needs=way, behind=after, windows=windows, resolved=resolved
            )
        )
        return
    if resolved is not None:
        rows = [(each.path, _value(each.value), each.level.value, _place(each)) for each in resolved]
        out.table(("GIÁ TRỊ", "LÀ", "DO", "Ở"), rows)
        return
    _print_facts(_facts(target, inventory, after, everything=out.is_extended), out)
    out.table(_CHECK_HEADERS, [_check_row(check) for check in checks])
    if not checks:
        out.note(f"không có phép đo nào chạy: {_condition(target)}")
    out.note(f"giá trị nào từ dòng nào: tslcd-monitor inventory show {target.id} --resolved")


def _facts(target: Target, inventory: Inventory, after: list[str], *, everything: bool) -> dict[str, str]:
    unit = inventory.units[target.unit_code]
    circuit = inventory.circuits.get(target.circuit_id or "")
    windows = [inventory.windows[id_].title for id_ in inventory.windows_of.get(target.id, ())]
    fed = [other.id for other in inventory.targets.values() if target.id in other.powered_by]
    return {
        "Đối tượng": f"{target.name} ({target.id})",
        "Đơn vị": _unit_in_list(unit),
        "Lớp": words.layer_name(target.layer),
        "Mẫu thiết bị": target.profile,
        "Địa chỉ": target.address,
        "Tình trạng": _condition(target) + (", là mốc (anchor)" if target.anchor else ""),
        "Quản lý": _OWNERS[target.owner],
        "Kênh truyền": ""
        if circuit is None
        else ", ".join(filter(None, (circuit.id, circuit.provider, circuit.contract_code, circuit.hotline))),
        "Đi qua": " → ".join(" + ".join(step) for step in _way_up(target, inventory)),
        "Phía sau": _named(after, everything=everything),
        "Nguồn từ": ", ".join(target.powered_by),
        "Cấp nguồn cho": _named(fed, everything=everything),
        "Nhãn": ", ".join(target.tags),
        "Bảo trì": "; ".join(windows),
        "Khi mất": target.impact,
        "Việc đầu tiên": target.first_action,
    }


def _way_up(target: Target, inventory: Inventory) -> list[list[str]]:
    """Return what the target needs, step by step up to the core; each id once, where it is first needed."""
    steps: list[list[str]] = []
    seen = {target.id}
    needed = list(target.depends_on)
    while needed := [need for need in dict.fromkeys(needed) if need not in seen]:
        seen.update(needed)
        steps.append(needed)
        needed = [above for need in needed for above in inventory.targets[need].depends_on]
    return steps


def _condition(target: Target) -> str:
    if target.equipped is Equipped.NO:
        return "chưa trang bị"
    if target.equipped is Equipped.UNKNOWN:
        return "chưa rõ đã trang bị chưa"
    return "được giám sát" if target.enabled else "đã tắt giám sát"


def _named(ids: list[str], *, everything: bool) -> str:
    if not ids:
        return ""
    named = ids if everything else ids[:_MOST_NAMED]
    rest = " … (xem hết: -o extended)" if len(named) < len(ids) else ""
    return f"{len(ids)} đối tượng: {', '.join(named)}{rest}"


def _print_facts(facts: Mapping[str, str], out: Output) -> None:
    out.table(("MỤC", "NỘI DUNG"), [(key, value) for key, value in facts.items() if value])


def _check_row(check: Check) -> tuple[str, ...]:
    return (
        check.id.partition("/")[2],
        check.kind,
        f"{check.interval_s:g} s (chờ {check.timeout_s:g} s)",
        f"{check.failures_to_down}/{check.successes_to_up} lần, cách {check.retry_interval_s:g} s",
        "; ".join(map(_threshold, check.thresholds)) or "–",
        check.calendar,
        check.policy,
    )


def _threshold(limit: Threshold) -> str:
    sign = "<" if limit.below else ">"
    levels = (("", limit.warning), ("nặng ", limit.critical))
    return f"{limit.metric} " + ", ".join(
        f"{word}{sign} {value:g}" for word, value in levels if value is not None
    )


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) or "–"
    if isinstance(value, str):
        return value or "–"
    return "–" if value is None else shown(value)


def _place(each: Resolved) -> str:
    return "–" if each.place is None else f"{each.place.file}:{each.place.line}"
