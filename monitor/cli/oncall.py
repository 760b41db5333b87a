"""`oncall now | week | swap`."""

from argparse import Namespace
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
    rows: list[list[Cell | str]] = []
    for item in answer["items"]:
        for duty in item["duties"]:
            instead = f"thay {duty['insteadOf']}" if duty["insteadOf"] and duty["person"] else ""
            who = duty["person"] or Cell("không có ai trực", "down")
            rows.append(
                [item["name"], duty["shift"], moment(duty["from"]), moment(duty["until"]), who, instead]
            )
        for swap in item["swaps"]:
            word = "đổi ca" if swap["counts"] else "đổi ca không tính: người này đã rời tệp người trực"
            note = " – ".join(filter(None, (word, swap["comment"])))
            rows.append(
                [item["name"], "–", moment(swap["from"]), moment(swap["until"]), swap["person"], note]
            )
    out.table(("BẢNG TRỰC", "CA", "TỪ", "ĐẾN", "AI", "GHI CHÚ"), rows)
    return Exit.OK


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
