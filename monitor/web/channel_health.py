"""What is wrong with the channels, in words, and their figures for Prometheus. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from prometheus_client.core import GaugeMetricFamily, Metric

from alerts.channels.base import ChannelHealth, DeliveryFailure

PACKAGE_WARNING_DAYS: Final = 14
QUOTA_WARNING: Final = 20
"""Messages left."""

_LOGIN: Final = (
    "kênh {name} không gửi được: Zalo không nhận mã truy cập nữa; lấy refresh token ở API Explorer của "
    "developers.zalo.me rồi chạy: tslcd-monitor zalo-oa login --refresh-token-stdin"
)
_WORDS: Final[Mapping[DeliveryFailure, str]] = MappingProxyType(
    {
        DeliveryFailure.AUTH: "không được nhận mã truy cập; kiểm tra bí mật của kênh",
        DeliveryFailure.ACCOUNT: "tài khoản không được gửi (gói hết hạn, hết tiền hoặc chưa cấp quyền); gia hạn, nạp tiền hoặc cấp lại quyền cho ứng dụng",
        DeliveryFailure.QUOTA: "đã hết lượt gửi; mua thêm lượt, hoặc bớt người nhận rồi chờ kỳ sau",
        DeliveryFailure.RATE: "gửi quá nhiều trong thời gian ngắn, đang nghỉ rồi tự gửi tiếp; gặp luôn thì bớt người nhận",
        DeliveryFailure.DISK: "chưa ghi được tệp mã truy cập; kiểm tra ổ đĩa và quyền của state_dir",
        DeliveryFailure.CONNECT: "không kết nối được; kiểm tra đường ra Internet",
        DeliveryFailure.TLS: "không kết nối an toàn (TLS) được; kiểm tra đồng hồ máy này và tường lửa",
        DeliveryFailure.SENDER: "cấu hình của kênh không dùng được; sửa phần của kênh trong tệp cấu hình",
    }
)


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """One thing that is wrong: `code` for machines, `text` for people (Vietnamese).

    `channel`: the one that cannot send, and so meets the alarm of delivery as well; "" when it is about anything else.
    """

    code: str
    text: str
    channel: str = ""


def troubles_of(
    channels: Mapping[str, ChannelHealth], hearing_fault: str, now: float, zone: ZoneInfo
) -> Iterator[ChannelTrouble]:
    """Yield what a person should mend. `now`: Unix seconds."""
    for name, health in channels.items():
        if health.needs_login:
            if name != "zbs" or "zalo_oa" not in channels:  # the same account's token
                yield ChannelTrouble("channel_login", _LOGIN.format(name=name), name)
        elif health.trouble is not None:
            words = _WORDS.get(health.trouble, "không gửi được; xem lý do: tslcd-monitor notify queue")
            yield ChannelTrouble("channel_trouble", f"kênh {name}: {words}", name)
        yield from _package(name, health, now, zone)
        if health.quota_left is not None and health.quota_left <= QUOTA_WARNING:
            yield ChannelTrouble(
                "channel_quota",
                f"kênh {name} chỉ còn {health.quota_left} lượt gửi; mua thêm hoặc bớt người nhận",
            )
    if hearing_fault:
        yield ChannelTrouble("channel_deaf", hearing_fault)


def _package(name: str, health: ChannelHealth, now: float, zone: ZoneInfo) -> Iterator[ChannelTrouble]:
    if health.package_until is None:
        return
    left_days = (health.package_until - datetime.fromtimestamp(now, zone).date()).days
    if left_days > PACKAGE_WARNING_DAYS:
        return
    day = f"{health.package_until:%d/%m/%Y}"
    when = f"hết hạn ngày {day} (còn {left_days} ngày)" if left_days >= 0 else f"đã hết hạn từ ngày {day}"
    yield ChannelTrouble("channel_package", f"gói dịch vụ của kênh {name} {when}; gia hạn để tiếp tục gửi")


def metrics_of(channels: Mapping[str, ChannelHealth]) -> Iterator[Metric]:
    """Yield gauges with the label `channel`; what is not known is missing."""
    figures = (
        ("last_success_timestamp_seconds", "When a message last went out", lambda h: h.last_success_at),
        ("token_age_seconds", "Time since the access token was renewed", lambda h: h.token_age_s),
        ("needs_login", "1 while a person must log the account in", lambda h: float(h.needs_login)),
        ("quota_left", "Messages that the account may still send", lambda h: h.quota_left),
    )
    for suffix, help_text, read in figures:
        gauge = GaugeMetricFamily(f"tslcd_channel_{suffix}", help_text, labels=("channel",))
        for name, health in channels.items():
            value = read(health)
            if value is not None:
                gauge.add_metric((name,), value)
        yield gauge
