"""What needs a hand: open incidents as rows of "Cần xử lý", of the page and the command line. Pure; words only."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from alerts.messages import words
from alerts.messages.group_facts import common_text
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from alerts.model.hold import Hold
from alerts.model.incident import Incident
from inventory.model import Layer, Target, Unit
from monitor.web.reach import Reach, reach
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot, worst

NAMED_BY_TARGET = frozenset({Layer.SHARED, Layer.CENTRAL, Layer.INFRA, Layer.SELF})
"""Layers whose targets people know by their own name, not by the unit that owns them."""


@dataclass(frozen=True, slots=True)
class Matter:
    """An open incident as a row of "Cần xử lý"."""

    incident: Incident
    target: Target | None
    """None when it has left the inventory."""
    unit: Unit | None
    shown: Shown
    lasting_s: float
    reach: Reach
    place: str
    """Where; of a group, at how many places."""
    what: str
    """What of it; of a group, what they have in common."""
    word: str
    """What is the matter."""
    hold: Hold | None = None
    """Why nobody is told of it now."""

    @property
    def is_as_said(self) -> bool:
        """Whether it looks now as `word` says."""
        return self.incident.flapping_at is None and self.shown is _LOOKS[self.incident.level]


_LOOKS: Mapping[Status, Shown] = {Status.DOWN: Shown.DOWN, Status.DEGRADED: Shown.DEGRADED}


def name_of(
    incident: Incident, target: Target | None, unit: Unit | None, language: Language = Language.VI
) -> tuple[str, str]:
    """Say where an incident is (a unit, or a system that people know by its own name) and what of it is down.

    Not for groups: those have several places.
    """
    if target is None:
        return incident.name or incident.root_check_id, translator(language)("đã rời danh mục")
    if unit is None or target.layer in NAMED_BY_TARGET:
        return target.name, words.layer_name(target.layer, language)
    return unit.name, target.name.removesuffix(f" – {unit.name}")


def matters_of(snapshot: Snapshot, language: Language = Language.VI) -> tuple[Matter, ...]:
    """Return the open incidents, the most pressing first; what is part of another one is told by that."""
    return tuple(sorted(_matters(snapshot, language), key=_order))


def _matters(snapshot: Snapshot, language: Language) -> Iterable[Matter]:
    members: dict[str, list[Incident]] = {}
    for incident in snapshot.incidents.values():
        members.setdefault(incident.part_of or "", []).append(incident)
    for incident in snapshot.incidents.values():
        if incident.part_of not in snapshot.incidents:
            yield _matter(snapshot, incident, members.get(incident.id, ()), language)


def _matter(
    snapshot: Snapshot, incident: Incident, members: Collection[Incident], language: Language
) -> Matter:
    _ = translator(language)
    check = snapshot.inventory.checks.get(incident.root_check_id)
    target = None if check is None else snapshot.inventory.targets[check.target_id]
    unit = None if target is None else snapshot.inventory.units.get(target.unit_code)
    if incident.common is None:
        place, what = name_of(incident, target, unit, language)
        shown = snapshot.check(incident.root_check_id)
    else:
        place = _("%(n)s nơi cùng lúc") % {"n": words.count(len(members), language)}
        what = common_text(incident.common, snapshot.inventory, language)
        shown = worst(snapshot.check(each.root_check_id) for each in members)
    return Matter(
        incident=incident,
        target=target,
        unit=unit,
        shown=shown,
        lasting_s=max(0.0, snapshot.now - incident.began_at),
        reach=reach(incident, snapshot.inventory),
        place=place,
        what=what,
        word=_("Chập chờn")
        if incident.flapping_at is not None
        else words.status_word(incident.level, language=language),
        hold=snapshot.hold(incident.id),
    )


def _order(matter: Matter) -> tuple[bool, float, str]:
    """Nobody took it yet first, then the older."""
    incident = matter.incident
    return incident.acknowledged_at is not None, incident.opened_at, incident.id
