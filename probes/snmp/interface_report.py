"""Readings of the `interfaces` probe: one interface's, or what is worth knowing of many. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from probes.kind import Metric
from probes.reading import FailureReason, Reading
from probes.snmp.interface_rates import NO_RATE_WORDS, Figures, Sample
from probes.snmp.interface_table import UP
from probes.wording import one_line

_SHARED = {
    "sys_uptime_s": Metric(
        "thời gian đã chạy", "sysUpTime; begins anew when the device or its SNMP agent restarts"
    ),
    "rates_over_s": Metric("khoảng tính tốc độ", "Time between the two samples behind all rates and shares"),
    "in_bps": Metric("lưu lượng nhận", "What is received, in bit/s; of several interfaces the sum"),
    "out_bps": Metric("lưu lượng gửi", "What is sent, in bit/s; of several interfaces the sum"),
}
ONE = {
    **_SHARED,
    "in_use_ratio": Metric("mức sử dụng chiều nhận", "Share of the contracted bandwidth that is received"),
    "out_use_ratio": Metric("mức sử dụng chiều gửi", "Share of the contracted bandwidth that is sent"),
    "in_line_ratio": Metric("mức chiếm cổng chiều nhận", "Share of the port's own speed that is received"),
    "out_line_ratio": Metric("mức chiếm cổng chiều gửi", "Share of the port's own speed that is sent"),
    "in_error_ratio": Metric("tỷ lệ gói lỗi chiều nhận", "Share of received packets that had errors"),
    "out_error_ratio": Metric("tỷ lệ gói lỗi chiều gửi", "Share of packets that errors kept from being sent"),
    "in_discard_ratio": Metric("tỷ lệ gói bị bỏ chiều nhận", "Share of good received packets thrown away"),
    "out_discard_ratio": Metric("tỷ lệ gói bị bỏ chiều gửi", "Share of packets thrown away before sending"),
    "if_up": Metric("trạng thái cổng", "1: ifOperStatus is up, 0: it is not; absent: the agent cannot tell"),
    "speed_bps": Metric("tốc độ cổng", "Speed of the port: `line_bps`, ifHighSpeed or ifSpeed"),
}
"""Metrics of exactly one interface."""
SEVERAL = {
    **_SHARED,
    "interfaces_up": Metric("số cổng hoạt động", "How many watched interfaces are up"),
    "interfaces_down": Metric(
        "số cổng mất kết nối", "How many watched interfaces are switched on and not up"
    ),
    "worst_line_ratio": Metric(
        "mức chiếm cổng cao nhất",
        "Greatest share of a port's own speed, of any watched interface and direction",
    ),
    "worst_error_ratio": Metric(
        "tỷ lệ gói lỗi cao nhất",
        "Greatest share of packets with errors, of any watched interface and direction",
    ),
    "worst_discard_ratio": Metric(
        "tỷ lệ gói bị bỏ cao nhất",
        "Greatest share of discarded packets, of any watched interface and direction",
    ),
}
"""Metrics of several interfaces together; the notes name those they come from."""

_NAMES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """One interface in one run. `name` is clean."""

    name: str
    sample: Sample
    figures: Figures


def report_one(seen: Seen) -> Reading:
    """Return the reading of one interface; not ok while it is down."""
    notes = {"interface": seen.name}
    octets = seen.sample.counts.get("in_octets")
    if octets is not None:
        notes["counter_bits"] = str(octets.bits)
    if seen.figures.no_rate is not None:
        notes["no_rates"] = NO_RATE_WORDS[seen.figures.no_rate]
    trouble = seen.sample.trouble
    return Reading(
        ok=not trouble,
        metrics=seen.figures.metrics,
        reason=FailureReason.UNEXPECTED_ANSWER if trouble else None,
        detail=one_line(f"giao diện {seen.name} {trouble}") if trouble else "",
        notes=notes,
    )


def report_several(seen: Sequence[Seen], *, left_out: int, all_must_be_up: bool) -> Reading:
    """Return the reading of many interfaces; with `all_must_be_up` not ok while one is down."""
    if not all_must_be_up:
        seen = [one for one in seen if one.sample.admin_status in {None, UP}]
    down = [one for one in seen if one.sample.is_up is False]
    metrics = {
        "interfaces_up": float(sum(one.sample.is_up is True for one in seen)),
        "interfaces_down": float(len(down)),
        **_together(seen),
    }
    notes = {"interfaces": str(len(seen))}
    if left_out:
        notes["left_out"] = f"còn {left_out} cổng không theo dõi: chọn cổng bằng tùy chọn interfaces"
    for what in ("line", "error", "discard"):
        found = [(getattr(one.figures, f"{what}_ratio"), one.name) for one in seen]
        known = [(ratio, name) for ratio, name in found if ratio is not None]
        if known:
            worst, name = max(known, key=lambda pair: pair[0])
            metrics[f"worst_{what}_ratio"] = worst
            notes |= {f"worst_{what}": name} if worst else {}
    silent = [(one.name, one.figures.no_rate) for one in seen if one.figures.no_rate is not None]
    if silent:
        name, why = silent[0]
        notes["no_rates"] = one_line(f"{len(silent)} cổng, ví dụ {name}: {NO_RATE_WORDS[why]}")
    told = ", ".join(f"{one.name} ({one.sample.trouble})" for one in down[:_NAMES_TOLD])
    told += f" và {len(down) - _NAMES_TOLD} cổng khác" if len(down) > _NAMES_TOLD else ""
    if down:
        notes["down"] = one_line(told)
    is_failed = all_must_be_up and bool(down)
    return Reading(
        ok=not is_failed,
        metrics=metrics,
        reason=FailureReason.UNEXPECTED_ANSWER if is_failed else None,
        detail=one_line(f"{len(down)} giao diện không hoạt động: {told}") if is_failed else "",
        notes=notes,
    )


def _together(seen: Sequence[Seen]) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for name in _SHARED:
        values = [one.figures.metrics[name] for one in seen if name in one.figures.metrics]
        if not name.endswith("_bps"):
            metrics |= {name: max(values)} if values else {}
        elif values and len(values) == len(seen):
            # A sum without one of its parts would be a smaller number that looks like the same thing.
            metrics[name] = sum(values)
    return metrics
