"""On-call: who is on duty, how to reach them, the week, what is wrong with it, the ladder, and the sheet to hand over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from alerts.messages import words
from alerts.model.hold import MutingKind
from alerts.oncall.model import Contact, Directory, Hours, Policy
from monitor.incidents.listing import Phase, Wanted, select_counts
from monitor.people.rights import Right
from monitor.storage.outbox_view import select_last_good
from monitor.web.duty_view import name_of_contact, rota_view, turns_of
from monitor.web.incident_sight import name_in_words
from monitor.web.muting_view import Stage, monday_before
from monitor.web.pages.incident import choice_word, guess_word
from monitor.web.pages.mutings import quiets_between
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.timeline import channel_word
from monitor.web.translating import translator
from monitor.web.visiting import Visit

WEEK_DAYS: Final = 7
MINE_AHEAD_S: Final = 14 * 86_400.0
DAY_S: Final = 86_400.0


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the rotas now and for a week, with the last good delivery of everybody in them."""
    directory, now = daemon.desk.directory, daemon.snapshot().now
    monday_at = monday_before(_asked(visit, now), visit.zone)
    monday = datetime.fromtimestamp(monday_at, visit.zone)
    rotas = [rota_view(directory, rota, monday_at, now, visit.zone) for rota in directory.rotas.values()]
    people = sorted((each for each in directory.contacts.values() if not each.is_group), key=_by_name)
    good = await daemon.state.database.read(partial(select_last_good, people=[each.id for each in people]))
    me = my_contact(directory, visit)
    return {
        "rotas": rotas,
        "good": _good(good, visit),
        "people": people,
        "me_contact": me,
        "my_turns": _mine(directory, me, now),
        "names": {each.id: each.name for each in directory.contacts.values()},
        "ladders": [_ladder(policy, directory, visit) for policy in daemon.world.settings.policies.values()],
        "week_before": f"{monday - timedelta(days=WEEK_DAYS):%Y-%m-%d}",
        "week_after": f"{monday + timedelta(days=WEEK_DAYS):%Y-%m-%d}",
        "now": now,
        "snapshot": daemon.snapshot(),
    }


def my_contact(directory: Directory, visit: Visit) -> Contact | None:
    """Return whoever of the on-call file looks, by the id or the name that the account has too; None when unknown."""
    me = visit.principal
    known = directory.contacts.get(me.name)
    if known is not None and not known.is_group:
        return known
    same = [
        each for each in directory.contacts.values() if each.name == me.display_name and not each.is_group
    ]
    return same[0] if len(same) == 1 else None


def _mine(directory: Directory, me: Contact | None, now: float) -> list[tuple[str, Any]]:
    if me is None:
        return []
    found = [
        (rota.name, turn)
        for rota in directory.rotas.values()
        for turn in turns_of(directory, rota, now, now + MINE_AHEAD_S)
        if turn.person == me.id and turn.until_at > now
    ]
    return sorted(found, key=lambda each: each[1].from_at)


def _good(good: Mapping[tuple[str, str], float], visit: Visit) -> Mapping[str, list[tuple[str, float]]]:
    """Return person -> (channel, when a message last went out)."""
    found: dict[str, list[tuple[str, float]]] = {}
    for (person, channel), at in sorted(good.items()):
        found.setdefault(person, []).append((channel_word(channel, visit.language), at))
    return found


def _ladder(policy: Policy, directory: Directory, visit: Visit) -> Mapping[str, Any]:
    """Return a policy as a line of rungs: after how long, whom."""
    _ = translator(visit.language)
    hours = {Hours.ALWAYS: "", Hours.WORKING: _("trong giờ làm việc"), Hours.OFF: _("ngoài giờ làm việc")}
    return {
        "id": policy.id,
        "repeat": words.duration(policy.repeat_s, visit.language) if policy.repeat_s else "",
        "steps": [
            {
                "after": _("ngay") if step.after_s <= 0 else words.duration(step.after_s, visit.language),
                "to": [_rung(name, directory, visit) for name in step.to],
                "hours": hours[step.hours],
            }
            for step in policy.steps
        ],
    }


def _rung(name: str, directory: Directory, visit: Visit) -> str:
    """Name whom a step means; a bare address only by its channel, unless addresses may be seen."""
    kind, colon, rest = name.partition(":")
    if kind == "rota" and rest in directory.rotas:
        return directory.rotas[rest].name
    if colon and name not in directory.contacts:
        return name if visit.principal.may(Right.ADDRESSES) else channel_word(kind, visit.language)
    return name_of_contact(directory, name)


async def read_sheet(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read what whoever comes has to know from whoever leaves."""
    snapshot, directory = daemon.snapshot(), daemon.desk.directory
    now = snapshot.now
    open_ones = sorted(
        (each for each in snapshot.incidents.values() if each.part_of is None),
        key=lambda each: (each.acknowledged_at is not None, each.opened_at, each.id),
    )
    month = datetime.fromtimestamp(now, visit.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counts = await daemon.state.database.read(
        partial(select_counts, asked=Wanted(from_at=month.timestamp(), with_parts=False), now=now)
    )
    quiets = await quiets_between(daemon.muting, now, now + DAY_S)
    return {
        "rotas": [
            rota_view(directory, rota, monday_before(now, visit.zone), now, visit.zone)
            for rota in directory.rotas.values()
        ],
        "incidents": [
            (
                each,
                *name_in_words(each, snapshot.inventory, visit.language),
                choice_word(each, visit) or guess_word(each, visit),
            )
            for each in open_ones
        ],
        "without_cause": counts[Phase.NO_CAUSE],
        "works": [
            each
            for each in quiets
            if each.kind is MutingKind.MAINTENANCE and each.stage(now) is not Stage.OVER
        ],
        "silences": [
            each for each in quiets if each.kind is MutingKind.SILENCE and each.stage(now) is not Stage.OVER
        ],
        "now": now,
        "snapshot": snapshot,
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the week as a table."""
    _ = translator(visit.language)
    return Table(
        name="lich-truc",
        columns=(_("Bảng trực"), _("Ca"), _("Từ"), _("Đến"), _("Người trực"), _("Thay cho")),
        rows=tuple(
            (
                view.rota.name,
                turn.shift,
                _stamp(turn.from_at, visit),
                _stamp(turn.until_at, visit),
                turn.name,
                turn.instead_of,
            )
            for view in values["rotas"]
            for _day, turns in view.week
            for turn in turns
        ),
    )


def _stamp(at: float, visit: Visit) -> str:
    return f"{datetime.fromtimestamp(at, visit.zone):%Y-%m-%d %H:%M}"


def _by_name(contact: Contact) -> str:
    return contact.name


def _asked(visit: Visit, now: float) -> float:
    try:
        day = visit.midnight(visit.query.get("tuan", ""))
    except ValueError:
        return now
    return day.timestamp() if abs(day.timestamp() - now) < 400 * DAY_S else now


DUTY: Final = Page(
    path="/truc",
    needs=Right.SEE,
    template="duty.html",
    read=read,
    pieces=("duty_now",),
    title="Trực",
    table=table,
)
SHEET: Final = Page(path="/truc/ban-giao", needs=Right.SEE, template="duty_sheet.html", read=read_sheet)
PAGES: Final = (DUTY, SHEET)
