import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from probes.http.redirect import may_follow, next_url
from probes.reach import Reach, reach


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2001:4860:4860::8888", Reach.PUBLIC),
        ("10.0.0.1", Reach.PRIVATE),
        ("172.16.0.1", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("127.0.0.1", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("64:ff9b::7f00:1", Reach.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Reach.FORBIDDEN),
        ("64:ff9b::808:808", Reach.PUBLIC),
        ("169.254.169.254", Reach.FORBIDDEN),
        ("::ffff:169.254.169.254", Reach.FORBIDDEN),
        ("fe80::1", Reach.FORBIDDEN),
        ("224.0.0.1", Reach.FORBIDDEN),
        ("fd00:ec2::254", Reach.FORBIDDEN),
        ("100.100.100.200", Reach.FORBIDDEN),
        ("::127.0.0.1", Reach.LOOPBACK),
        ("::a9fe:a9fe", Reach.FORBIDDEN),
        ("::ffff:0:127.0.0.1", Reach.LOOPBACK),
        ("2002:7f00:1::1", Reach.LOOPBACK),
        ("2002:a9fe:a9fe::", Reach.FORBIDDEN),
        ("64:ff9b:1::7f00:1", Reach.PRIVATE),
        ("fec0::1", Reach.PRIVATE),
        ("::", Reach.LOOPBACK),
        ("fe80::1%eth0", Reach.FORBIDDEN),
        ("fd00:ec2::254%2", Reach.FORBIDDEN),
    ],
)
def test_addresses_have_a_reach(address: str, expected: Reach) -> None:
    assert reach(address) is expected


@pytest.mark.parametrize(
    ("target", "addresses", "allowed"),
    [
        (["8.8.8.8"], ["1.1.1.1"], True),
        (["8.8.8.8"], ["10.0.0.1"], False),
        (["8.8.8.8"], ["1.1.1.1", "127.0.0.1"], False),
        (["10.0.0.1"], ["192.168.0.1"], True),
        (["10.0.0.1"], ["8.8.8.8"], True),
        (["10.0.0.1"], ["127.0.0.1"], False),
        (["127.0.0.1"], ["127.0.0.1"], True),
        (["127.0.0.1"], ["10.0.0.1"], True),
        (["127.0.0.1"], ["169.254.169.254"], False),
        (["169.254.1.1"], ["169.254.169.254"], False),
        (["8.8.8.8", "127.0.0.1"], ["127.0.0.1"], False),
        (["8.8.8.8", "10.0.0.1"], ["10.0.0.2"], False),
    ],
)
def test_a_redirect_never_leads_to_something_more_private(
    target: list[str], addresses: list[str], *, allowed: bool
) -> None:
    assert may_follow(target, addresses) is allowed


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://x/", "ftp://x/", "data:text/plain,x", "javascript:1", "http://[bad"],
)
def test_only_http_is_followed(location: str) -> None:
    assert next_url(URL("http://portal.test/"), location) is None


def test_credentials_and_fragments_are_not_carried_on() -> None:
    assert next_url(URL("http://a:b@portal.test/x"), "/y#part") == URL("http://portal.test/y")
    assert next_url(URL("http://portal.test/"), "http://u:p@other.test/") == URL("http://other.test/")


@given(
    st.sampled_from(("", "http://", "https://", "//", "http:", "http://xn--")),
    st.text(alphabet="[]@:%25.?#/a1-\u0110\udc80 \t\x7f\u2024xn\u00df\u3002", max_size=25),
)
def test_no_location_is_an_error(start: str, rest: str) -> None:
    url = next_url(URL("http://portal.test/a"), start + rest)

    assert url is None or (url.raw_host and url.port and url.origin() and url.raw_user is None)


@pytest.mark.alone
@pytest.mark.parametrize("letters", ["\u0323\u0301", "\u0110", "@", "%", "../"])
@pytest.mark.parametrize("start", ["http://", "/", "//", "\t//", "ht\ttp://"])
def test_a_location_made_to_be_slow_to_read_is_not_read(start: str, letters: str) -> None:
    started_at = time.process_time()
    next_url(URL("http://portal.test/"), start + letters * (16_000 // len(letters)))

    assert time.process_time() - started_at < 0.05
