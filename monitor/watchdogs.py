"""Who watches us, and what they hear: systemd's watchdog and the dead-man's switch, both tied to real progress."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from alerts.channels.base import Channel, DeliveryError, DeliveryFailure
from alerts.channels.http_client import HttpClient
from alerts.channels.mqtt import MqttChannel
from alerts.delivery.worker import Deliverer
from monitor.clock import Clock
from monitor.dead_man import DeadMan, Sign, Way, by_http
from monitor.liveness import CHECK_EVERY_S, Liveness
from monitor.service_status import status_line
from monitor.settings.alerting import DeadManSettings
from monitor.settings.settings import Settings
from monitor.systemd import Systemd
from monitor.ticker import EVERY_S
from monitor.vital_signs import VitalSigns
from monitor.web.health import FLOW_STOPPED_S, Grade, grade, troubles
from monitor.web.view import Snapshot

log = logging.getLogger(__name__)

TICK_LIMIT_S = 10 * EVERY_S
"""Longer than any pause of the loop that was ever measured, with a whole province down."""

SAVE_LIMIT_S = 120.0
STATUS_EVERY_S = 10.0
DELIVERY_LIMIT_S = 180.0
"""Longer than one letter to a silent server may take, with what is noted of it afterwards."""


class Watched(Protocol):
    """What is asked of the running daemon."""

    @property
    def signs(self) -> VitalSigns:
        """What its parts know of themselves."""
        ...

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The ways to tell people."""
        ...

    @property
    def ticks(self) -> int:
        """How often time has had its consequences."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


def watch_over(signs: VitalSigns, ticks: Callable[[], int], clock: Clock) -> Liveness:
    """Return the liveness of the daemon's parts.

    A store that refuses is no standstill: a restart would not mend it, and what is decided would be lost.
    """
    liveness = Liveness(clock)
    liveness.watch("ticker", ticks, limit_s=TICK_LIMIT_S)
    liveness.watch(
        "results",
        lambda: signs.pipeline.last_result_at,
        limit_s=lambda: max(FLOW_STOPPED_S, 2 * _longest_pause_s(signs)),
        idle=lambda: not any(not check.is_own for check in signs.world.inventory.checks.values()),
    )
    liveness.watch(
        "saver",
        lambda: signs.saver.done,
        limit_s=SAVE_LIMIT_S,
        idle=lambda: signs.saver.waiting == 0 or signs.saver.fault is not None,
    )
    for channel in signs.deliverer.steps:
        steps = partial(_steps, signs.deliverer, channel)
        liveness.watch(f"delivery:{channel}", steps, limit_s=DELIVERY_LIMIT_S)
    return liveness


async def keep_alive(liveness: Liveness, systemd: Systemd, clock: Clock) -> None:
    """Tell systemd that we are alive while all parts make progress, for ever; say once what stands still."""
    every_s = CHECK_EVERY_S if systemd.watchdog_s is None else min(CHECK_EVERY_S, systemd.watchdog_s / 3)
    said: tuple[str, ...] = ()
    while True:
        liveness.look()
        stalled = liveness.stalled
        if not stalled:
            systemd.alive()
        if stalled != said:
            if stalled:
                log.critical("no_progress parts=%s", ",".join(stalled))
            else:
                log.warning("progress_again")
            said = stalled
        await clock.sleep(every_s)


async def keep_told(status: Callable[[], str], systemd: Systemd, clock: Clock) -> None:
    """Tell systemd how we are whenever that has changed, for ever."""
    said = ""
    while True:
        await clock.sleep(STATUS_EVERY_S)
        text = status()
        if text != said:
            systemd.status(text)
            said = text


@asynccontextmanager
async def watched_over(
    daemon: Watched, settings: Settings, url: str | None, systemd: Systemd, *, clock: Clock
) -> AsyncIterator[None]:
    """Tell systemd that we are ready, and keep telling it and whoever else listens that we are alive."""
    liveness = watch_over(daemon.signs, lambda: daemon.ticks, clock)
    client = HttpClient()
    zone = ZoneInfo(settings.timezone)
    tasks = [asyncio.create_task(keep_alive(liveness, systemd, clock), name="watchdog")]
    if systemd.listens:
        daemon.signs.reloading.around = systemd.reloading
        status = partial(_status, daemon, zone)
        tasks.append(asyncio.create_task(keep_told(status, systemd, clock), name="status"))
    if settings.dead_man is not None:
        late_s = settings.dead_man.late_s
        dead_man = daemon.signs.dead_man = DeadMan(
            _ways(settings.dead_man, url, client, daemon),
            lambda: sign_of(daemon.snapshot(), liveness, zone, late_s=late_s),
            clock=clock,
            interval_s=settings.dead_man.interval_s,
            vantage=settings.vantage,
        )
        tasks.append(asyncio.create_task(dead_man.run(), name="dead-man"))
    systemd.ready(_status(daemon, zone))
    try:
        yield
    finally:
        systemd.stopping()
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.critical("watchdog_died", exc_info=outcome)
        await client.aclose()


def _status(daemon: Watched, zone: ZoneInfo) -> str:
    return status_line(daemon.snapshot(), zone)


def _ways(settings: DeadManSettings, url: str | None, client: HttpClient, daemon: Watched) -> dict[str, Way]:
    ways: dict[str, Way] = {}
    if url is not None:
        ways["http"] = by_http(client, url)
    if settings.mqtt_topic is not None:
        ways["mqtt"] = _by_mqtt(daemon.channels.get("mqtt"), settings.mqtt_topic)
    return ways


def sign_of(snapshot: Snapshot, liveness: Liveness, zone: ZoneInfo, *, late_s: float) -> Sign:
    """Return what a sign of life says now; none may go out when we cannot be relied on."""
    found = troubles(snapshot, zone)
    codes = tuple(each.code for each in found)
    if liveness.stalled:
        return Sign(codes, f"stalled:{','.join(liveness.stalled)}")
    if grade(found) is Grade.FAILING:
        return Sign(codes, f"failing:{','.join(each.code for each in found if each.grade is Grade.FAILING)}")
    if (snapshot.health.outbox_oldest_age_s or 0.0) > late_s:
        return Sign(codes, "undelivered")
    return Sign(codes)


def _by_mqtt(channel: Channel | None, topic: str) -> Way:
    async def publish(body: bytes) -> None:
        if not isinstance(channel, MqttChannel):
            raise DeliveryError("mqtt_out is not configured", DeliveryFailure.SENDER)
        await channel.publish(topic, body)

    return publish


def _steps(deliverer: Deliverer, channel: str) -> int:
    return deliverer.steps[channel]


def _longest_pause_s(signs: VitalSigns) -> float:
    """Return how long no result may come while all is well: the check that is run most often gives one by then."""
    return min(
        (
            check.interval_s + check.timeout_s
            for check in signs.world.inventory.checks.values()
            if not check.is_own
        ),
        default=0.0,
    )
