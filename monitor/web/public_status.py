"""What everybody may know: how things are, in words. Pure; no addresses, no host names, no people, no measured values.

Names and sentences come from the inventory and from people's announcements; whatever in them looks like an address is
left out, whoever wrote it there.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from alerts.muting.muted import reach_of
from alerts.muting.works import Work
from inventory.model import Inventory, Layer, Target
from monitor.accounting.calendar import CalendarDay
from monitor.web.matters import Matter
from monitor.web.overview import Headline, Overview, System, Tile, overview
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot

PUBLIC_LAYERS = (Layer.SHARED, Layer.CENTRAL)
"""Systems that people use and know by name; what carries them is nobody's business outside."""

AHEAD_S = 14 * 86_400.0
"""How far ahead planned work is told."""

DAYS = 90
_NAMED = 12
"""Places that a notice names; of more it says how many."""

_DOTTED = re.compile(r"(?<![\w.-])(?:https?://\S+|(?:[A-Za-z0-9_-]+\.)+[a-z]{2,}(?::\d+)?(?:/\S*)?(?![\w-]))")
_NUMERIC = re.compile(r"(?<![\w.:])[0-9A-Fa-f:.]*[.:][0-9A-Fa-f:.]*(?:/\d{1,3})?(?![\w])")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class Notice:
    """One open matter. `id` is the incident's; `affects` are unit codes and system ids, `places` their names."""

    id: str
    title: str
    body: str
    shown: Shown
    since_at: float
    is_taken: bool
    affects: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """Maintenance that is going on or announced."""

    id: str
    title: str
    from_at: float
    until_at: float
    is_running: bool
    affects: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicSystem:
    """A shared or central system, with its latest days where they are known."""

    id: str
    name: str
    shown: Shown
    since_at: float | None
    days: tuple[CalendarDay, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicCommune:
    """A commune: the worst of what it is not to blame for having switched off."""

    id: str
    name: str
    area: str
    former_district: str
    shown: Shown
    since_at: float | None
    is_in_maintenance: bool


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """The status page."""

    at: float
    data_at: float | None
    is_stale: bool
    verdict: Headline
    notices: tuple[Notice, ...]
    works: tuple[PlannedWork, ...]
    systems: tuple[PublicSystem, ...]
    communes: tuple[PublicCommune, ...]


def public_systems(inventory: Inventory) -> tuple[str, ...]:
    """Return the ids of the watched systems that the page names, in the inventory's order."""
    watched = {check.target_id for check in inventory.checks.values()}
    return tuple(
        target.id
        for target in inventory.targets.values()
        if target.layer in PUBLIC_LAYERS and target.id in watched
    )


def public_status(
    snapshot: Snapshot,
    works: Iterable[Work],
    days: Mapping[str, Sequence[CalendarDay]],
    language: Language = Language.VI,
) -> PublicStatus:
    """Return what everybody may know now. `works` within AHEAD_S; `days`: latest days by system id, as far as known."""
    seen = overview(snapshot, language=language)
    hide = _Hiding(snapshot.inventory)
    planned = tuple(
        _work(work, snapshot, hide, language)
        for work in works
        if work.over_at > max(work.from_at, snapshot.now)
    )
    resting = {code for work in planned if work.is_running for code in work.affects}
    return PublicStatus(
        at=snapshot.now,
        data_at=snapshot.health.last_result_at,
        is_stale=snapshot.is_stale,
        verdict=seen.headline,
        notices=_notices(seen, hide, language),
        works=tuple(sorted(planned, key=lambda work: (work.from_at, work.id))),
        systems=tuple(
            _system(each, days, hide, language)
            for layer in PUBLIC_LAYERS
            for each in seen.systems.get(layer, ())
        ),
        communes=tuple(_commune(tile, resting, hide) for tile in seen.tiles),
    )


class _Hiding:
    """Takes out of a text what looks like an address, and every address of the inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._known = {
            target.address.casefold().removeprefix("name:")
            for target in inventory.targets.values()
            if target.address
        } | {check.address.casefold() for check in inventory.checks.values() if check.address}

    def __call__(self, text: str, otherwise: str) -> str:
        """Return the text without addresses; `otherwise` when nothing of it is left."""
        found = _MAC.sub("…", text)
        found = _DOTTED.sub("…", found)
        found = _NUMERIC.sub(_no_address, found)
        found = " ".join(
            "…" if word.casefold().strip("(),;") in self._known else word for word in found.split()
        )
        return found if any(character.isalpha() for character in found) else otherwise


def _no_address(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_interface(found[0].rstrip(".:"))
    except ValueError:
        host, _, port = found[0].rpartition(":")
        return "…" if port and _is_address(host) else found[0]
    return "…"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _notices(seen: Overview, hide: _Hiding, language: Language) -> tuple[Notice, ...]:
    found = (_notice(matter, seen.snapshot, hide, language) for matter in seen.matters)
    return tuple(notice for notice in found if notice)


def _notice(matter: Matter, snapshot: Snapshot, hide: _Hiding, language: Language) -> Notice | None:
    """Return None for what people outside have nothing to do with."""
    _ = translator(language)
    hit = _targets_of(matter, snapshot)
    systems = tuple(dict.fromkeys(each for each in hit if each.layer in PUBLIC_LAYERS))
    codes = tuple(
        dict.fromkeys(
            each.unit_code
            for each in hit
            if (unit := snapshot.inventory.units.get(each.unit_code)) is not None and unit.is_commune
        )
    )
    places = (
        *(hide(each.name, words.layer_name(each.layer, language)) for each in systems),
        *(hide(snapshot.inventory.units[code].name, code) for code in codes),
    )
    if not places:
        return None
    levels = {Status.DOWN: _("mất kết nối"), Status.DEGRADED: _("chất lượng suy giảm")}
    what = _("chập chờn") if matter.incident.flapping_at is not None else levels[matter.incident.level]
    layer = matter.target.layer if matter.target is not None else hit[0].layer
    service = "" if systems and not codes else f"{words.layer_name(layer, language)} "
    impact = "" if matter.target is None else hide(matter.target.impact, "")
    taken = matter.incident.acknowledged_at is not None
    known = _("Đang có người xử lý") if taken else _("Hệ thống đã ghi nhận và báo người trực")
    return Notice(
        id=matter.incident.id,
        title=f"{_listed(places, language)}: {service}{what}",
        body=" ".join(f"{part}." for part in (impact.rstrip("."), known) if part),
        shown=matter.shown,
        since_at=matter.incident.began_at,
        is_taken=taken,
        affects=(*(each.id for each in systems), *codes),
        places=places,
    )


def _targets_of(matter: Matter, snapshot: Snapshot) -> list[Target]:
    """Return what the incident says is down: its root's target first; of what is behind only what is no office computer."""
    checks, targets = snapshot.inventory.checks, snapshot.inventory.targets
    members = [each for each in snapshot.incidents.values() if each.part_of == matter.incident.id]
    ids = [
        matter.incident.root_check_id,
        *(each.root_check_id for each in members),
        *sorted(matter.incident.affected),
        *(check_id for each in members for check_id in sorted(each.affected)),
    ]
    found = dict.fromkeys(checks[check_id].target_id for check_id in ids if check_id in checks)
    hit = [targets[target_id] for target_id in found]
    return [each for each in hit if each.layer is not Layer.PC] or hit


def _work(work: Work, snapshot: Snapshot, hide: _Hiding, language: Language) -> PlannedWork:
    _, inventory = translator(language), snapshot.inventory
    reach = reach_of(work.selector, inventory)
    systems = [
        inventory.targets[target_id]
        for target_id in reach.targets
        if inventory.targets[target_id].layer in PUBLIC_LAYERS
    ]
    codes = [code for code in reach.units if code in inventory.units and inventory.units[code].is_commune]
    return PlannedWork(
        id=work.id,
        title=hide(work.title, _("Bảo trì theo kế hoạch")),
        from_at=work.from_at,
        until_at=work.over_at,
        is_running=work.from_at <= snapshot.now < work.over_at,
        affects=(*(each.id for each in systems), *codes),
        places=(
            *(hide(each.name, words.layer_name(each.layer, language)) for each in systems),
            *(hide(inventory.units[code].name, code) for code in codes),
        ),
    )


def _system(
    system: System, days: Mapping[str, Sequence[CalendarDay]], hide: _Hiding, language: Language
) -> PublicSystem:
    return PublicSystem(
        id=system.target.id,
        name=hide(system.target.name, words.layer_name(system.target.layer, language)),
        shown=system.shown,
        since_at=system.since_at,
        days=tuple(days.get(system.target.id, ())),
    )


def _commune(tile: Tile, resting: Iterable[str], hide: _Hiding) -> PublicCommune:
    return PublicCommune(
        id=tile.unit.code,
        name=hide(tile.unit.name, tile.unit.code),
        area=tile.unit.area,
        former_district=tile.unit.former_district,
        shown=tile.shown,
        since_at=tile.since_at,
        is_in_maintenance=tile.unit.code in resting,
    )


def _listed(places: Sequence[str], language: Language) -> str:
    _ = translator(language)
    if len(places) <= _NAMED:
        return ", ".join(places)
    more = words.count(len(places) - _NAMED, language)
    return _("%(places)s và %(n)s nơi khác") % {"places": ", ".join(places[:_NAMED]), "n": more}
