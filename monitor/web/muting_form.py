"""The form of silences and maintenance: what its fields mean, and what it would hit. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.model.hold import MutingKind
from alerts.muting.declaring import MutingRefusal, Wish
from alerts.muting.muted import hit_by
from inventory.choosing import Unclear, choose
from inventory.model import DayTable, Inventory, Selector
from inventory.names import fold
from inventory.times.day_table import working_days_between
from monitor.conference.model import Meeting
from monitor.muting.texts import REFUSALS, read_time, scope_text
from monitor.storage.errors import StorageError
from monitor.web.refusing import RefusedError
from monitor.web.refusing_words import bad_time, storage_words, unclear_words
from monitor.web.reporting import Say
from monitor.web.translating import translator
from monitor.web.visiting import Visit

TEXT_LIMIT: Final = 300
WORD_LIMIT: Final = 120
MOST_WORDS: Final = 120
LONGEST_SILENCE_S: Final = 24 * 3_600.0
MANY_COMMUNES: Final = 30
"""More than these have to be confirmed in words."""
NOTICE_DAYS: Final = 7
"""Working days between telling the public and the beginning (NĐ 224/2026/NĐ-CP Điều 13)."""
LENGTHS_MIN: Final = (30, 60, 120, 240)
KINDS: Final[Mapping[str, MutingKind]] = {
    "bao-tri": MutingKind.MAINTENANCE,
    "tam-ngung": MutingKind.SILENCE,
}
SELECTOR_FIELDS: Final[Mapping[str, str]] = {
    "don_vi": "units",
    "doi_tuong": "targets",
    "nha_mang": "providers",
    "kenh": "circuits",
    "lop": "layers",
    "dia_ban": "areas",
    "huyen": "former_districts",
    "nhan": "tags",
}
"""Field of the form -> field of Selector."""

_FIELD_OF: Final[Mapping[MutingRefusal, str]] = {
    MutingRefusal.NO_COMMENT: "ly_do",
    MutingRefusal.OVER: "den",
    MutingRefusal.ENDS_BEFORE_START: "den",
    MutingRefusal.TOO_LONG: "den",
    MutingRefusal.TOO_FAR_AHEAD: "tu",
    MutingRefusal.NO_CONDITION: "don_vi",
    MutingRefusal.NOTHING_HIT: "don_vi",
}

PLAIN_REMEDIES: Final[Mapping[MutingRefusal, str]] = {
    MutingRefusal.NO_COMMENT: "ghi lý do",
    MutingRefusal.OVER: "chọn giờ kết thúc sau lúc này",
    MutingRefusal.ENDS_BEFORE_START: "xem lại giờ bắt đầu và kết thúc",
    MutingRefusal.NO_CONDITION: "chọn ít nhất một mục",
    MutingRefusal.NOTHING_HIT: "bớt điều kiện",
    MutingRefusal.UNKNOWN_ID: "xem danh sách ở trang Bảo trì",
}
"""What to do on a page, where the command line has options."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Near:
    """What one condition alone would hit, when all of them together hit nothing."""

    scope: str
    targets: int


class NothingHitError(RefusedError):
    """Nothing satisfies all conditions; `near`: what each alone would hit."""

    def __init__(self, near: tuple[Near, ...]) -> None:
        super().__init__(
            422, "không có đối tượng nào thỏa mọi điều kiện", "bớt hoặc đổi điều kiện", field="don_vi"
        )
        self.near = near


def kind_of(form: Form) -> MutingKind:
    """Return what is to be declared; maintenance unless it says otherwise."""
    return KINDS.get(form.get("loai", ""), MutingKind.MAINTENANCE)


def is_filled(form: Form) -> bool:
    """Whether anything is chosen yet."""
    return any(form.get(name) for name in SELECTOR_FIELDS)


def selector_of(form: Form, inventory: Inventory, language: Language) -> Selector:
    """Return what is meant. Raises RefusedError with the nearest words for what is not known."""
    asked = {field: words for name, field in SELECTOR_FIELDS.items() if (words := _words(form.get(name, "")))}
    found = choose(asked, inventory)
    if isinstance(found, Selector):
        if found == Selector():
            raise RefusedError(
                422, "chưa chọn gì: như vậy là cả tỉnh", "chọn ít nhất một mục", field="don_vi"
            )
        return found
    raise _unclear(found, asked, inventory, language)


