import struct

from hypothesis import given
from hypothesis import strategies as st

from probes.icmp.packet import Echo, checksum, decode, decode_v6
from probes.icmp.template import (
    MIN_PAYLOAD_BYTES,
    NONCE_BYTES,
    SEQUENCES,
    reply_head,
    request_head,
    template,
)

identifiers = st.integers(0, 0xFFFF)
nonces = st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)
sizes = st.integers(MIN_PAYLOAD_BYTES, 1_472)
tickets = st.integers(0, 1 << 40)


@given(identifiers, nonces, sizes, tickets)
def test_every_request_and_its_reply_have_the_right_checksum(
    identifier: int, nonce: bytes, size: int, ticket: int
) -> None:
    tail = template(identifier=identifier, nonce=nonce, payload_bytes=size).tail(ticket)

    assert checksum(request_head(is_v4=True) + tail) == 0
    assert checksum(reply_head(is_v4=True) + tail) == 0


@given(identifiers, nonces, sizes, tickets)
def test_a_reply_carries_identifier_sequence_and_nonce(
    identifier: int, nonce: bytes, size: int, ticket: int
) -> None:
    tail = template(identifier=identifier, nonce=nonce, payload_bytes=size).tail(ticket)

    for echo in (decode(reply_head(is_v4=True) + tail), decode_v6(reply_head(is_v4=False) + b"\0\0" + tail)):
        assert isinstance(echo, Echo)
        assert echo.is_reply
        assert (echo.identifier, echo.sequence) == (identifier, ticket % SEQUENCES)
        assert echo.payload.startswith(nonce)
        assert len(echo.payload) == size


@given(nonces, tickets, st.integers(1, 1 << 20))
def test_two_tickets_never_make_the_same_request(nonce: bytes, ticket: int, further: int) -> None:
    own = template(identifier=7, nonce=nonce, payload_bytes=MIN_PAYLOAD_BYTES)

    assert own.tail(ticket) != own.tail(ticket + further)


def test_a_request_of_either_family_begins_as_its_protocol_says() -> None:
    assert struct.unpack("!BB", request_head(is_v4=True)[:2]) == (8, 0)
    assert struct.unpack("!BBH", request_head(is_v4=False)) == (128, 0, 0)
