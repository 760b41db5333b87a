"""Reading the plan again while the old one is in force: a candidate with what it would change, or why it cannot be used."""

import gc
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from inventory.diff import ChangeList, compare, has_same_meaning
from inventory.loader import Loaded, assemble
from inventory.problem import Problem, ProblemsError
from inventory.resolved import Resolved, resolve
from inventory.sharing import share
from monitor.duty.oncall_file import keep_last_good
from monitor.first_plan import bug_problem
from monitor.plan import Plan, read_folders
from monitor.settings.settings import Settings, load_settings
from monitor.storage.versions import DamagedVersionError, Version, VersionStore
from monitor.watch import Signature, signature_of

log = logging.getLogger(__name__)

MOST_LOGGED = 100
"""Problems of one reading in the log."""

T = TypeVar("T")


class InReader(Protocol):
    """Runs what blocks in the reader's own thread, one thing at a time."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Return what `work` returns."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid plan that may take the place of the one in force. `signature` is of the folders before they were read."""

    plan: Plan
    loaded: Loaded
    changes: ChangeList
    has_same_meaning: bool
    signature: Signature = ()

    @property
    def digest(self) -> str:
        """Names the version."""
        return self.plan.inventory.digest


@dataclass(frozen=True, slots=True)
class Refused:
    """What was read cannot be used."""

    problems: tuple[Problem, ...]
    signature: Signature = ()

    @property
    def text(self) -> str:
        """How many problems, and the first, in one line."""
        return f"{len(self.problems)} lỗi; lỗi đầu tiên: {self.problems[0]}"

    def log(self) -> None:
        """Log what is wrong, not without end: a mistake in a profile is one of every target."""
        log.error("reload_refused problems=%d", len(self.problems))
        for problem in self.problems[:MOST_LOGGED]:
            log.error("reload_problem %s", problem)


class PlanReader:
    """Reads candidates in the reader's thread; also compares there, which takes a while for a whole province.

    `needs_restart` names the settings that differ on the disk and take effect at the next start only.
    """

    def __init__(self, in_reader: InReader, store: VersionStore) -> None:
        self._in_reader = in_reader
        self._store = store
        self.needs_restart: tuple[str, ...] = ()

    async def folders(self, current: Plan, *, with_settings: bool) -> Candidate | Refused:
        """Return what the folders in force say now, with the waiting times and policies of the settings if asked for.

        Other settings that differ need a restart: `needs_restart` and the log name them.
        """

        def read() -> Candidate | Refused:
            signature = signature_of(current.settings.watched)

            def candidate() -> Candidate:
                settings = self._with_new_alerting(current) if with_settings else current.settings
                return _candidate(current, settings, read_folders(settings), signature)

            return _fenced(candidate, signature)

        return await self._in_reader(read)

    async def version(self, current: Plan, version: Version) -> Candidate | Refused:
        """Return a stored version; its secrets need not be there."""

        def candidate() -> Candidate:
            return _candidate(current, current.settings, self._store.load(version), ())

        return await self._in_reader(lambda: _fenced(candidate, ()))

    async def resolved(self, current: Plan, target_id: str) -> tuple[Resolved, ...]:
        """Return who said each value of a target; () when the folders say something else than what is in force."""

        def read() -> tuple[Resolved, ...]:
            try:
                assembled = assemble(current.settings.inventory)
            except ProblemsError:
                return ()
            is_same = assembled.loaded.inventory.digest == current.inventory.digest
            return resolve(assembled, target_id) if is_same else ()

        return await self._in_reader(read)

    def _with_new_alerting(self, current: Plan) -> Settings:
        settings = load_settings(current.config)
        self.needs_restart = tuple(
            name
            for name in Settings.model_fields
            if name != "alerting" and getattr(settings, name) != getattr(current.settings, name)
        )
        if self.needs_restart:
            log.warning("reload_needs_restart settings=%s", ",".join(self.needs_restart))
        return current.settings.model_copy(update={"alerting": settings.alerting})


def _candidate(current: Plan, settings: Settings, loaded: Loaded, signature: Signature) -> Candidate:
    inventory = share(current.inventory, loaded.inventory)
    plan = Plan.of(current.config, settings, inventory)
    keep_last_good(settings)
    if loaded.inventory.digest == current.inventory.digest:
        return Candidate(plan, loaded, ChangeList(), has_same_meaning=True, signature=signature)
    return Candidate(
        plan,
        loaded,
        compare(current.inventory, inventory),
        has_same_meaning=has_same_meaning(current.inventory, inventory),
        signature=signature,
    )


def _fenced(read: Callable[[], Candidate], signature: Signature) -> Candidate | Refused:
    try:
        with _without_collections():
            return read()
    except ProblemsError as error:
        return Refused(error.problems, signature)
    except DamagedVersionError as error:
        return Refused((Problem(str(error), 1, "", "bản lưu đã hỏng", "chọn bản khác"),), signature)
    except Exception as error:
        # A file that trips our reader must not end the watch.
        log.exception("reload_bug")
        return Refused((bug_problem(error),), signature)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Reading makes millions of objects and no cycles: to go through them again and again would stop the whole process."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
