"""The list of incidents: tabs by how far the work is, filters in the address, several at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import isfinite
from typing import Any, Final
from urllib.parse import urlencode

from alerts.messages import words
from alerts.messages.words import VOCABULARIES
from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Incident
from inventory.model import Inventory, Layer, Selector
from monitor.incidents.listing import (
    Listed,
    Order,
    Phase,
    Place,
    Wanted,
    narrowed,
    page_of,
    select_counts,
    select_page,
)
from monitor.people.rights import Right
from monitor.web.incident_sight import name_in_words, root_of
from monitor.web.pages.incident import choice_word, guess_word, state_word
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot
from monitor.web.visiting import Visit

SHOWN_AT_ONCE: Final = 50
MOST_DOWNLOADED: Final = 5_000
RECENT_S: Final = 30 * 86_400.0
LENGTHS_MIN: Final = (10, 30, 60, 240, 1440)
TABS: Final[Mapping[str, Phase]] = {
    "dang-mo": Phase.OPEN,
    "da-nhan": Phase.ACKED,
    "cho-nguyen-nhan": Phase.NO_CAUSE,
    "da-dong": Phase.CLOSED,
    "tat-ca": Phase.ALL,
}
ORDERS: Final[Mapping[str, Order]] = {
    "moi-nhat": Order.NEWEST,
    "cu-nhat": Order.OLDEST,
    "dai-nhat": Order.LONGEST,
}
FILTERS: Final = (
    "lop", "dia_ban", "huyen", "nha_mang", "nguyen_nhan", "muc", "dai", "tu", "den", "q", "phan",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One incident of the list, in words. `lasted_s`: so far, while it is open."""

    incident: Incident
    where: str
    what: str
    layer: str
    shown: Shown
    state: str
    lasted_s: float
    cause: str
    """What a person confirmed."""
    guess: str


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one page of it."""
    snapshot, query = daemon.snapshot(), visit.query
    phase = TABS.get(query.get("tab", ""), Phase.OPEN)
    order = ORDERS.get(query.get("xep", ""), Order.NEWEST)
    asked = wanted(visit, snapshot.inventory)
    is_file = query.get("dang", "") != ""
    limit = MOST_DOWNLOADED if is_file else SHOWN_AT_ONCE
    after = None if is_file else place(query.get("tiep", ""))
    listed = await _listed(daemon, snapshot, replace(asked, phase=phase), order, limit, after)
    # After a form that was refused this stands at the form's own address.
    here = visit.form.get("ve", "") or address(visit, tiep=query.get("tiep", ""))
    recent = Wanted(from_at=snapshot.now - RECENT_S, with_parts=False, hit=asked.hit)
    return {
        "tabs": await _tabs(daemon, snapshot, asked, visit),
        "tab": next(name for name, each in TABS.items() if each is phase),
        "rows": tuple(_row(each, snapshot, visit) for each in listed.items),
        "next": "" if listed.next is None else address(visit, tiep=_written(listed.next)),
        "here": here,
        "file_address": address(visit, tiep="", dang="csv"),
        "orders": [(name, address(visit, xep=name, tiep=""), each is order) for name, each in ORDERS.items()],
        "is_filtered": any(query.get(name) for name in FILTERS),
        "choices": _choices(snapshot.inventory, visit),
        "recent": None if listed.items else await _recent(daemon, recent, snapshot.now),
        "kinds": [(kind.value, VOCABULARIES[visit.language].cause_kinds[kind]) for kind in CauseKind],
        "snapshot": snapshot,
    }


def wanted(visit: Visit, inventory: Inventory) -> Wanted:
    """Return the filter that an address asks for; what means nothing is no condition. A commune sees its own."""
    query = visit.query
    layer, level, cause = query.get("lop", ""), query.get("muc", ""), query.get("nguyen_nhan", "")
    minutes = query.get("dai", "")[:6]
    asked = Wanted(
        cause=CauseKind(cause) if cause in set(CauseKind) else None,
        level=Status(level) if level in {Status.DOWN, Status.DEGRADED} else None,
        min_s=60.0 * int(minutes) if minutes.isascii() and minutes.isdigit() else 0.0,
        from_at=_day(query.get("tu", ""), visit),
        to_at=_day(query.get("den", ""), visit, days=1),
        with_parts=query.get("phan", "") == "1",
    )
    selector = Selector(
        layers=(layer,) if layer in set(Layer) else (),
        areas=_one(query.get("dia_ban", "")),
        former_districts=_one(query.get("huyen", "")),
        providers=_one(query.get("nha_mang", "")),
    )
    own = frozenset() if visit.principal.may(Right.OVERVIEW) else frozenset({visit.principal.unit_code})
    return narrowed(asked, inventory, selector, own, query.get("q", "")[:80])


def address(visit: Visit, **changed: str) -> str:
    """Return the list's address with some parameters changed; "" takes one away."""
    kept = {name: visit.query.get(name, "") for name in ("tab", "xep", *FILTERS)} | changed
    asked = urlencode({name: value for name, value in kept.items() if value})
    return INCIDENTS.path + (f"?{asked}" if asked else "")


def place(text: str) -> Place | None:
    """Read a cursor; what is none begins at the beginning."""
    key, _, rest = text.partition("~")
    identity, _, now = rest.partition("~")
    try:
        found = Place(float(key), identity, float(now))
    except ValueError:
        return None
    return found if identity and isfinite(found.key) and isfinite(found.now) else None


def _written(at: Place) -> str:
    return f"{at.key!r}~{at.id}~{at.now!r}"


