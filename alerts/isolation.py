"""Is it they, or are we cut off? Anchors on several carriers vote. Pure."""

from collections.abc import Sequence

from alerts.lifecycle import Progress

ANCHOR_FAILURES = 2
"""Failed runs in a row before an anchor's vote is "no answer"; each first failure is rechecked at once, so this
costs a second and keeps one lost burst from blinding the whole province."""


def needed_votes(anchors: int) -> int:
    """How many anchors must answer: at least half of them."""
    return (anchors + 1) // 2


def isolated_since(anchors: Sequence[Progress]) -> float | None:
    """Return when the quorum broke (start of the anchor failure that broke it, Unix seconds), or None."""
    silent = sorted(
        progress.failing_since_at
        for progress in anchors
        if progress.failing_since_at is not None and progress.failures >= ANCHOR_FAILURES
    )
    tolerated = len(anchors) - needed_votes(len(anchors))
    return silent[tolerated] if len(silent) > tolerated else None


def connected_since(anchors: Sequence[Progress], mono: float) -> bool:
    """Whether the quorum answered runs that started at `mono` or later; without anchors, always."""
    votes = sum(1 for progress in anchors if progress.answered_since(mono))
    return votes >= needed_votes(len(anchors))
