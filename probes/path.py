"""Trace the way to an address: evidence beside a measurement, never a state.

icmplib's traceroute (RFC 792 time exceeded) in a thread of its own: it blocks, and the loop's default executor must
stay free. Needs CAP_NET_RAW. To watch it: `tcpdump -n icmp`.
"""

import asyncio
import ipaddress
import threading
from dataclasses import dataclass
from typing import Final

import icmplib

MAX_HOPS: Final = 20
_COUNT: Final = 2
_INTERVAL_S: Final = 0.02
_TIMEOUT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Hop:
    """A router that answered. `distance` counts from 1; silent ones are missing; `rtt_s` is the least of its replies."""

    distance: int
    address: str
    rtt_s: float


class PathError(Exception):
    """The way cannot be traced; the text says why, in Vietnamese."""


async def trace(address: str, *, max_hops: int = MAX_HOPS) -> tuple[Hop, ...]:
    """Return the routers on the way to an IP address, the target last if it answered. Raises PathError.

    Takes at most 2 s per hop; cancelling it abandons the thread, which ends by itself.
    """
    try:
        target = str(ipaddress.ip_address(address))
    except ValueError:
        raise PathError(f"'{address}' không phải địa chỉ IP") from None
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[Hop, ...]] = loop.create_future()

    def work() -> None:
        try:
            hops, error = _trace(target, max_hops), None
        except PathError as raised:
            hops, error = (), raised
        try:
            loop.call_soon_threadsafe(_settle, done, hops, error)
        except RuntimeError:
            return  # the loop was closed meanwhile: nobody waits

    threading.Thread(target=work, name=f"trace:{target}", daemon=True).start()
    return await done


def _settle(done: "asyncio.Future[tuple[Hop, ...]]", hops: tuple[Hop, ...], error: PathError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(hops)
    else:
        done.set_exception(error)


def _trace(target: str, max_hops: int) -> tuple[Hop, ...]:
    try:
        hops = icmplib.traceroute(
            target, count=_COUNT, interval=_INTERVAL_S, timeout=_TIMEOUT_S, max_hops=max_hops
        )
    except icmplib.SocketPermissionError:
        raise PathError("dò đường cần quyền CAP_NET_RAW (chạy bằng sudo)") from None
    except (icmplib.ICMPLibError, OSError) as error:
        raise PathError(f"không dò được đường đi: {error}") from None
    # icmplib writes 0.0 for what it did not measure.
    return tuple(Hop(hop.distance, hop.address, hop.min_rtt / 1_000) for hop in hops if hop.packets_received)
