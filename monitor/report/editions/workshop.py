"""Drafts and their files for whoever looks at them: worked out beside the event loop, kept in memory, built one at a time.

A draft is two things: figures, which take a second, and words over them, which take none. The figures stay as long as
nothing that they are made from changed; what writers do to the words is there at once.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.clock import Clock
from monitor.report.document.model import Picture
from monitor.report.editions import store
from monitor.report.editions.drafting import Draft, Sources, compared, drafted, rewritten
from monitor.report.editions.errata import Errata
from monitor.report.editions.freezing import REFUSALS, FreezeRefusal, FreezeWish
from monitor.report.editions.keeping import drop_old_drafts, reports_folder, view_folder
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.html.writing import sheets_html
from monitor.report.making import FORMATS, SUFFIXES
from monitor.report.process import PICTURE, Job, ReportBuildError, ReportProcess
from monitor.report.sentences.recheck import recheck
from monitor.report.sentences.rules import Rule, read_rules
from monitor.settings.settings import Settings
from monitor.storage.database import Database
from monitor.storage.errors import StorageError
from monitor.storage.opening import open_reader
from monitor.wording import os_words

log = logging.getLogger(__name__)

FRESH_S: Final = 20.0
"""Figures younger than this are shown although something changed: on a bad day something changes every second."""
PICTURES_FRESH_S: Final = 900.0
"""Charts of other figures are drawn anew when they are older than this."""
VIEWS_KEPT_S: Final = 7 * 86_400.0
_KEPT: Final = 4
"""Drafts in memory, some MB each."""

Freeze = Callable[[Period, ReportKind, FreezeWish], Awaitable[Edition | FreezeRefusal]]
Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is built, or was. `ended_at` None: it is being built. `refusal`: what is wrong and the remedy."""

    begun_at: float
    ended_at: float | None = None
    refusal: tuple[str, str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Format -> what the file is called."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Format -> why it could not be made."""
    revision: int | None = None
    """Of the edition that was frozen."""

    @property
    def is_running(self) -> bool:
        """Whether it is being built."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Looked:
    """A draft, and its sheets as HTML (escaped, without styles): charts that are not drawn are said in words.

    `wrong`: sentence id -> which of its figures do not come out the same again; empty unless the program is wrong.
    """

    draft: Draft
    sheets: str
    wrong: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Kept:
    looked: Looked
    url: str
    rules: tuple[Rule, ...]
    version: int
    inventory: Inventory
    settings: Settings
    made_at: float


class Workshop:
    """Makes what people look at before a report is frozen. Belongs to one event loop."""

    def __init__(
        self,
        database: Database,
        process: ReportProcess,
        *,
        clock: Clock,
        settings: Callable[[], Settings],
        inventory: Callable[[], Inventory],
        freeze: Freeze,
    ) -> None:
        self._database = database
        self._process = process
        self._clock = clock
        self._settings = settings
        self._inventory = inventory
        self._freeze = freeze
        self._one = asyncio.Lock()
        self._kept: dict[tuple[str, ReportKind], _Kept] = {}
        self._work: dict[tuple[str, str, ReportKind], Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def draft(
        self, of: Period, kind: ReportKind, *, version: int, picture_url: str = ""
    ) -> Looked | None:
        """Return the report as it is now; None: nothing is known of that time. `version` counts what changed.

        `picture_url`: where charts are, with {} for the chart's id.

        Raises StorageError, and what `drafted` raises.
        """
        async with self._one:
            kept = self._kept.pop((of.id, kind), None)
            if kept is not None and self._is_old(kept, version):
                kept = None
            url = picture_url if self._has_pictures(of, kind) else ""
            read = partial(self._read, of=of, kind=kind, kept=kept, version=version, url=url)
            found = await self._database.read(read)
            if found is None:
                return None
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[of.id, kind] = found
            return found.looked

    def missing_causes(self, of: Period, kind: ReportKind) -> int | None:
        """Return how many incidents lacked a cause when somebody looked last; None: nobody did lately."""
        kept = self._kept.get((of.id, kind))
        return None if kept is None else len(kept.looked.draft.gaps.without_cause)

    def _has_pictures(self, of: Period, kind: ReportKind) -> bool:
        done = self.work("pictures", of, kind)
        return done is not None and not done.is_running and done.refusal is None

    def _is_old(self, kept: _Kept, version: int) -> bool:
        if kept.inventory is not self._inventory() or kept.settings is not self._settings():
            return True
        return version != kept.version and not 0 <= self._clock.now() - kept.made_at < FRESH_S

    def _read(
        self,
        connection: sqlite3.Connection,
        *,
        of: Period,
        kind: ReportKind,
        kept: _Kept | None,
        version: int,
        url: str,
    ) -> _Kept | None:
        """Runs in another thread."""
        now, settings, inventory = self._clock.now(), self._settings(), self._inventory()
        plain = Sources(connection, None, inventory, settings, now)
        if kept is not None:
            before = kept.looked.draft
            fields = tuple(store.select_fields(connection, of.id))
            is_same = (url, before.changes, before.fields) == (
                kept.url,
                store.select_changes(connection, of.id),
                fields,
            )
            if is_same:
                return kept
            return replace(kept, looked=_looked(rewritten(before, plain, kept.rules), url), url=url)
        if not store.is_anything_known(connection, of.until_at):
            return None
        rules = tuple(read_rules(settings.report.sentences))
        with _measured(settings) as measured:
            draft = drafted(replace(plain, results=measured), of, rules, kind=kind)
        return _Kept(_looked(draft, url), url, rules, version, inventory, settings, now)

    async def compared(self, of: Period, edition: Edition) -> Errata:
        """Return what a frozen edition says otherwise than the figures of now. Raises as `drafted` does."""

        def read(connection: sqlite3.Connection) -> Errata:
            settings = self._settings()
            rules = tuple(read_rules(settings.report.sentences))
            with _measured(settings) as measured:
                sources = Sources(connection, measured, self._inventory(), settings, self._clock.now())
                return compared(sources, of, rules, edition)

        async with self._one:
            return await self._database.read(read)

    def work(self, what: str, of: Period, kind: ReportKind) -> Work | None:
        """Return how far the files ("files"), charts ("pictures") or freezing ("freeze") of a draft are."""
        return self._work.get((what, of.id, kind))

    def begin_files(self, of: Period, kind: ReportKind, told: Told) -> None:
        """Build all files of a draft; `told` is called at the end. Nothing happens while they are being built."""
        self._begin("files", of, kind, self._build("files", of, kind, FORMATS), told)

    def begin_pictures(self, of: Period, kind: ReportKind, told: Told) -> None:
        """Draw the charts of a draft unless they were lately."""
        done = self.work("pictures", of, kind)
        if done is None or self._clock.now() - done.begun_at > PICTURES_FRESH_S:
            self._begin("pictures", of, kind, self._build("pictures", of, kind, ()), told)

    def begin_freezing(self, of: Period, kind: ReportKind, wish: FreezeWish, told: Told) -> None:
        """Freeze a period; what comes of it is in `work`."""
        self._begin("freeze", of, kind, self._frozen(of, kind, wish), told)

    def _begin(
        self, what: str, of: Period, kind: ReportKind, making: Coroutine[Any, Any, Work], told: Told
    ) -> None:
        key = (what, of.id, kind)
        running = self._work.get(key)
        if running is not None and running.is_running:
            making.close()
            return
        begun = self._work[key] = Work(self._clock.now())

        async def carry() -> None:
            try:
                done = await making
            except ReportBuildError as error:
                done = replace(begun, refusal=(str(error), "xem nhật ký của dịch vụ rồi thử lại"))
            except StorageError as error:
                done = replace(begun, refusal=(error.what, error.remedy))
            except OSError as error:
                words = f"không ghi được tệp ({os_words(error)})"
                done = replace(begun, refusal=(words, "kiểm tra ổ đĩa và quyền của thư mục trạng thái"))
            except Exception:
                log.exception("report_work_bug what=%s period=%s", what, of.id)
                done = replace(begun, refusal=("gặp lỗi phần mềm", "xem nhật ký của dịch vụ"))
            self._work[key] = replace(done, begun_at=begun.begun_at, ended_at=self._clock.now())
            told()

        task = asyncio.get_running_loop().create_task(carry(), name=f"report {what} {of.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _build(self, what: str, of: Period, kind: ReportKind, formats: tuple[str, ...]) -> Work:
        now, reports = self._clock.now(), reports_folder(self._settings().state_dir)
        await asyncio.to_thread(drop_old_drafts, reports, before_at=now - VIEWS_KEPT_S)
        folder = view_folder(reports, kind, of.id, what)
        job = Job(of.id, kind.value, folder, formats, now, with_pictures=what == "pictures")
        answer = await self._process.build(job)
        if answer["nothing"]:
            return Work(now, refusal=REFUSALS[FreezeRefusal.NOTHING_KNOWN])
        names = {each: name for each in formats for name in answer["names"] if name.endswith(SUFFIXES[each])}
        return Work(now, names=names, failures=answer["failures"])

    async def _frozen(self, of: Period, kind: ReportKind, wish: FreezeWish) -> Work:
        now = self._clock.now()
        outcome = await self._freeze(of, kind, wish)
        if isinstance(outcome, FreezeRefusal):
            return Work(now, refusal=REFUSALS[outcome])
        shutil.rmtree(view_folder(self._reports, kind, of.id, "files"), ignore_errors=True)
        self._work.pop(("files", of.id, kind), None)
        return Work(now, revision=outcome.revision)

    @property
    def _reports(self) -> Path:
        return reports_folder(self._settings().state_dir)

    async def file(self, of: Period, kind: ReportKind, made_format: str) -> tuple[str, bytes] | None:
        """Return name and content of a draft's file as it was built last; None: it is not built."""
        done = self.work("files", of, kind)
        name = "" if done is None else done.names.get(made_format, "")
        path = view_folder(self._reports, kind, of.id, "files") / name
        data = await asyncio.to_thread(_content, path) if name else None
        return None if data is None else (name, data)

    async def picture(self, of: Period, kind: ReportKind, picture_id: str) -> bytes | None:
        """Return a chart of a draft as PNG; None: it is not drawn."""
        if not picture_id.replace("-", "").isalnum() or self.work("pictures", of, kind) is None:
            return None
        folder = view_folder(self._reports, kind, of.id, "pictures")
        return await asyncio.to_thread(_content, folder / PICTURE.format(picture_id))


@contextmanager
def _measured(settings: Settings) -> Iterator[sqlite3.Connection | None]:
    path = settings.state_dir / "results.db"
    if not path.exists():
        yield None
        return
    with closing(open_reader(path)) as connection:
        yield connection


def _looked(draft: Draft, url: str) -> Looked:
    blocks = (*draft.document.blocks, *(block for each in draft.document.appendices for block in each.blocks))
    ids = [block.id for block in blocks if isinstance(block, Picture)] if url else []
    sheets = sheets_html(draft.document, {id_: url.format(id_) for id_ in ids})
    wrong = {each.id: said for each in draft.sentences if (said := recheck(each, draft.figures))}
    return Looked(draft, sheets, wrong)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
