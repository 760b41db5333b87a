"""The packets under way between the monitor and the province. Pure: `now` is an argument, no I/O.

IPv4 header fields: RFC 791 section 3.1.
"""

import heapq
from dataclasses import dataclass
from random import Random

from monitor.demo.links import LinkTable

_HEADER_BYTES = 20
_IPV4 = 4
QUEUE_LIMIT = 200_000


@dataclass(slots=True)
class Counts:
    """What became of the packets since the start."""

    carried: int = 0
    lost: int = 0
    """By the loss ratio."""
    cut: int = 0
    """On a cut or unpowered link, before or while under way."""
    foreign: int = 0
    """Not IPv4, or more under way than the queue holds."""


class PacketQueue:
    """Holds each packet for the delay of its far host's link, or drops it.

    `outward` means from the monitor to the province; the far host is then the destination, else the source.
    The same seed and the same packets give the same losses.
    """

    def __init__(self, table: LinkTable, *, seed: int) -> None:
        self.counts = Counts()
        self._table = table
        self._random = Random(seed)  # noqa: S311 (a simulation)
        self._heap: list[tuple[float, int, bool, int, bytes]] = []
        self._sequence = 0
        self._last_due: dict[tuple[int, bool], float] = {}

    def push(self, packet: bytes, *, outward: bool, now: float) -> None:
        """Take a packet that enters the WAN at `now` (seconds, any origin)."""
        address = far_address(packet, outward=outward)
        if address is None or len(self._heap) >= QUEUE_LIMIT:
            self.counts.foreign += 1
            return
        link = self._table.find(address)
        if link.is_cut:
            self.counts.cut += 1
            return
        if link.loss_ratio and self._random.random() < link.loss_ratio_one_way:
            self.counts.lost += 1
            return
        due = now + link.latency_s / 2
        if link.jitter_s:
            due += self._random.uniform(0.0, link.jitter_s / 2)
            due = max(due, self._last_due.get((address, outward), 0.0))
            self._last_due[address, outward] = due
        self._sequence += 1
        heapq.heappush(self._heap, (due, self._sequence, outward, address, packet))

    def pop_due(self, now: float) -> list[tuple[bool, bytes]]:
        """Return the packets that have arrived by `now`, in order, each with its direction."""
        arrived: list[tuple[bool, bytes]] = []
        heap = self._heap
        while heap and heap[0][0] <= now:
            _, _, outward, address, packet = heapq.heappop(heap)
            if self._table.find(address).is_cut:
                self.counts.cut += 1
                continue
            arrived.append((outward, packet))
        self.counts.carried += len(arrived)
        return arrived

    @property
    def next_due_at(self) -> float | None:
        """When the next packet arrives, None while nothing is under way."""
        return self._heap[0][0] if self._heap else None


def far_address(packet: bytes, *, outward: bool) -> int | None:
    """Return the province's address in an IPv4 packet as a number, None for anything else."""
    if len(packet) < _HEADER_BYTES or packet[0] >> 4 != _IPV4:
        return None
    return int.from_bytes(packet[16:20] if outward else packet[12:16], "big")
