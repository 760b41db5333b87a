"""`notify render`: show a message as it would be written; sends nothing."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from alerts.messages.compose import compose_letter
from alerts.messages.environment import load_templates
from alerts.messages.letterhead import Letterhead
from alerts.messages.plain import utf16_length
from alerts.messages.sample_province import OPENED_AT, Size
from alerts.messages.samples import sample_news
from alerts.messages.style import style_of
from alerts.messages.vocabulary import Language
from alerts.model.notification import NotificationKind
from alerts.oncall.model import Contact
from monitor.cli.client import open_client
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output

_MAIL: Final = "email"
_NEWS: Final[Mapping[str, NotificationKind]] = MappingProxyType(
    {
        **dict.fromkeys(("down", "again", "service", "central"), NotificationKind.OPENED),
        **dict.fromkeys(("degraded", "group", "mass"), NotificationKind.OPENED),
        "update": NotificationKind.UPDATED,
        "escalate": NotificationKind.ESCALATED,
        "remind": NotificationKind.REMINDED,
        "flap": NotificationKind.FLAPPING,
        **dict.fromkeys(("up", "group_up", "closed", "removed", "late"), NotificationKind.RESOLVED),
    }
)
"""Sample kind -> how a real incident is told so."""


def run(arguments: Namespace, out: Output) -> int:
    """Show the message; 1 if its template fails and another text stands in for it."""
    shown = _of_incident(arguments) if arguments.incident else _sample(arguments)
    if out.is_json:
        out.json(shown)
    else:
        _print(shown, out, as_mail=arguments.channel == _MAIL)
    return Exit.FINDINGS if shown["fault"] else Exit.OK


def _sample(arguments: Namespace) -> Mapping[str, Any]:
    letterhead, folder = _letterhead(arguments)
    language = Language(arguments.lang)
    try:
        items = sample_news(arguments.kind, Size(arguments.sample), letterhead, language)
    except ValueError as error:
        raise CommandError(Exit.USAGE, f"không có loại tin '{arguments.kind}'") from error
    reader = Contact("mau", "", (), language=language)
    message = compose_letter(
        items,
        style_of(arguments.channel, reader),
        now=OPENED_AT,
        channel=arguments.channel,
        templates=load_templates(folder),
    )
    return {
        "schema": "notify-render/1",
        "subject": message.subject,
        "text": message.text,
        "body": message.body,
        "html": message.html,
        "fault": message.fault,
    }


def _letterhead(arguments: Namespace) -> tuple[Letterhead, Path | None]:
    """Return who writes and the operator's templates; without any settings a province is made up."""
    try:
        settings = read_settings(arguments)
    except CommandError as error:
        if arguments.config is not None or error.exit_code is not Exit.USAGE:
            raise
        return Letterhead("(mẫu)", ZoneInfo("Asia/Ho_Chi_Minh"), "https://giamsat.example"), None
    zone = ZoneInfo(settings.timezone)
    return Letterhead(settings.province, zone, settings.web.url), settings.templates


def _of_incident(arguments: Namespace) -> Mapping[str, Any]:
    kind = _NEWS.get(arguments.kind)
    if kind is None:
        raise CommandError(
            Exit.USAGE,
            f"loại tin '{arguments.kind}' không nói về một sự cố",
            "bỏ --incident để xem tin mẫu, hoặc chọn loại khác: " + ", ".join(_NEWS),
        )
    query = {
        "incident": arguments.incident.upper(),
        "kind": kind,
        "channel": arguments.channel,
        "lang": arguments.lang,
    }
    return open_client(arguments).get("notify", "render", query=urlencode(query))


def _print(shown: Mapping[str, Any], out: Output, *, as_mail: bool) -> None:
    if as_mail:
        out.line(shown["subject"])
        out.line()
    out.line(shown["body"] if as_mail else shown["text"])
    first = shown["text"].partition("\n")[0]
    out.note(
        f"dòng đầu {utf16_length(first)} ký tự, cả tin {len(shown['text'])} ký tự "
        f"(UTF-16: {utf16_length(shown['text'])}), chủ đề thư {utf16_length(shown['subject'])}"
    )
    if shown["fault"]:
        out.note(f"cảnh báo: mẫu không dựng được, dùng mẫu thay thế: {shown['fault']}")
