"""Every number of a report's figures equals its recomputation from transitions and incidents, moment by moment."""

from collections.abc import Iterable
from dataclasses import replace
from math import fsum

from hypothesis import HealthCheck, given, settings

from alerts.model.checks import Status
from monitor.accounting.model import Part, Row
from monitor.report.editions.codec import as_json, from_json
from monitor.report.figures.making import figures
from monitor.report.figures.material import Material
from monitor.report.figures.model import Compared, Figures
from tests.effort import examples
from tests.monitor.report.figures.by_brute_force import World
from tests.monitor.report.figures.worlds import PRIMARIES, STEP_S, materials

TARGETS_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "layers": {
        "tslcd": ("1.cpe", "2.cpe"),
        "kiosk": ("1.kiosk",),
        "pc": ("1.pc",),
        "shared": ("so.web",),
    },
    "line_areas": {"qn": ("1.cpe",), "kt": ("2.cpe",)},
    "line_former_districts": {"Ba Tơ": ("1.cpe",), "Đăk Hà": ("2.cpe",)},
    "line_former_provinces": {"Quảng Ngãi": ("1.cpe",), "Kon Tum": ("2.cpe",)},
    "circuits": {"k1": ("1.cpe",), "k2": ("2.cpe",)},
    "providers": {"VNPT": ("1.cpe",), "Viettel": ("2.cpe",)},
    "lines": {"lines": ("1.cpe", "2.cpe")},
    "shared": {"so.web": ("so.web",)},
}
"""Field -> key -> the targets that are added up."""
AIMED = {"layers": (0.99, 0.95), "circuits": (0.995,), "providers": (), "shared": (0.95,)}


def rows_of(found: Figures) -> dict[str, list[Compared]]:
    assert found.lines is not None
    return {
        "layers": list(found.layers.values()),
        "line_areas": list(found.line_areas),
        "line_former_districts": list(found.line_former_districts),
        "line_former_provinces": list(found.line_former_provinces),
        "circuits": list(found.circuits),
        "providers": list(found.providers),
        "lines": [found.lines],
        "shared": [each.compared for each in found.shared],
    }


def is_the_sum(row: Row, world: World, target_ids: tuple[str, ...]) -> None:
    assert row.parts == world.parts(world.now, *target_ids)
    assert row.members == len(target_ids)
    assert row.availability_ratio == world.ratio(row.parts)
    own = [each for each in world.outages if each.target_id in target_ids]
    assert row.outages.count == sum(not each.is_carried for each in own)
    assert row.outages.carried == sum(each.is_carried for each in own)
    assert row.outages.longest_s == max((each.length_s for each in own), default=0.0)


def rows_are_the_sums_of_their_targets_moments_now_and_before(world: World, found: Figures) -> None:
    for field, rows in rows_of(found).items():
        assert [each.row.key for each in rows] == list(TARGETS_OF[field]), field
        for each in rows:
            target_ids = TARGETS_OF[field][each.row.key]
            is_the_sum(each.row, world, target_ids)
            before = world.parts(world.then, *target_ids)
            is_there = before.total_s > before.unwatched_s
            assert (each.before is not None) == is_there
            assert each.before is None or each.before.parts == before
            assert each.target_ratio in {None, *AIMED.get(field, (0.99,))}
    assert found.province_parts == world.parts(world.now, *PRIMARIES)
    assert found.department_lines == 0
    assert found.central == ()


def all_communes_are_listed_with_their_lines_and_devices(world: World, found: Figures) -> None:
    assert [each.place.code for each in found.communes] == ["1", "3", "2"], "by area, former district, name"
    first, empty, second = found.communes
    assert first.line is not None
    assert first.one_stop is not None
    assert second.line is not None
    is_the_sum(first.line.row, world, ("1.cpe",))
    is_the_sum(first.one_stop.row, world, ("1.kiosk", "1.pc"))
    is_the_sum(second.line.row, world, ("2.cpe",))
    assert (first.loss_ratio, second.loss_ratio) == (0.02, None)
    assert first.degraded_s == first.line.row.parts.degraded_s
    assert (empty.line, empty.one_stop, empty.conference) == (None, None, None)
    assert (second.one_stop, first.conference) == (None, None)


def outages_are_listed_one_by_one_with_the_incident_they_belong_to(world: World, found: Figures) -> None:
    assert len(found.outages) == len(world.outages)
    for record, out in zip(found.outages, world.outages, strict=True):
        assert record.target_id == out.target_id
        assert record.check_id == PRIMARIES[out.target_id]
        assert record.id == f"{record.check_id}@{out.from_at:.0f}"
        assert (record.from_at, record.until_at) == (out.from_at, out.until_at)
        assert (record.down_s, record.length_s) == (out.down_s, out.length_s)
        assert record.is_carried == out.is_carried
        assert record.is_behind == bool(out.took)
        told = [world.told_by(out.own)] if out.own else list(out.took)
        if not told:
            assert (record.incident_id, record.cause, record.side) == (None, None, None)
            continue
        assert record.incident_id in {each.id for each in told}
        if out.own:
            choice = out.own.choice or world.choice(told[0])
            assert (record.cause, record.side) == ((choice.kind, choice.side) if choice else (None, None))
    for field, rows in rows_of(found).items():
        for each in rows:
            own = [one for one in found.outages if one.target_id in TARGETS_OF[field][each.row.key]]
            assert each.row.parts.down_s == fsum(one.down_s for one in own), "sums of the list are the rows"


