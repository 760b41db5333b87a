"""What the monitor knows of itself, as figures of its own checks."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.channels.base import ChannelHealth, DeliveryFailure
from alerts.model.checks import CheckState, Status
from inventory.loader import load
from inventory.model import Inventory
from monitor.backup.facts import BackupFacts
from monitor.own.kernel_clock import KernelClock
from monitor.own.looks import Known, looks
from monitor.own.machine import Machine
from monitor.own.parts import SIGN_OF, texts_of
from monitor.web.health import Grade, Trouble, grade, troubles
from monitor.web.health_cards import _CARD_OF
from monitor.web.view import ForwarderFacts, HealthFacts
from probes.own import Look, OwnBook, Sign
from probes.reading import FailureReason
from probes.self import MAX_AGE_S, METRICS_OF, read_own
from tests.monitor.web.samples import HEALTH, NOW, province, snapshot_of

ROOT = Path(__file__).parents[3]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MACHINE = Machine(
    memory_bytes=300,
    memory_limit_bytes=1_000,
    descriptors=80,
    descriptors_limit=100,
    disk_free_bytes=50,
    disk_bytes=1_000,
    inodes_free=9,
    inodes=10,
    clock=KernelClock(is_synchronised=True, error_s=0.02),
    certificates={"web": NOW + 86_400, "beat": NOW - 60},
)
FULL = replace(
    HEALTH,
    lag_p99_s=0.1,
    outbox_oldest_age_s=12.0,
    forwarder=ForwarderFacts(lag_rows=7, oldest_unsent_at=NOW - 90),
    channels={
        "zalo_oa": ChannelHealth(token_age_s=60.0, quota_left=400, package_until=date(2026, 11, 22)),
        "email": ChannelHealth(),
    },
)
ONE = province(communes=1)


def known(health: HealthFacts = FULL, **given: Any) -> Known:
    isolated = given.pop("isolated_since_at", None)
    snapshot = snapshot_of(ONE, health=health, isolated_since_at=isolated)
    usual: dict[str, Any] = {
        "machine": MACHINE,
        "disk_full_s": 3_600.0,
        "clock_steps": 2,
        "signs_sent_at": {},
    }
    return Known(
        snapshot=snapshot,
        troubles=given.pop("troubles", ()),
        mono=5.0,
        zone=ZONE,
        loop_lag_s=0.3,
        blind_s=4.0,
        **{**usual, **given},
    )


def test_every_part_has_a_look_of_figures_that_the_probe_declares() -> None:
    found = looks(known(signs_sent_at={"http": NOW - 30}))

    assert set(found) == set(Sign)
    for sign, look in found.items():
        assert set(look.metrics) == set(METRICS_OF[sign]), sign
        assert look.looked_mono == 5.0


@pytest.mark.parametrize(
    ("sign", "metric", "value"),
    [
        (Sign.PROCESS, "memory_limit_ratio", 0.3),
        (Sign.PROCESS, "descriptors_ratio", 0.8),
        (Sign.PROCESS, "loop_lag_s", 0.3),
        (Sign.DISK, "disk_left_ratio", 0.05),
        (Sign.DISK, "inodes_left_ratio", 0.9),
        (Sign.DISK, "disk_full_s", 3_600.0),
        (Sign.BACKUP, "backup_age_s", 3_600.0),
        (Sign.DELIVERY, "message_late_s", 12.0),
        (Sign.CERTIFICATES, "web_certificate_s", 86_400.0),
        (Sign.CERTIFICATES, "beat_certificate_s", -60.0),
        (Sign.CLOCK, "clock_error_s", 0.02),
        (Sign.CLOCK, "clock_unsynchronised", 0.0),
        (Sign.CLOCK, "clock_steps", 2.0),
        (Sign.NETWORK, "isolated_s", 0.0),
        (Sign.NETWORK, "blind_s", 4.0),
        (Sign.FORWARDING, "oldest_unsent_s", 90.0),
        # 02:40 of the last day that is paid for: until midnight.
        (Sign.CHANNELS, "package_s", 21 * 3_600 + 19 * 60 + 48.0),
    ],
)
def test_each_figure_is_what_was_seen(sign: Sign, metric: str, value: float) -> None:
    assert looks(known())[sign].metrics[metric] == pytest.approx(value)


def test_what_is_not_known_is_missing_and_never_0() -> None:
    bare = replace(HEALTH, backup=BackupFacts(watched_from_at=NOW))
    found = looks(known(bare, machine=None, disk_full_s=None, clock_steps=None, signs_sent_at=None))

    assert set(found[Sign.DISK].metrics) == {"troubles", "failing"}
    assert set(found[Sign.CLOCK].metrics) == {"troubles", "failing"}
    assert "backup_age_s" not in found[Sign.BACKUP].metrics
    assert "life_sign_age_s" not in found[Sign.OUTSIDE].metrics
    assert found[Sign.OUTSIDE].metrics["unwatched"] == 1.0
    lost = replace(MACHINE, clock=KernelClock(is_synchronised=False, error_s=16.0))
    clock = looks(known(machine=lost))[Sign.CLOCK].metrics
    assert (clock["clock_unsynchronised"], "clock_error_s" in clock) == (1.0, False)


def test_signs_of_life_are_as_old_as_the_way_that_lags_most() -> None:
    sent = {"http": NOW - 30, "mqtt": None}
    assert looks(known(signs_sent_at=sent))[Sign.OUTSIDE].metrics["life_sign_age_s"] == 86_400.0


def test_being_cut_off_has_lasted_since_the_quorum_broke() -> None:
    found = looks(known(isolated_since_at=NOW - 300))
    assert found[Sign.NETWORK].metrics["isolated_s"] == 300.0


def test_a_part_counts_the_troubles_of_the_page_and_says_them() -> None:
    ill = replace(HEALTH, outbox_dead=2, state_fault="đĩa đầy", state_failing_for_s=100.0)
    found = looks(known(ill, troubles=troubles(snapshot_of(ONE, health=ill), ZONE)))

    assert found[Sign.DELIVERY].metrics["troubles"] == 1.0
    assert found[Sign.DELIVERY].detail.startswith("2 tin nhắn không gửi được, cần người xem")
    assert (found[Sign.STORES].metrics["failing"], found[Sign.DELIVERY].metrics["failing"]) == (1.0, 0.0)


def test_what_keeps_a_channel_from_sending_is_left_to_the_alarm_that_told_of_it() -> None:
    ill = replace(
        HEALTH,
        channels={
            "zalo_bot": ChannelHealth(trouble=DeliveryFailure.AUTH),
            "zalo_oa": ChannelHealth(needs_login=True, package_until=date(2026, 11, 23)),
        },
    )
    found = troubles(snapshot_of(ONE, health=ill), ZONE)

    untold = looks(known(ill, troubles=found))[Sign.CHANNELS]
    told = looks(known(ill, troubles=found, told_channels={"zalo_bot", "zalo_oa"}))[Sign.CHANNELS]
    assert untold.metrics["troubles"] == 3.0
    assert told.metrics["troubles"] == 1.0
    assert told.detail.startswith("gói dịch vụ của kênh zalo_oa"), "it sends, but not for long"


def codes_in_the_code() -> set[str]:
    text = "".join(
        (ROOT / "monitor/web" / name).read_text("utf-8") for name in ("health.py", "channel_health.py")
    )
    return set(re.findall(r"Trouble\(\s*\"([a-z_]+)\"", text))


def test_every_trouble_belongs_to_a_part_and_to_a_card() -> None:
    codes = codes_in_the_code()

    assert len(codes) > 25
    assert codes == set(SIGN_OF)
    assert codes | {f"own_{sign}" for sign in Sign} == set(_CARD_OF)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    file = tmp_path_factory.mktemp("danh-muc") / "tinh.yaml"
    file.write_text(
        "units: {tinh: {name: Tỉnh, kind: sở, area: province}}\n"
        "targets:\n"
        "  tinh.giam-sat: {name: Hệ thống giám sát, unit: tinh, profile: monitor}\n"
        "  tinh.cong: {name: Cổng mạng, unit: tinh, profile: gateway, address: 192.0.2.1}\n"
    )
    return load([file])


def test_a_figure_beyond_its_limit_is_a_trouble_of_the_same_list(watched: Inventory) -> None:
    snapshot = snapshot_of(watched)
    states = dict(snapshot.states)
    disk, stores = "tinh.giam-sat/disk", "tinh.giam-sat/stores"
    states[disk] = CheckState(disk, Status.DEGRADED, NOW - 60, cause="disk_left_ratio 0.05 / 0.1")
    states[stores] = CheckState(stores, Status.DEGRADED, NOW - 60, cause="troubles 1 / 1")
    found = troubles(replace(snapshot, states=states), ZONE)

    (trouble,) = found  # what the list has in words already is not said twice
    assert (trouble.code, grade(found)) == ("own_disk", Grade.DEGRADED)
    assert trouble.text.startswith("đĩa chứa dữ liệu giám sát sắp đầy, còn 5% (ngưỡng 10%); giải phóng")


def test_messages_get_the_words_of_the_page(watched: Inventory) -> None:
    found = (
        Trouble("influx", Grade.DEGRADED, "InfluxDB chậm"),
        Trouble("own_disk", Grade.DEGRADED, "đĩa sắp đầy"),
    )
    own = [check_id for check_id, check in watched.checks.items() if check.is_own]
    assert texts_of(found, watched, own) == {"tinh.giam-sat/forwarding": "InfluxDB chậm"}


def test_the_monitor_is_in_no_count_of_targets_and_shows_no_measuring(watched: Inventory) -> None:
    snapshot = snapshot_of(watched)
    only_own = replace(
        watched, checks={each: check for each, check in watched.checks.items() if check.is_own}
    )
    alone = snapshot_of(only_own)

    assert snapshot.watches_others
    assert not alone.watches_others
    assert [trouble.code for trouble in troubles(alone, ZONE)] == ["nothing_watched"]


def test_a_look_that_is_missing_or_old_says_nothing() -> None:
    own = OwnBook()
    assert read_own(own, Sign.DISK, now_mono=0.0).reason is FailureReason.LOCAL
    own.record({Sign.DISK: Look(10.0, {"disk_left_ratio": 0.5}, "còn nhiều")})
    fresh = read_own(own, Sign.DISK, now_mono=10.0 + MAX_AGE_S)
    assert (fresh.ok, fresh.metrics, fresh.detail) == (True, {"disk_left_ratio": 0.5}, "còn nhiều")
    assert read_own(own, Sign.DISK, now_mono=11.0 + MAX_AGE_S).reason is FailureReason.LOCAL
    own.record({})
    assert read_own(own, Sign.DISK, now_mono=10.0).reason is FailureReason.LOCAL
