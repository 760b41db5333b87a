"""When the monitor's own files are in trouble, people are told once, and once when it is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from alerts.messages.words import duration, number
from alerts.model.notification import Bulletin, BulletinKind

AFTER_S: Final = 60.0
"""How long a trouble lasts before it is told, and how long it must be gone before that is told."""

COMPONENT: Final = "store."
"""Begins the component in a bulletin's id; the store's name follows."""


class Store(StrEnum):
    """What is written to."""

    STATE = "state"
    """state.db: without it nothing can be put into the outbox, so this one is told past it."""
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """What is wrong with a store since when (Unix seconds); texts for people."""

    since_at: float
    symptom: str
    action: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one store's trouble. `clear_mono`: since when it has been gone, None while it lasts."""

    trouble: StoreTrouble
    since_mono: float
    clear_mono: float | None = None
    is_told: bool = False

    def is_due(self, mono: float) -> bool:
        """Whether it has lasted for long enough to tell it now."""
        return not self.is_told and self.clear_mono is None and mono - self.since_mono >= AFTER_S

    def is_over(self, mono: float) -> bool:
        """Whether it is gone: for long enough, when people were told of it."""
        return self.clear_mono is not None and (not self.is_told or mono - self.clear_mono >= AFTER_S)


def observe(
    before: Mapping[Store, Standing], found: Mapping[Store, StoreTrouble], mono: float
) -> dict[Store, Standing]:
    """Return what stands after a look that found these troubles; `since_at` is that of the first look."""
    standing: dict[Store, Standing] = {}
    for store in {*before, *found}:
        known, trouble = before.get(store), found.get(store)
        if known is None and trouble is not None:
            standing[store] = Standing(trouble, since_mono=mono)
        elif known is not None and trouble is not None:
            trouble = replace(trouble, since_at=known.trouble.since_at)
            standing[store] = replace(known, trouble=trouble, clear_mono=None)
        elif known is not None:
            clear_mono = mono if known.clear_mono is None else known.clear_mono
            standing[store] = replace(known, clear_mono=clear_mono)
    return standing


_CONSEQUENCES: Final[Mapping[Store, str]] = {
    Store.STATE: (
        "vẫn đo, nhưng thay đổi và cảnh báo mới chỉ nằm trong bộ nhớ, chưa gửi được; tin này gửi thẳng, không qua hàng chờ"
    ),
    Store.RESULTS: "vẫn đo và cảnh báo; kết quả đo chờ trong bộ nhớ, chờ quá lâu thì mất phần cũ nhất",
}


def begun(store: Store, trouble: StoreTrouble, now: float) -> Bulletin:
    """Return what is told of a trouble that goes on."""
    facts = {
        "component": f"{store}.db",
        "since_at": trouble.since_at,
        "ended_at": None,
        "symptom": trouble.symptom,
        "consequence": _CONSEQUENCES[store],
        "action": trouble.action,
    }
    return Bulletin(_id(store, trouble.since_at), BulletinKind.SELF, now, facts)


def over(store: Store, since_at: float, now: float, *, lost: int) -> Bulletin:
    """Return what is told when it is over; `lost`: results that did not fit into memory meanwhile."""
    consequence = "không mất gì"
    if lost:
        consequence = f"đã mất {number(lost)} kết quả đo, có ghi lại là khoảng trống"
    facts = {
        "component": f"{store}.db",
        "since_at": since_at,
        "ended_at": now,
        "symptom": f"ghi được {store}.db trở lại sau {duration(max(0.0, now - since_at))}",
        "consequence": consequence,
        "action": "",
    }
    return Bulletin(_id(store, since_at) + ":over", BulletinKind.SELF, now, facts)


def damaged(name: str, aside: str, now: float) -> Bulletin:
    """Return what is told of a damaged file that was set aside at the start."""
    consequence = (
        "bắt đầu lại từ danh mục: sự cố đang mở, xác nhận, im lặng và lịch sử trước đó không còn trong tệp mới"
        if name == "state.db"
        else "kết quả đo trước đó không còn trong tệp mới; trạng thái và cảnh báo không bị ảnh hưởng"
    )
    facts = {
        "component": f"tệp {name}",
        "since_at": now,
        "ended_at": None,
        "symptom": f"tệp {name} hỏng, đã cất sang {aside} và tạo tệp mới",
        "consequence": consequence,
        "action": "kiểm tra ổ đĩa (dmesg); muốn lấy lại dữ liệu thì khôi phục từ bản sao lưu",
    }
    return Bulletin(f"self:damaged.{name}:{now:.0f}", BulletinKind.SELF, now, facts)


def _id(store: Store, since_at: float) -> str:
    return f"self:{COMPONENT}{store}:{since_at:.0f}"
