"""What a draft still waits for: causes that nobody confirmed, sentences over old figures, parts to be looked at. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.report.editions.model import FIELDS
from monitor.report.editions.store import Field
from monitor.report.figures.incident_records import without_cause
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Sentence

_FACTS: Final = ("storm_days", "backup_power_missing")
"""Manual parts that no measurement and no setting can fill."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Each is a list of ids or keys; empty: nothing is missing."""

    without_cause: tuple[str, ...] = ()
    """Incidents of level DOWN that are over and have no confirmed cause."""
    stale: tuple[str, ...] = ()
    """Sentences whose figures changed after a writer rewrote them."""
    remembered: tuple[str, ...] = ()
    """Manual parts that still say what they said in an earlier period."""
    unfilled: tuple[str, ...] = ()
    """Manual facts that nobody gave."""


def gaps(figures: Figures, sentences: Sequence[Sentence], fields: Sequence[Field]) -> Gaps:
    """Return what is missing in the draft of a period."""
    given = {field.key: field for field in fields}
    return Gaps(
        without_cause=tuple(each.id for each in without_cause(figures.incidents)),
        stale=tuple(each.id for each in sentences if each.is_used and each.is_stale),
        remembered=tuple(key for key in FIELDS if key in given and given[key].period_id != figures.period.id),
        unfilled=tuple(key for key in _FACTS if key not in given),
    )
