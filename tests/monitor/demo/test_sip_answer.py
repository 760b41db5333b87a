import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo import sip

PEER = ("10.50.255.1", 40_000)
REQUEST = (
    b"OPTIONS sip:10.51.3.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.50.255.1:40000;branch=z9hG4bK7;rport\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:m@10.50.255.1>;tag=1\r\nTo: <sip:10.51.3.10>\r\nCall-ID: a@b\r\n"
    b"CSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def test_an_answer_belongs_to_its_request() -> None:
    answer = sip.answer(REQUEST, "10.51.3.10", PEER)
    assert answer is not None
    lines = answer.decode().split("\r\n")
    assert lines[0] == "SIP/2.0 200 OK"
    assert "Via: SIP/2.0/UDP 10.50.255.1:40000;branch=z9hG4bK7;received=10.50.255.1;rport=40000" in lines
    assert {"From: <sip:m@10.50.255.1>;tag=1", "Call-ID: a@b", "CSeq: 7 OPTIONS"} <= set(lines)
    [to] = [line for line in lines if line.startswith("To:")]
    assert to.startswith("To: <sip:10.51.3.10>;tag=")


@pytest.mark.parametrize(
    "wrong",
    [
        REQUEST.replace(b"OPTIONS sip", b"INVITE sip", 1),
        REQUEST.removesuffix(b"\r\n"),
        REQUEST.replace(b"Call-ID: a@b\r\n", b""),
    ],
)
def test_anything_else_meets_silence(wrong: bytes) -> None:
    assert sip.answer(wrong, "10.51.3.10", PEER) is None


@given(st.binary(max_size=200))
def test_random_bytes_meet_silence(data: bytes) -> None:
    assert sip.answer(data, "10.51.3.10", PEER) is None
    assert sip.answer(b"OPTIONS " + data, "10.51.3.10", PEER) is None
