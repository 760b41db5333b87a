"""What `silence` and `maintenance` do alike: preview and declare, list, show, extend, end."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from alerts.messages import words
from monitor.cli.client import Client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import confirm
from monitor.cli.muting.showing import KINDS, Item, details, previewed, table
from monitor.cli.muting_grammar import SELECTING
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.cli.times import moment

MANY_COMMUNES: Final = 30
"""More than these are not muted without asking."""

MOST_DAYS: Final = 400
"""The API looks no farther."""

PATHS: Final[Mapping[str, str]] = {"silence": "silences", "maintenance": "maintenances"}
_COMMANDS: Final[Mapping[str, str]] = {"silence": "silence expire", "maintenance": "maintenance end"}


def add(arguments: Namespace, client: Client, out: Output, kind: str) -> int:
    """Preview, ask when it is much, declare."""
    body: dict[str, Any] = {
        "selector": selector_of(arguments, places=arguments.places),
        "comment": arguments.comment,
        "who": person(arguments.who, doing="khai"),
        **ending_of(arguments),
    }
    if arguments.from_at is not None:
        body["from"] = arguments.from_at
    if kind == "maintenance":
        body |= {"title": arguments.title, "worker": arguments.worker, "untilUp": arguments.until_up}
    seen = client.post(PATHS[kind], "preview", body=body)
    previewed(seen["item"], seen["preview"], out, seen["asOf"])
    if arguments.dry_run:
        out.note("Mới xem thử, chưa khai.")
        return _answered(seen, out)
    ask_if_much(seen["preview"], kind, is_sure=arguments.yes)
    answer = client.post(PATHS[kind], body={**body, "confirm": seen["preview"]["confirm"]})
    if out.is_json:
        return _answered(answer, out)
    item = answer["item"]
    out.line(f"{item['id']}: {KINDS[kind]} đến {moment(item['until'])}")
    out.note(f"Kết thúc sớm: tslcd-monitor {_COMMANDS[kind]} {item['id']}")
    return Exit.OK


def listed(arguments: Namespace, client: Client, out: Output, kind: str, days: int) -> int:
    """Print what is quiet now and later."""
    answer = every(client, kind, days=days, past=arguments.past)
    if out.is_json:
        return _answered(answer, out)
    items = answer["items"]
    table(items, out, answer["asOf"], with_kind=kind == "maintenance")
    active = sum(item["state"] == "active" for item in items)
    if items:
        out.note(f"{len(items)} lần, {active} đang có hiệu lực")
    else:
        ahead = f" trong {days} ngày tới" if kind == "maintenance" else ""
        out.note(f"Không có {KINDS[kind]} nào đang có hiệu lực hoặc sắp tới{ahead}.")
    return Exit.OK


def every(client: Client, kind: str, *, days: int, past: int) -> dict[str, Any]:
    """Return all pages of the list as one."""
    days, past = min(days, MOST_DAYS), min(past, MOST_DAYS)
    answer = client.get(PATHS[kind], query=f"days={days}&past={past}&limit=500")
    cursor = answer["next"]
    while cursor is not None:
        more = client.get(PATHS[kind], query=f"days={days}&past={past}&limit=500&cursor={cursor}")
        answer["items"] += more["items"]
        cursor = more["next"]
    return {**answer, "next": None}


def show(arguments: Namespace, client: Client, out: Output, kind: str) -> int:
    """Print one."""
    answer = client.get(PATHS[kind], arguments.id.upper())
    if not out.is_json:
        details(answer["item"], out)
        return Exit.OK
    return _answered(answer, out)


def update(arguments: Namespace, client: Client, out: Output, kind: str) -> int:
    """Let it end at another time."""
    body = {
        "who": person(arguments.who, doing="đổi"),
        "comment": arguments.comment,
        **ending_of(arguments),
    }
    answer = client.post(PATHS[kind], arguments.id.upper(), "extend", body=body)
    if out.is_json:
        return _answered(answer, out)
    out.line(f"{answer['item']['id']}: {KINDS[kind]} đến {moment(answer['item']['until'])}")
    return Exit.OK


def end(arguments: Namespace, client: Client, out: Output, kind: str) -> int:
    """End them now."""
    who = person(arguments.who, doing="kết thúc")
    items: list[Item] = []
    for muting_id in arguments.ids:
        answer = client.post(PATHS[kind], muting_id.upper(), "end", body={"who": who})
        items.append(answer["item"])
        if not out.is_json:
            word = "đã hủy, chưa bắt đầu" if answer["item"]["state"] == "cancelled" else "đã kết thúc"
            out.line(f"{answer['item']['id']}: {word}; còn hỏng thì báo ngay")
    if out.is_json:
        out.json({"schema": f"{PATHS[kind]}/1", "items": items})
    return Exit.OK


def ask_if_much(preview: Item, kind: str, *, is_sure: bool) -> None:
    """Ask when very many communes would be quiet."""
    if preview["communes"] > MANY_COMMUNES:
        question = f"{KINDS[kind].capitalize()} ở {words.number(preview['communes'])} xã"
        confirm(question, is_sure=is_sure)


def selector_of(arguments: Namespace, *, places: Sequence[str] = ()) -> dict[str, list[str]]:
    """Return the conditions given, by field of Selector."""
    found: dict[str, list[str]] = {field: getattr(arguments, field) for _, field, _, _ in SELECTING}
    found["units"] = [*places, *found["units"]]
    return {field: values for field, values in found.items() if values}


def ending_of(arguments: Namespace) -> dict[str, object]:
    """Return when it is to end, as the API takes it."""
    if arguments.until is not None:
        return {"until": arguments.until}
    return {"durationS": arguments.duration}


def _answered(answer: Mapping[str, object], out: Output) -> int:
    if out.is_json:
        out.json(answer)
    return Exit.OK
