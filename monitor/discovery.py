"""Ask a range of addresses who they are: ping, then SNMP and a few TCP ports of those that answer. Slowly, and only reads.

Every question waits for its turn, so that a thin line carries no more than so many packets a second. Decides nothing:
inventory/proposal.py says what the answers mean.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from inventory.discovery.proposal import Found
from monitor.clock import Clock
from probes.beats import BeatBook
from probes.icmp.probe import IcmpOptions
from probes.kind import Probe, Secrets, Shared
from probes.kinds import KINDS
from probes.reach import EVERYWHERE
from probes.reading import FailureReason
from probes.snmp.access import SnmpAccess, credentials, dialect, login
from probes.snmp.devices import device_for
from probes.snmp.identify import identify
from probes.snmp.session import Credentials, SnmpRequestError
from probes.snmp.walk import walk
from probes.snmp_ranges import ANY_ADDRESS, AccountRanges
from probes.tcp import TcpOptions

TCP_PORTS: Final = (80, 443, 445, 554, 1720, 5060)
"""Web, Windows shares, cameras, H.323, SIP."""
_PRINTER_MIB, _UPS_MIB = "1.3.6.1.2.1.43", "1.3.6.1.2.1.33"
_PING_S, _TCP_S, _SNMP_S = 1.0, 1.0, 2.0
_MOST_AT_ONCE: Final = 64
_FRUITLESS: Final = 8
"""So many addresses that this machine could not ask, and none that it could: it is not the addresses."""
_SNMP_AGAIN: Final = 2
"""Packets that a question costs besides the first: repeated when there is no answer, or asking for version 3's engine."""
_TCP_MORE: Final = 2
"""Packets of ours behind the first of a connection that is taken: acknowledgement and end."""


