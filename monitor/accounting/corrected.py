"""Which corrections are in force, and what they make of a check's stretches. Pure.

A correction is a person's last word on what was measured and on maintenance: DOWN counts as DOWN within a window too.
It is no word on when the service is offered, nor on what was not watched at all: these still come first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from monitor.accounting.model import Correction, Part
from monitor.accounting.stretches import Stretches, paint, painted

_CORRECTABLE: Final = (Part.MAINTENANCE, Part.UNKNOWN, Part.DOWN, Part.DEGRADED, Part.UP)


def in_force(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return the corrections that nothing withdraws, the earliest first.

    A withdrawal that is withdrawn itself takes nothing back.
    """
    withdrawn: set[int] = set()
    found: list[Correction] = []
    for entry in sorted(corrections, key=_id_of, reverse=True):
        if entry.id in withdrawn:
            continue
        if entry.withdraws is not None:
            withdrawn.add(entry.withdraws)
        elif entry.counts_as is not None:
            found.append(entry)
    return tuple(reversed(found))


def by_check(corrections: Iterable[Correction]) -> Mapping[str, list[Correction]]:
    """Return check id -> the corrections that name it, in the order given."""
    found: defaultdict[str, list[Correction]] = defaultdict(list)
    for correction in corrections:
        for check_id in dict.fromkeys(correction.check_ids):
            found[check_id].append(correction)
    return found


def corrected(stretches: Stretches, corrections: Iterable[Correction]) -> Stretches:
    """Return the stretches as these corrections, the earliest first, have them."""
    for correction in corrections:
        if correction.counts_as is not None and correction.from_at < correction.until_at:
            changed = _CORRECTABLE if correction.was is None else (correction.was,)
            stretches = painted(
                stretches,
                ((correction.from_at, correction.until_at),),
                paint(correction.counts_as, *(part for part in changed if part in _CORRECTABLE)),
            )
    return stretches


def _id_of(correction: Correction) -> int:
    return correction.id
