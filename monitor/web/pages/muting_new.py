"""Declaring maintenance or a silence: a form in a sentence, what it hits, and only then the button that does it.

The form is asked for by GET, so it can be looked at, linked to and tried without changing anything, with or without
scripts; with them its preview follows what is typed.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from alerts.messages import words
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import MutingRefusal, Preview, Wish
from inventory.model import Inventory, Layer
from monitor.conference.desk import MeetingDesk
from monitor.conference.model import Meeting
from monitor.muting.texts import scope_text
from monitor.people.rights import Right
from monitor.report.figures.times import day_table
from monitor.storage.errors import StorageError
from monitor.web.muting_form import (
    LENGTHS_MIN,
    NOTICE_DAYS,
    SELECTOR_FIELDS,
    Near,
    NothingHitError,
    confirmation,
    conflicts,
    is_confirmed,
    is_filled,
    kind_of,
    near_misses,
    not_saved,
    notice_days,
    refusal_of,
    wish_of,
)
from monitor.web.paging import Deed, Done, Page
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.visiting import Visit

NAMES_SHOWN: Final = 40
REASON: Final = "ly_do"
FIELDS: Final = (
    "loai", "viec", *SELECTOR_FIELDS, "tu", "dai", "den", "thuc_hien", "van_ban", "ly_do", "den_khi_len",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of the form. `notice`: working days before it begins, None when no notice is owed."""

    muting: Muting
    scope: str
    preview: Preview
    waiting: int
    """Messages that wait to be sent and would not be."""
    names: tuple[str, ...]
    more_names: int
    meetings: tuple[Meeting, ...]
    notice: int | None
    confirmation: str


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the form as it was typed, and try it as soon as anything is chosen."""
    form = _form(visit)
    inventory = daemon.muting.inventory
    trial: Trial | None = None
    refused = visit.refused
    near: tuple[Near, ...] = ()
    if is_filled(form):
        try:
            trial = await _tried(daemon, visit, form)
        except NothingHitError as error:
            error.say_in(visit.language)
            refused, near = error, error.near
        except RefusedError as error:
            error.say_in(visit.language)
            refused = error
            if error.field == REASON:  # what it hits is seen before one writes why
                with suppress(RefusedError):
                    trial = await _tried(daemon, visit, {**form, REASON: "…"})
    return {
        "form": form,
        "kept": [(name, form[name]) for name in FIELDS if form.get(name)],
        "kind": kind_of(form),
        "trial": trial,
        "trouble": refused,
        "near": near,
        "choices": _choices(inventory, visit),
        "lengths": LENGTHS_MIN,
        "notice_days": NOTICE_DAYS,
        "MutingKind": MutingKind,
        "now": daemon.muting.now,
    }


async def declare(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Do it, once it was confirmed in words where it hits many."""
    _ = translator(visit.language)
    trial, wish = await _tried(daemon, visit, form), _wish(daemon, visit, form)
    communes = len(trial.preview.communes)
    if not is_confirmed(form, communes, _):
        wanted = confirmation(communes, _)
        raise RefusedError(
            422,
            _("ảnh hưởng %(communes)s") % {"communes": wanted},
            _("gõ đúng '%(communes)s' để xác nhận") % {"communes": wanted},
            field="xac_nhan",
        )
    try:
        declared = await daemon.muting.declare(wish)
    except StorageError as error:
        raise not_saved(error, visit.language) from error
    if isinstance(declared, MutingRefusal):
        raise refusal_of(declared)
    return Done(f"/bao-tri/{declared.id}", _("Đã đặt %(id)s.") % {"id": declared.id})


def _form(visit: Visit) -> Mapping[str, str]:
    """Return what was typed: into a form that was refused, else in the address."""
    return visit.form if visit.refused is not None else visit.query


def _wish(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Wish:
    desk = daemon.muting
    return wish_of(form, desk.inventory, visit, desk.now)


async def _tried(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Trial:
    """Return what would become of it. Raises RefusedError."""
    desk, wish = daemon.muting, _wish(daemon, visit, form)
    planned = desk.try_out(wish)
    if planned is MutingRefusal.NOTHING_HIT:
        raise NothingHitError(near_misses(wish.selector, desk.inventory))
    if isinstance(planned, MutingRefusal):
        raise refusal_of(planned)
    preview, waiting = await desk.preview(wish.selector)
    units = desk.inventory.units
    names = [units[code].name for code in preview.reach.units if code in units]
    meetings = await _meetings(daemon).list(planned.from_at, planned.until_at)
    is_work = planned.kind is MutingKind.MAINTENANCE
    table = day_table(desk.inventory)
    return Trial(
        muting=planned,
        scope=scope_text(planned.selector, desk.inventory),
        preview=preview,
        waiting=waiting,
        names=tuple(names[:NAMES_SHOWN]),
        more_names=max(0, len(names) - NAMES_SHOWN),
        meetings=tuple(conflicts(meetings, preview.reach.units, planned.from_at, planned.until_at)),
        notice=notice_days(table, planned.from_at, desk.now, visit.zone) if is_work else None,
        confirmation=confirmation(len(preview.communes), translator(visit.language)),
    )


def _meetings(daemon: DaemonPort) -> MeetingDesk:
    return MeetingDesk(
        daemon.state.database,
        inventory=lambda: daemon.muting.inventory,
        now=lambda: daemon.muting.now,
    )


def _choices(inventory: Inventory, visit: Visit) -> Mapping[str, list[tuple[str, str]]]:
    """Return (value, word) of what is chosen from a list, and the names that a field suggests."""
    districts = {unit.former_district for unit in inventory.units.values() if unit.former_district}
    providers = {circuit.provider for circuit in inventory.circuits.values()}
    return {
        "lop": [(layer.value, words.layer_name(layer, visit.language)) for layer in Layer],
        "dia_ban": [(area.id, area.name) for area in inventory.areas.values()],
        "huyen": sorted((name, words.former_area(name, visit.language)) for name in districts),
        "nha_mang": sorted((name, name) for name in providers),
        "don_vi": [(unit.name, "") for unit in inventory.units.values()],
    }


MUTING_NEW: Final = Page(path="/bao-tri/moi", needs=Right.MUTE, template="muting_new.html", read=read)
MUTING_TRIED: Final = Page(
    path="/bao-tri/xem-truoc",
    needs=Right.MUTE,
    template="muting_tried.html",
    read=read,
    whole=lambda visit: f"{MUTING_NEW.path}?{urlencode(visit.query)}",
)
PAGES: Final = (MUTING_NEW, MUTING_TRIED)
DEEDS: Final = (Deed(path=MUTING_NEW.path, needs=Right.MUTE, act=declare, page=MUTING_NEW),)
