"""What writers do on the page of a report: every deed ends in the desk that the API and the command line use."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from alerts.messages import words
from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from monitor.people.rights import Right
from monitor.report.editions.desk import ChangeRefusal, OvertakenRefusal, SentenceWish
from monitor.report.editions.drafting import Draft
from monitor.report.editions.freezing import REFUSALS, FreezeRefusal, FreezeWish
from monitor.report.editions.model import FIELDS
from monitor.report.sentences.model import Section
from monitor.web.pages.report import REPORT, Asked, asked, looked_at
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.reporting import line_of, neighbour
from monitor.web.showing import FIELD_LIMIT
from monitor.web.translating import translator
from monitor.web.visiting import Visit

TEXT_LIMIT: Final = 3_000
_STEPS: Final = {"len": -1, "xuong": 1}
_FIELD_OF: Final[Mapping[FreezeRefusal, str]] = {
    FreezeRefusal.NO_REASON: "ly-do",
    FreezeRefusal.NO_APPROVER: "nguoi-duyet",
    FreezeRefusal.SAME_PERSON: "nguoi-duyet",
}


async def edit(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Tick, rewrite, move or restore a sentence; who comes second with another one in mind is told (409)."""
    wanted, _ = asked(daemon, visit), translator(visit.language)
    draft = await _draft(daemon, wanted)
    sentence = line_of(draft, form.get("ma", ""))
    if sentence is None:
        raise RefusedError(404, _("câu này không còn trong báo cáo"), _("tải lại trang"))
    wish = SentenceWish(
        sentence.id, auto_text=form.get("goc", sentence.auto_text), seen=form.get("da-xem", "")
    )
    match form.get("lam", ""):
        case "dung" | "bo" as chosen:
            wish, said = replace(wish, is_used=chosen == "dung"), _("Đã đổi lựa chọn của câu.")
        case "khoi-phuc":
            wish, said = replace(wish, is_restored=True), _("Đã khôi phục câu.")
        case "sua":
            wish, said = replace(wish, text=_text(form, "cau", visit)), _("Đã sửa câu.")
        case "len" | "xuong" as way:
            wish = await _moved(daemon, wanted, draft, wish, _STEPS[way], visit)
            said = _("Đã đổi chỗ câu.")
        case _:
            raise RefusedError(400, _("chưa nói sửa gì"), _("tải lại trang rồi thử lại"))
    await _kept(daemon, wanted, wish, visit)
    return Done(f"{wanted.path}?xem=cau#c-{sentence.id}", said)


async def _moved(
    daemon: DaemonPort, wanted: Asked, draft: Draft, wish: SentenceWish, step: int, visit: Visit
) -> SentenceWish:
    """Give the neighbour the place of the sentence; return the wish for the sentence's own."""
    _ = translator(visit.language)
    beside = neighbour(draft, wish.sentence_id, step)
    if beside is None:
        raise RefusedError(422, _("câu đã ở đầu hoặc cuối phần này"), _("chọn câu khác"))
    other, place = beside
    own = replace(wish, position=place + step)
    await _kept(daemon, wanted, own, visit)
    await _kept(daemon, wanted, SentenceWish(other, position=place), visit)
    return replace(own, seen=None)


async def _kept(daemon: DaemonPort, wanted: Asked, wish: SentenceWish, visit: Visit) -> None:
    try:
        await daemon.reports.edit(wanted.of, wish, visit.principal.signs())
    except OvertakenRefusal as refused:
        raise RefusedError(409, _overtaken(refused, visit), refused.remedy, field="cau") from None
    except ChangeRefusal as refused:
        raise RefusedError(422, *_change_words(refused, visit), field="cau") from None


def _overtaken(refused: OvertakenRefusal, visit: Visit) -> str:
    _ = translator(visit.language)
    when = "" if refused.at is None else f" ({words.short_date_time(refused.at, visit.zone)})"
    if refused.who:
        return _("%(who)s vừa sửa câu này") % {"who": refused.who} + when
    return _("câu này vừa được khôi phục hoặc xóa") + when


def _change_words(refused: ChangeRefusal, visit: Visit) -> tuple[str, str]:
    """Return why a change is not kept: one that our own forms do not ask for, so English needs no more than that."""
    if visit.language is Language.VI:
        return refused.what, refused.remedy
    _ = translator(visit.language)
    return _("báo cáo không nhận thay đổi này"), _("tải lại trang rồi thử lại")


