"""R12: the MQTT broker is killed again and again: no asset is blamed for beats that cannot arrive, and they come again."""

import asyncio
import time
from functools import partial
from pathlib import Path

from monitor.inputs.beat_intake import BeatIntake
from probes.heartbeat import read_beat
from probes.reading import FailureReason
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.inputs.test_beat_mqtt import GOOD, broker_of, open_way, subscribed, until, way
from tests.servers.mosquitto import running_mosquitto

KILLS = sized(short=2, long=20)
MAX_AGE_S = 60.0


def heard(intake: BeatIntake, count: int) -> bool:
    """Whether so many beats came through, among them those that come too fast after another to be news."""
    return sum(intake.counts.values()) == count


async def test_r12_a_broker_that_is_killed_blames_no_asset(tmp_path: Path) -> None:
    slowest_s = 0.0
    with running_mosquitto(tmp_path) as mosquitto:
        async with subscribed(broker_of(mosquitto)) as intake:
            for kill in range(1, KILLS + 1):
                await open_way(intake)
                told = await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD)
                assert told.returncode == 0, told.stderr
                await until(partial(heard, intake, kill))
                assert {what for _, what in intake.counts} <= {"accepted", "too_fast"}

                mosquitto.process.kill()
                await asyncio.to_thread(mosquitto.process.wait)
                await until(lambda: way(intake).open_since_mono is None)
                for age_s in (0.0, MAX_AGE_S + 1, 86_400.0):
                    late = read_beat(
                        intake.beats, "kiosk-01", max_age_s=MAX_AGE_S, now_mono=time.monotonic() + age_s
                    )
                    assert late.ok or late.reason is FailureReason.LOCAL, late
                await asyncio.to_thread(mosquitto.start_again)
                began = time.monotonic()
                await open_way(intake)
                slowest_s = max(slowest_s, time.monotonic() - began)
                # What was to come while nobody could hear it has its time again.
                young = read_beat(
                    intake.beats, "kiosk-02", max_age_s=MAX_AGE_S, now_mono=time.monotonic() + MAX_AGE_S / 2
                )
                assert young.reason is FailureReason.LOCAL
    promise.told(
        12,
        "a broker that is killed blames no asset, and beats come again by themselves (there are no satellites yet)",
        f"{KILLS} kills of mosquitto: every beat that was sent to a living broker taken, 0 assets blamed, "
        f"back within {slowest_s:.1f} s",
    )