class Pace:
    """Hands out turns: at most `per_s` packets a second, evenly spaced, first come first served."""

    def __init__(self, per_s: float, clock: Clock) -> None:
        self._spacing_s = 1 / per_s
        self._clock = clock
        self._next_at = clock.monotonic()
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Return when one packet may be sent."""
        async with self._queue:
            # What is charged meanwhile delays this turn, too.
            while (wait_s := self._next_at - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)
            self.charge(1)

    def charge(self, packets: int) -> None:
        """Make those to come wait for packets that are sent without a turn."""
        self._next_at = max(self._next_at, self._clock.monotonic()) + packets * self._spacing_s


@dataclass(frozen=True, slots=True)
class Questions:
    """What those that answer a ping are asked. `access` None: no SNMP."""

    access: SnmpAccess | None = None
    ports: tuple[int, ...] = TCP_PORTS


@dataclass(slots=True)
class Findings:
    """What came out so far; whoever ends the search early keeps this."""

    asked: int = 0
    """Addresses that were asked to the end."""
    found: list[Found] = field(default_factory=list)
    fault: str = ""
    """Why this machine cannot ask, in Vietnamese; "" while it can."""
    refused: int = 0
    """Addresses that this machine could not ask."""


async def discover(
    addresses: Sequence[str],
    questions: Questions,
    *,
    secrets: Secrets,
    per_s: float,
    clock: Clock,
    into: Findings,
    ranges: AccountRanges = ANY_ADDRESS,
) -> None:
    """Ask all addresses in order; what answers is in `into` at once. KeyError when a secret is missing.

    With `ranges`, an address out of them is not asked over SNMP, and the others as their range says.
    Ends early, with `into.fault`, when this machine itself cannot ask.
    """
    beats = BeatBook(opened_mono=clock.monotonic())
    shared = Shared(secrets, beats, places=EVERYWHERE, snmp_ranges=ranges)
    if questions.access is not None and not ranges.accounts:
        credentials(questions.access, secrets)
    gate = asyncio.Semaphore(_MOST_AT_ONCE)
    async with (
        _visitor(shared, questions, Pace(per_s, clock), into) as visitor,
        asyncio.TaskGroup() as group,
    ):
        for address in addresses:
            await gate.acquire()
            if into.fault:
                return
            task = group.create_task(visitor.visit(address), name=f"discover:{address}")
            task.add_done_callback(lambda _: gate.release())


@asynccontextmanager
async def _visitor(
    shared: Shared, questions: Questions, pace: Pace, into: Findings
) -> AsyncIterator["_Visitor"]:
    async with KINDS["icmp"].connect(shared) as ping, KINDS["tcp"].connect(shared) as tcp:
        try:
            yield _Visitor(ping, tcp, shared, questions, pace, into)
        finally:
            shared.snmp.close()


@dataclass(frozen=True, slots=True)
class _Visitor:
    ping: Probe
    tcp: Probe
    shared: Shared
    questions: Questions
    pace: Pace
    into: Findings

    async def visit(self, address: str) -> None:
        """Ask one address. What is known of it is kept even when this is cancelled in between."""
        rtt_s = await self._rtt(address)
        if rtt_s is not None:
            found = Found(address, rtt_s)
            try:
                found = await self._introduced(found)
                for port in self.questions.ports:
                    if await self._takes(address, port):
                        found = replace(found, ports=(*found.ports, port))
            finally:
                self.into.found.append(found)
        self.into.asked += 1

    async def _rtt(self, address: str) -> float | None:
        """Ping once, and once more: the first packet to an address may be lost while its neighbour is looked up."""
        for _ in range(2):
            await self.pace.turn()
            if self.into.fault:
                return None
            reading = await self.ping(address, IcmpOptions(count=1), timeout_s=_PING_S)
            if reading.ok:
                return reading.metrics["rtt_p50_s"]
            if reading.reason is FailureReason.LOCAL:
                self._note_fault(reading.detail)
                return None
        return None

    def _note_fault(self, detail: str) -> None:
        self.into.refused += 1
        if self.into.refused >= _FRUITLESS and not self.into.found:
            self.into.fault = detail

    async def _introduced(self, found: Found) -> Found:
        """Add what it says of itself over SNMP; silence and refusals say nothing."""
        access = self.questions.access
        if access is None:
            return found
        try:
            who = login(access, self.shared.secrets, self.shared.snmp_ranges, found.address)
        except SnmpRequestError:
            return found  # no account is meant for it
        loop = asyncio.get_running_loop()
        how = dialect(access)
        await self._snmp_turn()
        try:
            ends_at = loop.time() + _SNMP_S
            seen = await identify(
                self.shared.snmp, found.address, access.port, who, dialect=how, ends_at=ends_at
            )
        except SnmpRequestError:
            return found
        found = replace(
            found,
            has_snmp=True,
            object_id=seen.object_id or "",
            description=seen.description or "",
            name=seen.name or "",
            device=(device_for(seen.object_id) or "") if seen.object_id else "",
        )
        if found.device:
            return found
        return replace(
            found,
            has_printer_mib=await self._has(_PRINTER_MIB, found.address, access, who),
            has_ups_mib=await self._has(_UPS_MIB, found.address, access, who),
        )

    async def _has(self, branch: str, address: str, access: SnmpAccess, who: Credentials) -> bool:
        await self._snmp_turn()
        ends_at = asyncio.get_running_loop().time() + _SNMP_S
        try:
            answer = await walk(
                self.shared.snmp,
                address,
                access.port,
                who,
                branch,
                dialect=dialect(access),
                ends_at=ends_at,
                most_objects=1,
            )
        except SnmpRequestError:
            return False
        if not answer.objects:
            self.pace.charge(1)  # a walk that finds nothing asks for the branch itself, too
        return bool(answer.objects)

    async def _snmp_turn(self) -> None:
        """Return when a question may be asked. Its repetitions are paid for before: those of many silent ones are a volley."""
        await self.pace.turn()
        self.pace.charge(_SNMP_AGAIN)

    async def _takes(self, address: str, port: int) -> bool:
        await self.pace.turn()
        reading = await self.tcp(address, TcpOptions(port=port), timeout_s=_TCP_S)
        if reading.ok:
            self.pace.charge(_TCP_MORE)
        return reading.ok
