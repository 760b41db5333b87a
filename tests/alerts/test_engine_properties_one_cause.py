"""Any order of the same events gives the same incident."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Blindness, Status
from alerts.model.incident import CloseReason
from alerts.model.notification import NotificationKind
from alerts.model.settings import AlertSettings
from inventory.model import Check, Inventory
from probes.reading import Reading
from tests.alerts.province import DUTY, EPOCH, GOOD, OUR_FAULT, SETTINGS, SILENT, province
from tests.alerts.simulator import TICK_S, Simulator
from tests.effort import examples
from tests.strategies import CUT_MONO, Site, checks, renamed, sites

LONG = st.floats(700.0, 900.0)
ANY = st.floats(1.0, 400.0)


def simulate(site: Site, until: float) -> Simulator:
    return Simulator(site.inventory, site.outages, phases=site.phases).run_until(until)


def messages(simulator: Simulator) -> Counter[tuple[NotificationKind, str]]:
    return Counter((told.kind, told.recipient) for told in simulator.ledger.told)


@given(sites(targets=20, outage_s=LONG))
@settings(max_examples=examples(30), deadline=None)
def test_a_site_that_dies_at_once_is_one_incident_with_one_problem_and_one_recovery(site: Site) -> None:
    simulator = simulate(site, site.back_mono + 1200.0)

    (incident,) = simulator.opened
    assert incident.root_check_id == site.root
    assert incident.close_reason is CloseReason.RECOVERED
    assert incident.affected == simulator.world.inventory.checks.keys() - {site.root}
    assert messages(simulator) == {
        (kind, recipient.address): 1
        for kind in (NotificationKind.OPENED, NotificationKind.RESOLVED)
        for recipient in DUTY
    }
    assert set(simulator.world.statuses.values()) == {Status.UP}
    assert not simulator.world.pending
    root = site.inventory.checks[site.root]
    assert 0 <= incident.opened_at - EPOCH - CUT_MONO <= root.interval_s + 4
    assert 0 <= (incident.resolved_at or 0.0) - EPOCH - site.back_mono <= root.interval_s


@given(sites(targets=6, outage_s=ANY))
@settings(max_examples=examples(60), deadline=None)
def test_a_site_that_dies_for_any_time_is_never_more_than_one_incident(site: Site) -> None:
    simulator = simulate(site, site.back_mono + 900.0)

    assert [incident.root_check_id for incident in simulator.opened] in ([], [site.root])
    assert all(count == 1 for count in messages(simulator).values())
    assert len(messages(simulator)) in {0, 2 * len(DUTY)}
    assert set(simulator.world.statuses.values()) == {Status.UP}


CHAIN = ("node/icmp", "link/icmp", "switch/icmp", "device/icmp", "device/http")
CHAIN_PARENTS = {child: (parent,) for parent, child in pairwise(CHAIN)}
SLACK_S = 1.0
"""Parents answer within this."""

phases_of_chain = st.lists(st.floats(0.0, 0.99), min_size=len(CHAIN), max_size=len(CHAIN)).map(
    lambda values: dict(zip(CHAIN, values, strict=True))
)
chains = st.tuples(*(checks(each) for each in CHAIN)).map(lambda each: province(each, CHAIN_PARENTS))
levels = st.integers(0, len(CHAIN) - 1)


def blame_bound_s(check: Check, settings: AlertSettings) -> float:
    """How long after its first failed run began a check whose parents are healthy is blamed, at the latest."""
    streak_s = (
        check.failures_to_down * check.timeout_s + (check.failures_to_down - 1) * check.retry_interval_s
    )
    evidence_s = 3 * check.timeout_s + settings.group_wait_s + check.retry_interval_s
    return max(streak_s, evidence_s) + SLACK_S


@given(chains, phases_of_chain, levels, st.floats(0.0, 60.0))
@settings(max_examples=examples(30), deadline=None)
def test_at_every_level_the_first_dead_one_is_the_cause_and_soon(
    inventory: Inventory, phases: dict[str, float], level: int, extra_s: float
) -> None:
    root, dead = CHAIN[level], CHAIN[level:]
    outage = (CUT_MONO + extra_s, CUT_MONO + extra_s + 900.0)
    simulator = Simulator(inventory, {each: [outage] for each in dead}, phases=phases).run_until(2400.0)

    (incident,) = simulator.opened
    check = inventory.checks[root]
    assert incident.root_check_id == root
    assert incident.affected == set(dead[1:])
    assert incident.declared_at - incident.opened_at <= blame_bound_s(check, SETTINGS)
    assert incident.opened_at - EPOCH - outage[0] <= check.interval_s
    assert len(simulator.ledger.told) == 2 * len(DUTY)


@given(chains, phases_of_chain, st.integers(1, len(CHAIN) - 1), st.floats(240.0, 600.0))
@settings(max_examples=examples(30), deadline=None)
def test_a_child_that_dies_minutes_before_its_parent_is_a_second_incident(
    inventory: Inventory, phases: dict[str, float], level: int, earlier_s: float
) -> None:
    outages = {each: [(CUT_MONO + earlier_s, 2000.0)] for each in CHAIN[level - 1 :]}
    outages[CHAIN[level]] = [(CUT_MONO, 2000.0)]
    simulator = Simulator(inventory, outages, phases=phases).run_until(4000.0)

    assert [incident.root_check_id for incident in simulator.opened] == [CHAIN[level], CHAIN[level - 1]]
    assert {incident.close_reason for incident in simulator.opened} == {CloseReason.RECOVERED}
    assert len(simulator.ledger.told) == 4 * len(DUTY)


@given(chains, phases_of_chain, st.integers(0, len(CHAIN) - 2))
@settings(max_examples=examples(30), deadline=None)
def test_what_stays_dead_after_its_cause_is_an_incident_of_its_own(
    inventory: Inventory, phases: dict[str, float], level: int
) -> None:
    outages = {each: [(CUT_MONO, 1000.0)] for each in CHAIN[level:]}
    outages[CHAIN[-1]] = [(CUT_MONO, 3000.0)]
    simulator = Simulator(inventory, outages, phases=phases).run_until(4200.0)

    first, second = simulator.opened
    assert (first.root_check_id, second.root_check_id) == (CHAIN[level], CHAIN[-1])
    assert second.declared_at > (first.resolved_at or 0.0)
    assert second.opened_at == simulator.ledger.history(CHAIN[-1])[1].at
    assert second.opened_at - EPOCH <= CUT_MONO + inventory.checks[CHAIN[-1]].interval_s


@given(chains, phases_of_chain, st.floats(10.0, 150.0), st.floats(30.0, 200.0))
@settings(max_examples=examples(30), deadline=None)
def test_a_flapping_parent_never_blames_its_healthy_children(
    inventory: Inventory, phases: dict[str, float], extra_s: float, alive_s: float
) -> None:
    """Each spell lasts long enough that a child's failure arrives, and its parents are asked, while it lasts."""
    dead_s = extra_s + max(each.retry_interval_s + 2 * each.timeout_s for each in inventory.checks.values())
    period = dead_s + alive_s
    spells = [(CUT_MONO + n * period, CUT_MONO + n * period + dead_s) for n in range(20)]
    simulator = Simulator(inventory, dict.fromkeys(CHAIN, spells), phases=phases)
    simulator.run_until(CUT_MONO + 20 * period + 900.0)

    assert {incident.root_check_id for incident in simulator.opened} <= {CHAIN[0]}
    assert set(simulator.world.statuses.values()) == {Status.UP}


