"""Who may send us datagrams, and how many: unknown senders, floods and giants are dropped before anything is decoded.

Pure: time is an argument. Each refusal has its own name, so that it can be counted.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

DATAGRAM_BYTES = 8_192


class Refusal(StrEnum):
    """Why a datagram was dropped unread."""

    UNKNOWN_SOURCE = "unknown_source"
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    """This sender has used up what it may send."""
    FLOODED = "flooded"
    """All senders together have."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` a second, at most `burst` at once. Times are monotonic seconds."""

    rate: float
    burst: float
    tokens: float
    filled_mono: float

    @classmethod
    def full(cls, rate: float, burst: float, *, mono: float) -> "Bucket":
        """Return a bucket that has its whole burst."""
        return cls(rate, burst, burst, mono)

    def take(self, *, mono: float) -> bool:
        """Take one token; False when there is none."""
        self.tokens = min(self.burst, self.tokens + max(0.0, mono - self.filled_mono) * self.rate)
        self.filled_mono = mono
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class SourceGate:
    """Admits datagrams of known senders at a bounded rate.

    `per_source` and `together` are (datagrams a second, burst). A flood of one sender uses up its own share only;
    state is kept for known senders only, so a forged flood fills no memory.
    """

    def __init__(
        self, *, per_source: tuple[float, float], together: tuple[float, float], mono: float
    ) -> None:
        self._per_source = per_source
        self._all = Bucket.full(*together, mono=mono)
        self._sources: AbstractSet[str] = frozenset()
        self._buckets: dict[str, Bucket] = {}

    def admit_only(self, sources: AbstractSet[str]) -> None:
        """Set whose datagrams are read: IP addresses in canonical text."""
        self._sources = sources
        # A list first: the thread that asks for refusals adds buckets meanwhile.
        self._buckets = {
            source: bucket for source, bucket in list(self._buckets.items()) if source in sources
        }

    def refusal(self, source: str, size: int, *, mono: float) -> Refusal | None:
        """Return why a datagram of `size` bytes is dropped, or None when it is admitted (and counted)."""
        if source not in self._sources:
            return Refusal.UNKNOWN_SOURCE
        if size > DATAGRAM_BYTES:
            return Refusal.TOO_LARGE
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = Bucket.full(*self._per_source, mono=mono)
        if not bucket.take(mono=mono):
            return Refusal.TOO_FAST
        return None if self._all.take(mono=mono) else Refusal.FLOODED
