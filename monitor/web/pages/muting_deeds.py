"""Changing what was declared: a running one may be made longer or shorter, or be ended; nothing else of it changes."""

from collections.abc import Mapping
from typing import Final

from alerts.messages.plain import clean
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import MutingRefusal
from monitor.muting.texts import read_time
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.muting_form import LENGTHS_MIN, LONGEST_SILENCE_S, TEXT_LIMIT, not_saved, refusal_of
from monitor.web.pages.mutings import ID_LIMIT, MUTING
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_words import bad_time
from monitor.web.translating import translator
from monitor.web.visiting import Visit


async def end(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """End it before its time."""
    _ = translator(visit.language)
    muting = await _known(daemon, visit)
    try:
        outcome = await daemon.muting.end(muting.id, who=visit.principal.signs())
    except StorageError as error:
        raise not_saved(error, visit.language) from error
    if isinstance(outcome, MutingRefusal):
        raise refusal_of(outcome)
    return Done(form.get("ve", "") or f"/bao-tri/{muting.id}", _("Đã kết thúc %(id)s.") % {"id": muting.id})


async def move(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Let it end at another time, later or sooner."""
    _ = translator(visit.language)
    muting = await _known(daemon, visit)
    until_at = _until(muting, form, visit, daemon.muting.now)
    comment = clean(form.get("ly_do", ""), TEXT_LIMIT)
    try:
        outcome = await daemon.muting.extend(
            muting.id, until_at, who=visit.principal.signs(), comment=comment
        )
    except StorageError as error:
        raise not_saved(error, visit.language) from error
    if isinstance(outcome, MutingRefusal):
        raise refusal_of(outcome)
    return Done(f"/bao-tri/{muting.id}", _("Đã đổi giờ kết thúc của %(id)s.") % {"id": muting.id})


def _until(muting: Muting, form: Mapping[str, str], visit: Visit, now: float) -> float:
    text, minutes = form.get("den", ""), form.get("them", "")
    if minutes in {str(each) for each in LENGTHS_MIN}:
        until_at = max(now, muting.until_at) + 60.0 * int(minutes)
    else:
        try:
            until_at = read_time(text, visit.zone, max(now, muting.from_at))
        except (ValueError, OverflowError):
            raise RefusedError(422, *bad_time(text, visit.language), field="den") from None
    if muting.kind is MutingKind.SILENCE and until_at - max(now, muting.from_at) > LONGEST_SILENCE_S:
        raise RefusedError(422, "tạm ngưng thông báo dài quá 24 giờ", "chọn ngắn hơn", field="den")
    return until_at


async def _known(daemon: DaemonPort, visit: Visit) -> Muting:
    muting = await daemon.muting.find(visit.params["ma"].upper()[:ID_LIMIT])
    if muting is None:
        raise refusal_of(MutingRefusal.UNKNOWN_ID)
    return muting


DEEDS: Final = (
    Deed(path=f"{MUTING.path}/ket-thuc", needs=Right.MUTE, act=end, page=MUTING),
    Deed(path=f"{MUTING.path}/doi-gio", needs=Right.MUTE, act=move, page=MUTING),
)
