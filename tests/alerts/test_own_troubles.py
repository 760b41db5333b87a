"""The monitor's own troubles: incidents like those of any target, whatever else is going on, and never an outage of one."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.delivery.letter import Letter, News
from alerts.messages.compose import compose_letter
from alerts.messages.gathering import Story as Told
from alerts.messages.gathering import Surroundings, gather_facts
from alerts.messages.letterhead import Letterhead
from alerts.messages.message import Message
from alerts.messages.style import style_of
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import NotificationKind
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Policy, Step
from alerts.telling.urgency import severity_of
from inventory.loader import load
from inventory.model import Inventory
from inventory.problem import ProblemsError
from probes.own import Sign
from probes.reading import Reading
from probes.self import METRICS_OF
from tests.alerts.province import EPOCH, SETTINGS, SILENT
from tests.alerts.story import Story

OWN = "tinh.giam-sat"
DISK, PACKAGE, NETWORK = f"{OWN}/disk", f"{OWN}/channels", f"{OWN}/network"
ANCHOR, LINE = "tinh.moc/icmp", "21484.cpe/icmp"
WAIT_S = SETTINGS.degraded_wait_s
_LAND = f"""\
units:
  tinh: {{name: Trung tâm dữ liệu tỉnh, kind: trung tâm dữ liệu, area: province}}
  "21484": {{name: Xã Ba Tơ, kind: xã, area: province}}
targets:
  {OWN}: {{name: Hệ thống giám sát, unit: tinh, profile: monitor}}
  tinh.moc: {{name: Cổng mạng, unit: tinh, profile: gateway, address: 192.0.2.1, anchor: true}}
  21484.cpe: {{name: Đường truyền, unit: "21484", profile: tslcd-cpe, address: 192.0.2.7}}
