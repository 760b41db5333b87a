import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.icmp.packet import (
    Echo,
    ErrorKind,
    Flaw,
    IcmpError,
    checksum,
    decode,
    decode_v6,
    encode_echo,
    encode_echo_v6,
    strip_ipv4,
)
from tests.probes.datagrams import icmp_error, ipv4, ipv6

words = st.integers(0, 0xFFFF)
echoes = st.builds(Echo, st.booleans(), words, words, st.binary(max_size=200))


@given(echoes)
def test_an_encoded_echo_decodes_to_itself(echo: Echo) -> None:
    assert decode(encode_echo(echo)) == echo
    assert decode_v6(encode_echo_v6(echo)) == echo


@given(echoes)
def test_the_checksum_of_a_valid_message_is_zero(echo: Echo) -> None:
    assert checksum(encode_echo(echo)) == 0


@given(st.binary(max_size=300))
def test_the_checksum_is_that_of_adding_words(message: bytes) -> None:
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)

    assert checksum(message) == ~total & 0xFFFF


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(message: bytes) -> None:
    for decoded in (decode(message), decode_v6(message), decode(strip_ipv4(message))):
        assert isinstance(decoded, Echo | IcmpError | Flaw)


@given(st.binary(max_size=120), st.integers(0, 255), st.integers(0, 255))
def test_random_quotes_with_a_right_checksum_never_raise(quote: bytes, kind: int, code: int) -> None:
    assert isinstance(decode(icmp_error(kind, code, quote)), Echo | IcmpError | Flaw)
    assert isinstance(decode_v6(bytes([kind, code]) + bytes(6) + quote), Echo | IcmpError | Flaw)


@given(echoes, st.integers(0, 7))
def test_a_flipped_byte_is_a_wrong_checksum(echo: Echo, position: int) -> None:
    message = bytearray(encode_echo(echo))
    message[position] ^= 0x55

    assert decode(bytes(message)) is Flaw.CHECKSUM


@pytest.mark.parametrize("length", range(8))
def test_less_than_a_header_is_truncated(length: int) -> None:
    message = encode_echo(Echo(is_reply=True, identifier=1, sequence=2, payload=b""))[:length]

    assert decode(message) is Flaw.TRUNCATED
    assert decode_v6(message) is Flaw.TRUNCATED


@pytest.mark.parametrize(
    ("kind", "code", "meaning"),
    [
        (3, 0, ErrorKind.UNREACHABLE),
        (3, 1, ErrorKind.UNREACHABLE),
        (3, 4, ErrorKind.TOO_BIG),
        (3, 13, ErrorKind.PROHIBITED),
        (11, 0, ErrorKind.TTL_EXCEEDED),
        (12, 0, ErrorKind.PARAMETER),
    ],
)
def test_an_error_tells_what_it_quotes(kind: int, code: int, meaning: ErrorKind) -> None:
    request = encode_echo(Echo(is_reply=False, identifier=7, sequence=9, payload=b"nonce"))

    message = icmp_error(kind, code, ipv4("10.0.0.1", "10.0.0.2", request))

    assert decode(message) == IcmpError(meaning, code, "10.0.0.2", 7, 9, b"nonce")


@pytest.mark.parametrize(
    ("kind", "code", "meaning"),
    [
        (1, 0, ErrorKind.UNREACHABLE),
        (1, 1, ErrorKind.PROHIBITED),
        (2, 0, ErrorKind.TOO_BIG),
        (3, 0, ErrorKind.TTL_EXCEEDED),
        (4, 0, ErrorKind.PARAMETER),
    ],
)
def test_an_icmpv6_error_tells_what_it_quotes(kind: int, code: int, meaning: ErrorKind) -> None:
    request = encode_echo_v6(Echo(is_reply=False, identifier=7, sequence=9, payload=b"nonce"))

    message = bytes([kind, code]) + bytes(6) + ipv6("fd00::1", "fd00::2", request)

    assert decode_v6(message) == IcmpError(meaning, code, "fd00::2", 7, 9, b"nonce")


def test_a_redirect_is_no_error_about_our_packet() -> None:
    request = encode_echo(Echo(is_reply=False, identifier=7, sequence=9, payload=b""))

    assert decode(icmp_error(5, 1, ipv4("10.0.0.1", "10.0.0.2", request))) is Flaw.OTHER_TYPE


def test_a_quote_of_something_else_than_an_echo_request_is_bad() -> None:
    reply = encode_echo(Echo(is_reply=True, identifier=7, sequence=9, payload=b""))

    assert decode(icmp_error(3, 1, ipv4("10.0.0.1", "10.0.0.2", reply))) is Flaw.BAD_QUOTE
    assert decode(icmp_error(3, 1, ipv4("10.0.0.1", "10.0.0.2", reply, protocol=17))) is Flaw.BAD_QUOTE
    assert decode(icmp_error(3, 1, b"")) is Flaw.BAD_QUOTE
