import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.demo.beats import BeatPlan, Machine, make_certificate, send_beats
from monitor.demo.states import StateName, States
from monitor.inputs.beat_http import BeatListener
from monitor.inputs.beat_input import listening_socket, server_context
from monitor.inputs.beat_intake import BeatIntake
from monitor.settings.inputs import BeatHttpSettings
from tests.monitor.inputs.beats import assets, intake_of, token

ASSET, ADDRESS, DOOR = "kiosk-01", "127.51.9.20", "127.0.0.1"


@dataclass(frozen=True)
class Door:
    """Where beats are taken once `open` was entered, and the plan to reach it."""

    settings: BeatHttpSettings
    plan: BeatPlan
    intake: BeatIntake

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        with listening_socket(self.settings) as sock:
            async with running(BeatListener(self.intake, sock, server_context(self.settings)).run()):
                yield


@pytest.fixture
def door(tmp_path: Path) -> Door:
    certificate, private = make_certificate(DOOR, now=dt.datetime.now(dt.UTC))  # noqa: TID251 (TLS judges it by the real clock)
    with socket.create_server((DOOR, 0)) as free:
        port = free.getsockname()[1]
    settings = BeatHttpSettings(port=port, tls_cert=tmp_path / "crt", tls_key=tmp_path / "key")
    (tmp_path / "crt").write_text(certificate, encoding="ascii")
    (tmp_path / "key").write_text(private, encoding="ascii")
    machine = Machine(ASSET, ADDRESS, token(ASSET))
    plan = BeatPlan(f"https://{DOOR}:{port}/beat", certificate, (machine,))
    return Door(settings, plan, intake_of(assets(kiosk_01=1)))


@asynccontextmanager
async def running(coroutine: Coroutine[object, object, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_heard(intake: BeatIntake) -> dict[str, float]:
    async with asyncio.timeout(8):
        while (beat := intake.beats.last(ASSET)) is None:
            await asyncio.sleep(0.02)
    return dict(beat.metrics)


async def test_a_machine_beats_over_https_from_its_own_address(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[str] = []
    admits = door.intake.admits

    def note(source: str) -> bool:
        sources.append(source)
        return admits(source)

    monkeypatch.setattr(door.intake, "admits", note)
    async with door.open(), running(send_beats(door.plan, States(), lambda _: 77.4)):
        said = await until_heard(door.intake)
    assert said["uptime_s"] == 77
    assert said["app_alive"] == 1
    assert 0.05 < said["disk_free_ratio"] < 1
    assert sources == [ADDRESS]


async def test_a_stopped_machine_is_silent_until_it_may_beat_again(door: Door) -> None:
    states = States()
    states.set(ADDRESS, {StateName.BEATS_STOPPED: 1}, now=0.0)
    async with door.open(), running(send_beats(door.plan, states, lambda _: 1.0)):
        await asyncio.sleep(0.5)
        assert not door.intake.counts
        states.set(ADDRESS, {StateName.BEATS_STOPPED: 0}, now=1.0)
        await until_heard(door.intake)


async def test_a_door_that_opens_late_is_found(door: Door) -> None:
    async with running(send_beats(door.plan, States(), lambda _: 1.0)):
        await asyncio.sleep(0.3)
        async with door.open():
            await until_heard(door.intake)


def test_a_plan_survives_its_file() -> None:
    plan = BeatPlan("https://127.0.0.1:8443/beat", "PEM", (Machine("a", "127.51.9.20", "T"),))
    assert BeatPlan.from_json(plan.to_json()) == plan
