"""Whether a stretch of time may be counted as something else, and as what entry it is kept. Pure; time is an argument."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.accounting.model import Correction, Part

LONGEST_S: Final = 400 * 86_400.0
"""A longer stretch is a slip of the pen."""
MOST_CHECKS: Final = 300
"""More at once are told apart by several entries."""
_PARTS: Final = frozenset({Part.UP, Part.DEGRADED, Part.DOWN, Part.UNKNOWN, Part.MAINTENANCE})


class CorrectionRefusal(StrEnum):
    """Why a correction was not made, or not withdrawn."""

    NO_REASON = "no_reason"
    NOBODY = "nobody"
    """It is not said who makes it."""
    NO_APPROVER = "no_approver"
    SAME_PERSON = "same_person"
    """Who makes it approves it, too."""
    NO_CHECK = "no_check"
    TOO_MANY_CHECKS = "too_many_checks"
    UNKNOWN_CHECK = "unknown_check"
    """Neither is it in the inventory nor was it ever."""
    NOT_A_PART = "not_a_part"
    """Nobody can decide that time was out of hours, or that nothing was watched: calendars and the inventory say that."""
    CHANGES_NOTHING = "changes_nothing"
    """What was so already is to be counted so."""
    ENDS_BEFORE_START = "ends_before_start"
    IN_THE_FUTURE = "in_the_future"
    TOO_LONG = "too_long"
    UNKNOWN_ID = "unknown_id"
    WITHDRAWN_ALREADY = "withdrawn_already"
    IS_WITHDRAWAL = "is_withdrawal"
    """A withdrawal is not withdrawn: correct anew."""


@dataclass(frozen=True, slots=True)
class CorrectionWish:
    """What somebody wants counted otherwise: see Correction."""

    check_ids: tuple[str, ...]
    from_at: float
    until_at: float
    counts_as: Part
    was: Part | None
    reason: str
    who: str
    approver: str
    document: str = ""


def planned(
    wish: CorrectionWish, *, known: Collection[str], second_person: bool, now: float
) -> Correction | CorrectionRefusal:
    """Return the entry as it would be kept, with id 0, or why not. `known`: checks of today and of former times."""
    check_ids = tuple(dict.fromkeys(wish.check_ids))
    refusal = (
        _refusal_of_words(wish.reason, wish.who, wish.approver, second_person=second_person)
        or _refusal_of_parts(wish.counts_as, wish.was)
        or _refusal_of_times(wish.from_at, wish.until_at, now)
        or _refusal_of_checks(check_ids, known)
    )
    if refusal is not None:
        return refusal
    return Correction(
        id=0,
        check_ids=check_ids,
        from_at=wish.from_at,
        until_at=wish.until_at,
        counts_as=wish.counts_as,
        was=wish.was,
        reason=wish.reason.strip(),
        who=wish.who.strip(),
        approver=wish.approver.strip(),
        at=now,
        document=wish.document.strip(),
    )


def withdrawal(
    earlier: Correction | None,
    *,
    is_withdrawn: bool,
    reason: str,
    who: str,
    approver: str,
    second_person: bool,
    now: float,
) -> Correction | CorrectionRefusal:
    """Return the entry that takes `earlier` back, with id 0, or why not. It is about the same checks and time."""
    if earlier is None:
        return CorrectionRefusal.UNKNOWN_ID
    if earlier.withdraws is not None:
        return CorrectionRefusal.IS_WITHDRAWAL
    if is_withdrawn:
        return CorrectionRefusal.WITHDRAWN_ALREADY
    refusal = _refusal_of_words(reason, who, approver, second_person=second_person)
    if refusal is not None:
        return refusal
    return Correction(
        id=0,
        check_ids=earlier.check_ids,
        from_at=earlier.from_at,
        until_at=earlier.until_at,
        counts_as=None,
        was=None,
        reason=reason.strip(),
        who=who.strip(),
        approver=approver.strip(),
        at=now,
        withdraws=earlier.id,
    )


def _refusal_of_words(
    reason: str, who: str, approver: str, *, second_person: bool
) -> CorrectionRefusal | None:
    if not reason.strip():
        return CorrectionRefusal.NO_REASON
    if not who.strip():
        return CorrectionRefusal.NOBODY
    if not approver.strip():
        return CorrectionRefusal.NO_APPROVER
    is_same = who.strip().casefold() == approver.strip().casefold()
    return CorrectionRefusal.SAME_PERSON if second_person and is_same else None


def _refusal_of_parts(counts_as: Part, was: Part | None) -> CorrectionRefusal | None:
    if not {counts_as, was} - {None} <= _PARTS:
        return CorrectionRefusal.NOT_A_PART
    return CorrectionRefusal.CHANGES_NOTHING if counts_as is was else None


def _refusal_of_times(from_at: float, until_at: float, now: float) -> CorrectionRefusal | None:
    if not (math.isfinite(from_at) and math.isfinite(until_at)) or until_at <= from_at:
        return CorrectionRefusal.ENDS_BEFORE_START
    if until_at > now:
        return CorrectionRefusal.IN_THE_FUTURE
    return CorrectionRefusal.TOO_LONG if until_at - from_at > LONGEST_S else None


def _refusal_of_checks(check_ids: tuple[str, ...], known: Collection[str]) -> CorrectionRefusal | None:
    if not check_ids:
        return CorrectionRefusal.NO_CHECK
    if len(check_ids) > MOST_CHECKS:
        return CorrectionRefusal.TOO_MANY_CHECKS
    return None if set(check_ids) <= set(known) else CorrectionRefusal.UNKNOWN_CHECK
