"""Words for what happened to incidents and to the messages about them. Pure."""

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "opened": "mở sự cố",
    "reopened": "lại mất kết nối",
    "worsened": "nặng hơn",
    "joined": "gộp thêm",
    "part_of": "gộp vào",
    "released": "tách ra",
    "common": "điểm chung",
    "acknowledged": "nhận xử lý",
    "unacknowledged": "trả lại",
    "cause": "chọn nguyên nhân",
    "guessed": "máy đoán",
    "ticket": "số phiếu",
    "flapping": "chập chờn",
    "calmed": "hết chập chờn",
    "step": "báo bước",
    "note": "ghi chú",
    "path": "dò đường",
    "held": "giữ tin",
    "closed": "đóng",
}
CLOSED: Final[Mapping[str, str]] = {
    "recovered": "đã khôi phục",
    "removed": "đã rời danh mục",
    "absorbed": "đã gộp vào sự cố khác",
    "by_hand": "đóng bằng tay",
}
DELIVERIES: Final[Mapping[str, str]] = {
    "waiting": "chờ gửi",
    "sent": "đã gửi",
    "cancelled": "đã hủy",
    "dead": "không gửi được",
}
MESSAGES: Final[Mapping[str, str]] = {
    "opened": "tin báo sự cố",
    "escalated": "tin chuyển cấp",
    "reminded": "tin nhắc",
    "updated": "tin cập nhật",
    "flapping": "tin chập chờn",
    "resolved": "tin báo khôi phục",
}
