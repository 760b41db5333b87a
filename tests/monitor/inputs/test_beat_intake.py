import logging
from typing import Never

import pytest

from monitor.inputs.beat_intake import MOST_SOURCES, BeatIntake
from monitor.inputs.heartbeats import Outcome
from probes.beats import Beat, BeatBook
from tests.clock import FakeClock
from tests.monitor.inputs.beats import KEY, assets, beat, token

CLOCK_START = 1_000.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(monotonic=CLOCK_START)


@pytest.fixture
def intake(clock: FakeClock) -> BeatIntake:
    made = BeatIntake(BeatBook(opened_mono=clock.monotonic()), key=KEY, mono=clock.monotonic)
    made.adopt(assets(kiosk_01=1, kiosk_02=2))
    return made


def test_keeps_a_good_beat_with_the_time_it_came(intake: BeatIntake) -> None:
    assert intake.take(beat(uptime_s=5), way="http", token=token("kiosk-01")) is Outcome.ACCEPTED
    assert intake.beats.last("kiosk-01") == Beat(CLOCK_START, {"uptime_s": 5.0}, "http")
    assert intake.counts == {("http", "accepted"): 1}


def test_takes_the_token_out_of_the_beat_where_none_is_given(intake: BeatIntake) -> None:
    good = beat(token=token("kiosk-01"))

    assert intake.take(good, way="mqtt", topic_asset="kiosk-01") is Outcome.ACCEPTED
    assert intake.take(beat(), way="mqtt", topic_asset="kiosk-01") is Outcome.BAD_TOKEN
    assert intake.take(good, way="mqtt", topic_asset="kiosk-02") is Outcome.WRONG_TOPIC
    assert intake.counts["mqtt", "wrong_topic"] == 1


def test_another_assets_token_is_wrong(intake: BeatIntake) -> None:
    assert intake.take(beat(), way="http", token=token("kiosk-02", 2)) is Outcome.BAD_TOKEN
    assert intake.beats.last("kiosk-01") is None


def test_a_higher_serial_revokes_the_tokens_before(intake: BeatIntake) -> None:
    assert intake.take(beat("kiosk-02"), way="http", token=token("kiosk-02", 1)) is Outcome.BAD_TOKEN
    assert intake.take(beat("kiosk-02"), way="http", token=token("kiosk-02", 2)) is Outcome.ACCEPTED


def test_whether_an_asset_exists_is_told_only_to_who_has_its_token(intake: BeatIntake) -> None:
    assert intake.take(beat("kiosk-99"), way="http", token="A" * 52) is Outcome.BAD_TOKEN
    assert intake.take(beat("kiosk-99"), way="http", token=token("kiosk-99")) is Outcome.UNKNOWN_ASSET
    assert intake.beats.last("kiosk-99") is None


def test_follows_the_inventory(intake: BeatIntake) -> None:
    intake.take(beat(), way="http", token=token("kiosk-01"))

    intake.adopt(assets(kiosk_03=1))

    assert intake.beats.last("kiosk-01") is None
    assert intake.take(beat(), way="http", token=token("kiosk-01")) is Outcome.UNKNOWN_ASSET
    assert intake.take(beat("kiosk-03"), way="http", token=token("kiosk-03")) is Outcome.ACCEPTED


async def test_an_asset_that_beats_too_fast_is_held_to_its_share(
    intake: BeatIntake, clock: FakeClock
) -> None:
    def takes() -> list[Outcome]:
        return [intake.take(beat(), way="http", token=token("kiosk-01")) for _ in range(8)]

    assert takes() == [Outcome.ACCEPTED] * 5 + [Outcome.TOO_FAST] * 3
    await clock.advance(10.0)
    assert takes() == [Outcome.ACCEPTED] * 2 + [Outcome.TOO_FAST] * 6


def test_strangers_cannot_use_up_what_an_asset_may_send(intake: BeatIntake) -> None:
    for _ in range(100):
        intake.take(beat(), way="http", token="A" * 52)

    assert intake.take(beat(), way="http", token=token("kiosk-01")) is Outcome.ACCEPTED


async def test_a_source_that_floods_is_turned_away_and_another_is_not(
    intake: BeatIntake, clock: FakeClock
) -> None:
    admitted = sum(intake.admits("192.0.2.1") for _ in range(1_000))

    assert admitted == 300
    assert intake.admits("192.0.2.2")
    await clock.advance(1.0)
    assert sum(intake.admits("192.0.2.1") for _ in range(1_000)) == 50


def test_sources_without_end_fill_no_memory(intake: BeatIntake) -> None:
    for number in range(MOST_SOURCES + 500):
        intake.admits(str(number))

    assert len(intake._sources) == MOST_SOURCES


def test_the_same_refusal_is_logged_once_a_minute(
    intake: BeatIntake, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            intake.take(b"{", way="http", token="A")

    assert len(caplog.records) == 1
    assert intake.counts["http", "malformed"] == 50


class TrippingBook(BeatBook):
    def record(self, asset: str, beat: Beat) -> Never:
        raise RuntimeError(f"a bug: {asset} {beat}")


def test_a_bug_of_ours_is_counted_and_ends_nothing(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    intake = BeatIntake(TrippingBook(opened_mono=0.0), key=KEY, mono=clock.monotonic)
    intake.adopt(assets(kiosk_01=1))

    assert intake.take(beat(), way="mqtt", token=token("kiosk-01")) is Outcome.BUG
    assert intake.take(b"{", way="mqtt", token="A") is Outcome.MALFORMED
    assert "a bug" in caplog.text


async def test_a_step_of_the_wall_clock_changes_no_age(intake: BeatIntake, clock: FakeClock) -> None:
    clock.step_wall(-3_600)
    intake.take(beat(), way="http", token=token("kiosk-01"))
    clock.step_wall(864_000)

    last = intake.beats.last("kiosk-01")

    assert last is not None
    assert clock.monotonic() - last.received_mono == 0
