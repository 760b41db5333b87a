"""Where reports are changed and frozen in the running daemon: on the disk together with an entry in the audit log."""

import asyncio
import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from alerts.model.incident import Side
from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.accounting.periods import period
from monitor.clock import Clock
from monitor.report.editions import edition_rows, store
from monitor.report.editions.edition_rows import StoredEdition
from monitor.report.editions.freezing import FreezeRefusal, FreezeWish, refusal
from monitor.report.editions.keeping import EDITION_FILE, edition_folder, keep_in_place, reports_folder
from monitor.report.editions.model import FIELDS, Changes, Edition, ReportKind
from monitor.report.editions.workshop import Workshop
from monitor.report.making import FORMATS
from monitor.report.process import Job, ReportProcess
from monitor.report.sentences.model import Addition, Override, Section
from monitor.settings.settings import Settings
from monitor.storage.audit import AuditEntry, insert_entries
from monitor.storage.database import Database
from probes.wording import one_line

_DETAIL_LIMIT: Final = 400
_STAGED: Final = ".staged"
_SENTENCE_ID: Final = re.compile(r"[A-Za-z0-9][\w.:/-]{0,119}")


class ChangeRefusal(Exception):  # noqa: N818 (a refusal is no fault)
    """What is asked cannot be kept: `what` and the `remedy` are for people."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class OvertakenRefusal(ChangeRefusal):
    """Somebody else changed the same meanwhile: `who`, "" when nothing is left that says so, and when."""

    def __init__(self, what: str, remedy: str, *, who: str, at: float | None) -> None:
        super().__init__(what, remedy)
        self.who = who
        self.at = at


@dataclass(frozen=True, slots=True)
class SentenceWish:
    """What a writer makes of a sentence; None leaves it open. `is_restored`: it is as the rules make it again.

    `seen`: the `mark` of what the writer looked at; None: whatever was changed meanwhile is written over.
    """

    sentence_id: str
    text: str | None = None
    is_used: bool | None = None
    position: int | None = None
    auto_text: str = ""
    is_restored: bool = False
    seen: str | None = None


def mark(changes: Changes, sentence_id: str) -> str:
    """Return what tells one state of a sentence from the next; "" of one that nobody changed."""
    found = _touched(changes, sentence_id)
    return hashlib.blake2b(repr(found).encode(errors="replace"), digest_size=6).hexdigest() if found else ""


def _touched(changes: Changes, sentence_id: str) -> list[Override | Addition]:
    """Return what people did to a sentence, the latest last."""
    found: list[Override | Addition] = [each for each in changes.additions if each.id == sentence_id]
    if sentence_id in changes.overrides:
        found.append(changes.overrides[sentence_id])
    return sorted(found, key=lambda each: each.at)


class ReportDesk:
    """Keeps what writers change, and freezes. What returns is on the disk (StorageError, ReportBuildError: it is not)."""

    def __init__(
        self,
        database: Database,
        process: ReportProcess,
        *,
        clock: Clock,
        settings: Callable[[], Settings],
        inventory: Callable[[], Inventory],
    ) -> None:
        self._database = database
        self._process = process
        self._clock = clock
        self._settings = settings
        self._inventory = inventory
        self._freezing = asyncio.Lock()
        self.workshop = Workshop(
            database, process, clock=clock, settings=settings, inventory=inventory, freeze=self.freeze
        )

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    def period(self, text: str) -> Period:
        """Return the period that people name. Raises PeriodError."""
        settings = self._settings()
        month_begins_on = settings.accounting.month_begins_on
        return period(text, zone=settings.timezone, month_begins_on=month_begins_on, now=self._clock.now())

    async def changes(self, of: Period) -> Changes:
        """Return what was changed for a period."""
        return await self._database.read(partial(store.select_changes, period_id=of.id))

    async def editions(self) -> list[StoredEdition]:
        """Return all frozen editions, without their contents."""
        return await self._database.read(edition_rows.select_editions)

    async def edit(self, of: Period, wish: SentenceWish, who: str) -> None:
        """Change a sentence. Raises ChangeRefusal."""
        _named(who)
        if not _SENTENCE_ID.fullmatch(wish.sentence_id):
            raise ChangeRefusal(f"'{wish.sentence_id}' không phải mã câu", "xem mã câu: report draft")
        if wish.text is not None and not wish.text.strip():
            raise ChangeRefusal("câu trống", "bỏ câu này bằng --drop, trở về câu tự động bằng --restore")
        is_open = wish.text is None and wish.is_used is None and wish.position is None
        if is_open and not wish.is_restored:
            raise ChangeRefusal("chưa nói sửa gì", "ghi --text, --use, --drop, --move hoặc --restore")
        now = self._clock.now()

        def save(connection: sqlite3.Connection) -> None:
            if wish.seen is not None:
                _not_overtaken(connection, of.id, wish.sentence_id, wish.seen)
            if not _edit(connection, of.id, wish, who, now):
                raise ChangeRefusal(f"không có câu thêm tay {wish.sentence_id}", "xem mã câu: report draft")
            self._audit(connection, who, "report.edited", f"{of.id}: {_said(wish)}")

        await self._database.write(save)

    async def add(self, of: Period, section: Section, group: str, text: str, who: str) -> Addition:
        """Add a sentence of a writer. Raises ChangeRefusal."""
        _named(who)
        if not text.strip():
            raise ChangeRefusal("câu trống", "ghi --text 'câu cần thêm'")
        if group and (section is not Section.CAUSES or group not in tuple(Side)):
            raise ChangeRefusal(
                f"phần {section} không có nhóm '{group}'", f"nhóm chỉ có ở causes: {', '.join(Side)}"
            )
        now = self._clock.now()

        def save(connection: sqlite3.Connection) -> Addition:
            added = store.append_addition(
                connection, of.id, section, text.strip(), group=group, who=who, at=now
            )
            self._audit(connection, who, "report.added", f"{of.id}: {added.id} {section}: {text}")
            return added

        return await self._database.write(save)

    async def fill(self, of: Period, key: str, value: str | None, who: str) -> None:
        """Set a manual part; None: that of an earlier period, or of the settings, counts again. Raises ChangeRefusal."""
        _named(who)
        if key not in FIELDS:
            raise ChangeRefusal(f"không có phần ghi tay '{key}'", f"chọn một trong: {', '.join(FIELDS)}")
        now = self._clock.now()

        def save(connection: sqlite3.Connection) -> None:
            store.put_field(connection, of.id, key, value, who=who, at=now)
            said = "cleared" if value is None else value
            self._audit(connection, who, "report.filled", f"{of.id}: {key}: {said}")

        await self._database.write(save)

    async def freeze(self, of: Period, kind: ReportKind, wish: FreezeWish) -> Edition | FreezeRefusal:
        """Build a period's report, keep it for ever, and its files beside. Raises ReportBuildError, OSError."""
        now, revision = self._clock.now(), await self._next_revision(of, kind)
        refused = self._refusal(of, wish, revision)
        if refused is not None:
            return refused
        async with self._freezing:
            if await self._next_revision(of, kind) != revision:
                return FreezeRefusal.RACED
            reports = reports_folder(self._settings().state_dir)
            staged = reports / _STAGED / f"{kind.value}-{of.id}-{revision}"
            freeze = {"who": wish.who, "reason": wish.reason, "approver": wish.approver}
            job = Job(of.id, kind.value, staged, FORMATS, now, freeze)
            try:
                answer = await self._process.build(job)
                return await self._keep(of, kind, answer, staged, reports)
            finally:
                # Also what a process that was killed left there: nobody else is freezing.
                await asyncio.to_thread(shutil.rmtree, reports / _STAGED, ignore_errors=True)

    async def why_not(self, of: Period, kind: ReportKind, wish: FreezeWish) -> FreezeRefusal | None:
        """Return why a period would not be frozen, as far as that is known before it is built."""
        return self._refusal(of, wish, await self._next_revision(of, kind))

    def _refusal(self, of: Period, wish: FreezeWish, revision: int) -> FreezeRefusal | None:
        second_person = self._settings().accounting.second_person
        return refusal(wish, of, revision=revision, second_person=second_person, now=self._clock.now())

    async def _next_revision(self, of: Period, kind: ReportKind) -> int:
        query = partial(edition_rows.select_edition, kind=kind, period_id=of.id)
        latest = await self._database.read(query)
        return 1 if latest is None else latest.revision + 1

    async def _keep(
        self, of: Period, kind: ReportKind, answer: dict[str, Any], staged: Path, reports: Path
    ) -> Edition | FreezeRefusal:
        if answer.get("nothing"):
            return FreezeRefusal.NOTHING_KNOWN
        if "refusal" in answer:
            return FreezeRefusal(answer["refusal"])
        edition = await asyncio.to_thread(_read_edition, staged / EDITION_FILE)

        def save(connection: sqlite3.Connection) -> bool:
            if not edition_rows.insert_edition(connection, edition):
                return False
            detail = f"{of.id} {kind} {edition.revision}: {edition.digest[:16]} {edition.approver}: {edition.reason}"
            self._audit(connection, edition.who, "report.frozen", detail)
            return True

        # First the files: a process killed in between leaves files that nobody names, not a name without its files.
        folder = edition_folder(reports, kind, of.id, edition.revision)
        await asyncio.to_thread(keep_in_place, staged, folder)
        return edition if await self._database.write(save) else FreezeRefusal.RACED

    def _audit(self, connection: sqlite3.Connection, who: str, action: str, detail: str) -> None:
        line = one_line(detail, _DETAIL_LIMIT).encode(errors="replace").decode()
        entry = AuditEntry(self._clock.now(), who, action, self._inventory().digest, line)
        insert_entries(connection, [entry])


