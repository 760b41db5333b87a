"""Frozen editions in state.db: never changed, never dropped. Functions for `Database.write` and `Database.read`.

An edition's contents are unpacked outside the transaction (`opened`): one that is damaged says so, and takes nothing
else of the database with it.
"""

import hashlib
import json
import sqlite3
import zlib
from dataclasses import dataclass
from typing import Final

from monitor.report.editions.model import Edition, ReportKind

_SELECT: Final = (
    "select kind, period, revision, frozen_at, who, approver, reason, inventory_digest, digest, content, figures, files "
    "from report_edition "
)
_LATEST: Final = (
    "where kind = ? and revision = (select max(revision) from report_edition as other "
    "where other.kind = report_edition.kind and other.period = report_edition.period) order by period"
)


class DamagedEditionError(Exception):
    """A frozen edition cannot be read: `what` and the `remedy` are for people."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """A row as it lies on the disk; `content` and `figures` are compressed JSON, `files` is JSON of hashes and libraries."""

    kind: str
    period_id: str
    revision: int
    frozen_at: float
    who: str
    approver: str
    reason: str
    inventory_digest: str
    digest: str
    content: bytes
    figures: bytes
    files: str


def insert_edition(connection: sqlite3.Connection, edition: Edition) -> bool:
    """Keep an edition; False when this revision was frozen meanwhile by somebody else: nothing is changed."""
    query = "select coalesce(max(revision), 0) from report_edition where kind = ? and period = ?"
    (latest,) = connection.execute(query, (edition.kind, edition.period_id)).fetchone()
    if edition.revision != latest + 1:
        return False
    connection.execute(
        "insert into report_edition (kind, period, revision, frozen_at, who, approver, reason, inventory_digest, digest, "
        "content, figures, files) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            edition.kind.value,
            edition.period_id,
            edition.revision,
            float(edition.frozen_at),
            edition.who,
            edition.approver,
            edition.reason,
            edition.inventory_digest,
            edition.digest,
            zlib.compress(edition.content.encode()),
            zlib.compress(edition.figures.encode()),
            json.dumps({"files": dict(edition.files), "libraries": dict(edition.libraries)}, sort_keys=True),
        ),
    )
    return True


def select_edition(
    connection: sqlite3.Connection, kind: ReportKind, period_id: str, revision: int | None = None
) -> StoredEdition | None:
    """Return a frozen edition, the latest revision when none is named; None when there is none."""
    row = connection.execute(
        _SELECT
        + "where kind = ? and period = ? and revision = coalesce(?, revision) order by revision desc limit 1",
        (kind.value, period_id, revision),
    ).fetchone()
    return None if row is None else StoredEdition(*row)


def select_editions(connection: sqlite3.Connection) -> list[StoredEdition]:
    """Return all editions by period, kind and revision, without their contents."""
    rows = connection.execute(
        "select kind, period, revision, frozen_at, who, approver, reason, inventory_digest, digest, x'', x'', files "
        "from report_edition order by period, kind, revision"
    )
    return [StoredEdition(*row) for row in rows]


def select_latest(connection: sqlite3.Connection, kind: ReportKind) -> list[StoredEdition]:
    """Return the latest revision of every period that was frozen, with contents."""
    rows = connection.execute(
        _SELECT + _LATEST,
        (kind.value,),
    )
    return [StoredEdition(*row) for row in rows]


def opened(stored: StoredEdition) -> Edition:
    """Unpack an edition; DamagedEditionError when it is not as it was frozen."""
    try:
        content = zlib.decompress(stored.content).decode()
        figures = zlib.decompress(stored.figures).decode()
        drawn = json.loads(stored.files)
        files, libraries = dict(drawn["files"]), dict(drawn["libraries"])
        kind = ReportKind(stored.kind)
        is_whole = digest_of(content) == stored.digest
    except (zlib.error, ValueError, TypeError, KeyError):
        is_whole = False
    if not is_whole:
        raise DamagedEditionError(
            f"bản chốt {stored.revision} của kỳ {stored.period_id} trong state.db bị hỏng",
            "khôi phục state.db từ bản sao lưu (tslcd-monitor db restore); các tệp đã làm lúc chốt còn trong thư mục reports",
        )
    return Edition(
        kind=kind,
        period_id=stored.period_id,
        revision=stored.revision,
        frozen_at=stored.frozen_at,
        who=stored.who,
        inventory_digest=stored.inventory_digest,
        digest=stored.digest,
        content=content,
        figures=figures,
        files=files,
        libraries=libraries,
        reason=stored.reason,
        approver=stored.approver,
    )


def digest_of(content: str) -> str:
    """Return the SHA-256 (hex) of an edition's content."""
    return hashlib.sha256(content.encode()).hexdigest()