def wish_of(form: Form, inventory: Inventory, visit: Visit, now: float) -> Wish:
    """Return what is wished. Raises RefusedError that names the field."""
    kind = kind_of(form)
    selector = selector_of(form, inventory, visit.language)
    from_at = _time(form, "tu", visit, now) or now
    until_at = _time(form, "den", visit, max(now, from_at))
    if until_at is None:
        minutes = form.get("dai", "")
        if minutes not in {str(each) for each in LENGTHS_MIN}:
            raise RefusedError(422, "chưa nói đến khi nào", "chọn thời lượng hoặc giờ kết thúc", field="den")
        until_at = max(now, from_at) + 60.0 * int(minutes)
    if kind is MutingKind.SILENCE and until_at - max(now, from_at) > LONGEST_SILENCE_S:
        raise RefusedError(
            422, "tạm ngưng thông báo dài quá 24 giờ", "chọn ngắn hơn rồi gia hạn khi cần", field="den"
        )
    reason, document = _line(form, "ly_do"), _line(form, "van_ban")
    title = _line(form, "viec")
    is_work = kind is MutingKind.MAINTENANCE
    comment = reason or (title if is_work else "")
    return Wish(
        kind=kind,
        selector=selector,
        from_at=from_at,
        until_at=until_at,
        who=visit.principal.signs(),
        comment=f"{comment} (văn bản số {document})" if comment and document else comment,
        title=title if is_work else "",
        worker=_line(form, "thuc_hien") if is_work else "",
        until_up=is_work and form.get("den_khi_len") == "1",
    )


def near_misses(selector: Selector, inventory: Inventory) -> tuple[Near, ...]:
    """Return what each condition alone would hit: of several that hit nothing together, which are too many."""
    alone = [
        replace(Selector(), **{each.name: values})
        for each in fields(Selector)
        if (values := getattr(selector, each.name))
    ]
    return tuple(Near(scope_text(each, inventory), len(hit_by(each, inventory))) for each in alone)


def confirmation(communes: int, _: Say) -> str:
    """Return what must be typed before so many communes are muted, "" when nothing must be."""
    return _("%(n)s xã") % {"n": communes} if communes > MANY_COMMUNES else ""


def is_confirmed(form: Form, communes: int, _: Say) -> bool:
    """Whether it was typed, with or without marks."""
    wanted = confirmation(communes, _)
    return not wanted or fold(form.get("xac_nhan", "")).split() == fold(wanted).split()


def conflicts(
    meetings: Iterable[Meeting], units: Sequence[str], from_at: float, until_at: float
) -> Iterator[Meeting]:
    """Yield the meetings that take place meanwhile, with some of these units or with everybody."""
    for meeting in meetings:
        if meeting.withdrawn_at is not None or meeting.begins_at >= until_at or meeting.ends_at <= from_at:
            continue
        if not meeting.unit_codes or not set(meeting.unit_codes).isdisjoint(units):
            yield meeting


def notice_days(table: DayTable, from_at: float, now: float, zone: ZoneInfo) -> int:
    """Return the working days between today and the beginning."""
    today, begins = (datetime.fromtimestamp(at, zone).date() for at in (now, from_at))
    return working_days_between(table, today, begins)


def _words(text: str) -> list[str]:
    cut = text.replace("\n", ",").replace(";", ",").split(",")
    return [word for each in cut[:MOST_WORDS] if (word := clean(each, WORD_LIMIT))]


def _unclear(
    unclear: Sequence[Unclear],
    asked: Mapping[str, Sequence[str]],
    inventory: Inventory,
    language: Language,
) -> RefusedError:
    """Name the first field that has a word nobody knows."""
    wrong = next(
        (
            name
            for name, field in SELECTOR_FIELDS.items()
            if field in asked and not isinstance(choose({field: asked[field]}, inventory), Selector)
        ),
        "don_vi",
    )
    return RefusedError(422, *unclear_words(unclear, language), field=wrong)


def _time(form: Form, field: str, visit: Visit, after_at: float) -> float | None:
    text = form.get(field, "")
    if not text:
        return None
    try:
        return read_time(text, visit.zone, after_at)
    except (ValueError, OverflowError):
        raise RefusedError(422, *bad_time(text, visit.language), field=field) from None


def _line(form: Form, field: str) -> str:
    return clean(form.get(field, ""), TEXT_LIMIT)


def refusal_of(refusal: MutingRefusal) -> RefusedError:
    """Return a "no" of the desk as the page says it."""
    what, remedy = REFUSALS[refusal]
    status = {MutingRefusal.UNKNOWN_ID: 404, MutingRefusal.ALREADY_OVER: 409}.get(refusal, 422)
    return RefusedError(status, what, PLAIN_REMEDIES.get(refusal, remedy), field=_FIELD_OF.get(refusal, ""))


def not_saved(error: StorageError, language: Language) -> RefusedError:
    """Return what is said when it is done but not on the disk yet."""
    _, (why, remedy) = translator(language), storage_words(error, language)
    what = _("đã có hiệu lực nhưng chưa lưu được (%(why)s)") % {"why": why}
    return RefusedError(503, what, remedy or "sẽ tự lưu khi ổ đĩa cho phép")
