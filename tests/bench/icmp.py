"""A sweep of 20,000 loopback targets, against fping; and the round trips against what a packet capture saw."""

import asyncio
import socket
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from probes.icmp.engine import Engine, open_engine
from tests.bench.frame import Figure

TARGETS = 20_000
ROUNDS = 7
CAPTURED = 4_000
RATE_GOAL = 8.0
_ETH_P_ALL = 3  # only such a socket sees what leaves
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_TIMESPEC = struct.Struct("=qq")


def addresses(count: int) -> list[str]:
    """Return different addresses of 127.0.0.0/8, none ending in 0 or 255."""
    every = (
        f"127.{1 + second}.{third}.{fourth}"
        for second in range(254)
        for third in range(254)
        for fourth in range(1, 255)
    )
    return list(islice(every, count))


def run() -> Sequence[Figure]:
    """Alternate between fping and ours, so that both meet the same noise; the best round of each counts.

    fping is run in two ways: as fast as it can (`-i0`), and paced at a nominal 10,000 a second (`-i0.1`), which is
    the rate the goal was set by.
    """
    targets = addresses(TARGETS)
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "targets"
        listing.write_text("\n".join(targets) + "\n")
        return asyncio.run(_measure(targets, listing))


async def _measure(targets: list[str], listing: Path) -> Sequence[Figure]:
    ours, unthrottled, lost, slowest = [], [], 0, []
    async with open_engine() as engine:
        for _ in range(ROUNDS):
            unthrottled.append(_fping_rate(listing, interval_ms=0))
            started = time.perf_counter()
            round_trips = await engine.ping(targets, timeout_s=1.0)
            ours.append(len(targets) / (time.perf_counter() - started))
            lost += round_trips.count(None)
            received = sorted(rtt for rtt in round_trips if rtt is not None)
            slowest.append(received[int(len(received) * 0.99)] * 1e6)
        errors = await _errors(engine, targets[:CAPTURED])
    throttled = _fping_rate(listing, interval_ms=0.1)
    rate = max(ours)
    fastest = max(unthrottled)
    p99 = statistics.median(slowest)
    p50_error = statistics.median(errors)
    goal = f">= {RATE_GOAL:g} x"
    return [
        Figure(
            "icmp_sweep_rate",
            rate,
            "targets/s",
            "fping -i0.1",
            throttled,
            goal,
            rate >= RATE_GOAL * throttled,
        ),
        Figure(
            "icmp_sweep_rate_unthrottled",
            rate,
            "targets/s",
            "fping -i0",
            fastest,
            goal,
            rate >= RATE_GOAL * fastest,
        ),
        Figure("icmp_sweep_lost", lost, "replies", None, None, "0", lost == 0),
        Figure("icmp_rtt_p50_error", p50_error, "us", "capture", None, "<= 10 us", abs(p50_error) <= 10),
        Figure("icmp_rtt_p99", p99, "us", None, None, "< 50 us", p99 < 50),
    ]


def _fping_rate(listing: Path, *, interval_ms: float) -> float:
    """Return targets a second of one attempt each; fping must find all alive."""
    started = time.perf_counter()
    told = subprocess.run(
        ["fping", "-q", "-s", "-r0", f"-i{interval_ms:g}", "-t500", "-f", listing],
        capture_output=True,
        text=True,
        check=False,
    )
    elapsed = time.perf_counter() - started
    alive = next(int(line.split()[0]) for line in told.stderr.splitlines() if line.strip().endswith("alive"))
    if alive != TARGETS:
        raise RuntimeError(f"fping -i{interval_ms:g} lost {TARGETS - alive} replies: not a fair peer")
    return TARGETS / elapsed


async def _errors(engine: Engine, targets: list[str]) -> list[float]:
    """Return, in microseconds, how much longer each round trip was told than the capture's two timestamps."""
    with _capture() as sock:
        round_trips = await engine.ping(targets, timeout_s=1.0)
        truth = dict(_seen(sock))
    return [
        (rtt - truth[target]) * 1e6
        for target, rtt in zip(targets, round_trips, strict=True)
        if rtt is not None and target in truth
    ]


@contextmanager
def _capture() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL)) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 * 1024 * 1024)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind(("lo", 0))
        yield sock


def _seen(sock: socket.socket) -> Iterator[tuple[str, float]]:
    """Yield target and time between its request leaving and its reply arriving."""
    left: dict[str, int] = {}
    while True:
        try:
            data, ancillary, _, (_, _, direction, _, _) = sock.recvmsg(256, 64)
        except BlockingIOError:
            return
        seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
        at_ns = seconds * 1_000_000_000 + nanoseconds
        if data[0] >> 4 != 4 or data[9] != socket.IPPROTO_ICMP:
            continue
        kind = data[(data[0] & 15) * 4]
        if kind == 8 and direction == socket.PACKET_OUTGOING:
            left[socket.inet_ntoa(data[16:20])] = at_ns
        elif kind == 0 and direction == socket.PACKET_HOST:
            target = socket.inet_ntoa(data[12:16])
            if target in left:
                yield target, (at_ns - left[target]) / 1e9
