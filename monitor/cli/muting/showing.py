"""How silences and maintenance are shown at the terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from alerts.messages import words
from monitor.cli.output import Cell, Output, Row
from monitor.cli.times import exact, moment
from probes.wording import one_line

Item = dict[str, Any]
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "active": ("đang có hiệu lực", "degraded"),
    "pending": ("sắp tới", ""),
    "ended": ("đã kết thúc sớm", "up"),
    "expired": ("đã hết", "up"),
    "cancelled": ("đã hủy", "up"),
}
KINDS: Final[Mapping[str, str]] = {"silence": "tạm ngưng thông báo", "maintenance": "bảo trì"}


def table(items: Sequence[Item], out: Output, as_of: str, *, with_kind: bool) -> None:
    """Print a list; narrow enough for 80 columns."""
    rows = [_row(item, as_of, with_kind=with_kind, in_full=out.is_extended) for item in items]
    out.table(("MÃ", "TÌNH TRẠNG", "KHI NÀO", "CHO", "VÌ SAO"), rows)


def details(item: Item, out: Output) -> None:
    """Print everything about one."""
    out.line(f"{item['id']}  {KINDS[item['kind']]}: {one_line(item['title'] or item['comment'])}")
    facts = [
        ("Tình trạng", _STATES[item["state"]][0]),
        ("Từ", exact(item["from"])),
        ("Đến", exact(item["until"])),
        ("Thời lượng", lasting(item)),
        ("Cho", item["scope"]),
        ("Trúng", reach_text(item)),
        ("Vì sao", item["comment"]),
        ("Ai khai", f"{item['who']}, {exact(item['createdAt'])}"),
    ]
    if item["worker"]:
        facts.append(("Đơn vị thực hiện", item["worker"]))
    if item["untilUp"]:
        facts.append(("Hết sớm", "với đối tượng nào đã có lại kết nối"))
    if item["endedAt"]:
        facts.append(("Kết thúc", f"{exact(item['endedAt'])}, {item['endedBy']}"))
    out.table(("", ""), facts)


def previewed(item: Item, preview: Item, out: Output, as_of: str) -> None:
    """Print what would be muted, before it is."""
    out.note(f"{KINDS[item['kind']].capitalize()}: {item['scope']}")
    out.note(f"Từ {moment(item['from'], as_of=as_of)} đến {moment(item['until'])} ({lasting(item)}).")
    names = ", ".join(preview["unitNames"])
    more = preview["units"] - len(preview["unitNames"])
    listed = f": {names}" + (f" và {more} đơn vị khác" if more > 0 else "") if names else ""
    out.note(f"Trúng {reach_text(preview)}{listed}.")
    if preview["incidents"]:
        waiting = preview["waitingMessages"]
        tail = f"; {words.number(waiting)} tin đang chờ gửi" if waiting else ""
        start = " từ lúc ấy" if item["state"] == "pending" else ""
        out.note(f"Sự cố đang mở sẽ không báo tiếp{start}: {', '.join(preview['incidents'])}{tail}.")
    else:
        out.note("Không có sự cố đang mở nào ở đó.")


def lasting(item: Item) -> str:
    """Say how long it lasts."""
    start, end = (datetime.fromisoformat(item[key]) for key in ("from", "until"))
    return words.duration((end - start).total_seconds())


def reach_text(reach: Item) -> str:
    """Say how much is hit: "03 đơn vị, 12 đối tượng và 40 đối tượng phía sau"."""
    behind = f" và {words.number(reach['targetsBehind'])} phía sau" if reach["targetsBehind"] else ""
    return f"{words.number(reach['units'])} đơn vị, {words.number(reach['targets'])} đối tượng{behind}"


def _row(item: Item, as_of: str, *, with_kind: bool, in_full: bool) -> Row:
    word, colour = _STATES[item["state"]]
    source = " (danh mục)" if item["source"] == "inventory" else ""
    until = f"đến {moment(item['until'], as_of=as_of)}"
    if item["endedAt"]:
        until = f"{item['endedBy']} kết thúc {moment(item['endedAt'], as_of=as_of)}"
    where = f"{reach_text(item)}: {', '.join(item['unitNames'])}" if in_full else reach_text(item)
    why, who = item["title"] or item["comment"], item["who"] or item["worker"] or "–"
    said = f"{who}: {item['comment']}" if in_full and item["comment"] != why else who
    return [
        Cell(item["id"], below=KINDS[item["kind"]] + source if with_kind else ""),
        Cell(word, colour),
        Cell(moment(item["from"], as_of=as_of), below=until),
        Cell(item["scope"], below=where),
        Cell(why, below=said),
    ]
