"""The ICMP engine: bursts and sweeps over one socket per family. Knows no options, judges nothing.

Round trips are measured from just before sendto() to the kernel's receive time (SO_TIMESTAMPNS), so a busy event
loop does not lengthen them; a step of the wall clock in between is noticed and the monotonic clock used instead.
"""

import asyncio
import contextlib
import errno
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from probes.icmp.flight import Burst, Counters, Destination, destination, family_of
from probes.icmp.inbox import open_inbox
from probes.icmp.pacer import Pacer
from probes.icmp.sockets import open_icmp
from probes.icmp.template import MIN_PAYLOAD_BYTES, NONCE_BYTES
from probes.icmp.wire import Wire

_DEAD = frozenset({errno.EBADF, errno.ENOTSOCK, errno.ENODEV, errno.EPIPE, errno.ENOTCONN, errno.EIO})
"""Errors of sendto() that speak of the socket, not of the way: it is replaced."""
_LEAST_LEFT_RATIO = 0.25
_SWEEP_CHUNK = 64  # requests between two looks at the socket: their replies fit any receive buffer
_SWEEP_PAUSE_S = 0.001
_SWEEP_TURNS = 4  # chunks between two turns of the event loop: about 3 ms
_SWEEP_WINDOW = 4_096  # requests unanswered at once; a real network answers later than loopback


@asynccontextmanager
async def open_engine(
    *,
    wall_ns: Callable[[], int] = time.time_ns,
    mono_ns: Callable[[], int] = time.monotonic_ns,
    in_batches: bool = True,
) -> AsyncIterator["Engine"]:
    """Yield an engine; its sockets are opened when first needed and closed at the end.

    The clocks are parameters for tests only: kernel timestamps are wall time, so the wall clock has to be read here.
    `in_batches` too: without it datagrams are read one by one, as where the C library has no recvmmsg().
    """
    engine = Engine(wall_ns, mono_ns, in_batches=in_batches)
    try:
        yield engine
    finally:
        engine.close()


class Engine:
    """Sends and awaits. One per process and event loop."""

    def __init__(self, wall_ns: Callable[[], int], mono_ns: Callable[[], int], *, in_batches: bool) -> None:
        self.counters = Counters()
        self._in_batches = in_batches
        self._wall_ns = wall_ns
        self._mono_ns = mono_ns
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        self._pacer = Pacer()
        self._wires: dict[socket.AddressFamily, Wire] = {}

    async def burst(
        self, to: Destination, *, count: int, spacing_s: float, within_s: float, payload_bytes: int, dscp: int
    ) -> Burst:
        """Send `count` requests `spacing_s` apart; return when all are answered or `within_s` is over.

        Requests of all bursts are paced (`pacer.PER_SPAN`). One whose turn comes when less than a quarter of the time
        is left is not sent: its reply would be lost by our fault. Replies after `within_s` are lost. A request the
        kernel refused is not sent and its error kept.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        burst = Burst(count)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    for index in range(count):
                        if index:
                            await asyncio.sleep(spacing_s)
                        await self._pacer.turn()
                        left_s = deadline - loop.time()
                        if left_s < within_s * _LEAST_LEFT_RATIO:
                            break
                        wait_ns = int(left_s * 1e9)
                        self._send(burst, [to], payload_bytes=payload_bytes, dscp=dscp, wait_ns=wait_ns)
                    burst.end_sending()
                    await burst.finished.wait()
            # The loop may have been busy while replies arrived in time: the kernel's time decides.
            self._drain(family_of(to))
        finally:
            self._forget(burst)
        return burst

    async def ping(
        self, addresses: Sequence[str], *, timeout_s: float, payload_bytes: int = 56
    ) -> list[float | None]:
        """Send one request to every address as fast as they are answered; return round trips in seconds or None.

        All addresses are of one family. None: no reply within `timeout_s`, or not sent. ValueError when an address is
        not a unicast IP address.
        """
        burst = Burst(len(addresses))
        wait_ns = int(timeout_s * 1e9)
        family = family_of(destination(addresses[0])) if addresses else socket.AF_INET
        try:
            for turn, start in enumerate(range(0, len(addresses), _SWEEP_CHUNK)):
                chunk = [destination(address) for address in addresses[start : start + _SWEEP_CHUNK]]
                self._send(burst, chunk, payload_bytes=payload_bytes, dscp=0, wait_ns=wait_ns)
                self._drain(family)
                if turn % _SWEEP_TURNS == 0 or burst.outstanding > _SWEEP_WINDOW:
                    await self._let_others_run(burst, timeout_s)
            burst.end_sending()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await burst.finished.wait()
            self._drain(family)
        finally:
            self._forget(burst)
        return burst.rtts_s

    def close(self) -> None:
        """Close all sockets."""
        self._pacer.close()
        for family in list(self._wires):
            self._drop(family)

    async def _let_others_run(self, burst: Burst, timeout_s: float) -> None:
        await asyncio.sleep(0)
        for _ in range(int(timeout_s / _SWEEP_PAUSE_S)):
            if burst.outstanding <= _SWEEP_WINDOW:
                return
            await asyncio.sleep(_SWEEP_PAUSE_S)

    def _send(
        self, burst: Burst, to: Sequence[Destination], *, payload_bytes: int, dscp: int, wait_ns: int
    ) -> None:
        """Send one request to each; note the error of those the kernel refuses. All are of one family."""
        first = burst.attempted
        repaired_at = -1
        while (position := burst.attempted - first) < len(to):
            rest = to[position:] if position else to
            family = family_of(rest[0])
            try:
                wire = self._wire(family)
                wire.send(burst, rest, payload_bytes=payload_bytes, dscp=dscp, wait_ns=wait_ns)
            except OSError as error:
                if burst.attempted != repaired_at and self._has_repaired(family, error):
                    repaired_at = burst.attempted
                    continue
                self.counters.send_failed += 1
                burst.send_errors[burst.attempted] = error
                burst.attempted += 1

    def _has_repaired(self, family: socket.AddressFamily, error: OSError) -> bool:
        """Whether sending the same packet again is worth it: it has not left this machine yet."""
        wire = self._wires.get(family)
        if wire is None:
            return False
        if error.errno in _DEAD:
            self._drop(family)
            return True
        if not wire.icmp.is_raw:
            # A datagram socket hands an ICMP error about one target to whoever sends next.
            wire.drain_errors()
            return True
        return False

    def _wire(self, family: socket.AddressFamily) -> Wire:
        wire = self._wires.get(family)
        if wire is None:
            icmp = open_icmp(family)
            wire = Wire(
                icmp,
                self.counters,
                open_inbox(icmp) if self._in_batches else None,
                nonce=self._nonce,
                first_ticket=secrets.randbits(32),
                wall_ns=self._wall_ns,
                mono_ns=self._mono_ns,
            )
            asyncio.get_running_loop().add_reader(icmp.fd, self._drain, family)
            self._wires[family] = wire
        return wire

    def _drain(self, family: socket.AddressFamily) -> None:
        wire = self._wires.get(family)
        if wire is None:
            return
        try:
            wire.drain()
        except OSError:
            self._drop(family)

    def _drop(self, family: socket.AddressFamily) -> None:
        wire = self._wires.pop(family)
        asyncio.get_running_loop().remove_reader(wire.icmp.fd)
        wire.icmp.close()

    def _forget(self, burst: Burst) -> None:
        for wire in self._wires.values():
            wire.forget(burst)


__all__ = ["MIN_PAYLOAD_BYTES", "Engine", "open_engine"]
