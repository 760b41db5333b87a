"""Interval, patience and deadline of a check that cannot be kept together. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.schema import CheckForm


@dataclass(frozen=True, slots=True)
class Clash:
    """What cannot be kept, and what of it could be changed: key -> how, the likeliest first."""

    message: str
    remedies: Mapping[str, str]


def timing_clash(
    form: CheckForm, retry_s: float, timeout_s: float, *, burst_s: float, gap_s: float
) -> Clash | None:
    """Return the first clash of a check; `retry_s` and `timeout_s` are those that hold, stated or not.

    `burst_s`: how long sending takes; `gap_s`: the least time between two runs of its kind.
    """
    if min(form.interval_s, retry_s) < gap_s:
        key = "interval_s" if form.interval_s < gap_s else "retry_interval_s"
        return Clash(
            f"phép đo {form.kind} không được chạy dày hơn {gap_s:g} s một lần",
            {key: f"đặt {key} từ {gap_s:g} trở lên"},
        )
    if retry_s > form.interval_s:
        return Clash(
            f"{retry_s:g} s lớn hơn interval_s ({form.interval_s:g} s)",
            {
                "retry_interval_s": f"đặt retry_interval_s không quá {form.interval_s:g}",
                "interval_s": f"đặt interval_s từ {retry_s:g} trở lên",
            },
        )
    longer = {key: f"đặt {key} từ {timeout_s:g} trở lên" for key in ("retry_interval_s", "interval_s")}
    if timeout_s > retry_s:
        return Clash(
            f"một lần đo có thể mất {timeout_s:g} s, lâu hơn khoảng đo lại ({retry_s:g} s)",
            {"timeout_s": f"đặt timeout_s không quá {retry_s:g}", **longer},
        )
    if burst_s >= timeout_s:
        keys = ("timeout_s", "retry_interval_s", "interval_s")
        return Clash(
            f"gửi hết gói mất {burst_s:g} s, không kịp trong timeout_s ({timeout_s:g} s)",
            {
                "options": "bớt số gói hoặc khoảng cách gói",
                **{key: f"đặt {key} hơn {burst_s:g}" for key in keys},
            },
        )
    return None
