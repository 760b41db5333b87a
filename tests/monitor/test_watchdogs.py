import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.http_client import HttpClient
from inventory.model import Inventory
from monitor.dead_man import DeadMan, Sign, by_http
from monitor.liveness import Liveness
from monitor.systemd import Systemd
from monitor.watchdogs import keep_alive, keep_told, watch_over
from tests.alerts.province import check, province
from tests.clock import FakeClock


async def test_a_part_that_stands_still_is_named_until_it_moves_again() -> None:
    clock, count = FakeClock(), [0]
    liveness = Liveness(clock)
    liveness.watch("delivery", lambda: count[0], limit_s=60)
    liveness.watch("ticker", clock.monotonic, limit_s=20)

    await clock.advance(59)
    liveness.look()
    assert liveness.stalled == ()
    await clock.advance(2)
    liveness.look()
    assert liveness.stalled == ("delivery",)
    count[0] += 1
    liveness.look()
    assert liveness.stalled == ()


async def test_standing_still_with_nothing_to_do_is_no_fault() -> None:
    clock, waiting = FakeClock(), [0]
    liveness = Liveness(clock)
    liveness.watch("saver", lambda: 0, limit_s=60, idle=lambda: waiting[0] == 0)

    await clock.advance(1_000)
    liveness.look()
    assert liveness.stalled == ()
    waiting[0] = 1
    await clock.advance(61)
    liveness.look()
    assert liveness.stalled == ("saver",)


def parts(inventory: Inventory, steps: dict[str, int]) -> Any:
    """What `watch_over` asks of a daemon that stands still."""
    return SimpleNamespace(
        world=SimpleNamespace(inventory=inventory),
        pipeline=SimpleNamespace(last_result_at=None),
        saver=SimpleNamespace(done=0, waiting=0, fault=None),
        deliverer=SimpleNamespace(steps=steps),
    )


async def stalled_after(clock: FakeClock, liveness: Liveness, seconds: float) -> tuple[str, ...]:
    liveness.look()
    await clock.advance(seconds)
    liveness.look()
    return liveness.stalled


async def test_results_may_pause_as_long_as_the_inventory_in_force_lets_them() -> None:
    clock, signs = FakeClock(), parts(province([]), {})
    liveness = watch_over(signs, clock.monotonic, clock)  # type: ignore[arg-type]
    assert await stalled_after(clock, liveness, 1_000) == ()

    hourly = replace(check("a/icmp"), interval_s=3_600)
    signs.world.inventory = province([hourly])
    assert await stalled_after(clock, liveness, 7_000) == ()
    assert await stalled_after(clock, liveness, 400) == ("results",)
    signs.world.inventory = province([hourly, replace(hourly, id="b/icmp", interval_s=600)])
    signs.pipeline.last_result_at = 1.0
    assert await stalled_after(clock, liveness, 1_000) == ()
    assert await stalled_after(clock, liveness, 400) == ("results",)


