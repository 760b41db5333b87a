"""Power or line: what the measurements say, and nothing more."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts.incidents.guess import Basis, Boot, Evidence, Span, guess, guess_of_members
from alerts.model.incident import CauseKind, Guess, LogKind
from alerts.model.notification import NotificationKind
from inventory.model import Circuit, Inventory
from probes.reading import Reading
from tests.alerts.communes import KT_VNPT, checks_of, code, communes, root
from tests.alerts.province import EPOCH, GOOD, SILENT, check
from tests.alerts.simulator import Simulator

OUTAGE = Span(1000.0, 2000.0)
RESTARTED = Boot(asked_at=2010.0, booted_at=1980.0)
RAN_ON = Boot(asked_at=2010.0, booted_at=50.0)
TOO_EARLY = Boot(asked_at=1990.0, booted_at=1980.0)
LATER = Boot(asked_at=2600.0, booted_at=2500.0)


@pytest.mark.parametrize(
    ("evidence", "kind", "basis"),
    [
        (Evidence(own=RESTARTED), CauseKind.POWER, Basis.RESTARTED),
        (Evidence(own=RAN_ON), CauseKind.LINE, Basis.RAN_ON),
        (Evidence(own=RAN_ON, batteries=(OUTAGE,)), CauseKind.LINE, Basis.RAN_ON),
        (Evidence(own=Boot(2100.0, 2090.0)), CauseKind.POWER, Basis.RESTARTED),
        (Evidence(batteries=(Span(900.0, 1010.0),)), CauseKind.POWER, Basis.ON_BATTERY),
        (Evidence(behind=(RESTARTED, RESTARTED)), CauseKind.POWER, Basis.BEHIND_RESTARTED),
        (Evidence(behind=(RAN_ON, LATER)), CauseKind.LINE, Basis.BEHIND_RAN_ON),
        (Evidence(neighbours=(True, True)), CauseKind.LINE, Basis.NEIGHBOURS_ANSWERED),
        (Evidence(neighbours=(False,)), CauseKind.POWER, Basis.NEIGHBOURS_FELL),
    ],
)
def test_evidence_tells_power_from_line(evidence: Evidence, kind: CauseKind, basis: Basis) -> None:
    assert guess(OUTAGE, evidence) == Guess(kind, basis.value)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(),
        Evidence(own=TOO_EARLY),
        Evidence(own=LATER),
        Evidence(batteries=(Span(100.0, 900.0), Span(2100.0, 2200.0))),
        Evidence(behind=(RESTARTED, RAN_ON), neighbours=(True,)),
        Evidence(neighbours=(True, False)),
    ],
)
def test_what_is_missing_or_contradicts_itself_says_nothing(evidence: Evidence) -> None:
    assert guess(OUTAGE, evidence) is None


boots = st.builds(Boot, st.floats(0.0, 4000.0), st.floats(-5000.0, 4000.0))


@given(boots, st.lists(boots, max_size=4), st.lists(st.booleans(), max_size=3))
@examples(max_examples=60, deadline=None)
def test_the_devices_own_word_overrules_all_others(
    own: Boot, behind: list[Boot], neighbours: list[bool]
) -> None:
    alone = guess(OUTAGE, Evidence(own=own))
    found = guess(OUTAGE, Evidence(own=own, behind=tuple(behind), neighbours=tuple(neighbours)))

    assert alone is None or found == alone


def test_a_group_is_what_nearly_all_its_members_are() -> None:
    power, line = Guess(CauseKind.POWER, "a"), Guess(CauseKind.LINE, "b")

    assert guess_of_members([power] * 9 + [line]) == Guess(CauseKind.POWER, Basis.MEMBERS.value)
    assert guess_of_members([power] * 8 + [line] * 2) is None
    assert guess_of_members([power]) is None


SMALL = communes(devices=0)
CUT, BACK = 70.0, 400.0


def simulate(
    numbers: range, *, boots_at: float, inventory: Inventory = SMALL, until: float = BACK + 60.0
) -> Simulator:
    """Cut these communes; whoever is asked by SNMP says that it runs since `boots_at`."""
    chance = Random(3)  # noqa: S311 (phases, no secrets)
    dead = frozenset(checks_of(inventory, numbers))

    def reading_of(check_id: str, mono: float) -> Reading:
        if check_id in dead and CUT <= mono < BACK:
            return SILENT
        booted = boots_at if check_id in dead and mono >= BACK else -9e6
        return Reading(ok=True, metrics={"sys_uptime_s": mono - booted}) if "snmp" in check_id else GOOD

    phases = {each: chance.random() for each in inventory.checks}
    return Simulator(inventory, {}, phases=phases, reading_of=reading_of).run_until(until)


@pytest.mark.parametrize(
    ("boots_at", "kind", "basis"),
    [(BACK - 30.0, CauseKind.POWER, Basis.RESTARTED), (-9e6, CauseKind.LINE, Basis.RAN_ON)],
)
def test_the_recovery_message_can_say_what_it_was(boots_at: float, kind: CauseKind, basis: Basis) -> None:
    simulator = simulate(range(3, 4), boots_at=boots_at)

    (incident,) = simulator.opened
    assert incident.guess == Guess(kind, basis.value)
    (said,) = [each for each in simulator.ledger.log if each.kind is LogKind.GUESSED]
    assert said.text == f"{kind} {basis.value}"
    ends = [each.at for each in simulator.ledger.told if each.kind is NotificationKind.RESOLVED]
    assert ends
    assert all(said.at < at for at in ends)


def test_a_group_of_power_cuts_is_a_power_cut() -> None:
    simulator = simulate(range(KT_VNPT[0], KT_VNPT[-1] + 1), boots_at=BACK - 30.0, until=BACK + 120.0)

    (group,) = [each for each in simulator.opened if each.is_group]
    assert group.guess == Guess(CauseKind.POWER, Basis.MEMBERS.value)


def test_nobody_guesses_without_evidence() -> None:
    silent = replace(SMALL, checks={each.id: replace(each, kind="icmp") for each in SMALL.checks.values()})
    dead = {each: [(CUT, BACK)] for each in checks_of(silent, [3])}
    simulator = Simulator(silent, dead, phases={}).run_until(BACK + 60.0)

    assert [each.guess for each in simulator.opened] == [None]


def test_one_service_of_a_device_that_answers_says_nothing_of_line_or_power() -> None:
    snmp = next(each for each in SMALL.checks if each.startswith(f"{code(3)}.cpe/") and "snmp" in each)
    simulator = Simulator(
        SMALL,
        {},
        phases={},
        reading_of=lambda check_id, mono: (
            SILENT
            if check_id == snmp and CUT <= mono < BACK
            else Reading(ok=True, metrics={"sys_uptime_s": 9e6 + mono})
            if "snmp" in check_id
            else GOOD
        ),
    ).run_until(BACK + 400.0)

    (incident,) = simulator.opened
    assert (incident.root_check_id, incident.resolved_at is not None, incident.guess) == (snmp, True, None)


def with_second_line(number: int) -> Inventory:
    """Another line to the same commune, by the other carrier."""
    second = f"{code(number)}.cpe2"
    line = replace(SMALL.targets[f"{code(number)}.cpe"], id=second, circuit_id="kenh-2")
    return replace(
        SMALL,
        targets={**SMALL.targets, second: line},
        circuits={**SMALL.circuits, "kenh-2": Circuit("kenh-2", "Viettel")},
        checks={**SMALL.checks, f"{second}/icmp": check(f"{second}/icmp", interval_s=15.0)},
    )


def test_another_line_of_the_commune_that_answers_says_that_the_line_is_cut() -> None:
    inventory = with_second_line(3)
    simulator = Simulator(inventory, {root(3): [(CUT, BACK)]}, phases={}).run_until(BACK + 60.0)

    (incident,) = simulator.opened
    assert incident.guess == Guess(CauseKind.LINE, Basis.NEIGHBOURS_ANSWERED.value)


def test_two_lines_of_a_commune_that_die_together_say_that_the_power_is_gone() -> None:
    inventory = with_second_line(3)
    cut = {root(3): [(CUT, BACK)], f"{code(3)}.cpe2/icmp": [(CUT, BACK)]}
    simulator = Simulator(inventory, cut, phases={}).run_until(BACK + 90.0)

    assert {each.guess for each in simulator.opened} == {Guess(CauseKind.POWER, Basis.NEIGHBOURS_FELL.value)}


def test_a_battery_says_that_the_power_is_gone() -> None:
    unit = code(3)
    cpe = replace(SMALL.targets[f"{unit}.cpe"], powered_by=(f"{unit}.ups",))
    ups = replace(cpe, id=f"{unit}.ups", circuit_id=None, powered_by=())
    inventory = replace(
        SMALL,
        targets={**SMALL.targets, cpe.id: cpe, ups.id: ups},
        checks={
            **SMALL.checks,
            f"{unit}.ups/snmp": replace(check(f"{unit}.ups/snmp", interval_s=30.0), kind="snmp"),
        },
    )

    def reading_of(check_id: str, mono: float) -> Reading:
        if check_id == f"{unit}.ups/snmp":
            return Reading(ok=True, metrics={"ups_on_battery": float(CUT - 20 <= mono < CUT + 40)})
        return SILENT if check_id == root(3) and CUT <= mono < BACK else GOOD

    simulator = Simulator(inventory, {}, phases={}, reading_of=reading_of).run_until(BACK + 60.0)

    (incident,) = simulator.opened
    assert incident.guess == Guess(CauseKind.POWER, Basis.ON_BATTERY.value)
    assert incident.opened_at >= EPOCH + CUT
