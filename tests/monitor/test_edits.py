"""Random edits of the inventory under a running daemon with open incidents; the long form is in tests/scenarios."""

from pathlib import Path

from tests.monitor.edits import live_through


async def test_no_edit_of_the_files_harms_a_running_daemon(tmp_path: Path) -> None:
    counts = await live_through(tmp_path, seed=4, edits=60)

    assert counts["valid"] > 10
    assert counts["broken"] > 10
