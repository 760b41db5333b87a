"""What is told of maintenance: soon, begun, overdue, ended, called off; once, and at the right hour."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.model.decision import SavedState
from alerts.model.hold import MutingKind
from alerts.model.notification import BulletinKind
from alerts.model.settings import AlertSettings, MaintenanceNews, QuietHours
from alerts.muting.declaring import end_now
from alerts.muting.week_of_silences import silences_of_the_week
from alerts.oncall.model import Policy, Recipient, Step
from inventory.model import Selector
from tests.alerts.quiet_land import DAY_S, HOUR_S, NOON, SETTINGS, TARGETS, Watch, land, window

LINK = Selector(targets=("1.cpe",))
START, END = NOON + 2 * HOUR_S, NOON + 4 * HOUR_S
NIGHTLY = replace(SETTINGS, quiet=QuietHours())
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def work(start: float = START, end: float = END, *, until_up: bool = False) -> Any:
    return land(window("w", start, end, LINK, until_up=until_up))


def facts(watch: Watch, stage: str) -> dict[str, Any]:
    (found,) = [each.facts for d in watch.decisions for each in d.bulletins if each.id.endswith(f":{stage}")]
    return dict(found)


def test_a_window_is_told_before_it_begins_when_it_begins_and_when_it_is_over() -> None:
    watch = Watch(work())

    for minute in range(0, 300, 5):
        watch.tick(NOON + 60 * minute)

    key = f"w:{START:.0f}"
    assert watch.bulletins() == [f"{key}:soon", f"{key}:begun", f"{key}:ended"]
    assert [each.at for d in watch.decisions for each in d.bulletins] == [START - HOUR_S, START, END]
    assert watch.told() == [("bulletin", f"maintenance:{each}") for each in watch.bulletins()]
    soon = facts(watch, "soon")
    assert (soon["title"], soon["worker"], soon["targets"], soon["unit_names"]) == (
        "Thay w",
        "VNPT",
        2,
        ["Xã Ba Tơ"],
    )


def test_what_is_still_down_at_the_end_is_overdue_until_it_is_back() -> None:
    watch = Watch(work())
    watch.tick(START)
    watch.down("1.cpe")
    watch.tick(END)
    assert watch.bulletins()[-1].endswith(":overdue")
    assert facts(watch, "overdue")["still_down_names"] == ["Ba Tơ: Bộ định tuyến"]
    assert [kind for kind, _ in watch.told()][-2:].count("opened") == 1

    watch.now = END + HOUR_S
    watch.up("1.cpe")
    watch.tick(watch.now + 60)

    ended = facts(watch, "ended")
    assert (ended["down"], ended["back"], ended["still_down"]) == (1, 1, 0)
    assert ended["overdue_s"] > HOUR_S
    severities = {
        each.about_id.rpartition(":")[2]: each.severity for d in watch.decisions for each in d.notifications
    }
    assert (severities["begun"], severities["overdue"], severities["ended"]) == (3, 2, 3)


def test_what_came_back_within_is_counted_in_the_result() -> None:
    watch = Watch(work())
    watch.tick(START)
    watch.down("1.cpe")
    watch.up("1.cpe")
    watch.tick(END)

    ended = facts(watch, "ended")
    assert (ended["down"], ended["back"], ended["still_down"]) == (1, 1, 0)


def test_a_window_until_it_is_up_ends_when_all_of_it_came_back() -> None:
    watch = Watch(work(until_up=True))
    watch.tick(START)
    watch.down("1.cpe")
    watch.tick(START + 600)
    assert watch.bulletins()[-1].endswith(":begun")
    watch.up("1.cpe")
    watch.tick(watch.now + 2)

    assert watch.bulletins()[-1].endswith(":ended")
    watch.tick(END + 60)
    assert watch.bulletins()[-1].endswith(":ended")


def test_what_begins_in_the_night_is_told_before_it_and_its_end_after_it() -> None:
    start, end = NOON + 13 * HOUR_S, NOON + 16 * HOUR_S
    """01:00 to 04:00"""
    watch = Watch(work(start, end), NIGHTLY)
    for minute in range(0, 24 * 60, 10):
        watch.tick(NOON + 60 * minute)

    hours = [(each.at - NOON) / HOUR_S + 12 for d in watch.decisions for each in d.bulletins]
    assert [each.rpartition(":")[2] for each in watch.bulletins()] == ["soon", "ended"]
    assert hours == [21.5, 31.0]


@pytest.mark.parametrize("announced", [True, False])
def test_a_window_that_is_removed_before_it_began_is_called_off_if_it_was_announced(announced: bool) -> None:  # noqa: FBT001 (pytest hands it in)
    watch = Watch(work())
    watch.tick(START - (1_800 if announced else 5_400))
    watch.reload(land())
    watch.tick(START + 60)

    assert [each.rpartition(":")[2] for each in watch.bulletins()] == (
        ["soon", "cancelled"] if announced else []
    )


def test_a_window_that_is_removed_while_it_runs_has_ended() -> None:
    watch = Watch(work())
    watch.tick(START)
    watch.reload(land())
    watch.tick(START + 60)

    assert [each.rpartition(":")[2] for each in watch.bulletins()] == ["begun", "ended"]
    assert facts(watch, "ended")["ended_at"] == START


def test_a_window_that_is_moved_is_called_off_and_told_anew() -> None:
    watch = Watch(work())
    watch.tick(START - 1_800)
    watch.reload(work(START + DAY_S, END + DAY_S))
    watch.tick(START + DAY_S - 60)

    assert watch.bulletins() == [
        f"w:{START:.0f}:soon",
        f"w:{START:.0f}:cancelled",
        f"w:{START + DAY_S:.0f}:soon",
    ]


@pytest.mark.parametrize(
    ("after_s", "stages"), [(-600.0, ["soon", "cancelled"]), (600.0, ["soon", "begun", "ended"])]
)
def test_declared_maintenance_that_is_ended_early_is_called_off_or_over(
    after_s: float, stages: list[str]
) -> None:
    watch = Watch(land())
    muting_id = watch.mute(LINK, END, MutingKind.MAINTENANCE, from_at=START, title="Thay pin", worker="VNPT")
    watch.tick(START - 1_800)
    if after_s > 0:
        watch.tick(START)
    watch.now = START + after_s
    watch.take(end_now(watch.world, muting_id, "Bình", watch.now))
    for at in (watch.now + 2, START + 3_600, END + 60, END + 2 * DAY_S):
        watch.tick(at)

    assert [each.rpartition(":")[2] for each in watch.bulletins()] == stages
    assert watch.bulletins()[0].startswith("BT-2026-0001:")
    assert facts(watch, "soon")["contact"] == "Ngọc"
    assert not watch.world.mutings
    assert not watch.world.announced


def test_the_result_is_told_at_once_when_somebody_ends_it_early() -> None:
    watch = Watch(land())
    muting_id = watch.mute(LINK, END, MutingKind.MAINTENANCE)
    watch.tick(NOON + 60)
    watch.down("1.cpe")
    watch.take(end_now(watch.world, muting_id, "Bình", watch.now))
    watch.tick(watch.now + 2)

    assert [each.rpartition(":")[2] for each in watch.bulletins()] == ["begun", "ended"]
    assert facts(watch, "ended")["still_down"] == 1


def test_a_silence_is_no_maintenance() -> None:
    watch = Watch(land())
    watch.mute(LINK, NOON + HOUR_S)
    watch.tick(NOON + 60)
    watch.tick(NOON + 2 * HOUR_S)

    assert watch.bulletins() == []


def test_a_restart_tells_nothing_twice_and_misses_nothing() -> None:
    before = Watch(work())
    before.tick(START)
    saved = SavedState(announced=frozenset(before.world.announced), seen=dict.fromkeys(TARGETS, 0.0))

    after = Watch(work(), saved=saved, at=END + 600)
    after.tick(END + 602)

    assert [each.rpartition(":")[2] for each in after.bulletins()] == ["ended"]


def test_nobody_hears_of_the_end_of_what_nobody_heard_of() -> None:
    watch = Watch(work(), at=END + 600)
    watch.tick(END + 602)

    assert watch.bulletins() == []


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, maintenance=None),
        replace(SETTINGS, policies={}),
        AlertSettings(maintenance=MaintenanceNews()),
    ],
)
def test_nothing_is_told_when_it_is_switched_off_or_nobody_is_there(settings: AlertSettings) -> None:
    watch = Watch(work(), settings)
    for at in (START - 60, START, END):
        watch.tick(at)

    assert watch.bulletins() == []


def test_the_first_step_of_the_targets_own_policies_is_told() -> None:
    ladders = {
        "default": Policy("default", (Step(("file:/chung",)),)),
        "may": Policy("may", (Step(("file:/may",)), Step(("file:/sau",), after_s=600.0))),
    }
    inventory = work()
    checks = {id_: replace(each, policy="may") for id_, each in inventory.checks.items()}
    watch = Watch(replace(inventory, checks=checks), replace(SETTINGS, policies=ladders))
    watch.tick(START)

    assert {each.recipient for d in watch.decisions for each in d.notifications} == {"/may"}


def test_the_week_lists_what_is_silent_and_what_was_the_longest_first() -> None:
    watch = Watch(land())
    watch.mute(LINK, NOON + 2 * DAY_S)
    watch.mute(Selector(areas=("kt",)), NOON + HOUR_S)
    watch.mute(LINK, NOON + DAY_S, MutingKind.MAINTENANCE)
    mutings = list(watch.world.mutings.values())
    at = NOON + DAY_S

    found = silences_of_the_week(mutings, land(), [Recipient("file", "/truc")], at, ZONE)

    assert found is not None
    bulletin, notifications = found
    assert (bulletin.kind, bulletin.id) == (BulletinKind.SILENCES, "silences:2026-W06")
    assert [each["id"] for each in bulletin.facts["items"]] == ["IM-2026-0001", "IM-2026-0002"]
    assert [each["in_force"] for each in bulletin.facts["items"]] == [True, False]
    assert (bulletin.facts["in_force"], len(notifications)) == (1, 1)
    assert silences_of_the_week(mutings, land(), [], NOON + 10 * DAY_S, ZONE) is None