"""


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    folder = tmp_path_factory.mktemp("danh-muc")
    (folder / "tinh.yaml").write_text(_LAND)
    return load([folder])


def seen(**metrics: float) -> Reading:
    return Reading(ok=True, metrics={"troubles": 0.0, "failing": 0.0, **metrics})


def healthy(land: Inventory, settings: AlertSettings = SETTINGS) -> Story:
    story = Story(land, settings)
    for check_id, check in land.checks.items():
        if check.is_own:
            story.sees(check_id, seen(), 0)
        else:
            story.answers(check_id, 0)
    return story


def lasting(story: Story, check_id: str, reading: Reading, from_s: float) -> None:
    """A part looks so for as long as it takes to be an incident."""
    for at in range(int(from_s), int(from_s + WAIT_S + 240), 60):
        story.sees(check_id, reading, at)
        story.ticks(at)


def told_by(story: Story, at: float) -> set[str]:
    """Return who has heard of anything by then."""
    story.ledger.deliver(EPOCH + at)
    return {each.recipient for each in story.ledger.told}


def roots(story: Story) -> list[str]:
    return sorted(each.root_check_id for each in story.world.incidents.values())


def test_the_profile_has_one_check_for_each_part_and_none_hangs_on_another(land: Inventory) -> None:
    own = {check_id: check for check_id, check in land.checks.items() if check.is_own}

    assert {check_id.partition("/")[2] for check_id in own} == set(Sign)
    assert {parents for check_id in own for parents in [land.parents[check_id]]} == {()}
    assert not [check_id for check_id in own if land.children.get(check_id)]
    assert all(check.address == OWN for check in own.values())


def test_a_figure_beyond_its_limit_is_an_incident_told_once_and_over_when_it_is_well(land: Inventory) -> None:
    story = healthy(land)
    lasting(story, DISK, seen(disk_left_ratio=0.05), 60)

    (incident,) = story.world.incidents.values()
    assert (incident.root_check_id, incident.level) == (DISK, Status.DEGRADED)
    assert incident.cause == "disk_left_ratio 0.05 / 0.1"
    for at in (3_000, 3_060):
        story.sees(DISK, seen(disk_left_ratio=0.4), at)
    story.ticks(3_070)
    assert roots(story) == []
    told_by(story, 9_000)
    to_one = [each.kind for each in story.ledger.told if each.recipient == "truc@example.vn"]
    assert to_one == [NotificationKind.OPENED, NotificationKind.RESOLVED]


def test_what_cannot_wait_is_told_at_once_as_urgently_as_a_lost_line(land: Inventory) -> None:
    story = healthy(land)
    for at in (60, 80):
        story.sees(DISK, seen(disk_left_ratio=0.01), at)
    story.ticks(100)

    (incident,) = story.world.incidents.values()
    assert incident.level is Status.DOWN
    assert severity_of(land, SETTINGS, incident) == 1
    assert told_by(story, 200) == {"truc@example.vn", "/var/log/alerts"}


def test_a_package_that_ends_in_two_weeks_hides_no_disk_that_fills_up(land: Inventory) -> None:
    story = healthy(land)
    lasting(story, PACKAGE, seen(package_s=86_400.0), 60)
    lasting(story, DISK, seen(disk_left_ratio=0.05), 1_200)

    assert roots(story) == [PACKAGE, DISK]
    assert not [each for each in story.world.incidents.values() if each.is_group or each.part_of]


def test_every_part_in_trouble_at_once_is_one_incident_each_and_no_storm(land: Inventory) -> None:
    story = healthy(land)
    own = [check_id for check_id, check in land.checks.items() if check.is_own]
    for at in (60, 80, 100, 120):
        for check_id in own:
            story.sees(check_id, seen(troubles=1, failing=1, isolated_s=900, disk_left_ratio=0.0), at)
    for at in (130, 800, 900, 1_600):
        story.ticks(at)

    incidents = list(story.world.incidents.values())
    assert len(incidents) <= len(Sign)
    assert not [each for each in incidents if each.is_group]
    assert {each.root_check_id.partition("/")[0] for each in incidents} == {OWN}


def test_while_we_are_cut_off_we_still_see_ourselves_and_tell_that_we_are_cut_off(land: Inventory) -> None:
    story = healthy(land)
    story.fails(ANCHOR, 60, 61, 62)
    assert story.world.isolated_since_at is not None
    assert story.world.states[LINE].status is Status.UNKNOWN
    assert story.world.states[DISK].status is Status.UP, "the cut says nothing of ourselves"

    for at in (360, 380):
        story.fails(ANCHOR, at - 1)
        story.sees(NETWORK, seen(isolated_s=at - 60.0), at)
        story.sees(LINE, SILENT, at)
    story.ticks(400)

    (incident,) = story.world.incidents.values()
    assert (incident.root_check_id, incident.level) == (NETWORK, Status.DOWN)
    assert told_by(story, 500)


def test_its_policy_is_the_one_named_self_if_there_is_one(land: Inventory) -> None:
    duty = Policy("self", (Step(("email:truc-may@example.vn",)),))
    settings = replace(SETTINGS, policies={**SETTINGS.policies, "self": duty})
    told = []
    for each in (SETTINGS, settings):
        story = healthy(land, each)
        lasting(story, DISK, seen(disk_left_ratio=0.05), 60)
        told.append(told_by(story, 3_000))

    assert told == [{"truc@example.vn", "/var/log/alerts"}, {"truc-may@example.vn"}]


def test_what_has_an_alarm_of_its_own_is_recorded_and_told_by_that_alone(land: Inventory) -> None:
    story = healthy(land)
    for label in ("stores", "backup", "delivery"):
        lasting(story, f"{OWN}/{label}", seen(troubles=1), 60)

    assert len(roots(story)) == 3
    assert told_by(story, 9_000) == set()


def message(
    land: Inventory,
    check_id: str,
    cause: str,
    *,
    texts: dict[str, str] | None = None,
    is_over: bool = False,
    language: Language = Language.VI,
) -> Message:
    incident = Incident(
        "SC-2026-0007", check_id, EPOCH, EPOCH + 600, cause, level=Status.DEGRADED, name="Hệ thống giám sát"
    )
    kind = NotificationKind.OPENED
    if is_over:
        kind = NotificationKind.RESOLVED
        incident = replace(incident, resolved_at=EPOCH + 3_600, close_reason=CloseReason.RECOVERED)
    letterhead = Letterhead("Quảng Ngãi", ZoneInfo("Asia/Ho_Chi_Minh"), "https://giamsat.example")
    known = Surroundings(land, letterhead, own_texts=texts or {})
    facts = gather_facts(Told(incident), known, now=EPOCH + 3_700, language=language)
    news = News(incident.id, kind, (1,))
    letter = Letter("email", "truc@example.vn", "", (news,))
    style = replace(style_of(letter.channel, None), language=language)
    return compose_letter([ToldNews(news, facts)], style, now=EPOCH + 3_700)


def test_a_message_says_which_part_what_follows_and_what_to_do(land: Inventory) -> None:
    told = message(land, DISK, "disk_left_ratio 0.05 / 0.1")

    assert told.fault == ""
    assert told.headline == "⚠️ GIÁM SÁT CÓ VẤN ĐỀ – ổ đĩa"
    assert "đĩa chứa dữ liệu giám sát sắp đầy, còn 5% (ngưỡng 10%)" in told.text
    assert "Im lặng lúc này KHÔNG có nghĩa là mọi thứ bình thường." in told.text
    assert "Làm trước: giải phóng dung lượng" in told.text
    assert "https://giamsat.example" in told.text
    assert told.subject.endswith("(SC-2026-0007)")


def test_a_message_says_the_words_of_the_page_where_there_are_some(land: Inventory) -> None:
    texts = {f"{OWN}/forwarding": "InfluxDB chậm 2.000 dòng: HTTP 503"}

    assert (
        "InfluxDB chậm 2.000 dòng: HTTP 503"
        in message(land, f"{OWN}/forwarding", "troubles 1 / 1", texts=texts).text
    )
    gone = message(land, f"{OWN}/forwarding", "troubles 1 / 1").text
    assert "có việc cần xem ở trang Máy giám sát" in gone


def test_its_end_says_how_long_it_lasted(land: Inventory) -> None:
    told = message(land, DISK, "disk_left_ratio 0.05 / 0.1", is_over=True)

    assert told.headline == "🟢 GIÁM SÁT ĐÃ BÌNH THƯỜNG – ổ đĩa"
    assert "kéo dài 01 giờ" in told.text
    assert "gián đoạn" not in told.subject


def test_english_readers_are_told_in_english(land: Inventory) -> None:
    told = message(land, DISK, "disk_left_ratio 0.05 / 0.1", language=Language.EN)

    assert told.fault == ""
    assert "on a full disk no results" in told.text


@pytest.mark.parametrize("sign", Sign)
def test_every_part_has_words_in_every_language(land: Inventory, sign: Sign) -> None:
    for language in Language:
        told = message(land, f"{OWN}/{sign}", "troubles 1 / 1", language=language)
        assert told.fault == ""
        assert "…" not in told.headline
    metrics = METRICS_OF[sign]
    limited = {each.metric for each in land.checks[f"{OWN}/{sign}"].thresholds}
    assert limited <= set(metrics)


def test_the_layer_is_for_the_monitor_alone(tmp_path: Path) -> None:
    wrong = {
        "a.yaml": "profiles: {sai: {layer: infra, checks: {dia: {kind: self, options: {sign: disk}}}}}",
        "b.yaml": "profiles: {sai: {layer: self, checks: {icmp: {kind: icmp}}}}",
    }
    for name, text in wrong.items():
        file = tmp_path / name
        file.write_text(
            f"{text}\nunits: {{tinh: {{name: Tỉnh, kind: sở, area: province}}}}\n"
            "targets: {tinh.a: {name: A, unit: tinh, profile: sai, address: 192.0.2.1}}\n"
        )
        with pytest.raises(ProblemsError) as refused:
            load([file])
        assert "không hợp với lớp" in str(refused.value.problems)
