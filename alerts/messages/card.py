"""Whom to call: the carrier with hotline and circuit, the commune's people, the carrier's announced maintenance. Pure."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Final

from alerts.messages.letterhead import Letterhead
from alerts.messages.plain import clause
from alerts.messages.vocabulary import Language
from alerts.messages.words import phrase, short_date_time
from inventory.contacts import PersonForm
from inventory.model import Circuit, Inventory, Target
from inventory.times.windows import next_occurrence

SHORT: Final = 60
_PEOPLE: Final = 2
_SOON_S: Final = 86_400.0
"""Maintenance that begins within a day may be what is seen already, or come in the way of mending it."""


def provider_line(circuit: Circuit | None, language: Language) -> str:
    """Return carrier, hotline and circuit code: "VNPT, trực 1800 1166, mã kênh Q-KTM-018"."""
    if circuit is None:
        return ""
    hotline, code = clause(circuit.hotline, SHORT), clause(circuit.contract_code, SHORT)
    parts = (
        clause(circuit.provider, SHORT),
        hotline and phrase("hotline", language, number=hotline),
        code and phrase("circuit_code", language, code=code),
    )
    return ", ".join(part for part in parts if part)


def carriers_line(circuits: Iterable[Circuit], language: Language) -> str:
    """Return the carriers of several circuits, each with its hotline; "" when none is known."""
    found: dict[str, None] = {}
    for circuit in circuits:
        hotline = clause(circuit.hotline, SHORT)
        name = clause(circuit.provider, SHORT)
        found[f"{name}, {phrase('hotline', language, number=hotline)}" if hotline else name] = None
    return "; ".join(islice((line for line in found if line), 3))


def people_line(people: Mapping[str, Collection[PersonForm]], unit_code: str) -> str:
    """Return who is to be asked at a unit: "A Thiu (Văn phòng) 0912 345 678; ..."."""
    lines = []
    for person in islice(people.get(unit_code, ()), _PEOPLE):
        role = f" ({clause(person.role, SHORT)})" if person.role else ""
        phone = clause(person.phone or person.zalo, SHORT)
        lines.append(f"{clause(person.name, SHORT)}{role} {phone}".strip())
    return "; ".join(lines)


def planned_line(
    target: Target, inventory: Inventory, now: float, letterhead: Letterhead, language: Language
) -> str:
    """Return the next maintenance that is planned for the target within a day, "" when there is none."""
    for window_id in inventory.windows_of.get(target.id, ()):
        window = inventory.windows.get(window_id)
        interval = None if window is None else next_occurrence(window, now)
        if window is None or interval is None or interval[0] > now + _SOON_S:
            continue
        begin, end = (short_date_time(at, letterhead.zone) for at in interval)
        owner = clause(window.owner, SHORT)
        name = "planned" if owner else "planned_by_nobody"
        return phrase(name, language, owner=owner, begin=begin, end=end)
    return ""
