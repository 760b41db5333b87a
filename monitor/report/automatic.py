"""Reports that are made by themselves: built by a child, kept below the state folder, told to their writers.

Looked at every day; what is made and told is known by its folder and its bulletin, so that a restart, a crash in between
or a mail server that is down loses and doubles nothing.
"""

import asyncio
import json
import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from alerts.bulletins import MOST_ITEMS
from alerts.delivery.alarm import notes_of
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind
from alerts.oncall.model import Directory, Recipient, Step
from alerts.oncall.routing import bare_address, contacts_of
from alerts.telling.urgency import LEAST_URGENT
from alerts.world import World
from inventory.model import ALWAYS
from monitor.accounting.books import read_incidents
from monitor.clock import Clock
from monitor.report import periods
from monitor.report.agenda import Due, due
from monitor.report.editions import edition_rows
from monitor.report.editions.keeping import draft_folder, drop_old_drafts, reports_folder, write_file
from monitor.report.editions.store import is_anything_known
from monitor.report.figures.attribution import Attribution
from monitor.report.figures.incident_records import incident_records, without_cause
from monitor.report.process import Job, ReportBuildError, ReportProcess
from monitor.settings.settings import Settings
from monitor.storage import duty
from monitor.storage.clearing import MESSAGES_KEPT_S
from monitor.storage.state import StateStore

log = logging.getLogger(__name__)

ANSWER_FILE: Final = "du-thao.json"
"""What the child answered: as long as it lies in the folder, the draft is made."""
_SENTENCES: Final = 5
_MAIL: Final = "email"


