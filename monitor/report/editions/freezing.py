"""Whether a period may be frozen, and the edition that is kept of it. Pure; time is an argument."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.accounting.model import Period
from monitor.report.document.model import Document
from monitor.report.editions.codec import as_json
from monitor.report.editions.edition_rows import digest_of
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.figures.model import Figures


class FreezeRefusal(StrEnum):
    """Why a period is not frozen."""

    NOT_OVER = "not_over"
    NOBODY = "nobody"
    """It is not said who freezes it."""
    NO_REASON = "no_reason"
    """Another revision needs one."""
    NO_APPROVER = "no_approver"
    SAME_PERSON = "same_person"
    NOTHING_KNOWN = "nothing_known"
    """Nothing was measured in it."""
    FILES_FAILED = "files_failed"
    """Not all formats could be made: what is frozen must be whole."""
    RACED = "raced"
    """Somebody else froze this revision meanwhile."""


REFUSALS: Final[Mapping[FreezeRefusal, tuple[str, str]]] = {
    FreezeRefusal.NOT_OVER: ("kỳ này chưa hết", "chốt sau khi kỳ kết thúc; trước đó xem bằng report draft"),
    FreezeRefusal.NOBODY: ("chưa biết ai chốt", "ghi --who TÊN"),
    FreezeRefusal.NO_REASON: (
        "kỳ này đã chốt; chốt lần nữa phải nói vì sao",
        "ghi --reason 'lý do' và --approver TÊN",
    ),
    FreezeRefusal.NO_APPROVER: ("kỳ này đã chốt; chưa biết ai duyệt chốt lại", "ghi --approver TÊN"),
    FreezeRefusal.SAME_PERSON: (
        "người duyệt cũng là người chốt",
        "ghi --approver tên một người khác; nơi chỉ có một người thì đặt accounting.second_person: false",
    ),
    FreezeRefusal.NOTHING_KNOWN: (
        "kỳ này chưa có số liệu nào",
        "xem kỳ nào có số liệu: tslcd-monitor uptime show --period KỲ",
    ),
    FreezeRefusal.FILES_FAILED: (
        "không làm được đủ các tệp nên chưa chốt",
        "xem lỗi của từng dạng: tslcd-monitor report build --period KỲ --to THƯ_MỤC",
    ),
    FreezeRefusal.RACED: (
        "người khác vừa chốt kỳ này",
        "xem bản mới: tslcd-monitor report list; cần thì chốt lại với --reason và --approver",
    ),
}
"""Reason -> what and the remedy."""


@dataclass(frozen=True, slots=True)
class FreezeWish:
    """Who wants to freeze it, and from the second revision on why and with whose approval."""

    who: str
    reason: str = ""
    approver: str = ""


def refusal(
    wish: FreezeWish, period: Period, *, revision: int, second_person: bool, now: float
) -> FreezeRefusal | None:
    """Return why the period is not frozen as this revision; None when it may be."""
    if now < period.until_at:
        return FreezeRefusal.NOT_OVER
    who, approver = wish.who.strip(), wish.approver.strip()
    if not who:
        return FreezeRefusal.NOBODY
    if revision == 1:
        return None
    if not wish.reason.strip():
        return FreezeRefusal.NO_REASON
    if not approver:
        return FreezeRefusal.NO_APPROVER
    is_same = who.casefold() == approver.casefold()
    return FreezeRefusal.SAME_PERSON if second_person and is_same else None


def edition_of(
    document: Document,
    figures: Figures,
    files: Mapping[str, bytes],
    wish: FreezeWish,
    *,
    kind: ReportKind,
    revision: int,
    at: float,
    libraries: Mapping[str, str],
) -> Edition:
    """Return the edition that is kept: the document, its figures, and the hash of each file as it was made."""
    content = as_json(document)
    return Edition(
        kind=kind,
        period_id=figures.period.id,
        revision=revision,
        frozen_at=at,
        who=wish.who.strip(),
        inventory_digest=figures.inventory_digest,
        digest=digest_of(content),
        content=content,
        figures=as_json(figures),
        files={each: file_digest(data) for each, data in files.items()},
        libraries=dict(libraries),
        reason=wish.reason.strip() if revision > 1 else "",
        approver=wish.approver.strip() if revision > 1 else "",
    )


def file_digest(data: bytes) -> str:
    """Return the SHA-256 (hex) of a file."""
    return hashlib.sha256(data).hexdigest()