async def _listed(
    daemon: DaemonPort, snapshot: Snapshot, asked: Wanted, order: Order, limit: int, after: Place | None
) -> Listed:
    if asked.phase.is_open:
        return page_of(
            snapshot.incidents.values(), asked, order=order, limit=limit, now=snapshot.now, after=after
        )
    found: Listed = await daemon.state.database.read(
        partial(select_page, asked=asked, order=order, limit=limit, now=snapshot.now, after=after)
    )
    return found


async def _tabs(
    daemon: DaemonPort, snapshot: Snapshot, asked: Wanted, visit: Visit
) -> list[tuple[str, str, str, int]]:
    """Return (name, word, address, how many) of every tab, with the same filters."""
    _ = translator(visit.language)
    titles = {
        Phase.OPEN: _("Đang mở"),
        Phase.ACKED: _("Đã nhận"),
        Phase.NO_CAUSE: _("Chờ nguyên nhân"),
        Phase.CLOSED: _("Đã đóng"),
        Phase.ALL: _("Tất cả"),
    }
    counts = await daemon.state.database.read(partial(select_counts, asked=asked, now=snapshot.now))
    return [
        (name, titles[phase], address(visit, tab=name, tiep=""), counts[phase])
        for name, phase in TABS.items()
    ]


async def _recent(daemon: DaemonPort, asked: Wanted, now: float) -> tuple[int, float]:
    """Return how many incidents the last 30 days had, and how long the longest lasted."""
    counts = await daemon.state.database.read(partial(select_counts, asked=asked, now=now))
    longest = await daemon.state.database.read(
        partial(select_page, asked=asked, order=Order.LONGEST, limit=1, now=now)
    )
    if not longest.items:
        return 0, 0.0
    first = longest.items[0]
    ended_at = now if first.resolved_at is None else first.resolved_at
    return counts[Phase.ALL], max(0.0, ended_at - first.opened_at)


def _row(incident: Incident, snapshot: Snapshot, visit: Visit) -> Row:
    where, what = name_in_words(incident, snapshot.inventory, visit.language)
    target, _unit = root_of(incident, snapshot.inventory)
    layer = None if target is None else target.layer
    if incident.common is not None and incident.common.layer in set(Layer):
        layer = Layer(incident.common.layer)
    ended_at = snapshot.now if incident.resolved_at is None else incident.resolved_at
    looks = Shown.DEGRADED if incident.level is Status.DEGRADED else Shown.DOWN
    return Row(
        incident=incident,
        where=where,
        what=what,
        layer="" if layer is None else words.layer_name(layer, visit.language),
        shown=looks if incident.is_open else Shown.UP,
        state=state_word(incident, visit),
        lasted_s=max(0.0, ended_at - incident.opened_at),
        cause=choice_word(incident, visit),
        guess=guess_word(incident, visit),
    )


def _choices(inventory: Inventory, visit: Visit) -> Mapping[str, list[tuple[str, str]]]:
    """Return (value, word) of every filter that is chosen from a list."""
    _ = translator(visit.language)
    districts = {unit.former_district for unit in inventory.units.values() if unit.former_district}
    providers = {circuit.provider for circuit in inventory.circuits.values()}
    return {
        "lop": [(layer.value, words.layer_name(layer, visit.language)) for layer in Layer],
        "dia_ban": [(area.id, area.name) for area in inventory.areas.values()],
        "huyen": sorted((name, words.former_area(name, visit.language)) for name in districts),
        "nha_mang": sorted((name, name) for name in providers),
        "muc": [
            (status.value, words.status_word(status, language=visit.language))
            for status in (Status.DOWN, Status.DEGRADED)
        ],
        "dai": [(str(n), words.duration(60.0 * n, visit.language)) for n in LENGTHS_MIN],
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the list as a table to download."""
    _ = translator(visit.language)
    return Table(
        name="su-co",
        columns=(
            _("Mã"),
            _("Nơi"),
            _("Đối tượng"),
            _("Lớp"),
            _("Bắt đầu"),
            _("Kết thúc"),
            _("Thời lượng (giây)"),
            _("Trạng thái"),
            _("Người nhận"),
            _("Nguyên nhân"),
            _("Máy đoán"),
            _("Số phiếu"),
        ),
        rows=tuple(_cells(row, visit) for row in values["rows"]),
    )


def _cells(row: Row, visit: Visit) -> tuple[str | int | float | None, ...]:
    incident = row.incident
    over_at = incident.resolved_at
    return (
        incident.id,
        row.where,
        row.what,
        row.layer,
        _stamp(incident.opened_at, visit),
        "" if over_at is None else _stamp(over_at, visit),
        round(row.lasted_s),
        row.state,
        incident.acknowledged_by,
        row.cause,
        row.guess,
        "" if incident.ticket is None else incident.ticket.number,
    )


def _stamp(at: float, visit: Visit) -> str:
    return f"{datetime.fromtimestamp(at, visit.zone):%Y-%m-%d %H:%M:%S}"


def _day(text: str, visit: Visit, *, days: int = 0) -> float | None:
    """Return the beginning of a day (`days` later), None of what is none."""
    try:
        day = visit.midnight(text)
        return (day + timedelta(days=days)).timestamp()
    except (ValueError, OverflowError):
        return None


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


INCIDENTS: Final = Page(
    path="/su-co",
    needs=Right.OVERVIEW,
    or_needs=Right.OWN,
    template="incidents.html",
    read=read,
    pieces=("incident_tabs", "incident_rows"),
    title="Sự cố",
    table=table,
    key="s",
)
PAGES: Final = (INCIDENTS,)
