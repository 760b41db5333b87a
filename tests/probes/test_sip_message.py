from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.sip.message import (
    HEAD_BYTES,
    Question,
    Response,
    may_begin,
    options_request,
    parse_response,
    request_body_bytes,
)
from probes.sip.transaction import Transaction
from tests.probes.sip_device import answer, field

QUESTION = Question("c0ffee", "z9hG4bKabc")


def request(**changed: str) -> bytes:
    parts = {"uri": "sip:10.0.0.9", "transport": "UDP", "our_host": "10.0.0.1", "tag": "t1"} | changed
    return options_request(QUESTION, our_port=40_000, **parts)


def parsed(message: bytes) -> Response:
    response = parse_response(message)
    assert response is not None
    return response


def test_the_request_is_what_rfc_3261_asks_for() -> None:
    sent = request()

    assert sent.startswith(b"OPTIONS sip:10.0.0.9 SIP/2.0\r\n")
    assert sent.endswith(b"\r\nContent-Length: 0\r\n\r\n")
    assert field(sent, "Via") == "SIP/2.0/UDP 10.0.0.1:40000;branch=z9hG4bKabc;rport"
    assert field(sent, "Max-Forwards") == "70"
    assert field(sent, "From") == "<sip:tslcd-monitor@10.0.0.1>;tag=t1"
    assert field(sent, "To") == "<sip:10.0.0.9>"
    assert field(sent, "Call-ID") == "c0ffee"
    assert field(sent, "CSeq") == "1 OPTIONS"
    assert field(sent, "User-Agent") == "tslcd-monitor"


def test_an_ipv6_host_stands_in_brackets() -> None:
    assert field(request(our_host="[fd66::1]"), "Via").startswith("SIP/2.0/UDP [fd66::1]:40000;")


def test_a_response_to_the_request_is_recognised() -> None:
    response = parsed(answer(request(), "404 Not Found", Server="Poly/4.1"))

    assert (response.status, response.reason, response.server) == (404, "Not Found", "Poly/4.1")
    assert response.answers(QUESTION)


@pytest.mark.parametrize(
    "changed",
    [
        {"call_id": "C0FFEE"},
        {"via": "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKabcd"},
        {"via": "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKother, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKabc"},
        {"cseq": "2 OPTIONS"},
        {"cseq": "1 INVITE"},
    ],
)
def test_one_that_repeats_anything_else_is_not_ours(changed: dict[str, str]) -> None:
    assert not parsed(answer(request(), **changed)).answers(QUESTION)


def test_compact_and_folded_fields_of_any_case_mean_the_same() -> None:
    short = (
        b"sip/2.0 200\r\n"
        b"v: SIP/2.0/UDP 10.0.0.1:40000;received=10.0.0.1\r\n"
        b" ;Branch = z9hG4bKABC;rport=40000\r\n"
        b"V: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKfurther\r\n"
        b"f: <sip:tslcd-monitor@10.0.0.1>;tag=t1\r\nt: <sip:10.0.0.9>;tag=d\r\n"
        b"I : c0ffee\r\nCSEQ: 1\r\n\tOPTIONS\r\nl: 5\r\n\r\nhello"
    )
    response = parsed(short)

    assert response.answers(QUESTION)
    assert (response.reason, response.body_bytes) == ("", 5)


def test_empty_lines_before_and_bare_line_feeds_are_forgiven() -> None:
    assert parsed(b"\r\n\r\n" + answer(request()).replace(b"\r\n", b"\n")).answers(QUESTION)


@pytest.mark.parametrize("name", ["Via", "Call-ID", "CSeq"])
def test_without_what_identifies_its_request_it_is_no_response(name: str) -> None:
    lines = answer(request()).split(b"\r\n")
    left = b"\r\n".join(line for line in lines if not line.startswith(name.encode()))

    assert parse_response(left) is None


@pytest.mark.parametrize("status", ["099 X", "700 X", "20 X", "2000 X", "abc"])
def test_a_status_is_three_digits_from_100_to_699(status: str) -> None:
    assert parse_response(answer(request(), status)) is None


@pytest.mark.parametrize("length", ["-1", "x", "1" * 11, ""])
def test_a_senseless_length_makes_it_no_response(length: str) -> None:
    message = answer(request()).replace(b"Content-Length: 0", b"Content-Length: " + length.encode())

    assert parse_response(message) is None


def test_every_cut_of_a_response_is_none() -> None:
    whole = answer(request())

    assert all(parse_response(whole[:size]) is None for size in range(len(whole)))


def test_a_head_without_end_is_none() -> None:
    assert parse_response(answer(request())[:-2] + b"X: y\r\n" * HEAD_BYTES) is None


def test_a_request_of_the_device_is_sip_but_no_response() -> None:
    assert parse_response(request()) is None
    assert request_body_bytes(request()) == 0
    assert request_body_bytes(answer(request())) is None


@given(st.binary(max_size=2_000))
def test_no_bytes_at_all_raise(data: bytes) -> None:
    for message in (data, b"SIP/2.0 200 OK\r\n" + data, b"SIP/2.0 200 OK\r\n" + data + b"\r\n\r\n"):
        parse_response(message)
        request_body_bytes(message)
        may_begin(message)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 400))
def test_a_damaged_response_is_none_or_some_response(damage: bytes, at: int) -> None:
    whole = answer(request())
    response = parse_response(whole[:at] + damage + whole[at + len(damage) :])

    assert response is None or 100 <= response.status <= 699


@given(st.integers(1, 400))
def test_a_message_may_begin_with_any_beginning_of_one(size: int) -> None:
    assert may_begin(answer(request())[:size])
    assert may_begin(request()[:size])


@pytest.mark.parametrize(
    "beginning", [b"SSH-2.0-OpenSSH", b"HTTP/1.1 400 Bad\r\n", b"\x16\x03\x01", b"220 mail\r\n", b"A" * 3_000]
)
def test_no_sip_message_begins_like_other_protocols(beginning: bytes) -> None:
    assert not may_begin(beginning)


RESPONSE = Response(200, "OK", QUESTION.call_id, 1, "OPTIONS", QUESTION.branch, "", 0)


def sent_times(until: float, *, proceeding_at: float | None = None) -> list[float]:
    transaction = Transaction(QUESTION)
    times: list[float] = []
    now = 0.0
    while now < until:
        transaction.note_sent(now)
        times.append(now)
        if proceeding_at is not None and now <= proceeding_at < transaction.repeat_at:
            assert transaction.take(replace(RESPONSE, status=100)) is None
        now = transaction.repeat_at
    return times


def test_the_request_is_repeated_after_doubling_times_up_to_four_seconds() -> None:
    assert sent_times(20) == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5]


def test_after_a_provisional_answer_it_is_repeated_every_four_seconds() -> None:
    assert sent_times(14, proceeding_at=0.2) == [0, 0.5, 4.5, 8.5, 12.5]


def test_the_time_of_an_answer_is_bounded_by_the_first_and_the_latest_request() -> None:
    transaction = Transaction(QUESTION)
    transaction.note_sent(10.0)
    transaction.note_sent(10.5)

    assert transaction.take(RESPONSE) is RESPONSE
    assert transaction.metrics(10.75) == {"answer_s": 0.25, "answer_most_s": 0.75}


def test_what_is_no_answer_is_counted_and_garbage_apart() -> None:
    transaction = Transaction(QUESTION)

    assert transaction.take(None, is_sip=False) is None
    assert transaction.take(None) is None
    assert transaction.take(replace(RESPONSE, call_id="other")) is None
    assert (transaction.ignored, transaction.garbage) == (3, 1)
