"""The `self` probe: how is this part of the monitor itself? Sends nothing, waits for nothing.

The looks are taken by monitor/own; limits on their figures are the profile's, like those of any target. A look that is
missing or old is a fault of ours, as with every probe: then nothing is known, and no incident comes of it.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.own import OwnBook, Sign
from probes.reading import FailureReason, Reading, failed

MAX_AGE_S = 180.0
"""A look that is older says nothing: looks are taken every few seconds."""

COMMON_METRICS = {
    "troubles": Metric(
        "số việc cần xem ở trang Máy giám sát",
        "Troubles of this part that the page of the monitor's own health lists now",
    ),
    "failing": Metric(
        "phần này không còn tin cậy được",
        "1 while one of these troubles means that the monitor cannot be relied on, else 0",
    ),
}
"""What every look carries: the troubles that the page of the monitor's own health lists in words."""
_OF_SIGN: Mapping[Sign, Mapping[str, Metric]] = {
    Sign.MEASURING: {
        "schedule_lag_s": Metric(
            "độ trễ lịch đo", "How late runs start, 99th percentile", "phép đo bắt đầu trễ"
        ),
        "result_age_s": Metric(
            "tuổi của kết quả đo mới nhất",
            "Time since the newest result of any check",
            "kết quả đo mới nhất đã cũ",
        ),
    },
    Sign.PROCESS: {
        "memory_bytes": Metric("bộ nhớ đang dùng", "Resident memory of the process"),
        "memory_limit_ratio": Metric(
            "phần bộ nhớ đã dùng",
            "Resident memory as a share of what the process may have (its control group's limit, else the machine's memory)",
            "bộ nhớ sắp hết, đã dùng",
        ),
        "descriptors_ratio": Metric(
            "phần tệp mở đã dùng",
            "Open files and connections as a share of the process's limit",
            "sắp hết số tệp và kết nối được mở, đã dùng",
        ),
        "loop_lag_s": Metric(
            "độ trễ vòng lặp của chương trình",
            "How late the event loop came to its work at most in the last minute",
            "vòng lặp của chương trình đứng quá lâu",
        ),
    },
    Sign.DISK: {
        "disk_free_bytes": Metric("dung lượng đĩa còn trống", "Free room on the disk of the databases"),
        "disk_left_ratio": Metric(
            "phần đĩa còn trống",
            "Free share of the disk of the databases",
            "đĩa chứa dữ liệu giám sát sắp đầy, còn",
        ),
        "inodes_left_ratio": Metric(
            "phần chỉ mục tệp (inode) còn trống",
            "Free share of that disk's inodes; absent where the file system has no such limit",
            "đĩa sắp hết chỉ mục tệp (inode), còn",
        ),
        "disk_full_s": Metric(
            "thời gian tới khi đĩa đầy",
            "Time until results.db fills the disk if it grows on as now; absent when it never will",
            "đĩa chứa dữ liệu giám sát sẽ đầy sau",
        ),
    },
    Sign.STORES: {
        "results_queued": Metric("kết quả đo chờ ghi", "Results that wait for the disk"),
        "state_unsaved": Metric("thay đổi chờ ghi", "Decisions that wait for the disk"),
    },
    Sign.BACKUP: {
        "backup_age_s": Metric(
            "tuổi của bản sao lưu tốt gần nhất",
            "Time since the last good copy; absent before the first",
            "bản sao lưu tốt gần nhất đã cũ",
        ),
    },
    Sign.DELIVERY: {
        "message_late_s": Metric(
            "tin trễ nhất đã chờ",
            "How long the most overdue message has been waiting; absent while none is overdue",
            "tin nhắn chờ gửi quá lâu",
        ),
        "messages_dead": Metric("tin không gửi được", "Messages given up"),
    },
    Sign.CHANNELS: {
        "package_s": Metric(
            "thời hạn còn lại của gói dịch vụ",
            "Time until the first of the channels' packages ends, negative after",
            "gói dịch vụ của kênh gửi tin sắp hết hạn, còn",
            "gói dịch vụ của kênh gửi tin đã hết hạn",
        ),
        "token_age_s": Metric(
            "tuổi của mã truy cập cũ nhất",
            "Time since the oldest of the channels' access tokens was renewed",
            "mã truy cập của kênh gửi tin lâu chưa được làm mới",
        ),
        "quota_left": Metric(
            "lượt gửi còn lại ít nhất", "Fewest messages that one of the channels may still send"
        ),
    },
    Sign.CERTIFICATES: {
        "web_certificate_s": Metric(
            "thời hạn còn lại của chứng thư trang web",
            "Time until the certificate of our pages ends, negative after",
            "chứng thư của trang giám sát sắp hết hạn, còn",
            "chứng thư của trang giám sát đã hết hạn",
        ),
        "beat_certificate_s": Metric(
            "thời hạn còn lại của chứng thư cổng nhận nhịp",
            "Time until the certificate of the heartbeats' listener ends, negative after",
            "chứng thư của cổng nhận nhịp báo sắp hết hạn, còn",
            "chứng thư của cổng nhận nhịp báo đã hết hạn",
        ),
    },
    Sign.CLOCK: {
        "clock_error_s": Metric(
            "sai lệch đồng hồ nhiều nhất",
            "Greatest error of the clock as the kernel estimates it (adjtimex(2)); absent while it is not synchronised, or the kernel may not be asked",
            "đồng hồ máy giám sát có thể lệch",
        ),
        "clock_unsynchronised": Metric(
            "đồng hồ chưa được đồng bộ",
            "1 while nothing keeps the machine's clock right, else 0; absent where nobody may say (a sandbox, and no systemd-timesyncd): an `ntp` check of the time server tells then how far apart the clocks are",
            "đồng hồ máy giám sát chưa được đồng bộ",
        ),
        "clock_steps": Metric(
            "số lần đồng hồ bị chỉnh trong 24 giờ",
            "How often the clock was set within the last day",
            "đồng hồ máy giám sát bị chỉnh nhiều lần trong 24 giờ:",
        ),
    },
    Sign.NETWORK: {
        "isolated_s": Metric(
            "thời gian mất đường ra mạng",
            "How long our own anchors have not answered, 0 while they do",
            "máy giám sát mất đường ra mạng đã",
        ),
        "blind_s": Metric(
            "thời gian mù từ lúc khởi động", "Time without an answer of our own anchors since the start"
        ),
    },
    Sign.OUTSIDE: {
        "life_sign_age_s": Metric(
            "tuổi của tín hiệu sống cuối",
            "Time since a sign of life last went out, of several ways the longest; absent when nobody outside listens",
            "tín hiệu sống ra bên ngoài không đi được đã",
        ),
        "unwatched": Metric(
            "không ai bên ngoài canh máy này",
            "1 while no way for signs of life is configured, else 0",
            "không ai bên ngoài canh máy giám sát",
        ),
    },
    Sign.FORWARDING: {
        "rows_waiting": Metric("dòng chờ gửi sang InfluxDB", "Results that InfluxDB does not have yet"),
        "oldest_unsent_s": Metric(
            "tuổi của kết quả cũ nhất chưa gửi",
            "Age of the oldest result that InfluxDB does not have; 0 when it has all",
            "InfluxDB chưa nhận kết quả đo đã",
        ),
    },
    Sign.LISTENERS: {},
    Sign.INVENTORY: {},
}
METRICS_OF: Mapping[Sign, Mapping[str, Metric]] = MappingProxyType(
    {sign: MappingProxyType({**COMMON_METRICS, **_OF_SIGN[sign]}) for sign in Sign}
)
"""What a look at each sign may carry."""


