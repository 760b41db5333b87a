"""Where checks of any kind may go. In a network namespace of its own: no packet could leave, whatever a probe did."""

import ipaddress
import time

import pytest

from probes.beats import BeatBook
from probes.kind import Shared
from probes.kinds import KINDS
from probes.reach import ANY_PLACE, EVERYWHERE, DeclaredPlaces, Refusal, Refused
from probes.reading import FailureReason, Reading
from probes.resolve import NotAllowedError, Resolver, open_resolver
from tests.probes.nameserver import running_nameserver
from tests.probes.namespace import in_namespace
from tests.probes.secrets import COMMUNITY
from tests.probes.test_contract import ACTIVE, places_of

METADATA = "169.254.169.254"
LAND = DeclaredPlaces(
    (ipaddress.ip_network("10.51.0.0/16"),), frozenset({"may.tinh.vn", "*.xa.vn"}), is_exhaustive=True
)
_OF_OUR_RULE = "probes.allowed"


def read_at(kind: str, address: str, places: DeclaredPlaces) -> Reading:
    """Probe once, where there is no way out."""
    module = places_of(kind)

    async def story() -> Reading:
        shared = Shared(COMMUNITY, BeatBook(opened_mono=time.monotonic()), places=places)
        async with KINDS[kind].connect(shared) as probe:
            where = module.UNROUTED.replace("192.0.2.1", address)
            return await probe(where, module.OPTIONS, timeout_s=5.0)

    return in_namespace(story)


@pytest.mark.parametrize("kind", ACTIVE)
def test_no_kind_asks_what_is_not_allowed(kind: str) -> None:
    metadata = read_at(kind, METADATA, ANY_PLACE)
    stranger = read_at(kind, "10.52.0.1", LAND)
    own = read_at(kind, "127.0.0.1", LAND)

    for reading, address in ((metadata, METADATA), (stranger, "10.52.0.1"), (own, "127.0.0.1")):
        assert reading.reason is FailureReason.LOCAL
        assert address in reading.detail
        assert _OF_OUR_RULE in reading.detail
        assert reading.metrics == {}


@pytest.mark.parametrize("kind", ACTIVE)
def test_every_kind_asks_what_is_allowed(kind: str) -> None:
    for address, places in (("127.0.0.1", ANY_PLACE), ("10.51.7.1", LAND), (METADATA, EVERYWHERE)):
        assert _OF_OUR_RULE not in read_at(kind, address, places).detail


@pytest.mark.parametrize(
    ("places", "host", "address", "why"),
    [
        (ANY_PLACE, "10.51.7.1", "10.51.7.1", None),
        (ANY_PLACE, "8.8.8.8", "8.8.8.8", None),
        (ANY_PLACE, "127.0.0.1", "127.0.0.1", None),
        (ANY_PLACE, "localhost", "::1", None),
        (ANY_PLACE, "may.tinh.vn", "127.0.0.1", Refusal.LOOPBACK),
        (ANY_PLACE, "may.tinh.vn", "0.0.0.0", Refusal.LOOPBACK),
        (ANY_PLACE, METADATA, METADATA, Refusal.SPECIAL),
        (ANY_PLACE, "fe80::1%eth0", "fe80::1%eth0", Refusal.SPECIAL),
        (ANY_PLACE, "fd00:ec2::254%2", "fd00:ec2::254%2", Refusal.SPECIAL),
        (ANY_PLACE, "224.0.0.1", "224.0.0.1", Refusal.SPECIAL),
        (ANY_PLACE, "may.tinh.vn", f"::ffff:{METADATA}", Refusal.SPECIAL),
        (LAND, "10.51.7.1", "10.51.7.1", None),
        (LAND, "10.52.7.1", "10.52.7.1", Refusal.UNDECLARED),
        (LAND, "may.tinh.vn", "8.8.8.8", None),
        (LAND, "a.xa.vn", "8.8.8.8", None),
        (LAND, "khac.vn", "8.8.8.8", Refusal.UNDECLARED),
        (LAND, "khac.vn", "10.51.7.1", None),
        (LAND, "may.tinh.vn", METADATA, Refusal.SPECIAL),
        (LAND, "127.0.0.1", "127.0.0.1", Refusal.LOOPBACK),
        (EVERYWHERE, METADATA, METADATA, None),
        (EVERYWHERE, "may.tinh.vn", "::1", None),
    ],
)
def test_a_refusal_has_its_reason(
    places: DeclaredPlaces, host: str, address: str, why: Refusal | None
) -> None:
    refused = places.refused(host, [address], may_loop=False)

    assert refused == (None if why is None else Refused(address, why))


def test_one_address_of_a_name_that_is_not_allowed_is_enough() -> None:
    assert LAND.refused("khac.vn", ["10.51.7.1", "10.52.7.1"], may_loop=False) == Refused(
        "10.52.7.1", Refusal.UNDECLARED
    )


async def test_a_name_that_leads_to_this_machine_is_refused_and_said_so_again() -> None:
    async def refused_by(resolver: Resolver, name: str) -> Refusal:
        with pytest.raises(NotAllowedError) as told:
            await resolver.first(name, within_s=1.0)
        with pytest.raises(NotAllowedError):
            await resolver.timed_addresses(name)
        return told.value.refused.why

    async with (
        running_nameserver() as server,
        open_resolver(ANY_PLACE, nameservers=(f"127.0.0.1:{server.port}",)) as resolver,
    ):
        for _ in range(2):
            assert await refused_by(resolver, "portal.example.test") is Refusal.LOOPBACK
            assert await refused_by(resolver, METADATA) is Refusal.SPECIAL
        assert await resolver.first("127.0.0.1", within_s=1.0) == "127.0.0.1"
        redirected, _ = await resolver.timed_addresses("portal.example.test", may_loop=True)
        assert redirected == ("127.0.0.1",)


async def test_a_name_in_vietnamese_is_declared_as_dns_writes_it() -> None:
    suffix = "đo.vn".encode("idna").decode("ascii")
    places = DeclaredPlaces(names=frozenset({f"*.{suffix}"}), is_exhaustive=True)
    async with (
        running_nameserver() as server,
        open_resolver(places, nameservers=(f"127.0.0.1:{server.port}",)) as resolver,
    ):
        assert await resolver.first("rebind.Đo.vn", within_s=1.0) == "9.9.9.9"
        assert (await resolver.timed_addresses("rebind.đo.vn."))[0] == ("9.9.9.9",)
