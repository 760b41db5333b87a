"""Which account goes to which device, and how fast one device is asked."""

import asyncio
import ipaddress
import time

import pytest

from probes.beats import BeatBook
from probes.kind import Shared
from probes.kinds import KINDS
from probes.reading import FailureReason
from probes.snmp.access import SnmpAccess, in_range
from probes.snmp.interfaces import InterfacesOptions
from probes.snmp.model import Dialect, SnmpRequestError
from probes.snmp.scalars import SYS_UPTIME, SnmpOptions
from probes.snmp.session import Community, Sessions
from probes.snmp_ranges import AccountRanges, OutOfRangeError, RangeAccount
from tests.probes.agent import Mib, running_agent, ticks
from tests.probes.secrets import FixedSecrets

SECRETS = FixedSecrets(snmp_wide="wide", snmp_core="core", snmp_community="default", other="other")
RANGES = AccountRanges(
    {
        ipaddress.ip_network("127.0.0.0/8"): RangeAccount("snmp-wide"),
        ipaddress.ip_network("127.0.0.1/32"): RangeAccount("snmp-core", "auth-core", "priv-core"),
        ipaddress.ip_network("10.51.0.0/16"): RangeAccount("snmp-wide"),
        ipaddress.ip_network("fd00::/8"): RangeAccount("snmp-wide"),
    }
)
UPTIME = Mib({SYS_UPTIME: ticks(100)})


def said(**options: object) -> SnmpAccess:
    return SnmpAccess.model_validate(options)


@pytest.mark.parametrize(
    ("ip", "community"), [("127.0.0.1", "snmp-core"), ("127.0.0.2", "snmp-wide"), ("fd00::7", "snmp-wide")]
)
def test_the_most_specific_range_counts(ip: str, community: str) -> None:
    assert in_range(said(), RANGES, ip).community_secret == community


def test_what_a_check_names_itself_counts_unless_it_is_meant_for_others() -> None:
    assert in_range(said(community_secret="other"), RANGES, "127.0.0.1").community_secret == "other"
    assert in_range(said(community_secret="snmp-wide"), RANGES, "127.0.0.1").secrets() == {"snmp-wide"}
    with pytest.raises(OutOfRangeError, match=r"'snmp-core' tới 10\.51\.7\.1"):
        in_range(said(community_secret="snmp-core"), RANGES, "10.51.7.1")


def test_version_3_has_its_passwords_from_the_range() -> None:
    filled = in_range(said(version="3", user="giamsat"), RANGES, "127.0.0.1")
    assert filled.secrets() == {"auth-core", "priv-core"}


def test_a_device_out_of_all_ranges_gets_no_account() -> None:
    with pytest.raises(OutOfRangeError, match=r"10\.99\.0\.1: địa chỉ ngoài mọi dải trong snmp\.ranges"):
        in_range(said(), RANGES, "10.99.0.1")


def test_without_ranges_everything_is_as_the_check_says() -> None:
    options = said()
    assert in_range(options, AccountRanges({}), "10.99.0.1") is options


@pytest.mark.parametrize(
    ("kind", "options"),
    [("snmp", SnmpOptions), ("interfaces", InterfacesOptions)],
)
async def test_both_kinds_send_the_community_of_the_range_and_nothing_out_of_it(
    kind: str, options: type[SnmpAccess]
) -> None:
    surroundings = Shared(SECRETS, BeatBook(opened_mono=time.monotonic()), snmp_ranges=RANGES)
    async with running_agent(UPTIME) as agent, KINDS[kind].connect(surroundings) as probe:
        await probe("127.0.0.1", options(port=agent.port), timeout_s=0.5)
        assert {get.community for get in UPTIME.asked} == {b"core"}

        strangers = AccountRanges({ipaddress.ip_network("10.51.0.0/16"): RangeAccount("snmp-wide")})
        outside = Shared(SECRETS, BeatBook(opened_mono=time.monotonic()), snmp_ranges=strangers)
        before = len(agent.askers)
        async with KINDS[kind].connect(outside) as other:
            seen = await other("127.0.0.1", options(port=agent.port), timeout_s=0.5)
        assert seen.reason is FailureReason.LOCAL
        assert "snmp.ranges" in seen.detail
        assert len(agent.askers) == before


@pytest.mark.alone
async def test_one_agent_is_asked_only_so_often_and_others_as_well() -> None:
    sessions = Sessions(requests_per_s=50)
    loop = asyncio.get_running_loop()
    who, how = Community("2c", "public"), Dialect()

    async def ask(port: int, times: int) -> float:
        begun = loop.time()
        for _ in range(times):
            await sessions.get("127.0.0.1", port, who, [SYS_UPTIME], ends_at=loop.time() + 5, dialect=how)
        return loop.time() - begun

    async with running_agent(UPTIME) as busy, running_agent(UPTIME) as other:
        with sessions.in_use():
            took = await asyncio.gather(ask(busy.port, 40), ask(other.port, 5))
    assert took[0] >= (40 - 11) / 50, "ten at once, then fifty a second"
    assert took[1] < took[0] / 2
    assert sessions.pace.waited > 0


async def test_what_does_not_fit_into_its_time_is_our_limit_and_not_the_devices_failure() -> None:
    sessions = Sessions(requests_per_s=1)
    loop = asyncio.get_running_loop()
    async with running_agent(UPTIME) as agent:
        ends_at = loop.time() + 0.5
        who = Community("2c", "public")

        async def ask() -> None:
            await sessions.get("127.0.0.1", agent.port, who, [SYS_UPTIME], ends_at=ends_at, dialect=Dialect())

        with sessions.in_use():
            await ask()
            with pytest.raises(SnmpRequestError) as caught:
                await ask()
    assert caught.value.reason is FailureReason.LOCAL
    assert "devices.snmp_requests_per_s" in caught.value.detail