class ReportingPort(Protocol):
    """What is needed of the running daemon."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def state(self) -> StateStore:
        """Where bulletins and editions are."""
        ...

    @property
    def world(self) -> World:
        """Whom to tell."""
        ...

    def carry_out(self, decision: Decision) -> None:
        """Save and tell."""
        ...


class AutomaticReports:
    """Makes and tells what is due. `failed_since`: since when drafts fail, of more than one attempt; None: they do not."""

    def __init__(self, daemon: ReportingPort, process: ReportProcess, *, clock: Clock) -> None:
        self._daemon = daemon
        self._process = process
        self._clock = clock
        self._first_failure_at: float | None = None
        self._failures = 0
        self._is_tried = False
        self.error = ""

    @property
    def failed_since(self) -> float | None:
        """Since when more than one attempt in a row has failed."""
        return self._first_failure_at if self._failures > 1 else None

    @property
    def is_well(self) -> bool:
        """Whether the last attempt went well, and there was one."""
        return self._is_tried and self._first_failure_at is None

    async def run(self) -> None:
        """Do what is due. Raises ReportBuildError, StorageError, OSError: then it is tried again."""
        settings, now, self._is_tried = self._daemon.settings, self._clock.now(), True
        table = self._daemon.world.inventory.calendars[ALWAYS].day_table
        failed: Exception | None = None
        for each in due(settings, table, now=now):
            try:
                await self._do(each, settings, now)
            except (ReportBuildError, OSError) as error:
                failed = failed or error  # what else is due is still made and told
        if failed is not None:
            self._failures += 1
            self._first_failure_at = self._first_failure_at or now
            self.error = str(failed)
            raise failed
        self._failures, self._first_failure_at, self.error = 0, None, ""

    async def _do(self, wanted: Due, settings: Settings, now: float) -> None:
        is_told = partial(duty.is_bulletin, bulletin_id=wanted.id)
        if await self._daemon.state.database.read(is_told):
            return
        if wanted.what == "nudge":
            facts = await self._nudge(wanted)
        else:
            facts = await self._draft(wanted, settings, now)
        if facts is not None:
            self._tell(wanted, facts, settings, now)

    async def _draft(self, wanted: Due, settings: Settings, now: float) -> dict[str, Any] | None:
        """Make a draft unless it is made or frozen already; return what is told of it, None: nothing."""
        read, of = self._daemon.state.database.read, wanted.period
        is_known = await read(partial(is_anything_known, until_at=of.until_at))
        query = partial(edition_rows.select_edition, kind=wanted.kind, period_id=of.id)
        if not is_known or await read(query) is not None:
            return None
        reports = reports_folder(settings.state_dir)
        folder = draft_folder(reports, wanted.kind, wanted.period.id)
        answer = await asyncio.to_thread(_made, folder)
        if answer is None:
            log.info("report_begun period=%s what=%s", wanted.period.id, wanted.what)
            formats = tuple(settings.report.formats)
            job = Job(wanted.period.id, wanted.kind.value, folder, formats, now)
            answer = await self._process.build(job)
            if answer["nothing"]:
                return None
            await asyncio.to_thread(write_file, folder / ANSWER_FILE, json.dumps(answer).encode())
            await asyncio.to_thread(drop_old_drafts, reports, before_at=now - MESSAGES_KEPT_S)
            log.info(
                "report_made period=%s folder=%s failed=%s", wanted.period.id, folder, answer["failures"]
            )
        return self._facts(wanted, settings) | {
            "without_cause": answer["withoutCause"],
            "names": answer["names"],
            "paths": [str((folder / name).relative_to(reports)) for name in answer["names"]],
            "folder": str(folder),
            "failed": list(answer["failures"]),
            "sentences": answer["sentences"][:_SENTENCES],
            "sentences_more": max(0, len(answer["sentences"]) - _SENTENCES),
        }

    async def _nudge(self, wanted: Due) -> dict[str, Any] | None:
        """Return what is told of the causes that are missing; None when none is."""
        of, inventory = wanted.period, self._daemon.world.inventory
        met = await self._daemon.state.database.read(partial(read_incidents, period=of))
        records = incident_records(Attribution(met, inventory), (), inventory, of, known_until_at=of.until_at)
        found = without_cause(records)
        if not found:
            return None
        items = [{"id": each.id, "name": each.name, "at": each.opened_at} for each in found[:MOST_ITEMS]]
        return self._facts(wanted, self._daemon.settings) | {
            "without_cause": len(found),
            "items": items,
            "items_more": len(found) - len(items),
        }

    def _facts(self, wanted: Due, settings: Settings) -> dict[str, Any]:
        return {
            "what": wanted.what,
            "period": wanted.period.id,
            "title": periods.name(wanted.period, zone=settings.timezone),
            "without_cause": 0,
            "items": [],
            "items_more": 0,
            "names": [],
            "paths": [],
            "folder": "",
            "failed": [],
            "sentences": [],
            "sentences_more": 0,
            "command": f"tslcd-monitor report draft --period {wanted.period.id}",
        }

    def _tell(self, wanted: Due, facts: dict[str, Any], settings: Settings, now: float) -> None:
        directory = self._daemon.world.settings.directory
        bulletin = Bulletin(wanted.id, BulletinKind.REPORT, now, facts)
        notifications = notes_of(bulletin, writers(directory, settings.report.writers, now), LEAST_URGENT)
        self._daemon.carry_out(Decision(bulletins=(bulletin,), notifications=tuple(notifications)))


def writers(directory: Directory, names: Iterable[str], now: float) -> tuple[Recipient, ...]:
    """Return where writers are told: by mail when they have an address, for the files; else at their first address."""
    found: dict[tuple[str, str], Recipient] = {}
    for name in names:
        for contact in contacts_of(directory, Step((name,)), now):
            first = [each for each in contact.addresses if each.channel == _MAIL] or contact.addresses
            for address in first[:1]:
                key = (address.channel, address.address)
                found.setdefault(key, Recipient(*key, contact.id))
        bare = bare_address(directory, name)
        if bare is not None:
            found.setdefault((bare.channel, bare.address), Recipient(bare.channel, bare.address))
    return tuple(found.values())


def _made(folder: Path) -> dict[str, Any] | None:
    """Return what the child answered when it made this draft; None when it is not there."""
    try:
        found = json.loads((folder / ANSWER_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
