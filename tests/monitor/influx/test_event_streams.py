import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision
from alerts.model.incident import Common, Dimension, IncidentEvent, LogKind
from monitor.influx.event_streams import event_streams
from monitor.influx.forwarder import BACKOFF_MOST_S, IDLE_S, Forwarder, Pace
from monitor.influx.line_server import Answer, Reply
from monitor.influx.tags import CheckTags
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.clock import FakeClock
from tests.monitor.influx.points_taken import AWAY, TAKEN, TakingServer
from tests.monitor.influx.refused_lines import refused_lines
from tests.monitor.storage.samples import CHECK, T0, incident, opening, result


def tags_of(_: str) -> CheckTags:
    return CheckTags(kind="icmp", target="21484.cpe", unit="21484")


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=T0) as opened:
        yield opened


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[ResultLog]:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as opened:
        yield opened


@pytest.fixture
def server() -> TakingServer:
    return TakingServer()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def forwarder(state: StateStore, log: ResultLog, server: TakingServer, clock: FakeClock) -> Forwarder:
    return new_forwarder(state, log, server, clock)


def new_forwarder(state: StateStore, log: ResultLog, server: TakingServer, clock: FakeClock) -> Forwarder:
    events = event_streams(tags_of, state=state.database, results=log.database)
    return Forwarder(log, server, tags_of=tags_of, clock=clock, pace=Pace(2), events=events)


def codes(server: TakingServer) -> list[str]:
    """Codes of all changes in the order of their time."""
    return [
        fields.partition(",")[0]
        for _, fields in sorted(server.points.items(), key=lambda point: point[0][1])
        if "code=" in fields
    ]


async def test_changes_and_incidents_are_sent_once_and_a_new_life_goes_on_behind_them(
    state: StateStore, log: ResultLog, server: TakingServer, forwarder: Forwarder, clock: FakeClock
) -> None:
    await state.commit(opening(1))
    await forwarder.step()
    assert codes(server) == ["code=3i"]
    assert any('title="Sự cố mới' in fields for fields in server.points.values())
    sent = len(server.order)

    await state.commit(
        Decision(transitions=(Transition(CHECK, T0 + 99, T0 + 99, Status.DOWN, Status.UP, ""),))
    )
    await new_forwarder(state, log, server, clock).step()

    assert codes(server) == ["code=3i", "code=1i"]
    assert len(server.order) == sent + 1


async def test_changes_at_the_same_time_all_arrive_and_in_their_order(
    state: StateStore, server: TakingServer, forwarder: Forwarder
) -> None:
    steps = [Status.UNKNOWN, Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN]
    await state.commit(
        Decision(
            transitions=tuple(
                Transition(CHECK, T0, T0 + number, old, new, "")
                for number, (old, new) in enumerate(pairwise(steps))
            )
        )
    )
    for _ in range(3):
        await forwarder.step()

    assert codes(server) == ["code=1i", "code=2i", "code=3i", "code=0i"]


async def test_while_the_server_is_away_what_happened_waits(
    state: StateStore, server: TakingServer, forwarder: Forwarder, clock: FakeClock
) -> None:
    server.judge = lambda _lines: AWAY
    for number in range(1, 6):
        await state.commit(opening(number))
        await forwarder.step()
    assert server.points == {}

    server.judge = lambda _lines: TAKEN
    await clock.advance(BACKOFF_MOST_S)
    for _ in range(6):
        await forwarder.step()
    assert codes(server) == ["code=3i"] * 5
    assert len(server.points) == 10


async def test_only_turns_worth_a_mark_are_sent_and_who_acted_is_not(
    state: StateStore, server: TakingServer, forwarder: Forwarder
) -> None:
    name = "SC-2026-0001"
    group = replace(
        incident(1, root=""), common=Common(Dimension.PROVIDER_AREA, "VNPT|kt", "tslcd"), declared_at=T0
    )
    log = tuple(
        IncidentEvent(name, T0 + number, kind, "Nguyễn Văn An", "ghi chú riêng")
        for number, kind in enumerate(LogKind)
    )
    await state.commit(Decision(incidents=(group,), log=log))
    for _ in range(9):
        await forwarder.step()

    kinds = {fields.partition('kind="')[2].partition('"')[0] for fields in server.points.values()}
    assert kinds == {"opened", "reopened", "worsened", "acknowledged", "closed"}
    assert not any("Nguyễn" in fields or "ghi chú" in fields for fields in server.points.values())


async def test_a_change_that_is_refused_is_kept_and_holds_up_nothing(
    state: StateStore, log: ResultLog, server: TakingServer, forwarder: Forwarder
) -> None:
    def judge(lines: object) -> Reply:
        return Reply(Answer.REFUSED, "field type conflict") if "code=" in str(lines) else TAKEN

    server.judge = judge
    await state.commit(opening(1))
    await forwarder.step()

    (letter,) = await refused_lines(log)
    assert "state,check=" in letter.line
    assert (await log.cursor("influx")).seq == 0
    assert len(server.points) == 1


async def test_changes_that_are_too_much_for_the_server_do_not_hold_up_results(
    state: StateStore, log: ResultLog, server: TakingServer, forwarder: Forwarder, clock: FakeClock
) -> None:
    await state.commit(opening(1))
    server.judge = lambda lines: (
        Reply(Answer.UNAVAILABLE, "HTTP 500: shard") if "code=" in str(lines) else TAKEN
    )

    for number in range(1, 6):
        log.append(result(number))
        await log.flush()
        wait_s = await forwarder.step()
        assert wait_s <= IDLE_S
        assert forwarder.last_error == "HTTP 500: shard"
        assert sum("ok=" in fields for fields in server.points.values()) == number
        await clock.advance(wait_s)

    server.judge = lambda _lines: TAKEN
    await clock.advance(BACKOFF_MOST_S)
    await forwarder.step()
    assert codes(server) == ["code=3i"]
    assert forwarder.last_error == ""


async def test_an_older_state_db_put_back_is_sent_again_and_changes_nothing(
    tmp_path: Path, state: StateStore, log: ResultLog, server: TakingServer, clock: FakeClock
) -> None:
    await state.commit(opening(1))
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("vacuum into ?", (str(tmp_path / "old.db"),))
    for _ in range(3):
        await new_forwarder(state, log, server, clock).step()
    sent, points = len(server.order), dict(server.points)

    async with StateStore.open(tmp_path / "old.db", now=T0) as restored:
        for _ in range(3):
            await new_forwarder(restored, log, server, clock).step()

    assert len(server.order) == 2 * sent > 0
    assert server.points == points
