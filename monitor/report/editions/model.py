"""Editions of a report: what a writer filled in and changed, and what was frozen. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.report.sentences.model import Addition, Override


class ReportKind(StrEnum):
    """What is written of a period."""

    REPORT = "report"
    """The official report."""
    WEEK = "week"
    """For the team: what happened, what is open; two pages at most."""
    LEADER = "leader"
    """One page."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What people did to the report of one period, the draft's sentences aside."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """Manual parts by key (see FIELDS); those of the settings count where there is none."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    additions: tuple[Addition, ...] = ()


FIELDS: Mapping[str, str] = {
    "legal_basis": "căn cứ, trong câu mở đầu",
    "addressees": "nơi gửi (Kính gửi), nhiều nơi cách nhau bằng dấu ;",
    "recipients": "nơi nhận, cách nhau bằng dấu ;",
    "signature": "quyền hạn và chức vụ người ký, cách nhau bằng dấu ;",
    "signer": "họ tên người ký",
    "storm_days": "các ngày có mưa bão, giông sét, ghi như trong câu",
    "backup_power_missing": "số xã chưa có nguồn điện dự phòng",
}
"""Key -> what it is. What is not there for a period is remembered from the period before."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One frozen edition. `revision` counts from 1; `content` is the document, `figures` what it was made from, as JSON."""

    kind: ReportKind
    period_id: str
    revision: int
    frozen_at: float
    who: str
    inventory_digest: str
    digest: str
    """SHA-256 of `content` (hex)."""
    content: str
    figures: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Format -> SHA-256 of the file as it was built when it was frozen."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """What drew the files then: name -> version; the house template: its SHA-256."""
    reason: str = ""
    """Why there is another revision; "" for the first."""
    approver: str = ""
