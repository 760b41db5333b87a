"""`status`: the overview as a table, the most urgent first."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from alerts.messages import words
from inventory.model import PROVINCE, Layer
from inventory.names import find, former_hint, hint
from inventory.problem import near_miss
from monitor.cli.client import open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output, state_cell
from monitor.cli.times import clock, moment, since
from monitor.web.view import Shown

Item = dict[str, Any]
_QUIET: Final = {Shown.UP, Shown.UNWATCHED}
_BAD: Final = {Shown.DOWN, Shown.AFFECTED, Shown.UNKNOWN}
_MOST_DEVICES: Final = 2
_HEADERS: Final = ("TRẠNG THÁI", "NƠI", "ĐỊA BÀN (CŨ)", "TỪ", "NGƯỜI NHẬN", "SỰ CỐ", "CÁI GÌ")


def run(arguments: Namespace, out: Output) -> int:
    """Print how things are; 0 unless --exit-code asks otherwise."""
    overview = open_client(arguments).get("overview")
    _refuse_unknown_area(arguments.area, overview["areas"])
    items = _chosen(list(_items(overview, arguments.layer)), arguments)
    items.sort(key=lambda item: Shown(item["state"]).urgency)
    if out.is_json:
        keys = ("asOf", "dataAt", "dataAgeS", "stale", "isolatedSince", "headline", "health")
        out.json({"schema": "status/1", **{key: overview[key] for key in keys}, "items": items})
    else:
        _print(
            overview,
            items,
            out,
            everything=out.is_extended or arguments.name is not None,
            is_narrowed=arguments.name is not None or arguments.area is not None,
        )
    is_bad = overview["stale"] or any(Shown(item["state"]) in _BAD for item in items)
    return Exit.FINDINGS if arguments.exit_code and is_bad else Exit.OK


def _refuse_unknown_area(asked: str | None, areas: list[dict[str, str]]) -> None:
    known = [*(area["id"] for area in areas), PROVINCE]
    if asked is not None and asked not in known:
        listed = ", ".join([*(f"{area['id']}: {area['name']}" for area in areas), f"{PROVINCE}: cấp tỉnh"])
        raise CommandError(
            Exit.USAGE, f"không có địa bàn '{asked}'", near_miss(asked, known) or f"chọn một trong: {listed}"
        )


def _items(overview: dict[str, Any], layer: str | None) -> Iterable[Item]:
    """Yield communes, then provincial systems, each with the state of `layer` (None: of everything)."""
    for commune in overview["communes"]:
        state = commune["worst"] if layer is None else commune["layers"].get(layer)
        if state is not None:
            yield (
                {
                    **{key: commune[key] for key in ("id", "name", "area", "district", "formerNames")},
                    "state": state,
                }
                | {
                    key: commune[key] if state == commune["worst"] else None
                    for key in ("since", "incident", "ackedBy")
                }
                | {
                    "layers": commune["layers"],
                    "blamed": commune["blamed"] if state == commune["worst"] else [],
                }
            )
    for system in overview["systems"]:
        if layer is None or system["layer"] == layer:
            yield {
                **{key: system[key] for key in ("id", "name", "state", "since", "incident", "ackedBy")},
                "area": PROVINCE,
                "district": "",
                "formerNames": [],
                "layers": {system["layer"]: system["state"]},
                "blamed": [],
            }


def _chosen(items: list[Item], arguments: Namespace) -> list[Item]:
    if arguments.area is not None:
        items = [item for item in items if item["area"] == arguments.area]
    if arguments.name is None:
        return items
    names = {item["id"]: item["name"] for item in items}
    found = find(arguments.name, names)
    if not found:
        former = {item["id"]: item["formerNames"] for item in items}
        near = former_hint(arguments.name, former, names) or hint(arguments.name, names.values())
        raise CommandError(
            Exit.USAGE, f"không có nơi nào tên '{arguments.name}'", near or "xem tất cả: status -o extended"
        )
    chosen = [item for item in items if item["id"] in found]
    if len(chosen) > 1:
        listed = "; ".join(
            f"{item['name']} ({item['id']}, {item['district'] or 'cấp tỉnh'})" for item in chosen
        )
        raise CommandError(Exit.USAGE, f"'{arguments.name}' có thể là: {listed}", "gõ có dấu, hoặc dùng mã")
    return chosen


def _print(
    overview: dict[str, Any], items: list[Item], out: Output, *, everything: bool, is_narrowed: bool
) -> None:
    as_of: str = overview["asOf"]
    shown = [item for item in items if everything or Shown(item["state"]) not in _QUIET]
    headers = (*_HEADERS, "CÁC LỚP") if out.is_extended else _HEADERS
    out.table(headers, [_row(item, as_of, with_layers=out.is_extended) for item in shown])
    counts = Counter(Shown(item["state"]) for item in items)
    watched = sum(counts.values()) - counts[Shown.UNWATCHED]
    parts = [f"{counts[Shown.UP]}/{watched} hoạt động"]
    parts += [
        f"{counts[state]} {state.word.lower()}" for state in Shown if state not in _QUIET and counts[state]
    ]
    out.note(f"{', '.join(parts)} · {_data_age(overview)}")
    if overview["stale"] or overview["isolatedSince"]:
        out.note("mọi trạng thái là chưa rõ, không phải các nơi mất kết nối")
    for reason in overview["health"]["reasons"]:
        out.note(f"máy giám sát: {reason['text']}")
    matters = _matters(overview, items) if is_narrowed else overview["todo"]
    for matter in matters:
        if matter["held"]:
            held = matter["held"]
            out.note(f"{matter['id']}: {held['text']}, giữ tin đến {moment(held['until'], as_of=as_of)}")
    untaken = [matter["id"] for matter in matters if not matter["ackedBy"]]
    if untaken:
        out.note(f"Nhận xử lý: tslcd-monitor incident ack {untaken[0]}")


def _matters(overview: dict[str, Any], items: list[Item]) -> list[Item]:
    """Return the open incidents at `items`, and those elsewhere that explain how they are."""
    places = {item["id"] for item in items}
    incidents = {item["incident"] for item in items}
    return [
        matter
        for matter in overview["todo"]
        if matter["id"] in incidents
        or matter["target"]["id"] in places
        or (matter["unit"] is not None and matter["unit"]["id"] in places)
    ]


def _what(item: Item) -> str:
    """Say which devices make it look so, by layer: "Hội nghị: Điểm cầu hội nghị"; else only the layers."""
    if Shown(item["state"]) in {*_QUIET, Shown.UNKNOWN}:
        return "–"
    layers: dict[str, list[str]] = {
        id_: [] for id_, state in item["layers"].items() if state == item["state"]
    }
    if item["blamed"]:
        layers = {device["layer"]: [] for device in item["blamed"]}
    for device in item["blamed"]:
        layers[device["layer"]].append(device["name"])
    return "; ".join(_devices(words.layer_short_name(Layer(id_)), names) for id_, names in layers.items())


def _devices(layer: str, names: list[str]) -> str:
    if not names:
        return layer
    rest = len(names) - _MOST_DEVICES
    more = f" và {rest} thiết bị khác" if rest > 0 else ""
    return f"{layer}: {', '.join(names[:_MOST_DEVICES])}{more}"


def _row(item: Item, as_of: str, *, with_layers: bool) -> list[Any]:
    state = Shown(item["state"])
    row = [
        state_cell(state, state.word),
        item["name"],
        item["district"] or "–",
        "–" if state in _QUIET else since(item["since"], as_of),
        item["ackedBy"] or "–",
        item["incident"] or "–",
        _what(item),
    ]
    if with_layers:
        layers = item["layers"].items()
        row.append(
            ", ".join(f"{words.layer_short_name(Layer(id_))}: {Shown(s).word.lower()}" for id_, s in layers)
        )
    return row


def _data_age(overview: dict[str, Any]) -> str:
    if overview["dataAt"] is None:
        return "chưa có số liệu"
    age_s = overview["dataAgeS"]
    age = "vừa xong" if age_s < 1 else f"{words.duration(age_s)} trước"
    return f"số liệu {clock(overview['dataAt'])} ({age})"
