"""A thousand random edits of the inventory under a daemon with open incidents, which is also restarted now and then."""

from pathlib import Path

import pytest

from tests.monitor.edits import live_through


@pytest.mark.slow
async def test_a_thousand_edits_lose_no_incident_and_raise_no_alarm(tmp_path: Path) -> None:
    counts = await live_through(tmp_path, seed=2026, edits=1_000, restart_every=100)

    print(f"\n1,000 edits: {dict(sorted(counts.items()))}")
    assert counts["valid"] + counts["broken"] + counts["skipped"] == 1_000
