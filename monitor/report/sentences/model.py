"""Sentences of a report: the rule that made one, what it rests on, what a writer made of it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Section(StrEnum):
    """Which part of the report a sentence is for."""

    RESULTS = "results"
    """1. Kết quả thực hiện"""
    DIFFICULTIES = "difficulties"
    """2.1. Khó khăn, hạn chế"""
    CAUSES = "causes"
    """2.2. Nguyên nhân; `Sentence.group` is the side, or "unknown"."""
    MEASURES = "measures"
    """3. Một số giải pháp triển khai trong thời gian tới"""
    PROPOSALS = "proposals"
    """4. Kiến nghị, đề xuất"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sentence rests on: ids as in `Figures`. A count in the sentence is the length of one of these."""

    incident_ids: tuple[str, ...] = ()
    outage_ids: tuple[str, ...] = ()
    unit_codes: tuple[str, ...] = ()
    target_ids: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()


class How(StrEnum):
    """How a figure in a sentence comes from what it rests on."""

    OUTAGES = "outages"
    """Number of outages."""
    DOWN_S = "down_s"
    """DOWN time in the period of outages."""
    LONGEST_S = "longest_s"
    """The greatest length of outages."""
    SHARE = "share"
    """Outages as a share of all that began in the period on lines of communes."""
    INCIDENTS = "incidents"
    """Number of incidents."""
    INCIDENT_S = "incident_s"
    """Length of incidents."""
    UNKNOWN_SHARE = "unknown_share"
    """Incidents as a share of all of level DOWN."""
    IN_TIME_SHARE = "in_time_share"
    """Incidents as a share of all of level DOWN of which it is known whether they were over in time."""
    UNITS = "units"
    """Number of units."""
    DEGRADED_S = "degraded_s"
    """How long the lines of communes were degraded."""
    TARGETS = "targets"
    """Number of targets."""
    SLOW = "slow"
    """Stretches in which systems were slow."""
    SLOW_S = "slow_s"
    """How long systems were slow."""
    MEETINGS = "meetings"
    """Number of meetings."""
    REGISTERED = "registered"
    """Points registered for meetings, together."""
    MOST_REGISTERED = "most_registered"
    """Points registered for the largest of meetings."""
    SEATS = "seats"
    """Endpoints in meetings, together, of which is known whether they were ready half an hour before."""
    READY_SHARE = "ready_share"
    """How many of these were ready."""
    MENDED = "mended"
    """Endpoints that were mended before a meeting began."""
    LATE = "late"
    """Endpoints that were not ready when a meeting began."""


@dataclass(frozen=True, slots=True)
class Basis:
    """One figure as printed, and the ids (as in `Figures`) that it comes from: anybody can work it out again."""

    how: How
    text: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """What a writer made of a sentence; survives that the sentence is made anew.

    `text`: instead of the automatic one; None: as it is. `is_used`: ticked or not; None: as the rule says. `position`:
    place among the sentences of its section and group, from 1; None: by weight. `auto_text`: what the automatic text was
    when the writer changed it: if that is another now, the figures have changed since.
    """

    sentence_id: str
    text: str | None = None
    is_used: bool | None = None
    position: int | None = None
    auto_text: str = ""
    who: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Addition:
    """A sentence that a writer added: `id` is "them-1", "them-2" ..."""

    id: str
    section: Section
    text: str
    group: str = ""
    who: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it stands in the draft."""

    id: str
    """The rule's id, with the key of what it is about when a rule makes several ("H7:dung-chung.tthc")."""
    rule_id: str
    """"" for one that a writer added."""
    section: Section
    auto_text: str
    """NFC, without the leading dash."""
    evidence: Evidence = Evidence()
    group: str = ""
    weight: float = 0.0
    is_used: bool = True
    tied_to: tuple[str, ...] = ()
    """Ids of sentences it follows from: suggestions are tied to findings."""
    text: str = ""
    """What is printed: the writer's, or the automatic one."""
    is_edited: bool = False
    is_stale: bool = False
    """The writer's text was written over another automatic text than today's."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was put into the template: name -> text as printed."""
    bases: tuple[Basis, ...] = ()
    """Of every figure that counts or adds up single outages, incidents, units, targets or meetings."""
