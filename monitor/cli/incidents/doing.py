"""`incident ack | unack | note | cause | ticket | close | merge`: one call of the API each."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from alerts.model.incident import CauseKind, Side
from monitor.cli.client import Client
from monitor.cli.exits import CommandError, DeclinedError, Exit
from monitor.cli.output import Output
from monitor.cli.person import person

CAUSE_WORDS: Final[Mapping[str, str]] = {
    CauseKind.LINE: "đường truyền",
    CauseKind.POWER: "nguồn điện",
    CauseKind.DEVICE: "thiết bị",
    CauseKind.SOFTWARE: "phần mềm",
    CauseKind.CENTRAL: "hệ thống Trung ương",
    CauseKind.MAINTENANCE: "bảo trì",
    CauseKind.DISASTER: "thiên tai",
    CauseKind.OTHER: "khác",
}
SIDE_WORDS: Final[Mapping[str, str]] = {
    Side.CENTRAL: "phía Trung ương",
    Side.ENTERPRISE: "phía doanh nghiệp",
    Side.LOCAL: "phía địa phương",
    Side.OBJECTIVE: "khách quan",
}
_DOING: Final[Mapping[str, str]] = {
    "ack": "nhận xử lý",
    "unack": "trả lại",
    "note": "ghi chú",
    "cause": "chọn nguyên nhân",
    "ticket": "ghi số phiếu",
    "close": "đóng",
    "merge": "gộp",
}


def do(arguments: Namespace, client: Client, out: Output) -> int:
    """Do one thing to one incident and say what became of it."""
    verb: str = arguments.action
    if verb == "close" and not arguments.yes:
        _ask(arguments.id.upper())
    body = {"who": person(arguments.who, doing=_DOING[verb]), **_content(arguments)}
    answer = client.post("incidents", arguments.id.upper(), verb, body=body)
    if out.is_json:
        out.json(answer)
    else:
        out.line(f"{answer['item']['id']}: {_said(verb, answer['item'])}")
    return Exit.OK


def _content(arguments: Namespace) -> dict[str, object]:
    match arguments.action:
        case "ack":
            return {
                "text": arguments.comment,
                "durationS": arguments.duration,
                "until": arguments.until,
            }
        case "note":
            return {"text": arguments.text}
        case "cause":
            return {"kind": arguments.kind, "side": arguments.side, "text": arguments.comment}
        case "ticket":
            return {
                "number": arguments.number,
                "reported": arguments.reported,
                "closed": arguments.closed,
            }
        case "merge":
            return {"into": arguments.into}
        case _:
            return {"text": arguments.comment}


def _said(verb: str, item: Mapping[str, Any]) -> str:
    said = {"unack": "chưa ai nhận, sẽ nhắc tiếp", "close": "đã đóng bằng tay", "note": "đã ghi chú"}
    match verb:
        case "ack":
            return f"{item['ackedBy']} nhận xử lý"
        case "cause":
            choice = item["choice"]
            return f"nguyên nhân {CAUSE_WORDS[choice['kind']]}, {SIDE_WORDS[choice['side']]}"
        case "ticket":
            return f"số phiếu {item['ticket']['number']}"
        case "merge":
            return f"đã gộp vào {item['partOf']}"
        case _:
            return said[verb]


def _ask(incident_id: str) -> None:
    """Closing silences what may still be down: ask, unless nobody can answer."""
    if not sys.stdin.isatty():
        raise CommandError(Exit.USAGE, f"chưa đóng {incident_id}: cần xác nhận", "thêm --yes")
    # To stderr, and Ctrl-D is a no: `input` would do neither.
    sys.stderr.write(f"Đóng {incident_id}? Nếu vẫn còn hỏng sẽ không báo nữa cho đến khi tốt lại. [c/K] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in {"c", "có", "co", "y", "yes"}:
        raise DeclinedError(Exit.OK, "không đóng gì")
