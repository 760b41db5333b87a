import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo import ber
from monitor.demo.agent import GET, GET_BULK, GET_NEXT, Agent

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
SYS_UP_TIME = (*SYSTEM, 3, 0)
OIDS = st.tuples(st.integers(0, 1), st.integers(0, 39)).flatmap(
    lambda start: st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda rest: (*start, *rest))
)


def request(
    kind: int, *oids: ber.Oid, community: bytes = b"public", second: int = 0, third: int = 0
) -> bytes:
    rows = [ber.encode_sequence([ber.encode_oid(oid), ber.encode(ber.NULL, b"")]) for oid in oids]
    numbers = [ber.encode_integer(number) for number in (77, second, third)]
    pdu = ber.encode_sequence([*numbers, ber.encode_sequence(rows)], kind)
    return ber.encode_sequence([ber.encode_integer(1), ber.encode(ber.OCTET_STRING, community), pdu])


def rows_of(answer: bytes | None) -> list[tuple[ber.Oid, int, bytes]]:
    assert answer is not None
    _, _, (_, pdu) = ber.decode(ber.decode_one(answer, ber.SEQUENCE))
    *_, (_, varbinds) = ber.decode(pdu)
    rows = []
    for _, row in ber.decode(varbinds):
        (_, oid), (tag, value) = ber.decode(row)
        rows.append((ber.decode_oid(oid), tag, value))
    return rows


@given(OIDS)
def test_an_object_identifier_survives_the_wire(oid: ber.Oid) -> None:
    assert ber.decode_oid(ber.decode_one(ber.encode_oid(oid), ber.OBJECT_IDENTIFIER)) == oid


@given(st.integers(0, 2**63))
def test_an_integer_takes_as_few_octets_as_it_needs(value: int) -> None:
    content = ber.decode_one(ber.encode_integer(value), ber.INTEGER)
    assert int.from_bytes(content, "big", signed=True) == value
    assert len(content) == 1 or content[0] != 0 or content[1] >= 0x80


@given(st.binary(max_size=300))
def test_random_bytes_meet_silence(data: bytes) -> None:
    assert Agent("public", now=0.0).answer(data, "10.51.3.1", now=1.0) is None


def test_the_time_since_boot_is_each_addresses_own() -> None:
    agent = Agent("public", now=100.0)
    agent.boot("10.51.3.0/24", now=200.0)
    [(_, tag, ticks)] = rows_of(agent.answer(request(GET, SYS_UP_TIME), "10.51.3.1", now=203.5))
    assert (tag, int.from_bytes(ticks, "big")) == (ber.TIME_TICKS, 350)
    assert agent.uptime_s("10.51.4.1", now=203.5) > 100


def test_a_wrong_community_meets_silence() -> None:
    agent = Agent("bí mật", now=0.0)
    assert agent.answer(request(GET, SYS_UP_TIME), "10.51.3.1", now=1.0) is None
    assert (
        agent.answer(request(GET, SYS_UP_TIME, community="bí mật".encode()), "10.51.3.1", now=1.0) is not None
    )


def test_an_unknown_object_is_said_to_be_missing() -> None:
    agent = Agent("public", now=0.0)
    assert rows_of(agent.answer(request(GET, (1, 3, 9)), "10.51.3.1", now=1.0)) == [((1, 3, 9), 0x80, b"")]


@pytest.mark.parametrize("kind", [GET_NEXT, GET_BULK])
def test_a_walk_rises_and_ends(kind: int) -> None:
    agent = Agent("public", now=0.0)
    seen: list[ber.Oid] = [(1, 3)]
    while True:
        rows = rows_of(agent.answer(request(kind, seen[-1], third=5), "10.51.3.1", now=1.0))
        seen += [oid for oid, tag, _ in rows if tag != 0x82]
        if rows[-1][1] == 0x82:
            break
    assert seen == sorted(set(seen))
    assert len(seen) > 20
