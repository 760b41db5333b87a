"""Any order of the same events gives the same incident."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model import CloseReason, NotificationKind, Status
from tests.alerts.province import DUTY, EPOCH
from tests.alerts.simulator import Simulator
from tests.strategies import CUT_MONO, Site, sites

LONG = st.floats(700.0, 900.0)
ANY = st.floats(1.0, 400.0)


def simulate(site: Site, until: float) -> Simulator:
    return Simulator(site.inventory, site.outages, phases=site.phases).run_until(until)


def messages(simulator: Simulator) -> Counter[tuple[NotificationKind, str]]:
    return Counter((told.kind, told.recipient) for told in simulator.ledger.told)


@given(sites(targets=20, outage_s=LONG))
@settings(max_examples=60, deadline=None)
def test_a_site_that_dies_at_once_is_one_incident_with_one_problem_and_one_recovery(site: Site) -> None:
    simulator = simulate(site, site.back_mono + 1200.0)

    (incident,) = simulator.opened
    assert incident.root_check_id == site.root
    assert incident.close_reason is CloseReason.RECOVERED
    assert incident.affected == simulator.world.inventory.checks.keys() - {site.root}
    assert messages(simulator) == {
        (kind, recipient.address): 1 for kind in NotificationKind for recipient in DUTY
    }
    assert set(simulator.world.statuses.values()) == {Status.UP}
    assert not simulator.world.pending
    root = site.inventory.checks[site.root]
    assert 0 <= incident.opened_at - EPOCH - CUT_MONO <= root.interval_s + 4
    assert 0 <= (incident.resolved_at or 0.0) - EPOCH - site.back_mono <= root.interval_s


@given(sites(targets=6, outage_s=ANY))
@settings(max_examples=100, deadline=None)
def test_a_site_that_dies_for_any_time_is_never_more_than_one_incident(site: Site) -> None:
    simulator = simulate(site, site.back_mono + 900.0)

    assert [incident.root_check_id for incident in simulator.opened] in ([], [site.root])
    assert all(count == 1 for count in messages(simulator).values())
    assert len(messages(simulator)) in {0, 2 * len(DUTY)}
    assert set(simulator.world.statuses.values()) == {Status.UP}
