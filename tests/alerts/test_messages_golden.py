"""Every message, word for word as approved, and what none may ever contain.

After a change on purpose: `GOLDEN=write pytest tests/alerts/test_messages_golden.py`, then read the difference.
"""

import os
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from alerts.messages.compose import TEXT_LIMIT, compose_letter
from alerts.messages.headline import HEADLINE_LIMIT, SUBJECT_LIMIT
from alerts.messages.message import Message
from alerts.messages.plain import utf16_length
from alerts.messages.sample_province import OPENED_AT, Size
from alerts.messages.samples import KINDS, sample_news
from alerts.messages.style import Style
from alerts.messages.vocabulary import Language
from alerts.model.notification import BulletinKind
from tests.alerts.message_samples import LETTERHEAD

GOLDEN = Path(__file__).parent / "golden"
ONE_LINE = {BulletinKind.BRIEF.value, BulletinKind.REPLY.value}


@cache
def composed(kind: str, size: Size, language: Language) -> Message:
    news = sample_news(kind, size, LETTERHEAD, language)
    return compose_letter(news, Style(language, takes_replies=True), now=OPENED_AT, channel="zalo_bot")


def each(kind: str) -> list[tuple[Size, Language, Message]]:
    return [(size, language, composed(kind, size, language)) for size in Size for language in Language]


@pytest.mark.parametrize("kind", KINDS)
def test_message_is_word_for_word_as_approved(kind: str) -> None:
    for size, language, message in each(kind):
        path = GOLDEN / f"{kind}_{size}_{language}.txt"
        written = f"{message.subject}\n\n{message.text}\n\n----\n{message.body}\n"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(written, encoding="utf-8")
        assert written == path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("kind", KINDS)
def test_message_fits_and_is_normal_text(kind: str) -> None:
    for size, language, message in each(kind):
        first = message.text.partition("\n")[0]
        print(  # the table of lengths, shown by -s
            f"{kind:12} {size:8} {language} first {utf16_length(first):4} NFC {len(message.text):5} "
            f"UTF-16 {utf16_length(message.text):5} subject {utf16_length(message.subject):3}"
        )
        assert not message.fault
        assert first == message.headline
        assert kind in ONE_LINE or utf16_length(first) <= HEADLINE_LIMIT
        assert utf16_length(message.text) <= TEXT_LIMIT
        assert utf16_length(message.subject) <= SUBJECT_LIMIT
        for text in (message.subject, message.text, message.body, message.html or ""):
            assert unicodedata.is_normalized("NFC", text)
            assert "\N{NO-BREAK SPACE}" not in text
            assert not re.search(r"None|\{\{|\}\}|\{%|<built-in|Undefined", text)
        for line in message.text.splitlines():
            assert line == line.strip()
            assert line
            assert not re.search(r"  |\.\.|…\.|……|, ,|\(\)| [.,;:](?!\d)", line), line


@pytest.mark.parametrize("kind", KINDS)
def test_incident_is_never_told_without_its_code(kind: str) -> None:
    for _, _, message in each(kind):
        if message.about_id.startswith("SC-"):
            assert message.about_id in message.text
            assert message.about_id in message.subject or kind == "letter"


@pytest.mark.parametrize("size", [Size.TYPICAL, Size.LONGEST])
@pytest.mark.parametrize(
    "kind", ["down", "group", "mass", "update", "escalate", "remind", "degraded", "flap"]
)
def test_link_to_take_an_incident_is_never_left_out(kind: str, size: Size) -> None:
    message = composed(kind, size, Language.VI)

    assert re.search(r"^Bấm để nhận xử lý: https://\S+/a/9f3kQx7T$", message.text, re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_both_twins_of_the_mail_say_the_same(kind: str) -> None:
    for _, _, message in each(kind):
        seen = " ".join(re.sub(r"<title>.*</title>|<[^>]+>", " ", message.html or "").split())
        for line in message.body.splitlines():
            for part in re.split(r"^\s*\d+\. |^  \w[^:]*:\s+|^--$", line):
                plain = " ".join(part.split()).replace("'", "&#39;").replace('"', "&#34;")
                assert plain in seen


@pytest.mark.parametrize("kind", KINDS)
def test_html_twin_shows_no_picture_and_loads_nothing(kind: str) -> None:
    for _, _, message in each(kind):
        html = message.html or ""
        assert html
        assert not re.search(r"<img|<script|src=|url\(|@import", html)