@given(chains, phases_of_chain, st.integers(1, len(CHAIN) - 1))
@settings(max_examples=examples(30), deadline=None)
def test_a_parent_that_we_can_never_measure_delays_the_blame_only_by_the_parent_wait(
    inventory: Inventory, phases: dict[str, float], level: int
) -> None:
    child, parent = CHAIN[level], CHAIN[level - 1]
    begin = 300.0

    def reading_of(check_id: str, mono: float) -> Reading:
        if check_id == parent:
            return OUR_FAULT
        return SILENT if check_id == child and mono >= begin else GOOD

    simulator = Simulator(inventory, {}, phases=phases, reading_of=reading_of).run_until(1500.0)

    (incident,) = simulator.opened
    check = inventory.checks[child]
    assert incident.root_check_id == child
    waited_s = incident.declared_at - incident.opened_at
    longest_s = blame_bound_s(check, SETTINGS) + SETTINGS.parent_wait_s + check.retry_interval_s + TICK_S
    assert SETTINGS.parent_wait_s <= waited_s <= longest_s


GATES = ("gw/icmp", "isp1/icmp", "isp2/icmp")


@given(
    sites(targets=6, outage_s=st.just(0.0)),
    st.lists(checks("any"), min_size=3, max_size=3),
    st.floats(300.0, 600.0),
)
@settings(max_examples=examples(30), deadline=None)
def test_when_all_anchors_are_cut_everything_is_unknown_for_that_time_and_nobody_is_told(
    site: Site, patience: list[Check], cut_s: float
) -> None:
    inventory = with_anchors(site.inventory, patience)
    begin, end = CUT_MONO, CUT_MONO + cut_s
    simulator = Simulator(
        inventory, {each: [(begin, end)] for each in inventory.checks}, phases=site.phases
    ).run_until(end + 600.0)

    assert simulator.opened == []
    assert simulator.ledger.told == []
    longest_s = max(inventory.checks[gate].interval_s for gate in GATES)
    for check_id, check in inventory.checks.items():
        blind, back = simulator.ledger.history(check_id)[1:]
        assert (blind.new, back.new) == (Status.UNKNOWN, Status.UP)
        assert abs(blind.at - EPOCH - begin) <= longest_s + check.timeout_s
        assert 0 <= back.at - EPOCH - end <= longest_s + check.interval_s


@given(
    sites(targets=6, outage_s=LONG),
    st.lists(checks("any"), min_size=3, max_size=3),
    st.sampled_from(GATES),
)
@settings(max_examples=examples(25), deadline=None)
def test_one_dead_anchor_of_three_changes_nothing_for_the_others(
    site: Site, patience: list[Check], dead: str
) -> None:
    inventory = with_anchors(site.inventory, patience)
    outages = {**site.outages, dead: [(CUT_MONO, site.back_mono)]}
    simulator = Simulator(inventory, outages, phases=site.phases).run_until(site.back_mono + 1200.0)

    assert {incident.root_check_id for incident in simulator.opened} == {site.root, dead}
    assert all(count == 2 for count in messages(simulator).values())
    assert not [each for each in simulator.ledger.transitions if each.cause == Blindness.ISOLATED]


def with_anchors(inventory: Inventory, patience: list[Check]) -> Inventory:
    gates = [renamed(shape, gate) for shape, gate in zip(patience, GATES, strict=True)]
    return province([*gates, *inventory.checks.values()], inventory.parents, anchors=GATES)
