"""How often anybody may speak: ten commands a minute each, sixty together. Pure; times are monotonic seconds."""

from typing import Final

from monitor.inputs.source_gate import Bucket

OF_ONE: Final = (10 / 60, 10.0)
TOGETHER: Final = (1.0, 60.0)
MOST_KNOWN: Final = 1_000
"""Speakers that are remembered; more are strangers, who are told nothing anyhow."""


class SpeechLimits:
    """Admits commands at a bounded pace."""

    def __init__(self, *, mono: float) -> None:
        self._together = Bucket.full(*TOGETHER, mono=mono)
        self._of: dict[str, Bucket] = {}

    def admits(self, who: str, *, mono: float) -> bool:
        """Whether `who` may speak now; if so it is counted."""
        bucket = self._of.get(who)
        if bucket is None:
            if len(self._of) >= MOST_KNOWN:
                self._of.clear()
            bucket = self._of[who] = Bucket.full(*OF_ONE, mono=mono)
        return bucket.take(mono=mono) and self._together.take(mono=mono)


OF_ONE_VISITOR: Final = (1.0, 60.0)
ALL_VISITORS: Final = (20.0, 200.0)


class Visitors:
    """Admits requests of the pages at a bounded pace, by source."""

    def __init__(self, *, mono: float) -> None:
        self._together = Bucket.full(*ALL_VISITORS, mono=mono)
        self._of: dict[str, Bucket] = {}

    def admits(self, source: str, *, mono: float) -> bool:
        """Whether this source may ask now; if so it is counted."""
        bucket = self._of.get(source)
        if bucket is None:
            if len(self._of) >= MOST_KNOWN:
                self._of.clear()
            bucket = self._of[source] = Bucket.full(*OF_ONE_VISITOR, mono=mono)
        return bucket.take(mono=mono) and self._together.take(mono=mono)
