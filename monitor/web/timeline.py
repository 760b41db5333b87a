"""An incident's timeline in words: its log and the messages about it, in one order. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.messages.words import VOCABULARIES
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CauseKind, IncidentEvent, LogKind, Side
from alerts.model.notification import NotificationKind
from alerts.oncall.model import Contact
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import IncidentRecord
from monitor.web.translating import translator

Said = Callable[[str], str]


class Tone(StrEnum):
    """What a line is: how it looks."""

    MEASURED = "measured"
    PERSON = "person"
    TOLD = "told"
    WAITING = "waiting"
    FAILED = "failed"
    """A message that did not go out."""
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `row_id`: the message that may be sent again, None when there is none."""

    at: float
    tone: Tone
    head: str
    text: str = ""
    who: str = ""
    row_id: int | None = None


def timeline(
    record: IncidentRecord,
    contacts: Mapping[str, Contact],
    language: Language,
    *,
    with_addresses: bool,
) -> tuple[Line, ...]:
    """Return the lines, the oldest first.

    Without addresses nobody reads to whom messages went, why servers refused them, or which routers are on the way.
    """
    lines = [
        _event(event, language) for event in record.log if with_addresses or event.kind is not LogKind.PATH
    ]
    lines += [
        _message(entry, contacts, language, with_addresses=with_addresses) for entry in record.notifications
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _event(event: IncidentEvent, language: Language) -> Line:
    tone = Tone.PERSON if event.who else Tone.MEASURED
    if event.kind is LogKind.PATH:
        tone = Tone.EVIDENCE
    return Line(
        at=event.at, tone=tone, head=_head(event, language), text=_text(event, language), who=event.who
    )


def _head(event: IncidentEvent, language: Language) -> str:
    _ = translator(language)
    match event.kind:
        case LogKind.UNACKNOWLEDGED:
            return _("Trả lại") if event.who else _("Hết hạn nhận xử lý; hệ thống báo tiếp")
        case LogKind.STEP if event.text.isdigit():
            return _("Báo bước %(n)s") % {"n": int(event.text) + 1}
        case LogKind.TICKET:
            is_closed = event.text.endswith(" closed")
            return _("Nhà mạng báo xong phiếu") if is_closed else _("Báo nhà mạng, số phiếu")
        case LogKind.CLOSED if event.text == "recovered":
            return _("Có lại, kết thúc sự cố")
        case LogKind.CLOSED if event.text == "by_hand":
            return _("Đóng bằng tay")
        case kind:
            return _heads(_)[kind]


def _heads(_: Said) -> Mapping[LogKind, str]:
    return {
        LogKind.OPENED: _("Xác nhận sự cố"),
        LogKind.REOPENED: _("Lại mất kết nối"),
        LogKind.WORSENED: _("Nặng hơn: mất kết nối"),
        LogKind.JOINED: _("Gộp thêm"),
        LogKind.PART_OF: _("Trở thành một phần của"),
        LogKind.RELEASED: _("Tách khỏi"),
        LogKind.COMMON: _("Điểm chung của nhóm thay đổi"),
        LogKind.ACKNOWLEDGED: _("Nhận xử lý"),
        LogKind.UNACKNOWLEDGED: _("Trả lại"),
        LogKind.NOTE: _("Ghi chú"),
        LogKind.CAUSE: _("Xác nhận nguyên nhân"),
        LogKind.GUESSED: _("Máy đoán"),
        LogKind.TICKET: _("Báo nhà mạng, số phiếu"),
        LogKind.FLAPPING: _("Chập chờn"),
        LogKind.CALMED: _("Hết chập chờn"),
        LogKind.STEP: _("Báo"),
        LogKind.PATH: _("Dò đường"),
        LogKind.HELD: _("Giữ tin"),
        LogKind.CLOSED: _("Kết thúc"),
    }


def _text(event: IncidentEvent, language: Language) -> str:  # noqa: PLR0911 (one for each kind)
    _ = translator(language)
    text = event.text
    match event.kind:
        case LogKind.OPENED | LogKind.REOPENED | LogKind.WORSENED:
            return words.cause_phrase(text, language)
        case LogKind.CAUSE | LogKind.GUESSED:
            return _cause(text, language)
        case LogKind.TICKET:
            return text.removesuffix(" closed")
        case LogKind.FLAPPING | LogKind.CALMED if text.isdigit():
            return _("%(n)s lần") % {"n": text}
        case LogKind.HELD:
            reason = text.partition(" ")[0]
            known = reason in set(SuppressionReason)
            return words.held_word(SuppressionReason(reason), language) if known else text
        case LogKind.CLOSED:
            return {
                "recovered": "",
                "by_hand": "",
                "removed": _("đã rời danh mục"),
                "absorbed": _("đã gộp vào sự cố khác"),
            }.get(text, text)
        case LogKind.STEP | LogKind.COMMON:
            return ""
        case _:
            return text


def _cause(text: str, language: Language) -> str:
    """Read "kind side comment" of a person and "kind basis" of a guess."""
    vocabulary = VOCABULARIES[language]
    kind, _, rest = text.partition(" ")
    if kind not in set(CauseKind):
        return text
    side, _, comment = rest.partition(" ")
    said = vocabulary.cause_kinds[CauseKind(kind)]
    if side in set(Side):
        said, rest = f"{said} ({vocabulary.sides[Side(side)]})", comment
    return f"{said}: {rest}" if rest else said


def _message(
    entry: OutboxEntry, contacts: Mapping[str, Contact], language: Language, *, with_addresses: bool
) -> Line:
    _ = translator(language)
    told = entry.row.notification
    at, tone, fate = _fate(entry, _)
    person = contacts.get(told.person)
    to = (told.recipient if person is None else person.name) if with_addresses else ""
    error = entry.row.last_error if with_addresses and entry.sent_at is None else ""
    head = _("%(message)s qua %(channel)s") % {
        "message": _messages(_).get(told.kind, _("Tin")),
        "channel": channel_word(told.channel, language),
    }
    parts = (f"{head} → {to}" if to else head, fate)
    may_go = entry.sent_at is None and entry.cancel_reason is None and (entry.dead_at is not None or error)
    return Line(at=at, tone=tone, head=": ".join(parts), text=error, row_id=entry.row.id if may_go else None)


def _fate(entry: OutboxEntry, _: Said) -> tuple[float, Tone, str]:
    due_at = entry.row.notification.due_at
    if entry.sent_at is not None:
        return entry.sent_at, Tone.TOLD, _("đã gửi")
    if entry.dead_at is not None:
        return entry.dead_at, Tone.FAILED, _("không gửi được")
    if entry.cancel_reason is not None:
        return due_at, Tone.WAITING, _("không cần gửi nữa")
    if entry.row.last_error:
        return entry.last_attempt_at or due_at, Tone.FAILED, _("chưa gửi được, đang thử lại")
    return due_at, Tone.WAITING, _("chờ gửi")


def _messages(_: Said) -> Mapping[NotificationKind, str]:
    return {
        NotificationKind.OPENED: _("Tin báo sự cố"),
        NotificationKind.ESCALATED: _("Tin chuyển cấp"),
        NotificationKind.REMINDED: _("Tin nhắc"),
        NotificationKind.UPDATED: _("Tin cập nhật"),
        NotificationKind.FLAPPING: _("Tin chập chờn"),
        NotificationKind.RESOLVED: _("Tin báo khôi phục"),
    }


def channel_word(channel: str, language: Language) -> str:
    """Return what people call a channel; of one that has no such name, its own."""
    _ = translator(language)
    return {
        "email": _("thư"),
        "zalo_bot": "Zalo",
        "zalo_oa": "Zalo OA",
        "zbs": "Zalo ZBS",
        "file": _("tệp"),
        "mqtt": "MQTT",
    }.get(channel, channel)
