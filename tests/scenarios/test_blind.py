"""The monitor itself is cut off: nobody is blamed, nobody is told, and the time counts as unknown."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scenarios.land import ANCHORS, PROVINCE, inventory, small_site
from tests.scenarios.ledger import unknown_spans
from tests.scenarios.stage import CLOCK, open_stage

BEFORE_S = 0.6
"""A run that was under way when the cut came started up to its timeout earlier."""
AFTER_S = 4.0
"""Two runs a second apart and their timeouts, on a busy machine."""


@pytest.mark.parametrize(
    "lost", [(PROVINCE,), tuple(ANCHORS.values())], ids=["everything", "only the anchors"]
)
async def test_while_the_anchors_are_silent_all_is_unknown_and_nothing_is_told(
    tmp_path: Path, lost: Sequence[str]
) -> None:
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(inventory(small_site(1), small_site(2)))
        await watch.start()
        await watch.until_all("up")

        cut_at = CLOCK.now()
        stage.box.cut(*lost)
        await watch.until_all("unknown")
        await asyncio.sleep(3.0)
        assert "isolated" in await watch.troubles()
        restored_at = CLOCK.now()
        stage.box.restore(*lost)
        await watch.until_all("up")
        await watch.until_well()
        await asyncio.sleep(2.0)
        assert await watch.stop() == 0

        changes = watch.ledger.changes()
        assert {change.new for change in changes} == {"up", "unknown"}
        assert {change.cause for change in changes if change.new == "unknown"} == {"isolated"}
        for check in watch.checks:
            ((began_at, ended_at),) = unknown_spans(changes, check)
            assert -BEFORE_S <= began_at - cut_at <= AFTER_S, check
            assert -BEFORE_S <= ended_at - restored_at <= AFTER_S, check
        assert watch.ledger.incidents() == watch.ledger.outbox() == watch.file_messages() == []
        assert watch.mails == []
