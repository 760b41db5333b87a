"""The results of one check as a drawing in the page: round trips as dots, failures as bars. SVG. Pure."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.incident import Incident
from monitor.report.evidence.model import Dot, Samples

_WIDTH: Final = 720.0
_HEIGHT: Final = 190.0
_LEFT: Final = 60.0
_TOP: Final = 14.0
_BOTTOM: Final = 30.0
_MOST_DOTS: Final = 2_000
_LEAST_RTT_S: Final = 0.001
_TICKS: Final = 4


def drawing(samples: Samples, incident: Incident, now: float, zone: ZoneInfo) -> str:
    """Return an SVG; a grey band is the incident, a black bar below a result that failed."""
    begin, end = samples.dots[0].at, samples.dots[-1].at
    span_s = max(1.0, end - begin)
    highest_s = max(_LEAST_RTT_S, *(dot.rtt_s or 0.0 for dot in samples.dots))
    floor = _HEIGHT - _BOTTOM

    def across(at: float) -> float:
        return _LEFT + (min(max(at, begin), end) - begin) / span_s * (_WIDTH - _LEFT - 10)

    def up(rtt_s: float) -> float:
        return floor - 10 - rtt_s / highest_s * (floor - 10 - _TOP)

    over_at = now if incident.resolved_at is None else incident.resolved_at
    left, right = across(incident.opened_at), across(over_at)
    shown = _thinned(samples.dots)
    parts = [
        f'<rect x="{left:.1f}" y="{_TOP:.1f}" width="{max(1.0, right - left):.1f}" height="{floor - _TOP:.1f}" fill="#ddd"/>',
        *(
            f'<circle cx="{across(dot.at):.1f}" cy="{up(dot.rtt_s):.1f}" r="1.3"/>'
            for dot in shown
            if dot.rtt_s is not None
        ),
        *(
            f'<rect x="{across(dot.at):.1f}" y="{floor - 8:.1f}" width="1.5" height="8"/>'
            for dot in shown
            if not dot.ok
        ),
        f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - 10}" fill="none" stroke="#000"/>',
        f'<text x="{_LEFT - 4}" y="{_TOP + 8}" text-anchor="end">{words.milliseconds(highest_s)}</text>',
        f'<text x="{_LEFT - 4}" y="{floor - 8}" text-anchor="end">0</text>',
        *(
            f'<text x="{across(at):.1f}" y="{floor + 16}" text-anchor="middle">'
            f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m}</text>"
            for at in (begin + span_s * (tick + 0.5) / _TICKS for tick in range(_TICKS))
        ),
    ]
    said = (
        f"Thời gian phản hồi của {samples.check_id}: mỗi chấm một lần đo, vạch đen ở đáy là lần đo thất bại, "
        "nền xám là thời gian sự cố"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" '
        f'font-size="10"><title>{_escaped(said)}</title>{"".join(parts)}</svg><p>{_escaped(said)}.</p>'
    )


def _thinned(dots: tuple[Dot, ...]) -> list[Dot]:
    """Leave out results where more would be drawn than can be seen; never one that failed after one that did not."""
    if len(dots) <= _MOST_DOTS:
        return list(dots)
    step = -(-len(dots) // _MOST_DOTS)
    return [
        dot
        for number, dot in enumerate(dots)
        if number % step == 0 or (number and dots[number - 1].ok != dot.ok)
    ]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
