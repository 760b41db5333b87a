"""What is wrong with the monitor is no outage of anything: it is in no account, no tally, and proves no measuring."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alerts import engine
from alerts.model.checks import CheckResult, Status, Transition
from alerts.model.decision import Decision, SavedState
from inventory.loader import load
from inventory.model import Inventory, Layer, Selector
from monitor.accounting.account import account
from monitor.accounting.books import read_books
from monitor.accounting.model import GroupBy, Period
from monitor.pipeline import Pipeline, Saver
from monitor.storage.state import StateStore
from monitor.watchdogs import watch_over
from monitor.web.overview import overview
from probes.kinds import KINDS
from probes.reading import Reading
from tests.alerts.province import SETTINGS
from tests.clock import FakeClock
from tests.monitor.storage.samples import incident
from tests.monitor.web.samples import snapshot_of

FROM = 1_770_000_000.0
OF = Period("p", FROM, FROM + 1_000.0)
OWN, LINE = "tinh.giam-sat/disk", "21484.cpe/icmp"


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    file = tmp_path_factory.mktemp("danh-muc") / "tinh.yaml"
    file.write_text(
        "units:\n"
        "  tinh: {name: Tỉnh, kind: sở, area: province}\n"
        '  "21484": {name: Xã Ba Tơ, kind: xã, area: province}\n'
        "targets:\n"
        "  tinh.giam-sat: {name: Hệ thống giám sát, unit: tinh, profile: monitor}\n"
        '  21484.cpe: {name: Đường truyền, unit: "21484", profile: tslcd-cpe, address: 192.0.2.7}\n'
    )
    return load([file])


def only_own(land: Inventory) -> Inventory:
    return replace(land, checks={each: check for each, check in land.checks.items() if check.is_own})


async def test_no_account_counts_it_and_no_report_tells_its_incidents(
    tmp_path: Path, land: Inventory
) -> None:
    async with StateStore.open(tmp_path / "state.db", now=FROM) as store:
        turns = [
            Transition(check_id, FROM + at, FROM + at, old, new, "x")
            for check_id in (OWN, LINE)
            for at, old, new in ((0, Status.UNKNOWN, Status.UP), (100, Status.UP, Status.DOWN))
        ]
        own = replace(incident(1, root=OWN), opened_at=FROM + 100, declared_at=FROM + 100)
        other = replace(incident(2, root=LINE), opened_at=FROM + 100, declared_at=FROM + 100)
        # One of an earlier name, which has left the inventory since.
        gone = replace(
            own, id="SC-2026-0003", root_check_id="tinh.gs-cu/disk", cause="disk_left_ratio 0.05 / 0.1"
        )
        await store.commit(Decision(transitions=tuple(turns), incidents=(own, other, gone)))
        await store.mark_alive(FROM + 1_000)
        books = await store.database.read(partial(read_books, inventory=land, period=OF, now=FROM + 1_000))

    assert [each.id for each in books.incidents] == [other.id]
    counted = partial(account, books, OF, least_coverage_ratio=0.9)
    assert _keys(counted(GroupBy.LAYER).rows) == {"tslcd"}
    assert _keys(counted(GroupBy.TARGET).rows) == {"21484.cpe"}
    assert _keys(counted(GroupBy.TARGET, select=Selector(units=("tinh",))).rows) == set()
    by_name = counted(GroupBy.TARGET, select=Selector(targets=("tinh.giam-sat",)))
    assert _keys(by_name.rows) == {"tinh.giam-sat"}


def test_a_figure_of_the_monitor_itself_is_nobody_elses() -> None:
    others = {name for kind in KINDS.values() if kind.name != "self" for name in kind.metrics}
    assert not others & KINDS["self"].metrics.keys()


def _keys(rows: Iterable[Any]) -> set[str]:
    return {row.key for row in rows}


def test_no_tally_of_the_overview_has_it(land: Inventory) -> None:
    snapshot = snapshot_of(land, statuses={OWN: Status.DOWN})
    seen = overview(snapshot)

    assert Layer.SELF not in {each.layer for each in seen.layers}
    assert Layer.SELF not in seen.systems
    assert "mất kết nối" not in seen.headline.text


async def test_its_results_prove_no_measuring(tmp_path: Path, land: Inventory) -> None:
    clock = FakeClock()
    world, _ = engine.start(land, SETTINGS, SavedState(), now=clock.now(), mono=clock.monotonic())
    async with StateStore.open(tmp_path / "state.db", now=clock.now()) as store:
        saver = Saver(store, clock=clock, saved=lambda: None)
        sink = SimpleNamespace(append=lambda _result: None)
        pipeline = Pipeline(world, results=sink, saver=saver, clock=clock)
        for check_id, expected in ((OWN, None), (LINE, clock.now())):
            reading = Reading(ok=True, metrics={})
            pipeline.handle(CheckResult(check_id, clock.now(), 0.0, reading, "ttdl", clock.monotonic()))
            assert pipeline.last_result_at == expected


async def test_a_monitor_that_watches_nobody_else_is_no_standstill(land: Inventory) -> None:
    for inventory, stalled in ((only_own(land), ()), (land, ("results",))):
        clock = FakeClock()
        signs: Any = SimpleNamespace(
            world=SimpleNamespace(inventory=inventory),
            pipeline=SimpleNamespace(last_result_at=None),
            saver=SimpleNamespace(done=0, waiting=0, fault=None),
            deliverer=SimpleNamespace(steps={}),
        )
        liveness = watch_over(signs, lambda clock=clock: int(clock.monotonic()), clock)  # type: ignore[misc]
        liveness.look()
        await clock.advance(3_600)
        liveness.look()
        assert liveness.stalled == stalled
