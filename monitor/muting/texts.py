"""What is said of silences and maintenance: why one is refused, what a selector means, when. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.muting.declaring import MutingRefusal
from inventory.model import Inventory, Layer, Selector
from inventory.times.texts import FIRST_YEAR, LAST_YEAR, read_minute, read_moment

REFUSALS: Final[Mapping[MutingRefusal, tuple[str, str]]] = {
    MutingRefusal.NO_COMMENT: ("chưa nói vì sao", "ghi --comment 'lý do'"),
    MutingRefusal.NOBODY: ("chưa biết ai làm", "ghi --who TÊN"),
    MutingRefusal.OVER: (
        "giờ kết thúc đã qua",
        "ghi -d 2h hoặc --until 'NĂM-THÁNG-NGÀY GIỜ:PHÚT' sau lúc này",
    ),
    MutingRefusal.ENDS_BEFORE_START: ("kết thúc trước khi bắt đầu", "xem lại --from và --until"),
    MutingRefusal.TOO_LONG: (
        "dài quá 30 ngày",
        "chọn thời hạn ngắn hơn rồi gia hạn khi cần; thiết bị bỏ hẳn thì sửa danh mục",
    ),
    MutingRefusal.TOO_FAR_AHEAD: ("bắt đầu xa quá 400 ngày", "khai vào danh mục (maintenance) thay vì ở đây"),
    MutingRefusal.NO_CONDITION: (
        "chưa chọn gì: như vậy là cả tỉnh",
        "ghi ít nhất một trong --target, --unit, --area, --district, --layer, --provider, --circuit, --tag",
    ),
    MutingRefusal.NOTHING_HIT: (
        "không có đối tượng nào thỏa mọi điều kiện",
        "bớt điều kiện, hoặc xem danh mục: tslcd-monitor inventory show",
    ),
    MutingRefusal.UNKNOWN_ID: ("không có mã này", "xem các mã: tslcd-monitor silence list, maintenance list"),
    MutingRefusal.ALREADY_OVER: ("đã hết hiệu lực", "khai đợt mới"),
}
"""Reason -> what and the remedy."""

_MOST_NAMES: Final = 6


def scope_text(selector: Selector, inventory: Inventory) -> str:
    """Say what a selector means: "xã Ba Tơ, xã Đăk Hà; lớp Mạng TSLCD; nhà mạng VNPT"."""
    return "; ".join(_conditions(selector, inventory)) or "không chọn gì"


def _conditions(selector: Selector, inventory: Inventory) -> Iterator[str]:
    units, areas = inventory.units, inventory.areas
    if selector.units:
        yield _listed(
            [words.in_sentence(units[code].name) if code in units else code for code in selector.units]
        )
    if selector.former_districts:
        yield _listed([words.former_area(name) or name for name in selector.former_districts])
    if selector.areas:
        yield "địa bàn " + _listed([areas[id_].name if id_ in areas else id_ for id_ in selector.areas])
    if selector.layers:
        known = {layer.value: words.layer_name(layer) for layer in Layer}
        yield "lớp " + _listed([known.get(layer, layer) for layer in selector.layers])
    for word, values in (
        ("đối tượng", selector.targets),
        ("nhà mạng", selector.providers),
        ("kênh", selector.circuits),
        ("nhãn", selector.tags),
    ):
        if values:
            yield f"{word} {_listed(list(values))}"


def _listed(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" và {rest} mục khác" if rest > 0 else "")


def read_time(text: str, zone: ZoneInfo, now: float) -> float:
    """Return Unix seconds of "2026-11-23 06:00", of ISO 8601 with an offset, or of the next "06:00".

    Raises ValueError (PydanticCustomError is one) that says in Vietnamese what is wrong.
    """
    text = text.strip()
    if len(text) <= len("06:00") and ":" in text:
        minute = read_minute(text)
        local = datetime.fromtimestamp(now, zone)
        at = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
        return (at if at > local else at + timedelta(days=1)).timestamp()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        return read_moment(text, zone.key)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"'{text}': năm phải từ {FIRST_YEAR} đến {LAST_YEAR}")
    return found.timestamp()
