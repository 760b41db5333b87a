"""What is wrong with the channels, in words, and their figures for Prometheus. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from prometheus_client.core import GaugeMetricFamily, Metric

from alerts.channels.base import ChannelHealth, DeliveryFailure
from alerts.messages.vocabulary import Language
from monitor.web.translating import translator

PACKAGE_WARNING_DAYS: Final = 14
QUOTA_WARNING: Final = 20
"""Messages left."""


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """One thing that is wrong: `code` for machines, `text` for people.

    `channel`: the one that cannot send, and so meets the alarm of delivery as well; "" when it is about anything else.
    """

    code: str
    text: str
    channel: str = ""


def troubles_of(
    channels: Mapping[str, ChannelHealth], hearing_fault: str, now: float, zone: ZoneInfo, language: Language
) -> Iterator[ChannelTrouble]:
    """Yield what a person should mend. `now`: Unix seconds."""
    _ = translator(language)
    for name, health in channels.items():
        if health.needs_login:
            if name != "zbs" or "zalo_oa" not in channels:  # the same account's token
                said = _(
                    "kênh %(name)s không gửi được: Zalo không nhận mã truy cập nữa; lấy refresh token ở API Explorer của developers.zalo.me rồi chạy: tslcd-monitor zalo-oa login --refresh-token-stdin"
                )
                yield ChannelTrouble("channel_login", said % {"name": name}, name)
        elif health.trouble is not None:
            words = _failure_words(health.trouble, _)
            said = _("kênh %(name)s: %(why)s") % {"name": name, "why": words}
            yield ChannelTrouble("channel_trouble", said, name)
        yield from _package(name, health, now, zone, _)
        if health.quota_left is not None and health.quota_left <= QUOTA_WARNING:
            yield ChannelTrouble(
                "channel_quota",
                _("kênh %(name)s chỉ còn %(left)s lượt gửi; mua thêm hoặc bớt người nhận")
                % {"name": name, "left": health.quota_left},
            )
    if hearing_fault:
        yield ChannelTrouble("channel_deaf", hearing_fault)


def _failure_words(failure: DeliveryFailure, _: Callable[[str], str]) -> str:
    known = {
        DeliveryFailure.AUTH: _("không được nhận mã truy cập; kiểm tra bí mật của kênh"),
        DeliveryFailure.ACCOUNT: _(
            "tài khoản không được gửi (gói hết hạn, hết tiền hoặc chưa cấp quyền); gia hạn, nạp tiền hoặc cấp lại quyền cho ứng dụng"
        ),
        DeliveryFailure.QUOTA: _("đã hết lượt gửi; mua thêm lượt, hoặc bớt người nhận rồi chờ kỳ sau"),
        DeliveryFailure.RATE: _(
            "gửi quá nhiều trong thời gian ngắn, đang nghỉ rồi tự gửi tiếp; gặp luôn thì bớt người nhận"
        ),
        DeliveryFailure.DISK: _("chưa ghi được tệp mã truy cập; kiểm tra ổ đĩa và quyền của state_dir"),
        DeliveryFailure.CONNECT: _("không kết nối được; kiểm tra đường ra Internet"),
        DeliveryFailure.TLS: _("không kết nối an toàn (TLS) được; kiểm tra đồng hồ máy này và tường lửa"),
        DeliveryFailure.SENDER: _("cấu hình của kênh không dùng được; sửa phần của kênh trong tệp cấu hình"),
    }
    return known.get(failure, _("không gửi được; xem lý do: tslcd-monitor notify queue"))


def _package(
    name: str, health: ChannelHealth, now: float, zone: ZoneInfo, _: Callable[[str], str]
) -> Iterator[ChannelTrouble]:
    if health.package_until is None:
        return
    left_days = (health.package_until - datetime.fromtimestamp(now, zone).date()).days
    if left_days > PACKAGE_WARNING_DAYS:
        return
    day = f"{health.package_until:%d/%m/%Y}"
    if left_days >= 0:
        text = _(
            "gói dịch vụ của kênh %(name)s hết hạn ngày %(day)s (còn %(left)s ngày); gia hạn để tiếp tục gửi"
        )
    else:
        text = _("gói dịch vụ của kênh %(name)s đã hết hạn từ ngày %(day)s; gia hạn để tiếp tục gửi")
    yield ChannelTrouble("channel_package", text % {"name": name, "day": day, "left": left_days})


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
