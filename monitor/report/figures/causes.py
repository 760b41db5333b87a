"""Incidents by what a person confirmed that they came from. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum
from typing import Final

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from monitor.report.figures.model import CauseFigures, IncidentRecord

_SIDES: Final = tuple(Side)
_KINDS: Final = tuple(CauseKind)


def causes_of(incidents: Iterable[IncidentRecord]) -> tuple[CauseFigures, ...]:
    """Return the incidents of level DOWN by side and cause: most first within a side, the unconfirmed ones last."""
    found: defaultdict[tuple[Side | None, CauseKind | None], list[IncidentRecord]] = defaultdict(list)
    for each in incidents:
        if each.level is Status.DOWN:
            found[each.side, each.cause].append(each)
    return tuple(sorted((_figures(*key, of) for key, of in found.items()), key=_order))


def _figures(side: Side | None, kind: CauseKind | None, of: Sequence[IncidentRecord]) -> CauseFigures:
    return CauseFigures(
        side=side,
        kind=kind,
        count=len(of),
        length_s=fsum(each.length_s for each in of),
        incident_ids=tuple(each.id for each in of),
        unit_codes=tuple(dict.fromkeys(code for each in of for code in each.unit_codes)),
    )


def _order(cause: CauseFigures) -> tuple[int, int, float, int]:
    if cause.side is None or cause.kind is None:
        return len(_SIDES), 0, 0.0, 0
    return _SIDES.index(cause.side), -cause.count, -cause.length_s, _KINDS.index(cause.kind)
