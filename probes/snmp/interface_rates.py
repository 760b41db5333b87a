"""Samples of one interface -> its metrics. Pure: no clock, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.snmp.counters import TICKS_A_SECOND, WRAP, Count, Moment, NoRate, elapsed_s, rate_per_s
from probes.snmp.interface_table import (
    ADMIN_STATUS,
    COUNTERS,
    DISCONTINUITY,
    ENGINE_BOOTS,
    HIGH_SPEED,
    OPER_STATUS,
    SPEED,
    SYS_UPTIME,
    UP,
    Interface,
    speed_bps,
)
from probes.snmp.model import Value

LEAST_SPAN_S = 10.0
"""Agents renew these counters only now and then (net-snmp every 3 or 15 s): over less a rate is mostly noise."""
RENEWED_WITHIN_S = 30.0
"""Over less, counters that all stand still may only not have been renewed: that is no rate of 0."""
_UNKNOWN = 4  # ifOperStatus: the agent cannot tell
_STATUS_WORDS = {
    2: "mất kết nối",
    3: "đang ở chế độ kiểm tra",
    5: "đang chờ kích hoạt",
    6: "thiếu phần cứng",
    7: "tầng dưới mất kết nối",
}
_SMALLEST_FRAME_BITS = 84 * 8  # Ethernet: 64 octets, preamble and gap

NO_RATE_WORDS = {
    NoRate.FIRST: "lần đo đầu, chưa có tốc độ",
    NoRate.NO_COUNTER: "thiết bị không cho đọc bộ đếm lưu lượng",
    NoRate.NO_TIME: "hai lần đo cùng một lúc",
    NoRate.TOO_SOON: "vừa đo xong, chưa đủ lâu để tính tốc độ",
    NoRate.RESTARTED: "khởi động lại (thiết bị hoặc dịch vụ SNMP)",
    NoRate.ANOTHER_CLOCK: "đồng hồ thiết bị nhảy, hoặc thiết bị đã được thay",
    NoRate.DISCONTINUITY: "thiết bị báo bộ đếm bắt đầu lại",
    NoRate.ANOTHER_COUNTER: "đổi giữa bộ đếm 32 và 64 bit",
    NoRate.RESET: "bộ đếm chạy lùi",
    NoRate.IMPLAUSIBLE: "tốc độ đo được vượt tốc độ cổng",
    NoRate.TOO_SLOW: "bộ đếm 32 bit, hỏi quá thưa so với tốc độ cổng",
    NoRate.NO_SPEED: "bộ đếm 32 bit mà không rõ tốc độ cổng",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What an agent told of one interface in one run."""

    moment: Moment
    admin_status: int | None
    oper_status: int | None
    speed_bps: float | None
    counts: Mapping[str, Count]

    @property
    def is_up(self) -> bool | None:
        """Whether it carries traffic; None when the agent cannot tell."""
        if self.oper_status in {None, _UNKNOWN}:
            return None
        return self.oper_status == UP

    @property
    def trouble(self) -> str:
        """Why it carries no traffic, in Vietnamese; "" when it does."""
        if self.is_up is not False:
            return ""
        if self.admin_status not in {None, UP}:
            return "bị tắt trong cấu hình"
        return _STATUS_WORDS.get(self.oper_status or 0, f"ở trạng thái {self.oper_status}")


