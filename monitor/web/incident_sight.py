"""Whose business an incident is, and where and what it is, in words. Pure."""

from collections.abc import Iterator

from alerts.messages import words
from alerts.messages.group_facts import common_text
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from inventory.model import Inventory, Target, Unit
from monitor.people.principal import Principal
from monitor.people.rights import Right
from monitor.web.matters import name_of
from monitor.web.translating import translator


def may_see(principal: Principal, incident: Incident, inventory: Inventory) -> bool:
    """Whether somebody may open it: who sees everything, and the commune where something of it is."""
    if principal.may(Right.SEE):
        return True
    return principal.may(Right.OWN) and principal.unit_code in units_of(incident, inventory)


def units_of(incident: Incident, inventory: Inventory) -> frozenset[str]:
    """Return the codes of all units of which something is blamed or was taken down."""
    return frozenset(target.unit_code for target in _hit(incident, inventory))


def root_of(incident: Incident, inventory: Inventory) -> tuple[Target | None, Unit | None]:
    """Return what is blamed and whose it is; None for what has left the inventory, and for groups."""
    check = inventory.checks.get(incident.root_check_id)
    target_id = incident.root_check_id.partition("/")[0] if check is None else check.target_id
    target = inventory.targets.get(target_id)
    return target, None if target is None else inventory.units.get(target.unit_code)


def name_in_words(incident: Incident, inventory: Inventory, language: Language) -> tuple[str, str]:
    """Say where it is and what of it is the matter; of a group, how many and what they have in common."""
    if incident.common is not None:
        _ = translator(language)
        places = len(units_of(incident, inventory))
        where = _("%(n)s nơi cùng lúc") % {"n": words.count(places, language)}
        return where, common_text(incident.common, inventory, language)
    return name_of(incident, *root_of(incident, inventory))


def _hit(incident: Incident, inventory: Inventory) -> Iterator[Target]:
    for check_id in (incident.root_check_id, *incident.affected):
        check = inventory.checks.get(check_id)
        target = inventory.targets.get(check_id.partition("/")[0] if check is None else check.target_id)
        if target is not None:
            yield target
