"""Measured quantities as levels: equal steps for the small ones, steps of equal ratio above. No I/O.

A level stands for the middle of its cell, so a level's own quantity falls into the same cell again: what was rounded
once is not changed by rounding it again.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

LEAST: Final = 1e-300
MOST: Final = 1e300
"""Quantities outside (and not 0) have no level: their neighbourhood is not evenly spaced."""


class Quantiser:
    """Rounds within `absolute` or `relative` of the quantity, whichever is larger; 0 stays 0, nothing else becomes 0."""

    def __init__(self, *, absolute: float, relative: float) -> None:
        # A hair below the tolerance: the arithmetic itself rounds too.
        self._width = 2 * absolute * (1 - 1e-9)
        self._ratio = 2 * math.log1p(relative) * (1 - 1e-6)
        self._even = int(absolute / relative / self._width) if absolute else 0
        self._edge = self._even * self._width if absolute else LEAST
        self._log_edge = math.log(self._edge)
        # Chunks repeat the same few levels over and over.
        self.quantity = lru_cache(maxsize=8_192)(self._quantity)

    def levels(self, quantities: Sequence[float]) -> list[int]:
        """Return their levels; each is 0 or more and at most MOST, if `absolute` is 0 also 0 or at least LEAST."""
        edge, width, ratio, above, log = self._edge, self._width, self._ratio, self._even + 1, math.log
        log_edge = self._log_edge
        return [
            above + int((log(quantity) - log_edge) / ratio)
            if quantity >= edge
            else int(quantity / width) + 1
            if quantity
            else 0
            for quantity in quantities
        ]

    def _quantity(self, level: int) -> float:
        """Return what a level stands for; the level's sign is the quantity's. OverflowError when nothing has it."""
        if level <= 0:
            return -self._quantity(-level) if level else 0.0
        if level <= self._even:
            return (level - 0.5) * self._width
        return math.exp(self._log_edge + (level - self._even - 0.5) * self._ratio)


ROUND_TRIP_S: Final = Quantiser(absolute=1e-6, relative=0.001)
"""Round trips, and how long a run without a burst took: 1 us or 0.1 %. Jitter, made of differences, is small beside them."""
BURST_S: Final = Quantiser(absolute=1e-3, relative=0.01)
"""How long a run with a burst took, mostly by its own spacing: 1 ms or 1 %."""
METRIC: Final = Quantiser(absolute=0.0, relative=1e-4)
"""Metrics that are neither whole nor short decimals: 0.01 %."""
METRIC_S: Final = Quantiser(absolute=1e-6, relative=1e-4)
"""The same, of metrics in seconds: 1 us or 0.01 %."""
