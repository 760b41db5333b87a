import errno
import socket

import pytest

from probes.icmp.flight import Burst, Counters, Volley
from probes.icmp.matching import Matching
from probes.icmp.template import SEQUENCES

SENT_NS = 1_000_000_000
WAIT_NS = 500_000_000
HOST = bytes([10, 0, 0, 1])


def full(burst: Burst) -> Matching:
    """Return a ring in which every request of the burst still awaits its reply."""
    matching = Matching(socket.AF_INET, Counters(), identifier=1, nonce=bytes(16))
    volley = Volley(burst, 0, WAIT_NS)
    for sequence in range(SEQUENCES):
        matching.flights[sequence] = (b"tail", HOST, volley, sequence, SENT_NS)
    return matching


def test_without_a_free_sequence_number_nothing_is_sent() -> None:
    matching = full(Burst(SEQUENCES))

    with pytest.raises(OSError, match="buffer") as raised:
        matching.free_ticket(77, SENT_NS)

    assert raised.value.errno == errno.ENOBUFS


def test_the_number_of_an_answered_request_is_free() -> None:
    burst = Burst(SEQUENCES)
    matching = full(burst)
    burst.answer(1_000, 0.01)

    assert matching.free_ticket(77, SENT_NS) == 1_000


def test_the_number_of_a_request_nobody_awaits_is_free() -> None:
    assert full(Burst(SEQUENCES)).free_ticket(77, SENT_NS + WAIT_NS + 1) == 77


def test_a_search_for_a_free_number_goes_round() -> None:
    burst = Burst(SEQUENCES)
    matching = full(burst)
    matching.flights[3] = None

    assert matching.free_ticket(SEQUENCES - 10, SENT_NS) == SEQUENCES + 3


def test_forgetting_a_burst_leaves_the_others() -> None:
    burst, other = Burst(4), Burst(1)
    matching = Matching(socket.AF_INET, Counters(), identifier=1, nonce=bytes(16))
    for sequence, owner in enumerate((burst, other, burst)):
        matching.flights[sequence] = (b"", HOST, Volley(owner, 0, WAIT_NS), 0, SENT_NS)
    burst.tickets.append(range(3))

    matching.forget(burst)

    assert [flight is None for flight in matching.flights[:3]] == [True, False, True]


def test_a_clock_set_back_a_little_makes_no_negative_round_trip() -> None:
    burst = Burst(1)
    matching = full(burst)
    flight = (b"tail", HOST, Volley(burst, 0, WAIT_NS), 0, SENT_NS)

    matching.answer(flight, SENT_NS - 400_000, SENT_NS + 100_000, offset_ns=-500_000)

    assert burst.rtts_s == [0.0]


@pytest.mark.parametrize("step_ns", [3_600_000_000_000, -3_600_000_000_000, 2_000_000, -2_000_000])
def test_a_clock_set_in_between_leaves_the_monotonic_round_trip(step_ns: int) -> None:
    burst = Burst(1)
    matching = full(burst)
    flight = (b"tail", HOST, Volley(burst, 0, WAIT_NS), 0, SENT_NS)

    matching.answer(flight, SENT_NS + 50_000 + step_ns, SENT_NS + 100_000, offset_ns=step_ns)

    assert burst.rtts_s == [0.0001]