def incidents_are_those_that_people_were_told_of_in_the_period(world: World, found: Figures) -> None:
    assert [each.id for each in found.incidents] == [each.id for each in world.told]
    until_at = min(world.material.period.until_at, found.known_until_at)
    for record, told in zip(found.incidents, world.told, strict=True):
        failures = world.failures(told)
        choice = world.choice(told)
        over_at = until_at if told.resolved_at is None else min(told.resolved_at, until_at)
        assert record.length_s == max(0.0, over_at - told.opened_at)
        assert record.is_group == (not told.root_check_id)
        assert set(record.target_ids) == {each.root_check_id.partition("/")[0] for each in failures}
        assert set(record.unit_codes) <= {"1", "2", "so"}
        assert (record.cause, record.side) == ((choice.kind, choice.side) if choice else (None, None))
        assert record.down_s == sum(
            out.down_s for out in world.outages if out.own and world.told_by(out.own) is told
        )
        assert record.name
    waits = [
        each.acknowledged_at - each.declared_at for each in world.told if each.acknowledged_at is not None
    ]
    assert found.acknowledgement_s == (sum(waits) / len(waits) if waits else None)
    named = {each.target_id for each in found.outages} | {
        id_ for each in found.incidents for id_ in each.target_ids
    }
    named |= {check.partition("/")[0] for each in found.corrections for check in each.check_ids}
    assert set(found.target_names) == named


def causes_are_those_of_incidents_that_were_down_and_add_up_to_them(world: World, found: Figures) -> None:
    down = [each for each in found.incidents if each.level is Status.DOWN]
    assert sum(each.count for each in found.causes) == len(down)
    assert [each.side is None for each in found.causes] == sorted(each.side is None for each in found.causes)
    for cause in found.causes:
        own = [each for each in down if (each.side, each.cause) == (cause.side, cause.kind)]
        assert cause.incident_ids == tuple(each.id for each in own)
        assert cause.count == len(own)
        assert cause.length_s == sum(each.length_s for each in own)
        assert set(cause.unit_codes) == {code for each in own for code in each.unit_codes}


def days_hours_and_systems_are_what_was_down_at_each_moment(world: World, found: Figures) -> None:
    by_day = world.seconds_by("%Y-%m-%d", Part.DOWN)
    assert [each.day.isoformat() for each in found.days] == ["2026-11-06", "2026-11-07"]
    assert [each.is_free for each in found.days] == [False, True]
    lines = [each for each in world.outages if each.target_id in {"1.cpe", "2.cpe"}]
    for each in found.days:
        assert each.down_s == by_day[each.day.isoformat()]
    assert sum(each.outages for each in found.days) == sum(not each.is_carried for each in lines)
    by_hour = world.seconds_by("%w %H", Part.DOWN)
    assert [[by_hour[f"{(day + 1) % 7} {hour:02}"] for hour in range(24)] for day in range(7)] == [
        list(row) for row in found.hours
    ]
    degraded = world.seconds_by("%H", Part.DEGRADED)
    assert [degraded[f"{hour:02}"] for hour in range(24)] == list(found.degraded_hours)
    (web,) = found.shared
    story = "".join("g" if part is Part.DEGRADED else " " for part in world.now["so.web"])
    assert web.slow_count == sum(len(run) * STEP_S >= 3_600 for run in story.split())
    assert (web.down_s, web.degraded_s) == (web.compared.row.parts.down_s, web.compared.row.parts.degraded_s)
    assert found.restore_s == mean(world.restored_s(world.material.period))
    if found.lines is not None and found.lines.before is not None:
        assert found.restore_before_s == mean(world.restored_s(world.material.before))


def the_course_over_time_ends_with_this_period_and_begins_with_what_is_known(
    world: World, found: Figures
) -> None:
    points = []
    for each in world.material.earlier:
        story = {target_id: world.story(target_id, each) for target_id in ("1.cpe", "2.cpe")}
        parts = world.parts(story, *story)
        points.append((each.id, world.ratio(parts), parts.coverage_ratio))
    while len(points) > 1 and not points[0][2]:
        points.pop(0)
    assert [(each.period_id, each.availability_ratio, each.coverage_ratio) for each in found.months] == points


def figures_go_to_json_and_back_as_they_are(world: World, found: Figures) -> None:
    text = as_json(found)
    again = from_json(Figures, text)
    assert again == found
    assert as_json(again) == text
    assert figures(replace(world.material)) == found


CLAIMS = (
    rows_are_the_sums_of_their_targets_moments_now_and_before,
    all_communes_are_listed_with_their_lines_and_devices,
    outages_are_listed_one_by_one_with_the_incident_they_belong_to,
    incidents_are_those_that_people_were_told_of_in_the_period,
    causes_are_those_of_incidents_that_were_down_and_add_up_to_them,
    days_hours_and_systems_are_what_was_down_at_each_moment,
    the_course_over_time_ends_with_this_period_and_begins_with_what_is_known,
    figures_go_to_json_and_back_as_they_are,
)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(materials())
def test_every_number_is_what_a_look_at_every_moment_says(material: Material) -> None:
    """All claims of one world at once: to draw it takes longer than to look at it."""
    world, found = World(material), figures(material)
    for holds in CLAIMS:
        holds(world, found)


def mean(lengths: Iterable[float]) -> float | None:
    lengths = list(lengths)
    return sum(lengths) / len(lengths) if lengths else None
