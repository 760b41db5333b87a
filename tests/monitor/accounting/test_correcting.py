"""When a correction is taken, and when not: words, parts of time, times, checks. Pure."""

from dataclasses import replace

import pytest

from monitor.accounting.correcting import (
    LONGEST_S,
    MOST_CHECKS,
    CorrectionRefusal,
    CorrectionWish,
    planned,
    withdrawal,
)
from monitor.accounting.model import Correction, Part
from monitor.accounting.texts import PART_WORDS, REFUSALS

NOW = 1_770_000_000.0
WISH = CorrectionWish(
    ("a/icmp", "b/icmp"), NOW - 7_200, NOW, Part.MAINTENANCE, Part.DOWN, " nâng cấp ", "Lan", "An", "12/TB"
)
KNOWN = frozenset({"a/icmp", "b/icmp"})


def tried(wish: CorrectionWish, *, second_person: bool = True) -> Correction | CorrectionRefusal:
    return planned(wish, known=KNOWN, second_person=second_person, now=NOW)


def test_what_is_said_in_full_is_kept_as_said() -> None:
    wish = replace(WISH, check_ids=("a/icmp", "b/icmp", "a/icmp"))

    assert tried(wish) == Correction(
        0,
        ("a/icmp", "b/icmp"),
        NOW - 7_200,
        NOW,
        Part.MAINTENANCE,
        Part.DOWN,
        "nâng cấp",
        "Lan",
        "An",
        NOW,
        "12/TB",
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": " "}, CorrectionRefusal.NO_REASON),
        ({"who": ""}, CorrectionRefusal.NOBODY),
        ({"approver": "\t"}, CorrectionRefusal.NO_APPROVER),
        ({"approver": " LAN "}, CorrectionRefusal.SAME_PERSON),
        ({"check_ids": ()}, CorrectionRefusal.NO_CHECK),
        ({"check_ids": tuple(map(str, range(MOST_CHECKS + 1)))}, CorrectionRefusal.TOO_MANY_CHECKS),
        ({"check_ids": ("a/icmp", "c/icmp")}, CorrectionRefusal.UNKNOWN_CHECK),
        ({"counts_as": Part.OFF_HOURS}, CorrectionRefusal.NOT_A_PART),
        ({"was": Part.UNWATCHED}, CorrectionRefusal.NOT_A_PART),
        ({"was": Part.MAINTENANCE}, CorrectionRefusal.CHANGES_NOTHING),
        ({"until_at": NOW - 7_200}, CorrectionRefusal.ENDS_BEFORE_START),
        ({"from_at": float("nan")}, CorrectionRefusal.ENDS_BEFORE_START),
        ({"until_at": NOW + 1}, CorrectionRefusal.IN_THE_FUTURE),
        ({"from_at": NOW - LONGEST_S - 1}, CorrectionRefusal.TOO_LONG),
    ],
)
def test_what_is_not_right_is_refused_with_its_reason(
    changes: dict[str, object], why: CorrectionRefusal
) -> None:
    assert tried(replace(WISH, **changes)) is why


def test_where_there_is_one_person_only_that_person_may_approve() -> None:
    assert isinstance(tried(replace(WISH, approver="Lan"), second_person=False), Correction)


def test_a_correction_is_taken_back_once_by_an_entry_about_the_same_time() -> None:
    earlier = replace(tried(WISH), id=7)  # type: ignore[type-var]  # it was not refused

    def back(entry: Correction | None, *, is_withdrawn: bool = False) -> Correction | CorrectionRefusal:
        return withdrawal(
            entry,
            is_withdrawn=is_withdrawn,
            reason="nhầm",
            who="Lan",
            approver="An",
            second_person=True,
            now=NOW + 9,
        )

    taken = back(earlier)
    assert isinstance(taken, Correction)
    assert (taken.withdraws, taken.check_ids, taken.from_at, taken.until_at, taken.counts_as) == (
        7,
        earlier.check_ids,
        earlier.from_at,
        earlier.until_at,
        None,
    )
    assert back(None) is CorrectionRefusal.UNKNOWN_ID
    assert back(earlier, is_withdrawn=True) is CorrectionRefusal.WITHDRAWN_ALREADY
    assert back(taken) is CorrectionRefusal.IS_WITHDRAWAL


def test_every_refusal_and_every_part_has_words() -> None:
    assert set(REFUSALS) == set(CorrectionRefusal)
    assert all(what and remedy for what, remedy in REFUSALS.values())
    assert set(PART_WORDS) == set(Part)
