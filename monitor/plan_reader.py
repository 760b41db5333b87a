"""Reading the plan again while the old one is in force: what cannot be used is refused, said, and remembered."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from inventory.problem import ProblemsError
from monitor.plan import Plan
from monitor.settings import Settings

log = logging.getLogger(__name__)


class PlanReader:
    """Reads settings and inventory at a reload. `error`: why the latest could not be used; "" when it could."""

    def __init__(self, read: Callable[[Path], Awaitable[Plan]]) -> None:
        self.error = ""
        self._read = read

    async def again(self, current: Plan) -> Plan | None:
        """Return what the files say now, or None when that cannot be used.

        Settings other than `alerting` that differ from those in force need a restart: the log names them.
        """
        try:
            plan = await self._read(current.config)
        except ProblemsError as error:
            self.error = f"{len(error.problems)} lỗi; lỗi đầu tiên: {error.problems[0]}"
            log.error("reload_refused problems=%d", len(error.problems))  # noqa: TRY400 (each is logged below)
            for problem in error.problems:
                log.error("reload_problem %s", problem)  # noqa: TRY400
            return None
        except Exception as error:
            # A file that trips our reader must not end the watch.
            self.error = f"lỗi phần mềm khi đọc ({type(error).__name__}), dùng tiếp bản cũ; xem nhật ký"
            log.exception("reload_bug")
            return None
        self.error = ""
        needs_restart = [
            name
            for name in Settings.model_fields
            if name != "alerting" and getattr(plan.settings, name) != getattr(current.settings, name)
        ]
        if needs_restart:
            log.warning("reload_needs_restart settings=%s", ",".join(needs_restart))
        return plan