async def test_one_channel_that_hangs_is_noticed_while_the_others_go_on() -> None:
    clock, steps = FakeClock(), {"email": 7, "zalo_bot": 7}
    liveness = watch_over(parts(province([]), steps), clock.monotonic, clock)  # type: ignore[arg-type]

    for _ in range(4):
        steps["zalo_bot"] += 1
        found = await stalled_after(clock, liveness, 50)

    assert found == ("delivery:email",)


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    """What systemd listens on."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.setblocking(False)
    return listener


def heard(listener: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listener.recv(256).decode())
        except BlockingIOError:
            return found


def test_systemd_hears_of_the_start_and_the_stop(manager: socket.socket) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "30000000"})

    systemd.ready("đang giám sát\nREADY=0\x1b[31m 5 đối tượng")
    # What a device said is in it, and gives no order.
    assert heard(manager) == ["READY=1\nSTATUS=đang giám sát READY=0 [31m 5 đối tượng"]
    with systemd.reloading():
        assert heard(manager) == ["RELOADING=1"]
    systemd.stopping()

    assert systemd.watchdog_s == 30
    assert heard(manager) == ["READY=1", "STOPPING=1"]
    manager.close()


def test_a_watchdog_for_another_process_is_not_ours() -> None:
    asked = {"NOTIFY_SOCKET": "/run/nowhere", "WATCHDOG_USEC": "30000000"}

    assert Systemd({**asked, "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Systemd({**asked, "WATCHDOG_PID": str(os.getpid())}).watchdog_s == 30
    assert Systemd({}).watchdog_s is None


def test_a_manager_that_is_gone_does_no_harm() -> None:
    Systemd({"NOTIFY_SOCKET": "/nowhere/notify"}).ready("")
    Systemd({}).ready("")


async def test_systemd_hears_nothing_while_a_part_stands_still(manager: socket.socket) -> None:
    clock, count = FakeClock(), [0]
    liveness = Liveness(clock)
    liveness.watch("delivery", lambda: count[0], limit_s=20)
    systemd = Systemd({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "15000000"})
    task = asyncio.create_task(keep_alive(liveness, systemd, clock))

    await clock.advance(19)
    assert len(heard(manager)) >= 3
    await clock.advance(10)
    heard(manager)
    await clock.advance(60)
    assert heard(manager) == []
    count[0] += 1
    await clock.advance(6)
    assert set(heard(manager)) == {"WATCHDOG=1"}
    task.cancel()
    manager.close()


async def test_systemd_hears_how_we_are_when_that_has_changed(manager: socket.socket) -> None:
    clock, said = FakeClock(), ["một"]
    systemd = Systemd({"NOTIFY_SOCKET": manager.getsockname()})
    task = asyncio.create_task(keep_told(lambda: said[0], systemd, clock))

    await clock.advance(35)
    assert heard(manager) == ["STATUS=một"]
    said[0] = "hai"
    await clock.advance(11)
    assert heard(manager) == ["STATUS=hai"]
    task.cancel()
    manager.close()


def switch(ways: dict[str, Callable[[bytes], Awaitable[None]]], sign: Callable[[], Sign]) -> DeadMan:
    return DeadMan(ways, sign, clock=FakeClock(), interval_s=60, vantage="main")


async def test_a_sign_of_life_says_how_we_are_and_is_withheld_when_we_are_not() -> None:
    taken: list[dict[str, object]] = []
    sign = Sign()

    async def way(body: bytes) -> None:
        taken.append(json.loads(body))

    dead_man = switch({"here": way}, lambda: sign)
    await dead_man.send()
    sign = Sign(("results_late",))
    await dead_man.send()
    sign = Sign(("results_stopped",), why_not="stalled:results")
    await dead_man.send()

    assert [(each["status"], each["troubles"]) for each in taken] == [
        ("ok", []),
        ("degraded", ["results_late"]),
    ]


async def test_a_bug_of_ours_withholds_one_sign_of_life_and_not_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, taken, bugs = FakeClock(), [], [ZeroDivisionError("a bug")]

    def sign() -> Sign:
        if bugs:
            raise bugs.pop()
        return Sign()

    async def way(body: bytes) -> None:
        taken.append(body)

    task = asyncio.create_task(DeadMan({"w": way}, sign, clock=clock, interval_s=60, vantage="main").run())
    await clock.advance(61)
    task.cancel()

    assert len(taken) == 1
    assert "dead_man_bug" in caplog.text


async def test_one_way_that_fails_does_not_keep_the_others_from_speaking() -> None:
    taken: list[bytes] = []

    async def broken(_body: bytes) -> None:
        raise DeliveryError("no", DeliveryFailure.CONNECT)

    async def good(body: bytes) -> None:
        taken.append(body)

    dead_man = switch({"broken": broken, "good": good}, Sign)
    await dead_man.send()

    assert len(taken) == 1
    assert dead_man.failures == {"broken": 1, "good": 0}
    assert set(dead_man.last_sent_at) == {"good"}


@pytest.mark.parametrize(("status", "failures"), [(200, 0), (204, 0), (302, 1), (404, 1), (500, 1)])
async def test_over_http_only_a_2xx_counts_and_the_url_is_never_told(
    status: int, failures: int, caplog: pytest.LogCaptureFixture
) -> None:
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})

    app = web.Application()
    app.router.add_post("/ping/secret-uuid", take)
    async with TestServer(app) as server:
        client = HttpClient()
        dead_man = switch({"http": by_http(client, str(server.make_url("/ping/secret-uuid")))}, Sign)
        await dead_man.send()
        await client.aclose()

    assert json.loads(bodies[0])["vantage"] == "main"
    assert dead_man.failures["http"] == failures
    assert "secret-uuid" not in caplog.text
