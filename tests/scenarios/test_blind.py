"""The monitor itself is cut off: nobody is blamed, nobody is told, and the time counts as unknown."""

import asyncio
from pathlib import Path

from tests.scenarios.land import ANCHORS, PROVINCE, inventory, small_site
from tests.scenarios.ledger import unknown_spans
from tests.scenarios.stage import CLOCK, Stage, Watch, open_stage

HELD_S = 2.5
"""How long it lasts after it shows: long enough to be down, were the failures counted."""
BEFORE_S = 0.6
"""A run that was under way when the cut came started up to its timeout earlier."""
AFTER_S = 4.0
"""Two runs a second apart and their timeouts, on a busy machine."""


async def test_while_the_anchors_are_silent_all_is_unknown_and_nothing_is_told(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(inventory(small_site(1), small_site(2)))
        await watch.start()
        await watch.until_all("up")

        everything = await be_blind(stage, watch, PROVINCE)
        only_the_anchors = await be_blind(stage, watch, *ANCHORS.values())
        await watch.until_well()
        assert await watch.stop() == 0

        changes = watch.ledger.changes()
        assert {change.new for change in changes} == {"up", "unknown"}
        assert {change.cause for change in changes if change.new == "unknown"} == {"isolated"}
        for check in watch.checks:
            spans = unknown_spans(changes, check)
            assert len(spans) == 2, (check, spans)
            for (began_at, ended_at), (cut_at, restored_at) in zip(
                spans, (everything, only_the_anchors), strict=True
            ):
                assert -BEFORE_S <= began_at - cut_at <= AFTER_S, check
                assert -BEFORE_S <= ended_at - restored_at <= AFTER_S, check
        assert watch.ledger.incidents() == watch.ledger.outbox() == watch.file_messages() == []
        assert watch.mails == []


async def be_blind(stage: Stage, watch: Watch, *lost: str) -> tuple[float, float]:
    """Cut what is lost for a few seconds; return from when to when."""
    cut_at = CLOCK.now()
    stage.box.cut(*lost)
    await watch.until_all("unknown")
    await asyncio.sleep(HELD_S)
    assert "isolated" in await watch.troubles()
    restored_at = CLOCK.now()
    stage.box.restore(*lost)
    await watch.until_all("up")
    return cut_at, restored_at
