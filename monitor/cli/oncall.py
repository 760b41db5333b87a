"""`oncall now | week | swap`."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from monitor.cli.client import Client, open_client
from monitor.cli.exits import Exit
from monitor.cli.output import Cell, Output
from monitor.cli.person import person
from monitor.cli.times import moment


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    client = open_client(arguments)
    match arguments.action:
        case "now":
            return _now(client, out)
        case "week":
            return _week(client, out, max(1, arguments.days))
        case _:
            return _swap(client, out, arguments)


def _now(client: Client, out: Output) -> int:
    answer = client.get("oncall")
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows = [_on_duty(item, answer["asOf"]) for item in answer["items"]]
    out.table(("BẢNG TRỰC", "CA", "ĐANG TRỰC", "ĐIỆN THOẠI", "KÊNH", "GIAO CA LÚC"), rows)
    if not rows:
        out.note("Chưa có bảng trực nào: thêm rotas vào tệp người trực (oncall trong cấu hình).")
    return Exit.OK


def _on_duty(item: dict[str, Any], as_of: str) -> list[Cell | str]:
    people = item["people"]
    names = ", ".join(each["name"] for each in people) + (" (trực thay)" if item["swapped"] else "")
    return [
        item["name"],
        item["shift"] or "–",
        names if people else Cell("không có ai trực", "down"),
        ", ".join(each["phone"] for each in people if each["phone"]) or "–",
        ", ".join(dict.fromkeys(channel for each in people for channel in each["channels"])) or "–",
        moment(item["nextHandOver"], as_of=as_of),
    ]


def _week(client: Client, out: Output, days: int) -> int:
    answer = client.get("oncall", "duties", query=f"days={days}")
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows = [row for item in answer["items"] for _, row in sorted(_weeks_rows(item), key=lambda each: each[0])]
    out.table(("BẢNG TRỰC", "CA", "TỪ", "ĐẾN", "AI", "GHI CHÚ"), rows)
    return Exit.OK


def _weeks_rows(item: dict[str, Any]) -> Iterator[tuple[str, list[Cell | str]]]:
    """Yield a rota's rows, each with when it begins: shifts, swaps and the times that nobody is on duty."""

    def row(times: dict[str, Any], shift: str, who: Cell | str, note: str) -> tuple[str, list[Cell | str]]:
        return times["from"], [item["name"], shift, moment(times["from"]), moment(times["until"]), who, note]

    for duty in item["duties"]:
        if duty["person"]:
            instead = f"thay {duty['insteadOf']}" if duty["insteadOf"] else ""
            yield row(duty, duty["shift"], duty["person"], instead)
    for swap in item["swaps"]:
        word = "đổi ca" if swap["counts"] else "đổi ca không tính: người này đã rời tệp người trực"
        yield row(swap, "–", swap["person"], " – ".join(filter(None, (word, swap["comment"]))))
    for gap in item["gaps"]:
        yield row(gap, "–", Cell("không có ai trực", "down"), "")


def _swap(client: Client, out: Output, arguments: Namespace) -> int:
    body = {
        "rota": arguments.rota,
        "person": arguments.person,
        "from": arguments.from_at,
        "until": arguments.until_at,
        "comment": arguments.comment,
        "who": person(arguments.who, doing="sắp xếp"),
    }
    answer = client.post("oncall", "swaps", body=body)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    item = answer["item"]
    out.line(f"{item['person']} trực {item['rota']} từ {moment(item['from'])} đến {moment(item['until'])}")
    return Exit.OK
