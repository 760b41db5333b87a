"""The status page as an Atom feed (RFC 4287). Pure."""

import uuid
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.web.api.shapes import iso
from monitor.web.pictures.drawing import shown_text
from monitor.web.public_status import PublicStatus

ATOM: Final = "application/atom+xml"
_SPACE: Final = uuid.UUID("6f0a4c8e-0f6a-5c0e-9d0b-5d2f1f6f7a10")
"""Ids of entries are made from what they speak of within this, so that a reader knows them again."""


def atom(status: PublicStatus, zone: ZoneInfo, *, province: str, url: str) -> str:
    """Return the feed: open matters and planned work. `url`: what people type, "" when nobody said."""
    address = f"{url.rstrip('/')}/tt" if url else "/tt"
    entries = [
        *(
            _entry(f"{each.id} {each.since_at:.0f}", each.title, each.body, each.since_at, address, zone)
            for each in status.notices
        ),
        *(
            _entry(
                f"{each.id} {each.from_at:.0f}",
                f"Bảo trì: {each.title}",
                f"{words.date_time(each.from_at, zone)} – {words.date_time(each.until_at, zone)}: {', '.join(each.places)}",
                min(each.from_at, status.at),
                address,
                zone,
            )
            for each in status.works
        ),
    ]
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">'
        f"<id>{_id(f'feed {province}')}</id><title>{_text(f'Tình trạng hạ tầng số {province}')}</title>"
        f"<subtitle>{_text(status.verdict.text)}</subtitle><updated>{iso(status.at, zone)}</updated>"
        f"<author><name>{_text(province)}</name></author><link href={_quoted(address)}/>"
    )
    return head + "".join(entries) + "</feed>\n"


def _entry(name: str, title: str, body: str, at: float, address: str, zone: ZoneInfo) -> str:
    return (
        f"<entry><id>{_id(name)}</id><title>{_text(title)}</title><updated>{iso(at, zone)}</updated>"
        f"<link href={_quoted(address)}/><content>{_text(body)}</content></entry>"
    )


def _id(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, name)}"


def _text(text: str) -> str:
    return escape(shown_text(text))


def _quoted(address: str) -> str:
    return f'"{escape(address, {chr(34): "&quot;"})}"'
