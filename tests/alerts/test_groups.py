"""One cause, one message: what many communes have in common, as the engine tells it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Dimension, Incident, LogKind
from alerts.model.notification import NotificationKind
from alerts.model.settings import AlertSettings, GroupSettings
from tests.alerts.communes import COMMUNES, KT_VNPT, NODE, checks_of, communes, root
from tests.alerts.province import DUTY, SETTINGS
from tests.alerts.simulator import Simulator

CUT = 70.0
BACK = 400.0

LARGE = communes(devices=10)
SMALL = communes(devices=0)
SLOW = communes(devices=0, quick=False)


def outages(
    numbers: Iterable[int], begin: float = CUT, end: float = BACK
) -> dict[str, list[tuple[float, float]]]:
    return {each: [(begin, end)] for each in checks_of(SMALL, numbers)}


def simulate(
    cut: Mapping[str, list[tuple[float, float]]],
    *,
    until: float,
    seed: int = 1,
    skew_s: float = 0.0,
    settings: AlertSettings = SETTINGS,
) -> Simulator:
    chance = Random(seed)  # noqa: S311 (phases, no secrets)
    shifted = {each: [(a + chance.uniform(0, skew_s), b) for a, b in spans] for each, spans in cut.items()}
    phases = {each: chance.random() for each in SMALL.checks}
    return Simulator(SMALL, shifted, phases=phases, settings=settings).run_until(until)


def told(simulator: Simulator) -> Counter[tuple[NotificationKind, str]]:
    return Counter((each.kind, each.recipient) for each in simulator.ledger.told)


def groups(simulator: Simulator) -> list[Incident]:
    return [each for each in simulator.opened if each.is_group]


def once(*kinds: NotificationKind) -> dict[tuple[NotificationKind, str], int]:
    return {(kind, recipient.address): 1 for kind in kinds for recipient in DUTY}


def test_twenty_communes_that_go_dark_at_once_are_one_incident_told_once() -> None:
    chance = Random(5)  # noqa: S311 (phases, no secrets)
    dead = checks_of(LARGE, KT_VNPT)
    cut = {each: [(CUT + chance.uniform(0, 2.0), BACK)] for each in dead}
    phases = {each: chance.random() for each in LARGE.checks}
    simulator = Simulator(LARGE, cut, phases=phases).run_until(CUT + 200.0)

    assert len(dead) == 440
    (group,) = groups(simulator)
    assert group.common is not None
    assert (group.common.dimension, group.common.value) == (Dimension.PROVIDER_AREA, "VNPT|kt")
    assert group.affected == set(dead)
    assert told(simulator) == once(NotificationKind.OPENED)
    assert {each.about_id for each in simulator.ledger.told} == {group.id}
    assert group.told.size == len(KT_VNPT)

    simulator.run_until(BACK + 600.0)

    (group,) = groups(simulator)
    assert group.close_reason is CloseReason.RECOVERED
    assert told(simulator) == once(NotificationKind.OPENED, NotificationKind.RESOLVED)
    assert not simulator.ledger.open


@pytest.mark.parametrize("seed", range(50))
def test_twenty_communes_in_any_order_are_one_group(seed: int) -> None:
    simulator = simulate(outages(KT_VNPT), until=CUT + 60.0, seed=seed, skew_s=10.0)

    (group,) = groups(simulator)
    assert group.common is not None
    assert group.common.value == "VNPT|kt"
    members = [each for each in simulator.opened if each.part_of == group.id]
    assert {each.root_check_id for each in members} == {root(each) for each in KT_VNPT}
    assert told(simulator) == once(NotificationKind.OPENED)


def test_the_node_of_the_province_is_one_alarm_with_every_commune_behind_it() -> None:
    simulator = simulate(outages(range(COMMUNES)) | {NODE: [(CUT, BACK)]}, until=BACK + 600.0)

    (incident,) = simulator.opened
    assert incident.root_check_id == NODE
    assert {root(each) for each in range(COMMUNES)} <= incident.affected
    assert told(simulator) == once(NotificationKind.OPENED, NotificationKind.RESOLVED)


def test_two_that_have_nothing_to_do_with_each_other_are_told_each() -> None:
    simulator = simulate(outages([3]) | outages([70]), until=CUT + 60.0)

    assert [each.part_of for each in simulator.opened] == [None, None]
    assert told(simulator) == {(NotificationKind.OPENED, each.address): 2 for each in DUTY}


def test_what_stays_down_when_the_others_are_back_goes_on_and_is_not_told_anew() -> None:
    late = [KT_VNPT[0], KT_VNPT[1]]
    simulator = simulate(outages(KT_VNPT[2:]) | outages(late, end=BACK + 300.0), until=BACK + 200.0)

    (group,) = groups(simulator)
    assert group.close_reason is CloseReason.RECOVERED
    assert {each.root_check_id for each in simulator.ledger.open} == {root(each) for each in late}
    assert {each.part_of for each in simulator.ledger.open} == {None}
    assert told(simulator) == once(NotificationKind.OPENED, NotificationKind.RESOLVED)

    simulator.run_until(BACK + 700.0)

    resolved = [each for each in simulator.ledger.told if each.kind is NotificationKind.RESOLVED]
    assert len(resolved) == len(DUTY) * (1 + len(late))
    assert not simulator.ledger.open


def test_a_member_that_comes_and_goes_is_not_told_of() -> None:
    cut = outages(KT_VNPT)
    cut |= {each: [(CUT, 180.0), (250.0, BACK)] for each in checks_of(SMALL, [KT_VNPT[0]])}
    simulator = simulate(cut, until=BACK + 600.0)

    assert len(groups(simulator)) == 1
    assert told(simulator) == once(NotificationKind.OPENED, NotificationKind.RESOLVED)


def test_a_restart_in_the_middle_keeps_the_group() -> None:
    simulator = simulate(outages(KT_VNPT), until=CUT + 90.0)
    (before,) = groups(simulator)
    simulator.restart()
    simulator.run_until(CUT + 200.0)

    (after,) = groups(simulator)
    assert (after.id, after.is_open, after.common) == (before.id, True, before.common)
    assert told(simulator) == once(NotificationKind.OPENED)

    simulator.run_until(BACK + 600.0)

    assert told(simulator) == once(NotificationKind.OPENED, NotificationKind.RESOLVED)


def test_a_group_that_grows_names_what_all_have_in_common_then() -> None:
    first = [each for each in KT_VNPT if each % 7 == 0]
    rest = [each for each in KT_VNPT if each not in first]
    simulator = simulate(outages(first) | outages(rest, begin=CUT + 120.0), until=CUT + 200.0)

    (group,) = groups(simulator)
    assert group.common is not None
    assert group.common.value == "VNPT|kt"
    names = [each.text for each in simulator.ledger.log if each.kind is LogKind.COMMON]
    assert names[-1] == "provider_area:VNPT|kt"
    assert told(simulator) == once(NotificationKind.OPENED)


@pytest.mark.parametrize("seed", range(4))
def test_an_old_failure_does_not_hurry_the_message_about_many_new_ones(seed: int) -> None:
    fresh = [each for each in range(COMMUNES) if each % 6 == 1]
    simulator = simulate(
        outages([0], end=900.0) | outages(fresh, begin=CUT + 150), until=CUT + 250, seed=seed
    )

    (group,) = groups(simulator)
    assert group.told.size == 1 + len(fresh)


STORM_S = 3 * 3600.0


def test_a_storm_is_told_at_its_onset_and_then_once_an_hour() -> None:
    chance = Random(9)  # noqa: S311 (phases, no secrets)
    hit = chance.sample(range(COMMUNES), 48)
    times = sorted(chance.uniform(CUT, CUT + STORM_S) for _ in hit)
    cut: dict[str, list[tuple[float, float]]] = {}
    for number, begin in zip(hit, times, strict=True):
        cut |= outages([number], begin=begin, end=CUT + STORM_S + 1800.0)
    phases = {each: chance.random() for each in SLOW.checks}
    simulator = Simulator(SLOW, cut, phases=phases, tick_s=20.0).run_until(CUT + STORM_S)

    recipient = DUTY[0].address
    mine = [each for each in simulator.ledger.told if each.recipient == recipient]
    (storm,) = groups(simulator)
    onset = next(each.at for each in mine if each.about_id == storm.id)
    after = [each.at for each in mine if each.at >= onset]
    assert storm.common is not None
    assert storm.common.dimension is Dimension.LAYER
    assert all(later - sooner >= SETTINGS.groups.digest_s - 1.0 for sooner, later in pairwise(after))
    assert sum(each.at <= onset for each in mine) <= SETTINGS.groups.storm_least

    simulator.run_until(CUT + STORM_S + 3600.0)

    assert not simulator.ledger.open
    assert set(simulator.world.statuses.values()) == {Status.UP}


@pytest.mark.parametrize("seed", range(6))
def test_looking_at_others_costs_a_lone_failure_nothing(seed: int) -> None:
    alone = replace(SETTINGS, groups=GroupSettings(least=1000, storm_least=1000, gather_s=0.0))

    def told_at(settings: AlertSettings) -> list[float]:
        cut = outages([seed * 15], begin=CUT + seed)
        simulator = simulate(cut, until=CUT + 60.0, seed=seed, settings=settings)
        return [each.at for each in simulator.ledger.told]

    assert told_at(SETTINGS) == told_at(alone) != []