@dataclass(frozen=True, slots=True)
class Figures:
    """An interface's metrics; `no_rate` says why its traffic is not among them."""

    metrics: Mapping[str, float]
    no_rate: NoRate | None = None
    error_ratio: float | None = None
    """The worse direction's."""
    discard_ratio: float | None = None
    line_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an interface may carry, in bit/s. `contract`: direction -> contracted bandwidth."""

    line_bps: float | None = None
    """Instead of what the device says of its port."""
    contract: Mapping[str, float] = field(default_factory=dict)


def sample(interface: Interface, answer: Mapping[str, Value], *, mono_s: float) -> Sample:
    """Read a sample from an answer; what is not there, or not of its type, is missing."""

    def number(oid: str) -> int | None:
        value = answer.get(oid)
        return value if isinstance(value, int) and value >= 0 else None

    def cell(column: str) -> int | None:
        return number(f"{column}.{interface.index}")

    counts = {}
    for name, columns in COUNTERS.items():
        for column in columns:
            value = cell(column.oid)
            if value is not None:
                counts[name] = Count(value, column.bits)
                break
    for direction in ("in", "out"):
        multicast = counts.get(f"{direction}_multicast")
        if multicast is not None and multicast.bits == 32:  # noqa: PLR2004 (the stand-in, which counts broadcast too)
            counts.pop(f"{direction}_broadcast", None)
    return Sample(
        moment=Moment(mono_s, number(SYS_UPTIME), number(ENGINE_BOOTS), cell(DISCONTINUITY)),
        admin_status=cell(ADMIN_STATUS),
        oper_status=cell(OPER_STATUS),
        speed_bps=speed_bps(cell(HIGH_SPEED), cell(SPEED)),
        counts=counts,
    )


def figures(old: Sample | None, new: Sample, capacity: Capacity) -> Figures:
    """Return the metrics of an interface from two samples; `old` is None at first."""
    metrics: dict[str, float] = {}
    if new.moment.uptime_ticks is not None:
        metrics["sys_uptime_s"] = new.moment.uptime_ticks / TICKS_A_SECOND
    if new.is_up is not None:
        metrics["if_up"] = float(new.is_up)
    line_bps = capacity.line_bps or new.speed_bps
    if line_bps is not None:
        metrics["speed_bps"] = line_bps
    passed_s = NoRate.FIRST if old is None else elapsed_s(old.moment, new.moment)
    if old is None or isinstance(passed_s, NoRate):
        return Figures(metrics, no_rate=passed_s if isinstance(passed_s, NoRate) else NoRate.FIRST)
    stands_still = bool(new.counts) and new.counts == old.counts
    if passed_s < LEAST_SPAN_S or (passed_s < RENEWED_WITHIN_S and stands_still):
        return Figures(metrics, no_rate=NoRate.TOO_SOON)
    span = _Span(old.counts, new.counts, passed_s, line_bps)
    no_rate = None
    for direction in ("in", "out"):
        octets = span.rate(f"{direction}_octets", top_per_s=line_bps and line_bps / 8)
        if isinstance(octets, NoRate):
            no_rate = octets
        else:
            metrics["rates_over_s"] = passed_s
            metrics |= _traffic(direction, octets * 8, line_bps, capacity.contract.get(direction))
        metrics |= span.losses(direction)
    return Figures(
        metrics,
        no_rate=no_rate,
        error_ratio=_worse(metrics, "error_ratio"),
        discard_ratio=_worse(metrics, "discard_ratio"),
        line_ratio=_worse(metrics, "line_ratio"),
    )


def _traffic(
    direction: str, bps: float, line_bps: float | None, contract_bps: float | None
) -> dict[str, float]:
    found = {f"{direction}_bps": bps}
    if line_bps:
        found[f"{direction}_line_ratio"] = bps / line_bps
    if contract_bps:
        found[f"{direction}_use_ratio"] = bps / contract_bps
    return found


def _worse(metrics: Mapping[str, float], ending: str) -> float | None:
    return max((metrics[n] for n in (f"in_{ending}", f"out_{ending}") if n in metrics), default=None)


@dataclass(frozen=True, slots=True)
class _Span:
    """The time between two samples."""

    old: Mapping[str, Count]
    new: Mapping[str, Count]
    passed_s: float
    line_bps: float | None

    def rate(self, counter: str, *, top_per_s: float | None) -> float | NoRate:
        """Return a counter's rate."""
        old, new = self.old.get(counter), self.new.get(counter)
        if new is None:
            return NoRate.NO_COUNTER
        if old is None:
            return NoRate.FIRST
        return rate_per_s(old, new, elapsed_s=self.passed_s, top_per_s=top_per_s)

    def losses(self, direction: str) -> dict[str, float]:
        """Return the shares of packets with errors and of discarded ones; nothing when no packet went this way.

        Received packets are counted without the lost ones, sent ones with them (RFC 2863, ifInUcastPkts and
        ifOutUcastPkts); some agents count sent ones without, which the clamp to 1 bears.
        """
        top = self.line_bps and self.line_bps / _SMALLEST_FRAME_BITS
        found = (
            self.rate(f"{direction}_{cast}", top_per_s=top) for cast in ("unicast", "multicast", "broadcast")
        )
        packets = [rate for rate in found if rate is not NoRate.NO_COUNTER]
        # Nothing makes errors at line speed, so their 32-bit counters are believed at any: half a range at most.
        rare = WRAP / 2 / self.passed_s * (1 - 1e-9)
        errors = self.rate(f"{direction}_errors", top_per_s=min(top or rare, rare))
        discards = self.rate(f"{direction}_discards", top_per_s=min(top or rare, rare))
        known = [rate for rate in packets if not isinstance(rate, NoRate)]
        if not known or len(known) != len(packets):
            return {}
        lost = {
            name: rate
            for name, rate in (("error", errors), ("discard", discards))
            if not isinstance(rate, NoRate)
        }
        total = sum(known) + (sum(lost.values()) if direction == "in" else 0.0)
        total = max(total, *lost.values(), 0.0) if lost else total
        return {f"{direction}_{name}_ratio": rate / total for name, rate in lost.items()} if total else {}
