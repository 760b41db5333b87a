"""When copies of the databases fail or are too old, people are told once, and once when there is a good one again, or they are switched off. Pure."""

from typing import Final

from alerts.messages.words import duration
from alerts.model.notification import Bulletin, BulletinKind

COMPONENT: Final = "backup."
"""Begins the component in a bulletin's id."""
NIGHTLY: Final = "nightly"
"""Ends it."""


def begun(since_at: float, error: str, now: float) -> Bulletin:
    """Return what is told of a copy that failed (`error` says why) or is too old ("")."""
    facts = {
        "component": "sao lưu",
        "since_at": since_at,
        "ended_at": None,
        "symptom": (
            f"sao lưu không thành: {error}"
            if error
            else f"chưa có bản sao lưu tốt nào trong {duration(max(0.0, now - since_at))} qua"
        ),
        "consequence": "giám sát vẫn chạy; hỏng ổ đĩa lúc này thì mất những gì có sau bản sao lưu gần nhất",
        "action": "tại máy giám sát, sao lưu ngay và xem lý do: tslcd-monitor db backup",
    }
    return Bulletin(_id(since_at), BulletinKind.SELF, now, facts)


def over(since_at: float, now: float, *, is_off: bool) -> Bulletin:
    """Return what is told when there is a good copy again, or (`is_off`) copies are not wanted any more."""
    facts = {
        "component": "sao lưu",
        "since_at": since_at,
        "ended_at": now,
        "symptom": (
            "không báo nữa: sao lưu hằng đêm đã tắt trong cấu hình (backup.enabled)"
            if is_off
            else f"đã có bản sao lưu tốt trở lại sau {duration(max(0.0, now - since_at))}"
        ),
        "consequence": (
            "không có bản sao lưu mới nào được chép; hỏng ổ đĩa thì mất những gì có sau bản gần nhất"
            if is_off
            else "không mất gì"
        ),
        "action": "",
    }
    return Bulletin(f"{_id(since_at)}:over", BulletinKind.SELF, now, facts)


def _id(since_at: float) -> str:
    return f"self:{COMPONENT}{NIGHTLY}:{since_at:.0f}"
