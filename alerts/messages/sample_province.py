"""A made-up part of a province for the sample messages. Pure; addresses are of the documentation range."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from alerts.messages.gathering import Surroundings
from alerts.messages.letterhead import Letterhead
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Address, Contact, Directory, Policy, Rota, Shift, Step
from inventory.contacts import PersonForm
from inventory.model import Area, Check, Circuit, Inventory, Layer, Target, Unit
from probes.kind import Options

OPENED_AT: Final = 1_795_290_420.0
"""02:47 on 22/11/2026 in Viet Nam."""

_WEST: Final = ("Đăk Hà", "Đăk Mar", "Đăk Pxi", "Đăk Ui", "Ngọk Réo")
_CITY: Final = ("Đăk Rơ Wa", "Ia Chim", "Ngọk Bay")
_EAST: Final = ("Ba Dinh", "Ba Động", "Ba Tô", "Ba Tơ", "Ba Vì", "Ba Xa")
_LONGEST_NAME: Final = "Trương Quang Trọng"
_BEHIND: Final = 14


class Size(StrEnum):
    """How much a sample says."""

    TYPICAL = "typical"
    LONGEST = "longest"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the sample incidents happen in. `behind`: check ids behind the link; `group_ids`: links that share a carrier."""

    size: Size
    known: Surroundings
    link_id: str
    central_id: str
    behind: tuple[str, ...]
    group_ids: tuple[str, ...]
    provider: str
    district: str
    policy: Policy
    person: str
    link: str
    opened_at: float = OPENED_AT

    def members(self, *, back: int) -> tuple[Incident, ...]:
        """Return a group's members, of which the first `back` are up again."""
        found = []
        for number, target_id in enumerate(self.group_ids):
            at = self.opened_at + 7.0 * (number % 9)
            member = Incident(
                f"SC-2026-{2_000 + number}",
                f"{target_id}/icmp",
                at,
                at + 60,
                "timeout",
                part_of="SC-2026-1187",
            )
            if number < back:
                member = replace(member, resolved_at=at + 1_800, close_reason=CloseReason.RECOVERED)
            found.append(member)
        return tuple(found)


@cache
def sample_stage(size: Size, letterhead: Letterhead) -> Stage:
    """Return the stage of a size; without links when nothing is optional."""
    units = list(_units(size))
    inventory = _inventory(units, size)
    links = [target.id for target in inventory.targets.values() if target.layer is Layer.TSLCD]
    group = links if size is Size.LONGEST else links[:5]
    directory, policy = _duty(size)
    down = {f"{each}/icmp": Status.DOWN for each in group}
    statuses = dict.fromkeys(inventory.checks, Status.UP) | down
    link_id = "u05.cpe" if size is Size.TYPICAL else "u00.cpe"
    behind = tuple(f"{link_id.partition('.')[0]}.pc{n:02d}/icmp" for n in range(1, _BEHIND + 1))
    behind = () if size is Size.EMPTY else behind
    statuses |= dict.fromkeys((*behind, f"{link_id}/icmp", f"{link_id}/snmp"), Status.DOWN)
    person = PersonForm(name="A Thiu", role="Văn phòng", phone="0912 345 678")
    people = {unit.code: (person,) for unit in units} if size is not Size.EMPTY else {}
    base = letterhead.pages_url or "https://giamsat.example"
    long_url = "https://giamsat.example/" + "x" * 150
    head = replace(letterhead, pages_url=None if size is Size.EMPTY else letterhead.pages_url)
    if size is Size.LONGEST:
        base, head = long_url, replace(letterhead, pages_url=long_url)
    return Stage(
        size=size,
        known=Surroundings(
            inventory=inventory,
            letterhead=head,
            settings=AlertSettings(policies={policy.id: policy}, directory=directory),
            statuses=statuses,
            people=people,
        ),
        link_id=link_id,
        central_id="cong-dvcqg",
        behind=behind,
        group_ids=tuple(group),
        provider=next(iter(inventory.circuits.values())).provider if inventory.circuits else "VNPT",
        district=units[0].former_district or "Huyện Đăk Hà",
        policy=policy,
        person="ngoc" if size is not Size.EMPTY else "",
        link="" if size is Size.EMPTY else f"{base.rstrip('/')}/a/9f3kQx7T",
    )


def _units(size: Size) -> Iterator[Unit]:
    if size is Size.LONGEST:
        for number in range(96):
            area, district = ("kt", "Thành phố Quảng Ngãi") if number % 2 else ("qn", "Thị xã Đức Phổ")
            name = f"Phường {_LONGEST_NAME} {number:02d}"
            yield Unit(f"u{number:02d}", name, "phường", area, f"{district} {number % 13:02d}")
        return
    parts = ((_WEST, "kt", "Huyện Đăk Hà"), (_CITY, "kt", "Thành phố Kon Tum"), (_EAST, "qn", "Huyện Ba Tơ"))
    number = 0
    for names, area, district in parts:
        for name in names:
            is_bare = size is Size.EMPTY
            yield Unit(f"u{number:02d}", f"Xã {name}", "xã", area, "" if is_bare else district)
            number += 1


