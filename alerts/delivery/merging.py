"""What waits becomes letters: one for each recipient, with one piece of news for each incident. Pure.

Rows of one incident are told in the order they were decided, by its latest news; a beginning and its end that wait
together are told as one. Rows of a message that may have arrived are not touched: it is repeated as it was.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from alerts.delivery.letter import Letter, News
from alerts.delivery.outbox import OutboxRow
from alerts.model.notification import BulletinKind, NotificationKind

NEWS_LIMIT: Final = 40
"""More than so much nobody reads in one message."""

ALONE: Final = frozenset({BulletinKind.SELF, BulletinKind.REPLY, BulletinKind.TEST, BulletinKind.REPORT})
"""Bulletins that share a letter with nothing."""

_UNSAFE: Final = re.compile(r"[^a-z0-9-]+")
_NO_ATTEMPT: Final = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """What to do with rows that are due: letters to send, each with its message id and `rows`, and rows to cancel.

    `never_told`: recoveries of what the recipient was not told of; `came_back`: recoveries that were over before they
    were told.
    """

    letters: tuple[Letter, ...] = ()
    never_told: tuple[int, ...] = ()
    came_back: tuple[int, ...] = ()


@dataclass(slots=True)
class _Found:
    """What the rows of one recipient come to."""

    again: list[Letter] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    never_told: list[int] = field(default_factory=list)
    came_back: list[int] = field(default_factory=list)


def merge(rows: Iterable[OutboxRow], now: float) -> Merged:
    """Make letters of the waiting rows of one channel, the recipient whose row is due longest first.

    `rows`: for every incident and recipient all that wait, due or not.
    """
    by_recipient: dict[str, list[OutboxRow]] = {}
    for row in sorted(rows, key=lambda each: (each.next_attempt_at, each.id)):
        by_recipient.setdefault(row.notification.recipient, []).append(row)
    merged = [_merge_of_one(sorted(each, key=lambda row: row.id), now) for each in by_recipient.values()]
    return Merged(
        tuple(letter for each in merged for letter in each.letters),
        tuple(row_id for each in merged for row_id in each.never_told),
        tuple(row_id for each in merged for row_id in each.came_back),
    )


def thread_id(letter: Letter) -> str:
    """Return the name that all letters about one incident to one recipient share; of several, that of the first."""
    return _name(letter.news[0].about_id, "thread", (letter.channel, letter.recipient))


def letter_of(news: Sequence[News], rows: Sequence[OutboxRow]) -> Letter:
    """Put news into one letter; `rows` holds at least the rows they settle, all of one recipient."""
    ids = {row_id for each in news for row_id in each.row_ids}
    settled = [row.notification for row in rows if row.id in ids]
    message_id = _name(news[0].about_id, news[0].kind, sorted(each.dedup_key for each in settled))
    last = settled[-1]
    return Letter(last.channel, last.recipient, last.person, tuple(news), message_id=message_id)


def bulletin_kind(about_id: str) -> BulletinKind | None:
    """Return the kind of a bulletin, which its id begins with ("brief:2026-11-22"); None for an incident's id."""
    try:
        return BulletinKind(about_id.partition(":")[0])
    except ValueError:
        return None


def _merge_of_one(rows: Sequence[OutboxRow], now: float) -> Merged:
    found = _Found()
    open_messages = {row.notification.about_id for row in rows if row.message_id != _NO_ATTEMPT}
    tried = sorted((row for row in rows if row.message_id != _NO_ATTEMPT), key=lambda row: row.message_id)
    for message_id, group in groupby(tried, key=lambda row: row.message_id):
        _repeat(found, message_id, list(group), now)
    fresh = [row for row in rows if row.notification.about_id not in open_messages]
    for _, about in groupby(
        sorted(fresh, key=lambda row: row.notification.about_id), key=lambda row: row.notification.about_id
    ):
        _add_news(found, list(about), now)
    letters = [*found.again, *_letters(found.news, rows)]
    return Merged(tuple(letters), tuple(found.never_told), tuple(found.came_back))


def _repeat(found: _Found, message_id: str, rows: Sequence[OutboxRow], now: float) -> None:
    """Repeat a message that may have arrived: the rows that it had, whatever became due since."""
    if min(row.next_attempt_at for row in rows) > now:
        return
    news: list[News] = []
    for _, group in groupby(
        sorted(rows, key=lambda row: (row.notification.about_id, row.id)),
        key=lambda row: row.notification.about_id,
    ):
        about = list(group)
        is_late = len(about) > 1 and not about[0].was_told
        news.append(_news(about, is_late=is_late and _is_end(about[-1])))
    again = letter_of(sorted(news, key=_urgency), rows)
    found.again.append(replace(again, message_id=message_id, is_repeat=True))


def _add_news(found: _Found, rows: Sequence[OutboxRow], now: float) -> None:
    """Tell what waits for one incident, or find out that there is nothing to tell."""
    last_telling = max((index for index, row in enumerate(rows) if not _is_end(row)), default=-1)
    last = rows[-1]
    if _is_end(last):
        if last.next_attempt_at > now:
            return  # soon both are told as one
        if last_telling < 0 and not last.was_told:
            found.never_told += [row.id for row in rows]
        else:
            found.news.append(_news(rows, is_late=not last.was_told))
        return
    found.came_back += [row.id for row in rows if _is_end(row)]
    tellings = [row for row in rows if not _is_end(row)]
    due = [index for index, row in enumerate(tellings) if row.next_attempt_at <= now]
    if due:
        found.news.append(_news(tellings[: due[-1] + 1], is_late=False))


def _news(rows: Sequence[OutboxRow], *, is_late: bool) -> News:
    last = rows[-1].notification
    return News(
        about_id=last.about_id,
        kind=last.kind,
        row_ids=tuple(row.id for row in rows),
        severity=min(row.notification.severity for row in rows),
        round=last.round,
        step=last.step,
        is_late=is_late,
    )


def _letters(news: Sequence[News], rows: Sequence[OutboxRow]) -> list[Letter]:
    alone = [each for each in news if bulletin_kind(each.about_id) in ALONE]
    together = sorted(
        (each for each in news if bulletin_kind(each.about_id) not in ALONE),
        key=_urgency,
    )
    parts = [[each] for each in alone]
    parts += [together[start : start + NEWS_LIMIT] for start in range(0, len(together), NEWS_LIMIT)]
    return [letter_of(part, rows) for part in parts]


def _urgency(news: News) -> tuple[int, int]:
    """Return what news of one letter is sorted by."""
    return news.severity, news.row_ids[0]


def _is_end(row: OutboxRow) -> bool:
    return row.notification.kind is NotificationKind.RESOLVED


def _name(about_id: str, kind: str, parts: Iterable[str]) -> str:
    """Return a stable name fit for a Message-ID: no address in it."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f"{_UNSAFE.sub('-', about_id.lower())}.{kind}.{digest}"
