"""Look at the message templates as `check-config` does: every kind, both languages, with made-up news."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from alerts.messages.compose import TEXT_LIMIT, compose_letter
from alerts.messages.environment import SHIPPED, Templates, load_templates
from alerts.messages.headline import HEADLINE_LIMIT
from alerts.messages.letterhead import Letterhead
from alerts.messages.message import Message
from alerts.messages.plain import utf16_length
from alerts.messages.sample_province import OPENED_AT, Size
from alerts.messages.samples import KINDS, sample_news
from alerts.messages.style import Style
from alerts.messages.vocabulary import Language
from alerts.model.notification import BulletinKind
from inventory.problem import Problem, near_miss

_LOCATED: Final = re.compile(r"(?P<file>.+\.j2):(?P<line>\d+): (?P<type>\w+): (?P<text>.*)")
_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "UndefinedError": "dùng tên không có",
        "TemplateSyntaxError": "sai cú pháp",
        "TemplateAssertionError": "dùng bộ lọc không có",
        "SecurityError": "dùng thứ không được phép",
        "TemplateNotFound": "không có tệp mẫu",
    }
)
_ONE_LINE: Final = frozenset({BulletinKind.BRIEF.value, BulletinKind.REPLY.value})
"""Texts of a single line: nothing follows what a lock screen shows."""
_EXAMPLE: Final = "so với mẫu đi kèm: tslcd-monitor notify render --help"


def look_at_messages(folder: Path | None, letterhead: Letterhead) -> tuple[int, list[Problem], list[Problem]]:
    """Render everything; returns the length of the longest short text, errors and warnings.

    `folder` holds the operator's own templates, None when there are none.
    """
    errors: list[Problem] = []
    warnings: list[Problem] = []
    longest = 0
    if folder is not None:
        if not folder.is_dir():
            return (
                0,
                [
                    Problem(
                        str(folder), 1, "", "không có thư mục mẫu tin này", "tạo thư mục, hoặc bỏ templates"
                    )
                ],
                [],
            )
        warnings += _unknown_files(folder)
    for kind, size, message in rendered(load_templates(folder), letterhead):
        longest = max(longest, utf16_length(message.text))
        if message.fault:
            errors.append(_problem(kind, message.fault))
        elif folder is not None and kind not in _ONE_LINE and utf16_length(message.headline) > HEADLINE_LIMIT:
            text = f"dòng đầu của mẫu {kind} dài quá {HEADLINE_LIMIT} ký tự ({size})"
            warnings.append(Problem(str(folder), 1, "", text, "bắt đầu mẫu bằng {{ headline }}"))
    return longest, list(dict.fromkeys(errors)), list(dict.fromkeys(warnings))


def rendered(templates: Templates, letterhead: Letterhead) -> Iterator[tuple[str, Size, Message]]:
    """Yield every sample as a message: (kind, size, message)."""
    for language in Language:
        style = Style(language, takes_replies=True)
        for kind in KINDS:
            for size in Size:
                news = sample_news(kind, size, letterhead, language)
                message = compose_letter(news, style, now=OPENED_AT, channel="zalo_bot", templates=templates)
                yield kind, size, message


def _problem(kind: str, fault: str) -> Problem:
    located = _LOCATED.fullmatch(fault)
    if located is None:
        too_long = f"tin quá {TEXT_LIMIT} ký tự" if "too long" in fault else fault
        return Problem("mẫu tin", 1, kind, f"không dựng được mẫu: {too_long}", _EXAMPLE)
    reason = _REASONS.get(located["type"], "không dựng được mẫu")
    return Problem(located["file"], int(located["line"]), "", f"{reason}: {located['text']}", _EXAMPLE)


def _unknown_files(folder: Path) -> Iterator[Problem]:
    """Yield a warning for each file that no message would ever use."""
    known = {str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*.j2")}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name.endswith(".j2") and name not in known:
            hint = near_miss(name, known) or "đặt tên như mẫu đi kèm, ví dụ vi/down.txt.j2"
            yield Problem(str(path), 1, "", "không có mẫu nào tên này, tệp không được dùng", hint)
