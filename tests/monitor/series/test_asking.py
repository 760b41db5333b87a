from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Check
from monitor.series.asking import AskedWrongError, check_metric, read_asked
from monitor.series.model import ANSWER, RTT, Bucket
from monitor.series.reading import Slice
from probes.kinds import KINDS

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = 1_770_000_000.0


def check(kind: str) -> Check:
    return Check(
        id=f"a/{kind}",
        target_id="a",
        kind=kind,
        address="",
        options=KINDS[kind].options.model_construct(),
        interval_s=60.0,
        retry_interval_s=20.0,
        timeout_s=2.0,
        failures_to_down=3,
        successes_to_up=2,
    )


def found(series: str) -> Slice:
    return Slice("a", series, "1h", 3_600.0, (0.0, 3_600.0), (None,))


def why_not(series: str, kind: str) -> str:
    with pytest.raises(AskedWrongError) as raised:
        check_metric(found(series), check(kind))
    return raised.value.remedy


def test_what_round_trips_show_is_asked_as_their_series_and_the_rest_result_by_result() -> None:
    assert why_not("loss_ratio", "icmp") == why_not("rtt_p95_s", "icmp")
    assert f"dùng metric {RTT}" in why_not("loss_ratio", "icmp")
    assert why_not("jitter_s", "icmp") == "chỉ có ở từng lần đo: tslcd-monitor series a/icmp --raw -o json"


@pytest.mark.parametrize(("series", "kind"), [(RTT, "http"), ("loss_ratio", "http"), ("speech_r", "icmp")])
def test_a_check_is_not_said_to_have_what_its_kind_never_has(series: str, kind: str) -> None:
    with pytest.raises(AskedWrongError, match="không có chỉ số"):
        check_metric(found(series), check(kind))


@pytest.mark.parametrize(
    ("series", "kind"), [(RTT, "icmp"), (ANSWER, "icmp"), (RTT, "ntp"), ("total_s", "http")]
)
def test_what_a_check_may_have_is_empty_but_not_wrong(series: str, kind: str) -> None:
    check_metric(found(series), check(kind))


def test_what_was_found_is_right_whatever_the_kind_says_today() -> None:
    bucket = Bucket(0.0, 1, 0, 1.0, None)
    check_metric(replace(found("loss_ratio"), buckets=(bucket,)), check("http"))


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"points": "9" * 5_000}, "points: không hiểu"),
        ({"points": "٣٣"}, "points: không hiểu"),
        ({"until": "0001-01-01"}, "to: trước năm 1970"),
        ({"until": "1970-01-01 12:00"}, "from: trước năm 1970"),
        ({"since": "1950-01-01", "until": "1950-01-02"}, "to: trước năm 1970"),
        ({"since": "9999-12-31"}, "chưa tới"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "to phải sau from"),
    ],
)
def test_what_no_graph_can_be_made_of_is_refused(asked: dict[str, str], what: str) -> None:
    said = {"span": "", "since": "", "until": "", "points": "", "metric": ""} | asked
    with pytest.raises(AskedWrongError, match=what):
        read_asked(**said, now=NOW, zone=ZONE)
