"""A restart forgets nothing of what comes and goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.incidents.flapping import came_up, went_down
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import Incident, Told
from alerts.model.settings import FlapSettings
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, incident

FLAPS = FlapSettings()


def flapping() -> Incident:
    found = replace(incident(1), opened_at=T0, downs=(T0,), affected=frozenset())
    for number in (1, 2, 3):
        found = went_down(came_up(found, T0 + 90 * number - 45.5), T0 + 90 * number, now=T0, flaps=FLAPS)
    return replace(found, told=Told(step=0, at=T0 + 200, round=3, size=1, begun_at=T0 + 200))


@pytest.mark.parametrize(
    "kept",
    [
        flapping(),
        came_up(flapping(), T0 + 300.25),
        replace(incident(1), level=Status.DEGRADED, downs=(T0,), affected=frozenset()),
    ],
    ids=["flapping and down", "flapping and up", "degraded"],
)
async def test_the_store_gives_back_what_it_was_given(tmp_path: Path, kept: Incident) -> None:
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        await store.commit(Decision(incidents=(kept,)))

    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        (found,) = (await store.load()).incidents
    assert found == kept
