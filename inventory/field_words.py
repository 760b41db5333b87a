"""Fields of the inventory and their values as people read them: what a difference shows. Pure."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from inventory.model import Threshold

NOTHING = "–"

_WORDS = {
    "name": "tên",
    "unit_code": "đơn vị",
    "layer": "lớp",
    "profile": "hồ sơ mẫu",
    "address": "địa chỉ",
    "depends_on": "phụ thuộc",
    "powered_by": "nguồn điện",
    "circuit_id": "kênh truyền",
    "anchor": "mốc",
    "equipped": "trang bị",
    "enabled": "bật",
    "impact": "ảnh hưởng",
    "first_action": "việc đầu tiên",
    "tags": "nhãn",
    "owner": "bên chịu trách nhiệm",
    "kind": "loại",
    "area": "khu vực",
    "former_district": "huyện cũ",
    "former_province": "tỉnh cũ",
    "former_names": "tên cũ",
    "tile": "ô trên bản đồ",
    "provider": "nhà mạng",
    "contract_code": "mã kênh",
    "hotline": "đường dây nóng",
    "bandwidth_bps": "băng thông",
    "bandwidth_up_bps": "băng thông chiều lên",
    "availability_ratio": "độ khả dụng cam kết",
    "restore_time_s": "thời gian khắc phục",
    "interval_s": "chu kỳ đo",
    "retry_interval_s": "chu kỳ đo lại",
    "timeout_s": "thời hạn",
    "failures_to_down": "số lần hỏng",
    "successes_to_up": "số lần tốt",
    "thresholds": "ngưỡng",
    "policy": "chính sách",
    "calendar": "lịch",
    "min_gap_s": "cách nhau ít nhất",
    "title": "tiêu đề",
    "reason": "lý do",
    "document": "văn bản",
    "selector": "áp dụng cho",
    "repeat": "lặp lại",
    "starts_at": "từ",
    "ends_at": "đến",
    "announced_at": "thông báo lúc",
    "until_up": "kết thúc sớm khi đã có kết nối lại",
    "urgent": "không báo trước (gấp)",
    "week": "giờ trong tuần",
    "days": "ngày riêng",
    "day_table": "ngày nghỉ",
    "closed_on_holidays": "nghỉ ngày lễ",
    "own_ranges": "dải địa chỉ của tỉnh",
}
_CHECK_WORDS = {"added": "thêm phép đo", "removed": "bỏ phép đo"}
_TEXT_LIMIT = 200


def field_word(field: str) -> str:
    """Name a field for people; what has no words here keeps its name. Dotted: the check, then its field."""
    check, _, own = field.rpartition(".")
    if own in _CHECK_WORDS:
        return f"{_CHECK_WORDS[own]} {check}"
    word = _WORDS.get(own, own)
    return f"{word} ({check})" if check else word


def shown(value: object, *, zone: str = "Asia/Ho_Chi_Minh", field: str = "") -> str:
    """Write a value in one short line; fields ending in `_at` are moments, shown in `zone`."""
    text = _text(value, zone, field)
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def _text(value: Any, zone: str, field: str) -> str:  # noqa: C901, PLR0911 (one line for each sort of value)
    match value:
        case None | "" | ():
            return NOTHING
        case bool():
            return "có" if value else "không"
        case Enum():
            return str(value.value)
        case float() if field.endswith("_at"):
            return f"{datetime.fromtimestamp(value, ZoneInfo(zone)):%H:%M %d/%m/%Y}"
        case float() | int():
            return f"{value:.15g}"
        case date():
            return f"{value:%d/%m/%Y}"
        case Threshold():
            limits = [f"{word} {limit:g}" for word, limit in _limits(value)]
            return f"{value.metric} {'<' if value.below else '>'} {', '.join(limits)}"
        case Mapping():
            return ", ".join(f"{_text(key, zone, '')}: {_text(own, zone, '')}" for key, own in value.items())
        case tuple() | list() | frozenset():
            texts = [_text(item, zone, "") for item in value]
            return ", ".join(sorted(texts) if isinstance(value, frozenset) else texts)
        case BaseModel():
            return _named({name: getattr(value, name) for name in type(value).model_fields}, zone)
        case _ if is_dataclass(value):
            return _named({each.name: getattr(value, each.name) for each in fields(value)}, zone)
        case _:
            return str(value)


def _limits(threshold: Threshold) -> list[tuple[str, float]]:
    limits = (("cảnh báo", threshold.warning), ("nguy cấp", threshold.critical))
    return [(word, limit) for word, limit in limits if limit is not None]


def _named(values: Mapping[str, object], zone: str) -> str:
    """Name the values that say something."""
    said = {name: value for name, value in values.items() if value not in (None, "", (), False)}
    return ", ".join(f"{_WORDS.get(name, name)}: {_text(value, zone, name)}" for name, value in said.items())
