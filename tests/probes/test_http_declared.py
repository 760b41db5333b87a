"""Where HTTP checks may go at all. In a network namespace of its own: no packet could leave, whatever the probe did."""

import ipaddress
import time

import pytest

from probes.beats import BeatBook
from probes.http import HttpOptions
from probes.http.probe import connect
from probes.kind import Shared
from probes.reach import ANY_PLACE, DeclaredPlaces, reach, says_loopback
from probes.reading import FailureReason, Reading
from tests.probes.namespace import in_namespace
from tests.probes.secrets import FixedSecrets
from tests.probes.test_http_redirects import METADATA, OTHER_PUBLIC, PRIVATE, PUBLIC_ADDRESS, everywhere


def declared(*entries: str) -> DeclaredPlaces:
    networks = tuple(ipaddress.ip_network(entry) for entry in entries if entry[0].isdigit() or ":" in entry)
    names = frozenset(entry for entry in entries if not entry[0].isdigit() and ":" not in entry)
    return DeclaredPlaces(networks, names, is_exhaustive=True)


def tell(
    places: DeclaredPlaces, urls: list[str], location: str = "http://x.test/", **options: object
) -> list[tuple[Reading, list[str]]]:
    """Ask each URL; return what came of it and which addresses were connected to. `PORT` is the server's."""

    async def story() -> list[tuple[Reading, list[str]]]:
        seen = []
        async with everywhere() as server:
            surroundings = Shared(FixedSecrets(), BeatBook(opened_mono=time.monotonic()), places=places)
            async with connect(surroundings, nameservers=(server.nameserver,)) as probe:
                server.location = location.replace("PORT", str(server.port))
                parsed = HttpOptions.model_validate({"expected_statuses": "200-399", **options})
                for url in urls:
                    server.asked.clear()
                    reading = await probe(url.replace("PORT", str(server.port)), parsed, timeout_s=2.0)
                    seen.append((reading, [address for address, _ in server.asked]))
        return seen

    return in_namespace(story)


SPECIAL = [
    f"http://{METADATA}:PORT/latest/meta-data",
    f"http://[::ffff:{METADATA}]:PORT/",
    f"http://[64:ff9b::{METADATA}]:PORT/",
    "http://portal.test:PORT/",  # whose name leads to 127.0.0.1
    "http://mixed.test:PORT/",  # to 127.0.0.1 besides
    "http://many.test:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://2130706433:PORT/",
    "http://0177.0.0.1:PORT/",
]


def test_special_addresses_are_not_asked_unless_somebody_declared_them() -> None:
    for url, (reading, asked) in zip(SPECIAL, tell(ANY_PLACE, SPECIAL), strict=True):
        assert (reading.ok, asked) == (False, []), url
        assert reading.reason in {FailureReason.LOCAL, FailureReason.DNS}, (url, reading)


def test_what_a_check_says_itself_is_asked_when_nothing_is_declared() -> None:
    urls = [f"http://{ip}:PORT/" for ip in (PUBLIC_ADDRESS, PRIVATE, "127.0.0.1")]
    for reading, asked in tell(ANY_PLACE, urls):
        assert reading.ok, reading
        assert len(asked) == 1


def test_a_declared_range_covers_what_else_is_refused() -> None:
    places = declared("169.254.169.254/32", "127.0.0.0/8")
    [(metadata, _), (named, asked), (private, unasked)] = tell(
        places, [SPECIAL[0], SPECIAL[3], f"http://{PRIVATE}:PORT/"]
    )

    assert metadata.ok
    assert (named.ok, asked) == (True, ["127.0.0.1"])
    assert (private.reason, unasked) == (FailureReason.LOCAL, [])
    assert "probes.allowed" in private.detail


def test_only_what_is_declared_is_asked_and_a_declared_name_opens_no_special_address() -> None:
    places = declared("8.8.8.0/24", "*.test")
    urls = [
        f"http://{PUBLIC_ADDRESS}:PORT/",
        f"http://{OTHER_PUBLIC}:PORT/",
        "http://portal.test:PORT/",
        "http://127.0.0.1:PORT/",
    ]
    assert [(reading.ok, asked) for reading, asked in tell(places, urls)] == [
        (True, [PUBLIC_ADDRESS]),
        (False, []),
        (False, []),
        (False, []),
    ]


def test_a_declared_name_may_have_any_ordinary_address_and_is_looked_up_once() -> None:
    """The address that was checked is the one connected to: the second look-up would say 127.0.0.1."""
    [(reading, asked)] = tell(declared("rebind.test"), ["http://rebind.test:PORT/"])

    assert reading.ok
    assert asked == [OTHER_PUBLIC]


def test_a_redirect_stays_within_what_is_declared() -> None:
    [(reading, asked)] = tell(
        declared("8.8.8.8/32"),
        [f"http://{PUBLIC_ADDRESS}:PORT/"],
        location=f"http://{OTHER_PUBLIC}:PORT/x",
        max_redirects=2,
    )
    assert reading.reason is FailureReason.UNEXPECTED_ANSWER
    assert asked == [PUBLIC_ADDRESS]


def test_a_proxy_is_asked_only_for_what_is_declared() -> None:
    url = f"http://{OTHER_PUBLIC}/"
    [(reading, asked)] = tell(declared("8.8.8.8/32"), [url], proxy=f"http://{PUBLIC_ADDRESS}:80")

    assert (reading.reason, asked) == (FailureReason.LOCAL, [])
    assert OTHER_PUBLIC in reading.detail


@pytest.mark.parametrize("host", [METADATA, f"::ffff:{METADATA}", f"::{METADATA}", "fd00:ec2::254"])
def test_no_proxy_is_asked_for_the_clouds_metadata_unless_somebody_declared_them(host: str) -> None:
    assert ANY_PLACE.refused_unseen(host) is not None
    assert declared("*.test").refused_unseen(host) is not None
    assert declared("169.254.169.254/32", "fd00:ec2::254/128").refused_unseen(host) is None
    assert ANY_PLACE.refused_unseen("127.0.0.1") is None
    assert ANY_PLACE.refused_unseen("10.51.7.1") is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "LOCALHOST.", "a.localhost", "::ffff:127.9.9.9"]
)
def test_loopback_is_recognised_as_written(host: str) -> None:
    assert says_loopback(host)


@pytest.mark.parametrize("host", ["127.1", "portal.test", "10.0.0.1", "localhost.evil.vn"])
def test_what_only_leads_to_loopback_does_not_say_so(host: str) -> None:
    assert not says_loopback(host)


def test_an_ipv4_address_inside_ipv6_counts_as_itself() -> None:
    assert reach("::ffff:169.254.169.254") is reach("169.254.169.254")