class SelfOptions(Options):
    """Options of `self`. The address is a name of this monitor; default: the target's id."""

    sign: Sign
    """Which part of the monitor is looked at."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS_OF[self.sign])


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    yield _SelfProbe(shared.own)


class _SelfProbe:
    def __init__(self, own: OwnBook) -> None:
        self._own = own

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Return what the last look found, at once."""
        del address, timeout_s
        if not isinstance(options, SelfOptions):
            raise TypeError("self needs SelfOptions")
        return read_own(self._own, options.sign, now_mono=time.monotonic())


def read_own(own: OwnBook, sign: Sign, *, now_mono: float) -> Reading:
    """Return the last look at a sign; `local` when there is none, or an old one only."""
    look = own.last(sign)
    if look is None:
        return failed(
            FailureReason.LOCAL,
            "chương trình giám sát chưa tự xem mình lần nào: mới khởi động, hoặc chưa chạy ở đây",
        )
    age_s = now_mono - look.looked_mono
    if age_s > MAX_AGE_S:
        return failed(
            FailureReason.LOCAL, f"chương trình giám sát chưa tự xem lại mình từ {age_s:.0f} giây nay"
        )
    return Reading(ok=True, metrics=look.metrics, detail=look.detail)


KIND = Kind(
    "self",
    "Look up how a part of the monitor itself is: its disk, memory, clock, certificates, messages.",
    SelfOptions,
    {name: metric for metrics in METRICS_OF.values() for name, metric in metrics.items()},
    connect,
)
