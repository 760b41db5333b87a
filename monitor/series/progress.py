"""How compaction goes, as a value for pages and metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class CompactorFacts:
    """Counts are since start. `hours_behind`: the oldest hour that is over and not in chunks is so far back."""

    hours_behind: int = 0
    chunks: int = 0
    results: int = 0
    body_bytes: int = 0
    days: int = 0
    dropped: int = 0
    """Chunks and pages that retention dropped."""
    damaged: int = 0
    """Chunks and pages that could not be read."""
    late: int = 0
    """Results that came when retention had dropped their hour already."""
    refused: int = 0
    """Hours and days of a check that a bug or a damaged row keeps from being compacted until the next start."""
    fault: str = ""
    """Why the disk does not let it work now, for people; "" when it does."""
    last_error: str = ""
