"""Time cut into stretches, each of which counts as one part; painting over them, and sums of seconds. Pure.

Stretches follow each other without gap or overlap. Unix seconds of our time are multiples of 2^-22 in a double, and so
are their differences and their sums up to 68 years: what is summed here is exact, not only near.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from inventory.times.intervals import Interval
from monitor.accounting.model import Part, Parts

Stretch = tuple[float, float, Part]
Stretches = Sequence[Stretch]
Paint = Mapping[Part, Part]
"""What becomes of a part; a part that is not named stays as it is."""

_PARTS: Final = tuple(Part)
_start_of: Final = itemgetter(0)


def paint(becomes: Part, *parts: Part) -> Paint:
    """Return what makes each of these parts into `becomes`."""
    return MappingProxyType(dict.fromkeys(parts, becomes))


def painted(stretches: Stretches, within: Sequence[Interval], paint_of: Paint) -> Stretches:
    """Return the stretches with what lies in the intervals (sorted, apart from each other) painted over."""
    if not within or not stretches:
        return stretches
    # Nothing changes before the first interval and after the last: these are copied in one go.
    begun = max(bisect_right(stretches, within[0][0], key=_start_of) - 1, 0)
    over = bisect_left(stretches, within[-1][1], lo=begun, key=_start_of)
    found: list[Stretch] = list(stretches[:begun])
    passed = 0
    count = len(within)
    for stretch in stretches[begun:over]:
        start, end, part = stretch
        becomes = paint_of.get(part)
        if becomes is None:
            found.append(stretch)
            continue
        while passed < count and within[passed][1] <= start:
            passed += 1
        number = passed
        while number < count and within[number][0] < end:
            first, last = within[number]
            if start < first:
                found.append((start, first, part))
                start = first
            last = min(last, end)
            found.append((start, last, becomes))
            start = last
            number += 1
        if start < end:
            found.append((start, end, part))
    found += stretches[over:]
    return found


def sums(stretches: Iterable[Stretch]) -> Parts:
    """Return the seconds of each part."""
    seconds = dict.fromkeys(_PARTS, 0.0)
    for start, end, part in stretches:
        seconds[part] += end - start
    return Parts(
        up_s=seconds[Part.UP],
        degraded_s=seconds[Part.DEGRADED],
        down_s=seconds[Part.DOWN],
        unknown_s=seconds[Part.UNKNOWN],
        maintenance_s=seconds[Part.MAINTENANCE],
        off_hours_s=seconds[Part.OFF_HOURS],
        unwatched_s=seconds[Part.UNWATCHED],
    )
