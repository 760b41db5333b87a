"""Maintenance, silences and who has what in hand: three words kept apart on one page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.model.hold import MutingKind
from alerts.model.incident import Incident
from alerts.muting.declaring import MutingRefusal
from monitor.muting.desk import MutingDesk
from monitor.muting.texts import REFUSALS
from monitor.people.rights import Right
from monitor.web.incident_sight import name_in_words
from monitor.web.muting_view import Quiet, Stage, monday_before, of_muting, of_work, week_of
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.visiting import Visit

AHEAD_S: Final = 30 * 86_400.0
PAST_S: Final = 7 * 86_400.0
WEEK_DAYS: Final = 7
ID_LIMIT: Final = 40


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read everything from a week ago until in 30 days, and the week that was asked for."""
    snapshot, now = daemon.snapshot(), daemon.muting.now
    monday_at = monday_before(_asked(visit, now), visit.zone)
    monday = datetime.fromtimestamp(monday_at, visit.zone)
    from_at, to_at = min(now - PAST_S, monday_at), max(now + AHEAD_S, monday_at + WEEK_DAYS * 86_400.0)
    quiets = await quiets_between(daemon.muting, from_at, to_at)
    near = [each for each in quiets if each.over_at > now - PAST_S and each.from_at < now + AHEAD_S]
    works = [each for each in near if each.kind is MutingKind.MAINTENANCE]
    taken = sorted(
        (each for each in snapshot.incidents.values() if each.acknowledged_at is not None),
        key=lambda each: (each.acknowledged_at or 0.0, each.id),
    )
    return {
        "running": [each for each in works if each.stage(now) is Stage.RUNNING],
        "pending": [each for each in works if each.stage(now) is Stage.PENDING],
        "over": [each for each in reversed(near) if each.stage(now) is Stage.OVER],
        "silences": [
            each for each in near if each.kind is MutingKind.SILENCE and each.stage(now) is not Stage.OVER
        ],
        "taken": [(each, *_named(each, daemon, visit)) for each in taken],
        "week": week_of(quiets, monday_at, now, visit.zone),
        "week_before": f"{monday - timedelta(days=WEEK_DAYS):%Y-%m-%d}",
        "week_after": f"{monday + timedelta(days=WEEK_DAYS):%Y-%m-%d}",
        "units": {code: unit.name for code, unit in snapshot.inventory.units.items()},
        "MutingKind": MutingKind,
        "now": now,
        "snapshot": snapshot,
    }


async def quiets_between(desk: MutingDesk, from_at: float, to_at: float) -> list[Quiet]:
    """Return what is quiet in a part of [from_at, to_at), declared or planned in the inventory, the earliest first."""
    inventory = desk.inventory
    declared = [of_muting(each, inventory) for each in await desk.list(from_at, to_at)]
    planned = [of_work(each, inventory) for each in desk.windows(from_at, to_at)]
    return sorted((*declared, *planned), key=lambda each: (each.from_at, each.id))


async def read_one(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one that somebody declared."""
    muting = await daemon.muting.find(visit.params["ma"].upper()[:ID_LIMIT])
    if muting is None:
        what, _remedy = REFUSALS[MutingRefusal.UNKNOWN_ID]
        raise RefusedError(404, what, "xem danh sách ở trang Bảo trì")
    inventory, now = daemon.muting.inventory, daemon.muting.now
    quiet = of_muting(muting, inventory)
    return {
        "quiet": quiet,
        "stage": quiet.stage(now),
        "names": sorted(inventory.units[code].name for code in quiet.units if code in inventory.units),
        "MutingKind": MutingKind,
        "Stage": Stage,
        "now": now,
        "snapshot": daemon.snapshot(),
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return all that is listed, for a spreadsheet."""
    _ = translator(visit.language)
    listed = (*values["running"], *values["pending"], *values["silences"], *values["over"])
    return Table(
        name="bao-tri",
        columns=(
            _("Mã"),
            _("Loại"),
            _("Việc"),
            _("Phạm vi"),
            _("Từ"),
            _("Đến"),
            _("Số đối tượng"),
            _("Lý do"),
            _("Người đặt"),
            _("Đơn vị thực hiện"),
        ),
        rows=tuple(
            (
                each.id,
                _("bảo trì") if each.kind is MutingKind.MAINTENANCE else _("tạm ngưng thông báo"),
                each.title,
                each.scope,
                _stamp(each.from_at, visit),
                _stamp(each.over_at, visit),
                each.targets,
                each.why,
                each.who,
                each.worker,
            )
            for each in listed
        ),
    )


def _stamp(at: float, visit: Visit) -> str:
    return f"{datetime.fromtimestamp(at, visit.zone):%Y-%m-%d %H:%M}"


def _asked(visit: Visit, now: float) -> float:
    try:
        day = visit.midnight(visit.query.get("tuan", ""))
    except ValueError:
        return now
    at = day.timestamp()
    return at if abs(at - now) < 400 * 86_400.0 else now


def _named(incident: Incident, daemon: DaemonPort, visit: Visit) -> tuple[str, str]:
    return name_in_words(incident, daemon.muting.inventory, visit.language)


MUTINGS: Final = Page(
    path="/bao-tri",
    needs=Right.SEE,
    template="mutings.html",
    read=read,
    reloads=True,
    pieces=("mutings_lists", "mutings_week"),
    title="Bảo trì",
    table=table,
)
MUTING: Final = Page(path="/bao-tri/{ma}", needs=Right.SEE, template="muting.html", read=read_one)
PAGES: Final = (MUTINGS, MUTING)
