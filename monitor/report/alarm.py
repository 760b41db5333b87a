"""Telling people once that reports cannot be made, and once that they are again."""

import logging
from collections.abc import Callable, Collection
from typing import Final

from alerts.delivery.alarm import audience, notes_of, raised_by, reachable
from alerts.messages.words import duration
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind
from alerts.world import World
from monitor.clock import Clock
from monitor.report.automatic import AutomaticReports
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore

log = logging.getLogger(__name__)

COMPONENT: Final = "report."
"""Begins the component in a bulletin's id."""
DRAFT: Final = "draft"
"""Ends it."""


class ReportAlarm:
    """Tells what is new; `look` now and then. Remembers over restarts. `failing`: channels on which nothing is told now."""

    def __init__(
        self,
        world: World,
        state: StateStore,
        reports: AutomaticReports,
        *,
        clock: Clock,
        carry_out: Callable[[Decision], None],
        failing: Callable[[], Collection[str]],
    ) -> None:
        self._world = world
        self._state = state
        self._reports = reports
        self._clock = clock
        self._carry_out = carry_out
        self._failing = failing
        self._raised_at: float | None = None
        self._is_known = False

    async def look(self) -> None:
        """Tell what is new."""
        if not self._is_known:
            try:
                ids = await self._state.outbox.self_alarms(COMPONENT)
            except StorageError:
                return
            self._raised_at = raised_by(ids, COMPONENT).get(DRAFT)
            self._is_known = True
        since_at = self._reports.failed_since
        if self._raised_at is None and since_at is not None and self._told(begun, since_at):
            log.error("report_alarm since_at=%.0f error=%s", since_at, self._reports.error)
            self._raised_at = since_at
        elif self._raised_at is not None and self._reports.is_well:
            self._told(over, self._raised_at)
            self._raised_at = None

    def _told(self, make: Callable[[float, str, float], Bulletin], since_at: float) -> bool:
        """Tell it; False when nobody can be told now of what begins."""
        alerting, now = self._world.settings, self._clock.now()
        steps = audience(alerting.policies, self._world.inventory, now)
        people = reachable(steps, alerting.directory, self._failing(), now)
        if not people and make is begun:
            return False
        bulletin = make(since_at, self._reports.error, now)
        notifications = tuple(notes_of(bulletin, people))
        self._carry_out(Decision(bulletins=(bulletin,), notifications=notifications))
        return True


def begun(since_at: float, error: str, now: float) -> Bulletin:
    """Return what is told when drafts fail; `error` says why."""
    facts = {
        "component": "báo cáo tự động",
        "since_at": since_at,
        "ended_at": None,
        "symptom": f"không làm được dự thảo báo cáo: {error}",
        "consequence": "giám sát và số liệu không ảnh hưởng; người viết báo cáo chưa nhận được dự thảo",
        "action": "tại máy giám sát: tslcd-monitor report build --to THƯ_MỤC; máy tự làm lại mỗi giờ",
    }
    return Bulletin(_id(since_at), BulletinKind.SELF, now, facts)


def over(since_at: float, _error: str, now: float) -> Bulletin:
    """Return what is told when drafts are made again."""
    facts = {
        "component": "báo cáo tự động",
        "since_at": since_at,
        "ended_at": now,
        "symptom": f"đã làm được dự thảo báo cáo trở lại sau {duration(max(0.0, now - since_at))}",
        "consequence": "không mất gì",
        "action": "",
    }
    return Bulletin(f"{_id(since_at)}:over", BulletinKind.SELF, now, facts)


def _id(since_at: float) -> str:
    return f"self:{COMPONENT}{DRAFT}:{since_at:.0f}"
