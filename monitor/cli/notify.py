"""`notify queue | retry | drop | test | route-test | render`."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from alerts.messages.words import held_word
from alerts.model.hold import SuppressionReason
from monitor.cli import notify_render
from monitor.cli.client import Client, open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.person import person
from monitor.cli.times import moment

TEST_TIMEOUT_S: Final = 60.0
KINDS: Final[Mapping[str, str]] = {
    "opened": "báo sự cố",
    "escalated": "chuyển cấp",
    "reminded": "nhắc lại",
    "updated": "cập nhật",
    "flapping": "chập chờn",
    "resolved": "báo khôi phục",
    "bulletin": "bản tin",
}
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "sent": ("đã gửi", "up"),
    "dead": ("không gửi được", "down"),
    "waiting": ("chưa gửi được", "degraded"),
    "cancelled": ("đã hủy", "unknown"),
}


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    if arguments.action == "render":
        return notify_render.run(arguments, out)
    client = open_client(arguments)
    match arguments.action:
        case "queue":
            return _queue(arguments, client, out)
        case "test":
            return _test(arguments, client, out)
        case "route-test":
            return _route(arguments, client, out)
        case _:
            return _settle(arguments, client, out)


def _queue(arguments: Namespace, client: Client, out: Output) -> int:
    asked = {"channel": arguments.channel or "", "dead": str(arguments.dead).lower(), "limit": 500}
    query = urlencode(asked)
    answer = client.get("notify", "queue", query=query)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    items, as_of = answer["items"], answer["asOf"]
    headers = ("SỐ", "VỀ", "TIN", "KÊNH", "NGƯỜI NHẬN", "TỪ", "THỬ LẠI LÚC", "LẦN", "LÝ DO")
    out.table(headers, [_waiting(item, as_of) for item in items])
    if not items:
        out.note("Không có tin nào không gửi được." if arguments.dead else "Không có tin nào đang chờ.")
    elif arguments.dead:
        out.note(
            "Kênh đã gửi được thì: tslcd-monitor notify retry SỐ; không cần nữa thì: tslcd-monitor notify drop SỐ"
        )
    return Exit.OK


def _waiting(item: dict[str, Any], as_of: str) -> list[Cell | str]:
    why = item["lastError"] or (held_word(SuppressionReason(item["held"])) if item["held"] else "")
    if item["inDoubtSince"]:
        why = f"chưa rõ đã tới chưa; {why}"
    return [
        str(item["id"]),
        item["about"],
        KINDS.get(item["kind"], item["kind"]),
        item["channel"],
        item["person"] or item["recipient"],
        moment(item["dueAt"], as_of=as_of),
        moment(item["nextAttemptAt"], as_of=as_of),
        str(item["attempts"]),
        why or "–",
    ]


def _settle(arguments: Namespace, client: Client, out: Output) -> int:
    """Retry or drop."""
    is_drop = arguments.action == "drop"
    if not is_drop and bool(arguments.ids) is arguments.all:
        raise CommandError(
            Exit.USAGE, "cần số của tin, hoặc --all", "xem số: tslcd-monitor notify queue --dead"
        )
    who = person(arguments.who, doing="bỏ tin" if is_drop else "gửi lại")
    body: dict[str, object] = {"who": who}
    body |= {"ids": arguments.ids} if arguments.ids else {"all": True}
    if is_drop:
        body["comment"] = arguments.comment
    answer = client.post("notify", arguments.action, body=body)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    for row_id in answer["ids"]:
        out.line(str(row_id))
    missing = len(arguments.ids) - len(answer["ids"]) if arguments.ids else 0
    out.note(f"{'Đã bỏ' if is_drop else 'Gửi lại'} {len(answer['ids'])} tin.")
    if missing > 0:
        out.note(f"{missing} số không phải tin đang chờ hay không gửi được.")
        return Exit.FINDINGS
    return Exit.OK


def _test(arguments: Namespace, client: Client, out: Output) -> int:
    who = person(arguments.who, doing="gửi thử")
    answer = client.post("notify", "test", body={"to": arguments.to, "who": who}, timeout_s=TEST_TIMEOUT_S)
    items = answer["items"]
    code = Exit.OK if all(item["state"] == "sent" for item in items) else Exit.FINDINGS
    if out.is_json:
        out.json(answer)
        return code
    out.table(
        ("KÊNH", "NGƯỜI NHẬN", "KẾT QUẢ", "LÝ DO"),
        [
            [
                item["channel"],
                item["person"] or item["recipient"],
                Cell(*_STATES[item["state"]]),
                item["lastError"] or "–",
            ]
            for item in items
        ],
    )
    return code


def _route(arguments: Namespace, client: Client, out: Output) -> int:
    query = urlencode({"target": arguments.target, "at": arguments.at, "severity": arguments.severity})
    answer = client.get("notify", "route", query=query)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    out.note(
        f"{answer['check']} hỏng lúc {moment(answer['at'])}: mức {answer['severity']}, chính sách {answer['policy'] or '–'}"
    )
    as_of = answer["at"]
    rows = [row for step in answer["steps"] for row in _step(step, as_of)]
    out.table(("BƯỚC", "LÚC", "NGƯỜI NHẬN", "KÊNH", "GHI CHÚ"), rows)
    if not answer["steps"]:
        out.note("Không ai được báo: chính sách này không có bước nào.")
    elif answer["repeatS"]:
        out.note(f"Nhắc lại mỗi {answer['repeatS'] / 60:g} phút tới khi có người nhận xử lý.")
    return Exit.OK


def _step(step: dict[str, Any], as_of: str) -> list[list[Cell | str]]:
    number, at = str(step["number"] + 1), moment(step["at"], as_of=as_of)
    held = step["held"]
    why = "–"
    if held is not None:
        reason = held_word(SuppressionReason(held["reason"]))
        source = f" ({held['source']})" if held["source"] not in {"", "night"} else ""
        why = f"giữ tới {moment(held['until'], as_of=as_of)}: {reason}{source}"
    if not step["applies"]:
        return [[number, at, Cell("bỏ qua", "unknown"), "–", "ngoài khung giờ của bước này"]]
    if not step["to"]:
        return [[number, at, Cell("không có ai", "down"), "–", why]]
    return [[number, at, each["name"] or each["address"], each["channel"], why] for each in step["to"]]
