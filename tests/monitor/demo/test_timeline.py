import itertools
from pathlib import Path

import pytest

from monitor.demo import timeline
from monitor.demo.states import StateName
from monitor.demo.timeline import DeviceEvent, Places, TimelineError

STORY = """
- {at_s: 75, action: restore, site: "23332", note: Nối lại}
- {at_s: 30, action: cut, site: "23332"}
- {at_s: 40, action: latency, prefix: [10.51.3.0/24, 10.51.4.1], latency_s: 0.05, jitter_s: 0.01}
- {at_s: 40, action: loss, prefix: 10.51.3.0/24, loss_ratio: 0.3}
- {at_s: 50, action: power_off, target: 23332.cpe}
- {at_s: 60, action: slow, prefix: 10.51.200.1, delay_s: 4}
"""
PLACES = Places(sites={"23332": ("10.51.75.0/24",)}, targets={"23332.cpe": "10.51.75.1"})


def test_events_come_sorted_by_time() -> None:
    events = timeline.parse(STORY, name="story.yaml")
    assert [event.at_s for event in events] == [30, 40, 40, 50, 60, 75]
    assert events[-1].note == "Nối lại"


def test_each_event_happens_once_however_time_is_sliced() -> None:
    events = timeline.parse(STORY, name="story.yaml")
    edges = [-1.0, 0.0, 30.0, 39.9, 40.0, 74.0, 80.0]
    sliced = [
        event
        for previous_s, now_s in itertools.pairwise(edges)
        for event in timeline.actions_between(events, previous_s, now_s)
    ]
    assert sliced == list(events)


def test_places_become_prefixes() -> None:
    events = timeline.parse(STORY, name="story.yaml")
    timeline.check_places(events, PLACES)
    assert timeline.prefixes_of(events[0], PLACES) == ("10.51.75.0/24",)
    assert timeline.prefixes_of(events[1], PLACES) == ("10.51.3.0/24", "10.51.4.1")
    assert timeline.prefixes_of(events[3], PLACES) == ("10.51.75.1",)


def test_unknown_places_are_all_named() -> None:
    events = timeline.parse(
        "- {at_s: 1, action: cut, site: '99999'}\n- {at_s: 2, action: cut, target: x.cpe}", name="story.yaml"
    )
    with pytest.raises(TimelineError, match="99999") as caught:
        timeline.check_places(events, PLACES)
    assert str(caught.value).splitlines() == [
        "cut at 1 s: no such site or target: 99999",
        "cut at 2 s: no such site or target: x.cpe",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "- {at_s: 1, action: cut}",
            "event 1: give exactly one of prefix, site, target (given: none)",
        ),
        (
            "- {at_s: 1, action: cut, site: a, target: b}",
            "event 1: give exactly one of prefix, site, target (given: site, target)",
        ),
        ("- {at_s: -1, action: cut, site: a}", "event 1: at_s: Input should be greater than or equal to 0"),
        ("- {at_s: 1, action: loss, site: a}", "event 1: loss_ratio: Field required"),
        (
            "- {at_s: 1, action: mcu, site: a, ports_used: 101}",
            "event 1: ports_used: Input should be less than or equal to 100",
        ),
        (
            "- {at_s: 1, action: loss, site: a, loss_ratio: 2}",
            "event 1: loss_ratio: Input should be less than or equal to 1",
        ),
        ("- {at_s: 1, action: cut, site: a, colour: red}", "event 1: colour: Extra inputs are not permitted"),
        (
            "- {at_s: 1, action: cut, prefix: 10.51.3.1/24}",
            "event 1: prefix: 10.51.3.1/24 has host bits set",
        ),
        ("cut: 1", "the file: Input should be a valid list"),
        ("- [", "while parsing a flow node expected the node content"),
    ],
)
def test_a_wrong_timeline_says_what_is_wrong(text: str, error: str) -> None:
    with pytest.raises(TimelineError) as caught:
        timeline.parse(text, name="story.yaml")
    assert f"story.yaml: {error}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("action: slow, delay_s: 6", {StateName.WEB_DELAY_S: 6}),
        ("action: mcu, ports_used: 96", {StateName.MCU_PORTS_USED: 96}),
        ("action: call, loss_ratio: 0.04", {StateName.CALL_LOSS_RATIO: 0.04}),
        ("action: mains_off", {StateName.ON_BATTERY: 1}),
        ("action: mains_on", {StateName.ON_BATTERY: 0}),
        ("action: beats_off", {StateName.BEATS_STOPPED: 1}),
        ("action: beats_on", {StateName.BEATS_STOPPED: 0}),
    ],
)
def test_what_happens_to_devices_becomes_states(text: str, states: dict[StateName, float]) -> None:
    [event] = timeline.parse(f"- {{at_s: 1, site: a, {text}}}", name="story.yaml")
    assert isinstance(event, DeviceEvent)
    assert timeline.states_of(event) == states


def test_an_unknown_action_names_the_known_ones() -> None:
    with pytest.raises(TimelineError, match=r"event 1: .*'explode'.*'cut'.*'slow'"):
        timeline.parse("- {at_s: 1, action: explode, site: a}", name="story.yaml")


def test_a_file_that_is_not_there_is_told_in_vietnamese(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=r"khong-co\.yaml: không có tệp hoặc thư mục này; kiểm tra"):
        timeline.load(tmp_path / "khong-co.yaml")


def test_all_errors_come_at_once() -> None:
    with pytest.raises(TimelineError) as caught:
        timeline.parse("- {at_s: 1, action: cut}\n- {at_s: x, action: loss, site: a}", name="story.yaml")
    assert len(str(caught.value).splitlines()) == 3