def _inventory(units: list[Unit], size: Size) -> Inventory:
    targets = [_central(size)]
    circuits: dict[str, Circuit] = {}
    for unit in units:
        targets.append(_link(unit, size))
        if size is not Size.EMPTY:
            circuit = _circuit(unit, size)
            circuits[circuit.id] = circuit
    behind_unit = units[5].code if size is Size.TYPICAL else units[0].code
    if size is not Size.EMPTY:
        for number in range(1, _BEHIND + 1):
            name = f"Máy tính tiếp nhận hồ sơ {number:02d}"
            target_id = f"{behind_unit}.pc{number:02d}"
            needs = (f"{behind_unit}.cpe",)
            targets.append(Target(target_id, name, behind_unit, Layer.PC, "pc", "192.0.2.1", needs))
    checks = {f"{each.id}/icmp": _check(each, "icmp") for each in targets}
    children: dict[str, tuple[str, ...]] = {}
    for each in targets:
        for needed in each.depends_on:
            children[f"{needed}/icmp"] = (*children.get(f"{needed}/icmp", ()), f"{each.id}/icmp")
    for each in targets:
        if each.layer is Layer.TSLCD:
            checks[f"{each.id}/snmp"] = _check(each, "snmp")
    return Inventory(
        units={unit.code: unit for unit in units},
        targets={each.id: each for each in targets},
        checks=checks,
        circuits=circuits,
        areas={"kt": Area("kt", "Kon Tum (cũ)"), "qn": Area("qn", "Quảng Ngãi (cũ)")},
        children=children,
    )


def _check(target: Target, kind: str) -> Check:
    return Check(f"{target.id}/{kind}", target.id, kind, target.address, Options(), 60, 10, 5, 5, 2)


def _central(size: Size) -> Target:
    name = "Cổng Dịch vụ công quốc gia" if size is not Size.LONGEST else "Hệ thống thông tin " * 8
    return Target("cong-dvcqg", name, "", Layer.CENTRAL, "central-system", "192.0.2.9")


def _link(unit: Unit, size: Size) -> Target:
    impact = "Trung tâm PVHCC xã không tiếp nhận được hồ sơ; điểm cầu hội nghị không vào được"
    action = "gọi đầu mối xã hỏi nguồn điện và đèn thiết bị; nếu có điện thì báo nhà mạng"
    circuit: str | None = f"q-{unit.code}"
    if size is Size.EMPTY:
        impact, action, circuit = "", "", None
    elif size is Size.LONGEST:
        impact, action = "người dân không nộp được hồ sơ tại bộ phận một cửa, " * 8, f"{action}, " * 8
    return Target(
        f"{unit.code}.cpe",
        f"CPE {unit.name}",
        unit.code,
        Layer.TSLCD,
        "tslcd-cpe",
        "192.0.2.2",
        circuit_id=circuit,
        impact=impact,
        first_action=action,
    )


def _circuit(unit: Unit, size: Size) -> Circuit:
    if size is Size.LONGEST:
        provider = f"Tập đoàn Bưu chính Viễn thông {int(unit.code[1:]) % 3} " + "mở rộng " * 4
        return Circuit(f"q-{unit.code}", provider, "HĐ-" * 30, "0123 456 789 / " * 8)
    provider = "VNPT" if unit.area == "kt" else "Viettel"
    return Circuit(f"q-{unit.code}", provider, f"Q-KTM-0{unit.code[1:]}", "1800 1166")


def _duty(size: Size) -> tuple[Directory, Policy]:
    if size is Size.EMPTY:
        return Directory(), Policy("default", (Step(("file:",)),))
    long = size is Size.LONGEST
    name, chief = ("Nguyễn Thị " * 6, "Trần Văn " * 8) if long else ("Bích Ngọc", "Hoàng Nam")
    addresses = (Address("zalo_bot", "1"),)
    shift = Shift("Ca đêm", 0, 24 * 60, ("ngoc",), date(2026, 1, 1))
    rota = Rota("csht", "Trực hạ tầng số", (shift,))
    contacts = {
        "ngoc": Contact("ngoc", name, addresses, phone="0905 111 222", role="trực chính"),
        "nam": Contact("nam", chief, addresses, phone="0905 333 444", role="trưởng ca"),
        "giam-doc": Contact("giam-doc", chief, addresses, role="lãnh đạo trực"),
    }
    steps = (Step(("rota:csht",)), Step(("nam",), 900.0), Step(("giam-doc",), 3_600.0))
    return Directory(contacts, {"csht": rota}), Policy("default", steps, repeat_s=1_800.0)
