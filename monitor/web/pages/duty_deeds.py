"""Swaps of shifts, and a test message to oneself."""

from collections.abc import Mapping
from typing import Final

from alerts.messages.plain import clean
from alerts.oncall.model import Swap
from monitor.delivering import Refused
from monitor.muting.texts import read_time
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.storage.outbox_view import OutboxEntry
from monitor.web.duty_view import name_of_contact
from monitor.web.pages.duty import DUTY
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_words import bad_time, storage_words
from monitor.web.timeline import channel_word
from monitor.web.translating import translator
from monitor.web.visiting import Visit

LONGEST_SWAP_S: Final = 31 * 86_400.0
TEXT_LIMIT: Final = 300


async def swap(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Let somebody else be on duty for a while."""
    _ = translator(visit.language)
    directory, now = daemon.desk.directory, daemon.snapshot().now
    rota, person = form.get("bang", ""), form.get("nguoi", "")
    if rota not in directory.rotas:
        raise RefusedError(400, "chưa chọn bảng trực", "chọn trong danh sách", field="bang")
    contact = directory.contacts.get(person)
    if contact is None or contact.is_group:
        raise RefusedError(400, "chưa chọn người trực thay", "chọn trong danh sách", field="nguoi")
    from_at = _moment(form, "tu", visit, now)
    until_at = _moment(form, "den", visit, from_at)
    if not max(from_at, now) < until_at <= from_at + LONGEST_SWAP_S:
        raise RefusedError(
            400,
            "giờ kết thúc phải sau giờ bắt đầu, sau lúc này, và không quá 31 ngày sau giờ bắt đầu",
            "nghỉ dài ngày thì khai trong tệp người trực",
            field="den",
        )
    wanted = Swap(
        rota, person, from_at, until_at, visit.principal.signs(), clean(form.get("ly_do", ""), TEXT_LIMIT)
    )
    try:
        await daemon.desk.swap(wanted)
    except StorageError as error:
        raise RefusedError(503, *storage_words(error, visit.language)) from error
    said = _("%(who)s trực thay ở %(rota)s.") % {"who": contact.name, "rota": directory.rotas[rota].name}
    return Done(DUTY.path, said)


async def test(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Send somebody a test message the way every message goes, and say what came of it."""
    _ = translator(visit.language)
    directory, person = daemon.desk.directory, form.get("nguoi", "")
    if person not in directory.contacts:
        raise RefusedError(400, "chưa chọn người nhận tin thử", "chọn trong danh sách", field="thu")
    try:
        entries = await daemon.delivering.test(person, who=visit.principal.signs())
    except StorageError as error:
        raise RefusedError(503, *storage_words(error, visit.language)) from error
    if isinstance(entries, Refused):
        raise RefusedError(
            409, "không có địa chỉ nào để gửi", "khai kênh và địa chỉ trong tệp người trực", field="thu"
        )
    told = "; ".join(_fate(entry, visit) for entry in entries)
    return Done(
        DUTY.path,
        _("Tin thử cho %(who)s: %(told)s.") % {"who": name_of_contact(directory, person), "told": told},
    )


def _fate(entry: OutboxEntry, visit: Visit) -> str:
    _ = translator(visit.language)
    channel = channel_word(entry.row.notification.channel, visit.language)
    if entry.sent_at is not None:
        return _("%(channel)s đã gửi") % {"channel": channel}
    why = entry.row.last_error or _("chưa có trả lời")
    return _("%(channel)s chưa gửi được (%(why)s)") % {"channel": channel, "why": why}


def _moment(form: Mapping[str, str], field: str, visit: Visit, after_at: float) -> float:
    try:
        return read_time(form.get(field, ""), visit.zone, after_at)
    except (ValueError, OverflowError):
        raise RefusedError(400, *bad_time(form.get(field, ""), visit.language), field=field) from None


DEEDS: Final = (
    Deed(path="/truc/doi-ca", needs=Right.DUTY, act=swap, page=DUTY),
    Deed(path="/truc/gui-thu", needs=Right.OPERATE, act=test, page=DUTY),
)
