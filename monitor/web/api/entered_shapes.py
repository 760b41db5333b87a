"""What people entered, and who wrote to the bot, as JSON: the same for the API and the command line. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from monitor.accounting.model import Correction
from monitor.conference.model import Meeting
from monitor.inputs.zalo_updates import Chat
from monitor.web.api.shapes import Json, iso


def correction_items(entries: Sequence[Correction], zone: ZoneInfo) -> list[Json]:
    """Return entries as JSON; of what was withdrawn, by which entry."""
    withdrawn_by = {entry.withdraws: entry.id for entry in entries if entry.withdraws is not None}
    return [
        {
            "id": entry.id or None,
            "checks": list(entry.check_ids),
            "from": iso(entry.from_at, zone),
            "until": iso(entry.until_at, zone),
            "countsAs": entry.counts_as and entry.counts_as.value,
            "was": entry.was and entry.was.value,
            "reason": entry.reason,
            "who": entry.who,
            "approver": entry.approver,
            "at": iso(entry.at, zone),
            "document": entry.document,
            "withdraws": entry.withdraws,
            "withdrawnBy": withdrawn_by.get(entry.id),
        }
        for entry in entries
    ]


def meeting_item(meeting: Meeting, zone: ZoneInfo) -> Json:
    """Return a meeting as JSON."""
    return {
        "id": meeting.id,
        "title": meeting.title,
        "begins": iso(meeting.begins_at, zone),
        "ends": iso(meeting.ends_at, zone),
        "units": list(meeting.unit_codes),
        "registered": meeting.registered,
        "note": meeting.note,
        "who": meeting.who,
        "created": iso(meeting.created_at, zone),
        "withdrawn": None if meeting.withdrawn_at is None else iso(meeting.withdrawn_at, zone),
    }


def chat_json(chat: Chat, zone: ZoneInfo) -> Json:
    """Return a chat that wrote to the bot."""
    last_at = iso(chat.last_at or None, zone)
    return {"chatId": chat.chat_id, "name": chat.display_name, "isGroup": chat.is_group, "lastAt": last_at}
