"""Floods, giants and strangers at the door."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.inputs.source_gate import DATAGRAM_BYTES, Refusal, SourceGate


def gate(*known: str) -> SourceGate:
    opened = SourceGate(per_source=(5, 20), together=(50, 200), mono=0.0)
    opened.admit_only(frozenset(known))
    return opened


def test_strangers_are_dropped_and_use_up_nothing() -> None:
    door = gate("10.0.0.1")

    assert {door.refusal("10.0.0.2", 100, mono=0.0) for _ in range(10_000)} == {Refusal.UNKNOWN_SOURCE}
    assert door.refusal("10.0.0.1", 100, mono=0.0) is None


def test_giants_are_dropped() -> None:
    door = gate("10.0.0.1")

    assert door.refusal("10.0.0.1", DATAGRAM_BYTES, mono=0.0) is None
    assert door.refusal("10.0.0.1", DATAGRAM_BYTES + 1, mono=0.0) is Refusal.TOO_LARGE


def test_a_flood_of_one_sender_leaves_the_others_their_share() -> None:
    door = gate("10.0.0.1", "10.0.0.2")

    answers = [door.refusal("10.0.0.1", 100, mono=1.0) for _ in range(10_000)]

    assert answers.count(None) == 20
    assert answers.count(Refusal.TOO_FAST) == 9_980
    assert door.refusal("10.0.0.2", 100, mono=1.0) is None


def test_a_forged_flood_of_all_senders_is_bounded_too() -> None:
    known = [f"10.0.{i}.1" for i in range(100)]
    door = gate(*known)

    answers = [door.refusal(source, 100, mono=1.0) for source in known for _ in range(20)]

    assert answers.count(None) == 200
    assert answers.count(Refusal.FLOODED) == 1_800


def test_who_leaves_the_inventory_is_a_stranger_at_once() -> None:
    door = gate("10.0.0.1")
    door.admit_only(frozenset({"10.0.0.2"}))

    assert door.refusal("10.0.0.1", 100, mono=0.0) is Refusal.UNKNOWN_SOURCE


@given(gaps=st.lists(st.floats(min_value=0, max_value=3), min_size=1, max_size=200))
def test_no_window_ever_admits_more_than_burst_and_rate_allow(gaps: list[float]) -> None:
    door, mono, admitted = gate("10.0.0.1"), 0.0, []
    for gap in gaps:
        mono += gap
        if door.refusal("10.0.0.1", 1, mono=mono) is None:
            admitted.append(mono)

    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= 20 + 5 * (admitted[last] - start) + 1e-6
