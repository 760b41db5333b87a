"""What is wrong with the monitor itself."""

import re
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.messages.vocabulary import Language
from monitor.backup.facts import BackupFacts
from monitor.own.news import News
from monitor.series.progress import CompactorFacts
from monitor.web.health import Grade, grade, troubles
from monitor.web.view import ForwarderFacts, InventoryFacts
from tests.monitor.web.samples import HEALTH, NOW, province, snapshot_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
VIETNAMESE = re.compile(r"[À-ɏḀ-ỿ]")


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        ({}, None, Grade.OK),
        ({"last_result_at": NOW - 61}, "results_late", Grade.DEGRADED),
        ({"last_result_at": NOW - 121}, "results_stopped", Grade.FAILING),
        ({"last_result_at": None, "started_at": NOW - 30}, None, Grade.OK),
        ({"last_result_at": None, "started_at": NOW - 121}, "results_stopped", Grade.FAILING),
        ({"state_fault": "đĩa đầy", "state_failing_for_s": 59.0}, "state_store", Grade.DEGRADED),
        ({"state_fault": "đĩa đầy", "state_failing_for_s": 61.0}, "state_store", Grade.FAILING),
        ({"results_fault": "đĩa đầy"}, "result_log", Grade.DEGRADED),
        ({"compaction": CompactorFacts(hours_behind=6)}, None, Grade.OK),
        ({"compaction": CompactorFacts(hours_behind=7, fault="đĩa đầy")}, "compaction_late", Grade.DEGRADED),
        ({"compaction": CompactorFacts(refused=1)}, "compaction_refused", Grade.DEGRADED),
        ({"news": News(chunks_damaged=1)}, "chunks_damaged", Grade.DEGRADED),
        ({"news": News(lines_refused=2)}, "influx_refused", Grade.DEGRADED),
        # Once on the page, for ever in the metrics: what is over is no trouble.
        ({"forwarder": ForwarderFacts(dead_letters=9), "conclusion_bugs": 9}, None, Grade.OK),
        ({"forwarder": ForwarderFacts(lag_rows=3)}, None, Grade.OK),
        ({"forwarder": ForwarderFacts(lag_rows=3, last_error="401")}, "influx", Grade.DEGRADED),
        ({"forwarder": ForwarderFacts(lag_rows=20_001)}, "influx", Grade.DEGRADED),
        ({"forwarder": ForwarderFacts(late_chunks=9, oldest_unsent_at=NOW - 60)}, None, Grade.OK),
        ({"forwarder": ForwarderFacts(late_chunks=9, oldest_unsent_at=NOW - 901)}, "influx", Grade.DEGRADED),
        ({"outbox_oldest_age_s": 301.0}, "outbox_late", Grade.DEGRADED),
        ({"outbox_dead": 2}, "dead_letters", Grade.DEGRADED),
        ({"our_faults": 517, "our_fault": "thiếu quyền ICMP"}, "our_faults", Grade.DEGRADED),
        ({"news": News(conclusion_bugs=3)}, "conclusion_bugs", Grade.DEGRADED),
        ({"news": News(decisions_refused=1)}, "decisions_refused", Grade.DEGRADED),
        ({"lag_p99_s": 1.5}, "schedule_late", Grade.DEGRADED),
        ({"backup": None}, None, Grade.OK),
        ({"backup": BackupFacts(NOW - 49 * 3_600, NOW - 47 * 3_600)}, None, Grade.OK),
        ({"backup": BackupFacts(NOW - 3_600, NOW - 49 * 3_600)}, "backup_late", Grade.DEGRADED),
        ({"backup": BackupFacts(NOW - 49 * 3_600)}, "backup_late", Grade.DEGRADED),
        ({"backup": BackupFacts(NOW, NOW - 60, error="đĩa đầy")}, "backup_failed", Grade.DEGRADED),
        (
            {"inventory": InventoryFacts(reload_error="danh-muc.yaml:3: sai")},
            "reload_refused",
            Grade.DEGRADED,
        ),
        ({"inventory": InventoryFacts(started_from="3 lỗi")}, "started_from_version", Grade.DEGRADED),
        ({"inventory": InventoryFacts(pending="thôi giám sát 40 đối tượng")}, "reload_waits", Grade.DEGRADED),
        ({"inventory": InventoryFacts(store_fault="đĩa đầy")}, "version_not_stored", Grade.DEGRADED),
        ({"inventory": InventoryFacts(needs_restart="email")}, "restart_needed", Grade.DEGRADED),
        ({"listener_faults": {"web": "cổng 8080 bị chiếm", "traps": ""}}, "listener_closed", Grade.DEGRADED),
        ({"listener_faults": {"web": "", "traps": ""}}, None, Grade.OK),
        ({"inventory": InventoryFacts(lost_pin="bản 3 (Chị Hoa ghim)")}, "pin_lost", Grade.DEGRADED),
    ],
)
def test_each_fact_has_its_grade(change: dict[str, Any], code: str | None, expected: Grade) -> None:
    snapshot = snapshot_of(province(communes=1), health=replace(HEALTH, **change))

    found = troubles(snapshot, ZONE)

    assert [trouble.code for trouble in found] == ([] if code is None else [code])
    assert grade(found) is expected
    for vietnamese, english in zip(found, troubles(snapshot, ZONE, Language.EN), strict=True):
        facts = [word for word in re.findall(r"\w+", str(change)) if VIETNAMESE.search(word)]
        assert english.text != vietnamese.text
        assert VIETNAMESE.findall(re.sub("|".join(facts) or "$^", "", english.text)) == []


def test_a_pinned_version_is_told_with_who_pinned_it_and_how_to_end_it() -> None:
    pinned = InventoryFacts(version=7, pinned_at=NOW - 300, pinned_by="Chị Hoa")

    (trouble,) = troubles(snapshot_of(province(communes=1), health=replace(HEALTH, inventory=pinned)), ZONE)

    assert trouble.code == "inventory_pinned"
    assert "bản 7 (hoàn tác 02:35 22/11 bởi Chị Hoa)" in trouble.text
    assert "inventory apply" in trouble.text


def test_being_cut_off_is_told_with_its_beginning() -> None:
    snapshot = snapshot_of(province(communes=1), isolated_since_at=NOW - 300)

    (trouble,) = troubles(snapshot, ZONE)

    assert trouble.code == "isolated"
    assert trouble.text.startswith("máy giám sát mất đường ra mạng từ 02:35 22/11; kiểm tra dây mạng")


def test_the_gravest_comes_first() -> None:
    ill = replace(HEALTH, outbox_dead=1, state_fault="đĩa đầy", state_failing_for_s=100.0)

    found = troubles(snapshot_of(province(communes=1), health=ill), ZONE)

    assert [trouble.code for trouble in found] == ["state_store", "dead_letters"]


def test_how_far_influxdb_is_behind_is_said_in_words() -> None:
    facts = ForwarderFacts(
        2_000, last_error="HTTP 503", late_chunks=1_142_400, oldest_unsent_at=NOW - 7 * 86_400
    )
    snapshot = snapshot_of(province(communes=1), health=replace(HEALTH, forwarder=facts))

    (trouble,) = troubles(snapshot, ZONE)

    assert trouble.text == (
        "InfluxDB chậm 2.000 dòng, gửi bù dần 1.142.400 giờ đo, cũ nhất từ 07 ngày trước: HTTP 503; "
        "kiểm tra: tslcd-monitor influx status"
    )
