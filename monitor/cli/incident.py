"""`incident`: list and show; what else it does is in monitor/cli/incidents."""

from argparse import Namespace
from typing import Any, Final

from alerts.messages import words
from alerts.model.hold import SuppressionReason
from monitor.cli.client import Client, open_client
from monitor.cli.exits import Exit
from monitor.cli.incidents.doing import CAUSE_WORDS, SIDE_WORDS, do
from monitor.cli.incidents.export import export
from monitor.cli.output import Cell, Output
from monitor.cli.times import exact, moment
from monitor.incidents.wording import CLOSED, DELIVERIES, KINDS, MESSAGES
from probes.wording import one_line

MOST: Final = 500
"""The longest page of the list that the API gives."""


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    if arguments.action == "export" and arguments.id:
        from monitor.cli.incidents.evidence import export_evidence  # noqa: PLC0415 (nothing else needs what it loads)

        return export_evidence(arguments, out)
    client = open_client(arguments)
    match arguments.action:
        case "list":
            return _list(arguments, client, out)
        case "show":
            return _show(arguments, client, out)
        case "export":
            return export(arguments, client, out)
        case _:
            return do(arguments, client, out)


def _list(arguments: Namespace, client: Client, out: Output) -> int:
    state = "all" if arguments.all else "open"
    answer = client.get("incidents", query=f"state={state}&limit={min(max(1, arguments.limit), MOST)}")
    if out.is_json:
        out.json(answer)
        return Exit.OK
    as_of = answer["asOf"]
    headers = ("MÃ", "TÌNH TRẠNG", "NƠI", "ĐỐI TƯỢNG", "TỪ", "THỜI LƯỢNG", "PHÍA SAU", "NGƯỜI NHẬN")
    out.table(headers, [_row(item, as_of) for item in answer["items"]])
    out.note(f"{len(answer['items'])} sự cố" if answer["items"] else "Không có sự cố đang mở.")
    return Exit.OK


def _row(item: dict[str, Any], as_of: str) -> list[Cell | str]:
    return [
        item["id"],
        _state(item),
        *_where(item),
        moment(item["openedAt"], as_of=as_of),
        words.duration(item["durationS"]),
        str(item["targetsBehind"]),
        item["ackedBy"] or "–",
    ]


def _state(item: dict[str, Any]) -> Cell:
    if not item["open"]:
        return Cell(CLOSED.get(item["closeReason"], "đã đóng"), "up")
    return Cell(f"trong {item['partOf']}" if item["partOf"] else "đang mở", "down")


def _where(item: dict[str, Any]) -> tuple[str, str]:
    """Return place and target; the place is not said twice, and a group is what its members have in common."""
    if item["common"]:
        return f"{item['unitsBehind']} đơn vị", item["title"]
    if not item["unit"]:
        return "–", item["target"]["name"]
    name: str = item["unit"]["name"]
    return name, item["target"]["name"].removesuffix(f" – {name}")


def _show(arguments: Namespace, client: Client, out: Output) -> int:
    answer = client.get("incidents", arguments.id.upper())
    if out.is_json:
        out.json(answer)
        return Exit.OK
    item = answer["item"]
    out.line(f"{item['id']}  {one_line(item['title'])}")
    facts = [
        ("Tình trạng", "đang mở" if item["open"] else CLOSED.get(item["closeReason"], "đã đóng")),
        ("Từ", exact(item["openedAt"])),
        ("Đến", exact(item["resolvedAt"])),
        ("Thời lượng", words.duration(item["durationS"])),
        ("Nguyên nhân đo được", item["causeText"] or "–"),
        ("Phía sau", _behind(item)),
        ("Người nhận", item["ackedBy"] or "chưa ai nhận"),
    ]
    if item["held"]:
        facts.append(("Giữ tin", f"{item['held']['text']}, đến {exact(item['held']['until'])}"))
    if item["choice"]:
        choice = item["choice"]
        chosen = f"{CAUSE_WORDS[choice['kind']]}, {SIDE_WORDS[choice['side']]} ({choice['who']})"
        facts.append(("Nguyên nhân", chosen))
    if item["guess"]:
        facts.append(("Máy đoán", f"{CAUSE_WORDS[item['guess']['kind']]}: {item['guess']['basis']}"))
    if item["ticket"]:
        ticket = item["ticket"]
        done = f", xong {exact(ticket['closedAt'])}" if ticket["closedAt"] else ""
        facts.append(("Số phiếu", f"{ticket['number']}, báo {exact(ticket['reportedAt'])}{done}"))
    if item["partOf"]:
        facts.append(("Gộp vào", item["partOf"]))
    out.table(("", ""), facts)
    out.line()
    out.table(
        ("LÚC", "VIỆC", "AI", "GHI CHÚ"),
        [
            [exact(e["at"]), KINDS.get(e["kind"], e["kind"]), e["who"] or "máy", _text(e)]
            for e in answer["log"]
        ],
    )
    if answer["notifications"]:
        out.line()
        out.table(
            ("TIN", "KÊNH", "NGƯỜI NHẬN", "TÌNH TRẠNG", "LÚC", "LỖI"),
            [_sent(n) for n in answer["notifications"]],
        )
    if out.is_extended:
        out.line()
        out.table(("PHÉP ĐO BỊ ẢNH HƯỞNG",), [[check_id] for check_id in answer["affected"]])
    return Exit.OK


def _behind(item: dict[str, Any]) -> str:
    if not item["targetsBehind"]:
        return "–"
    elsewhere = f", ở {item['unitsBehind']} đơn vị khác" if item["unitsBehind"] else ""
    return f"{item['targetsBehind']} thiết bị{elsewhere}"


def _text(event: dict[str, Any]) -> str:
    text: str = event["text"]
    if event["kind"] in {"opened", "reopened", "worsened"}:
        return words.cause_phrase(text)
    if event["kind"] == "step":
        return str(int(text) + 1)
    if event["kind"] == "cause":
        kind, side, *rest = text.split(" ", 2)
        return ", ".join((CAUSE_WORDS.get(kind, kind), SIDE_WORDS.get(side, side), *rest))
    if event["kind"] == "guessed":
        kind, _, basis = text.partition(" ")
        return f"{CAUSE_WORDS.get(kind, kind)}: {basis}"
    if event["kind"] == "held":
        return f"{words.held_word(SuppressionReason(text))}, đến {exact(event['until'])}"
    return CLOSED.get(text, text) if event["kind"] == "closed" else text


def _sent(message: dict[str, Any]) -> list[str]:
    return [
        MESSAGES.get(message["kind"], message["kind"]),
        message["channel"],
        message["person"] or message["recipient"] or "–",
        _delivery(message),
        exact(message["at"]),
        message["error"] or "–",
    ]


def _delivery(message: dict[str, Any]) -> str:
    said: str = DELIVERIES.get(message["status"], message["status"])
    if message["held"] is None:
        return said
    why = words.held_word(SuppressionReason(message["held"]))
    until = f" đến {exact(message['dueAt'])}" if message["status"] == "waiting" else ""
    return f"{said} ({why}{until})"
