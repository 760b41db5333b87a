"""What people enter of meetings, and why it is not taken. Pure; the moment is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inventory.model import Inventory
from monitor.conference.model import Meeting
from monitor.conference.readiness import endpoints_of

LONGEST_S: Final = 3 * 86_400.0
MOST_REGISTERED: Final = 100_000


class MeetingRefusal(StrEnum):
    """Why a meeting was not entered, or not withdrawn."""

    NO_TITLE = "no_title"
    NOBODY = "nobody"
    ENDS_BEFORE_START = "ends_before_start"
    TOO_LONG = "too_long"
    UNKNOWN_UNIT = "unknown_unit"
    NO_ENDPOINT = "no_endpoint"
    """None of those who were to take part has an endpoint that is watched."""
    REGISTERED = "registered"
    ENTERED_ALREADY = "entered_already"
    """It would count twice in the report."""
    UNKNOWN_ID = "unknown_id"
    WITHDRAWN_ALREADY = "withdrawn_already"


REFUSALS: Final[Mapping[MeetingRefusal, tuple[str, str]]] = {
    MeetingRefusal.NO_TITLE: ("cuộc họp chưa có tên", "ghi tên cuộc họp"),
    MeetingRefusal.NOBODY: ("chưa biết ai nhập", "thêm --who TÊN"),
    MeetingRefusal.ENDS_BEFORE_START: ("giờ kết thúc không sau giờ khai mạc", "xem lại --from và --to"),
    MeetingRefusal.TOO_LONG: ("cuộc họp dài quá 3 ngày", "nhập mỗi phiên một cuộc họp"),
    MeetingRefusal.UNKNOWN_UNIT: (
        "có đơn vị không có trong danh mục",
        "xem tên và mã: tslcd-monitor inventory show",
    ),
    MeetingRefusal.NO_ENDPOINT: (
        "không đơn vị nào trong đó có điểm cầu đang giám sát",
        "xem các điểm cầu: tslcd-monitor status --layer conference",
    ),
    MeetingRefusal.REGISTERED: ("số điểm cầu đăng ký không hợp lý", "ghi một số từ 1 trở lên"),
    MeetingRefusal.ENTERED_ALREADY: (
        "đã nhập cuộc họp cùng tên, cùng giờ, cùng đơn vị dự",
        "xem: tslcd-monitor meeting list --period KỲ; nếu là cuộc họp khác thì ghi tên khác",
    ),
    MeetingRefusal.UNKNOWN_ID: (
        "không có cuộc họp nào mang mã này",
        "xem các mã: tslcd-monitor meeting list",
    ),
    MeetingRefusal.WITHDRAWN_ALREADY: ("cuộc họp này đã hủy rồi", "xem: tslcd-monitor meeting list"),
}
"""What happened, and what to do."""


@dataclass(frozen=True, slots=True)
class MeetingWish:
    """A meeting as it is wanted; fields as of Meeting."""

    title: str
    begins_at: float
    ends_at: float
    who: str
    unit_codes: tuple[str, ...] = ()
    registered: int | None = None
    note: str = ""


def entered(wish: MeetingWish, inventory: Inventory, now: float) -> Meeting | MeetingRefusal:
    """Return the meeting as it would be kept (without an id), or why not. Those of the past are taken too."""
    refusal = _refusal(wish, inventory)
    if refusal is not None:
        return refusal
    return Meeting(
        id="",
        title=wish.title,
        begins_at=wish.begins_at,
        ends_at=wish.ends_at,
        unit_codes=tuple(dict.fromkeys(wish.unit_codes)),
        registered=wish.registered,
        note=wish.note,
        who=wish.who,
        created_at=now,
    )


def _refusal(wish: MeetingWish, inventory: Inventory) -> MeetingRefusal | None:
    with_endpoint = endpoints_of(inventory).keys()
    reasons = {
        MeetingRefusal.NO_TITLE: not wish.title,
        MeetingRefusal.NOBODY: not wish.who,
        MeetingRefusal.ENDS_BEFORE_START: wish.ends_at <= wish.begins_at,
        MeetingRefusal.TOO_LONG: wish.ends_at - wish.begins_at > LONGEST_S,
        MeetingRefusal.UNKNOWN_UNIT: not inventory.units.keys() >= set(wish.unit_codes),
        MeetingRefusal.NO_ENDPOINT: with_endpoint.isdisjoint(wish.unit_codes or with_endpoint),
        MeetingRefusal.REGISTERED: not 1 <= (wish.registered or 1) <= MOST_REGISTERED or wish.registered == 0,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