async def add(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Add a sentence of a writer's own."""
    wanted, _ = asked(daemon, visit), translator(visit.language)
    section, _colon, group = form.get("phan", "").partition(":")
    try:
        chosen = Section(section)
    except ValueError:
        raise RefusedError(422, _("chưa chọn phần của báo cáo"), _("chọn một phần"), field="phan") from None
    text = _text(form, "cau-moi", visit)
    try:
        added = await daemon.reports.add(wanted.of, chosen, group, text, visit.principal.signs())
    except ChangeRefusal as refused:
        raise RefusedError(422, *_change_words(refused, visit), field="cau-moi") from None
    return Done(f"{wanted.path}?xem=cau#c-{added.id}", _("Đã thêm câu."))


async def fill(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Fill in the parts that no measurement knows: only what was changed is written."""
    wanted, _ = asked(daemon, visit), translator(visit.language)
    draft = await _draft(daemon, wanted)
    now = {field.key: field for field in draft.fields}
    who, count = visit.principal.signs(), 0
    for key in sorted(form.keys() & {f"phan-{each}" for each in FIELDS}):
        name, value = key.removeprefix("phan-"), clean(form[key], FIELD_LIMIT)
        given = now.get(name)
        was = "" if given is None else given.value
        if name in _ticked(form) or value != was:
            if len(value) > TEXT_LIMIT:
                raise RefusedError(422, _("nội dung quá dài"), _("viết ngắn hơn"), field=key)
            try:
                await daemon.reports.fill(wanted.of, name, value or None, who)
            except ChangeRefusal as refused:
                raise RefusedError(422, *_change_words(refused, visit), field=key) from None
            count += 1
    said = _("Đã lưu %(n)s mục.") % {"n": count} if count else _("Không có gì thay đổi.")
    return Done(f"{wanted.path}?xem=thieu", said)


def _ticked(form: Mapping[str, str]) -> frozenset[str]:
    """Return the remembered parts that a writer says still hold."""
    return frozenset(form.get("con-dung", "").split(","))


async def build(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Begin to build the files of the draft; the page says how far it is."""
    wanted, _ = asked(daemon, visit), translator(visit.language)
    daemon.reports.workshop.begin_files(wanted.of, wanted.kind, daemon.changes.note)
    return Done(f"{wanted.path}?xem=tep&loai={wanted.kind}", _("Đang dựng tệp của bản nháp."))


async def freeze(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Begin to freeze: what is plainly wrong is said at once, the rest when it is built."""
    wanted, _ = asked(daemon, visit), translator(visit.language)
    if not form.get("dong-y"):
        raise RefusedError(
            422, _("chưa đánh dấu xác nhận"), _("đọc lại báo cáo rồi đánh dấu vào ô xác nhận"), field="dong-y"
        )
    wish = FreezeWish(
        visit.principal.signs(),
        clean(form.get("ly-do", ""), FIELD_LIMIT),
        clean(form.get("nguoi-duyet", ""), FIELD_LIMIT),
    )
    refusal = await daemon.reports.why_not(wanted.of, wanted.kind, wish)
    if refusal is not None:
        what, remedy = REFUSALS[refusal]
        plain = refusal in _FIELD_OF
        hint = _("ghi vào ô này") if plain and refusal is not FreezeRefusal.SAME_PERSON else remedy
        raise RefusedError(422, what, hint, field=_FIELD_OF.get(refusal, "dong-y"))
    daemon.reports.workshop.begin_freezing(wanted.of, wanted.kind, wish, daemon.changes.note)
    return Done(f"{wanted.path}?xem=tep&loai={wanted.kind}", _("Đang chốt số liệu."))


async def _draft(daemon: DaemonPort, wanted: Asked) -> Draft:
    found = await looked_at(daemon, wanted)
    if found is None:
        raise RefusedError(422, *REFUSALS[FreezeRefusal.NOTHING_KNOWN])
    return found.draft


def _text(form: Mapping[str, str], field: str, visit: Visit) -> str:
    text = clean(form.get(field, ""), FIELD_LIMIT)
    if not text:
        raise RefusedError(422, "câu trống", "viết câu, hoặc bấm Bỏ để không dùng câu này", field=field)
    if len(text) > TEXT_LIMIT:
        _ = translator(visit.language)
        what = _("câu dài quá %(n)s ký tự") % {"n": TEXT_LIMIT}
        raise RefusedError(422, what, _("chia thành nhiều câu"), field=field)
    return text


DEEDS: Final = (
    Deed(path="/bao-cao/{period}/cau", needs=Right.REPORT, act=edit, page=REPORT),
    Deed(path="/bao-cao/{period}/them", needs=Right.REPORT, act=add, page=REPORT),
    Deed(path="/bao-cao/{period}/phan", needs=Right.REPORT, act=fill, page=REPORT),
    Deed(path="/bao-cao/{period}/dung-tep", needs=Right.REPORT, act=build, page=REPORT),
    Deed(path="/bao-cao/{period}/chot", needs=Right.REPORT, act=freeze, page=REPORT),
)