def _not_overtaken(connection: sqlite3.Connection, period_id: str, sentence_id: str, seen: str) -> None:
    """Refuse what was written over another state of the sentence than it has now."""
    changes = store.select_changes(connection, period_id)
    if mark(changes, sentence_id) == seen:
        return
    found = _touched(changes, sentence_id)
    who, at = (found[-1].who, found[-1].at) if found else ("", None)
    said = f"{who} vừa sửa câu này" if who else "câu này vừa được khôi phục hoặc xóa"
    raise OvertakenRefusal(said, "xem câu như bây giờ rồi sửa lại nếu vẫn cần", who=who, at=at)


def _edit(connection: sqlite3.Connection, period_id: str, wish: SentenceWish, who: str, at: float) -> bool:
    """Keep a wish; False when it names an addition that is not there."""
    is_added = store.is_addition(wish.sentence_id)
    if wish.is_restored:
        if is_added:
            return store.drop_addition(connection, period_id, wish.sentence_id)
        store.drop_override(connection, period_id, wish.sentence_id)
        return True
    text = wish.text
    if is_added:
        if not store.is_added(connection, period_id, wish.sentence_id):
            return False
        if text is not None:
            # Its own text, and no second one over it.
            store.rewrite_addition(connection, period_id, wish.sentence_id, text.strip(), who=who, at=at)
            text = None
    override = Override(
        wish.sentence_id,
        None if text is None else text.strip(),
        wish.is_used,
        wish.position,
        wish.auto_text,
        who,
        at,
    )
    if text is not None or wish.is_used is not None or wish.position is not None:
        store.put_override(connection, period_id, override)
    return True


def _read_edition(path: Path) -> Edition:
    data = json.loads(path.read_bytes())
    return Edition(**data | {"kind": ReportKind(data["kind"])})


def _named(who: str) -> None:
    if not who.strip():
        raise ChangeRefusal("chưa biết ai sửa", "ghi --who TÊN")


def _said(wish: SentenceWish) -> str:
    changes = {"text": wish.text, "used": wish.is_used, "position": wish.position}
    said = ", ".join(f"{name}={value}" for name, value in changes.items() if value is not None)
    return f"{wish.sentence_id}: {'restored' if wish.is_restored else said}"
