import time

import pytest

from probes.beats import INATTENTIVE_S, Beat, BeatBook
from probes.heartbeat import KIND, HeartbeatOptions, read_beat
from probes.kind import Shared
from probes.reading import FailureReason, Reading
from tests.probes.secrets import COMMUNITY, PUBLIC

START = 1_000.0
MAX_AGE_S = 180.0


@pytest.fixture
def book() -> BeatBook:
    """A book that has taken beats over HTTP since START."""
    book = BeatBook(opened_mono=START)
    book.open_way("http", now_mono=START)
    return book


def read(book: BeatBook, at: float) -> Reading:
    return read_beat(book, "kiosk-01", max_age_s=MAX_AGE_S, now_mono=at)


def test_a_fresh_beat_is_fine_and_tells_what_it_said(book: BeatBook) -> None:
    book.record("kiosk-01", Beat(START, {"uptime_s": 5.0, "disk_free_ratio": 0.4, "app_alive": 0.0}, "http"))

    assert read(book, START + 60) == Reading(
        ok=True, metrics={"beat_age_s": 60.0, "uptime_s": 5.0, "disk_free_ratio": 0.4, "app_alive": 0.0}
    )


def test_what_a_beat_did_not_say_is_missing(book: BeatBook) -> None:
    book.record("kiosk-01", Beat(START, {}, "http"))

    assert read(book, START + 1).metrics == {"beat_age_s": 1.0}


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (181, "nhịp cuối cách đây 3 phút"),
        (720, "nhịp cuối cách đây 12 phút"),
        (7_300, "nhịp cuối cách đây 2 giờ"),
        (200_000, "nhịp cuối cách đây 2 ngày"),
    ],
)
def test_an_old_beat_is_a_timeout_with_its_age(book: BeatBook, age_s: float, words: str) -> None:
    book.record("kiosk-01", Beat(START, {"uptime_s": 5.0}, "http"))

    seen = read(book, START + age_s)

    assert (seen.reason, seen.detail) == (FailureReason.TIMEOUT, words)
    assert seen.metrics == {"beat_age_s": age_s}


def test_an_asset_never_heard_of_is_a_timeout_once_it_had_the_time(book: BeatBook) -> None:
    seen = read(book, START + 7_300)

    assert seen.reason is FailureReason.TIMEOUT
    assert seen.detail == "chưa có nhịp nào từ 2 giờ nay, mã 'kiosk-01'"


def test_a_restart_never_blames_before_the_first_beat_had_its_time(book: BeatBook) -> None:
    seen = read(book, START + MAX_AGE_S - 1)

    assert seen.reason is FailureReason.LOCAL
    assert "chưa đủ thời gian chờ nhịp đầu tiên" in seen.detail


def test_where_nobody_takes_beats_it_is_our_fault() -> None:
    seen = read(BeatBook(opened_mono=START), START + 10_000)

    assert seen.reason is FailureReason.LOCAL
    assert "không có ai nhận nhịp" in seen.detail


def test_a_lost_broker_blames_no_asset_that_beats_through_it(book: BeatBook) -> None:
    book.open_way("mqtt", now_mono=START)
    book.record("kiosk-01", Beat(START, {}, "mqtt"))
    book.close_way("mqtt", "mất kết nối tới MQTT broker 10.51.250.5")

    seen = read(book, START + 10_000)

    assert (seen.reason, seen.detail) == (FailureReason.LOCAL, "mất kết nối tới MQTT broker 10.51.250.5")


def test_a_lost_broker_does_not_excuse_an_asset_that_beats_over_http(book: BeatBook) -> None:
    book.close_way("mqtt", "mất kết nối")
    book.record("kiosk-01", Beat(START, {}, "http"))

    assert read(book, START + 10_000).reason is FailureReason.TIMEOUT


def test_a_broker_that_came_back_gets_the_time_for_a_beat(book: BeatBook) -> None:
    book.record("kiosk-01", Beat(START, {}, "mqtt"))
    book.open_way("mqtt", now_mono=START + 5_000)

    assert read(book, START + 5_000 + MAX_AGE_S - 1).reason is FailureReason.LOCAL
    assert read(book, START + 5_000 + MAX_AGE_S).reason is FailureReason.TIMEOUT


def test_after_the_machine_slept_the_wait_begins_anew(book: BeatBook) -> None:
    book.record("kiosk-01", Beat(START, {}, "http"))
    book.begin_attending(START)
    book.attend(START + INATTENTIVE_S)
    woke_mono = START + INATTENTIVE_S + 600

    book.attend(woke_mono)

    assert read(book, woke_mono).reason is FailureReason.LOCAL
    assert read(book, woke_mono + MAX_AGE_S).reason is FailureReason.TIMEOUT


async def test_the_probe_itself_notices_that_the_machine_slept() -> None:
    now = time.monotonic()
    book = BeatBook(opened_mono=now - 10_000)
    book.open_way("http", now_mono=now - 10_000)
    book.begin_attending(now - 600)
    book.record("kiosk-01", Beat(now - 610, {}, "http"))

    async with KIND.connect(Shared(COMMUNITY, book)) as probe:
        seen = await probe("kiosk-01", HeartbeatOptions(), timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL


def test_forgets_assets_that_are_not_watched_any_more(book: BeatBook) -> None:
    book.record("kiosk-01", Beat(START))
    book.record("kiosk-02", Beat(START))

    book.keep_only({"kiosk-02": 1})

    assert book.last("kiosk-01") is None
    assert book.last("kiosk-02") is not None


async def test_without_a_daemon_it_is_our_fault() -> None:
    async with KIND.connect(PUBLIC) as probe:
        seen = await probe("kiosk-01", HeartbeatOptions(), timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert "tslcd-monitor status" in seen.detail
