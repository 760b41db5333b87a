"""The wall clock is set, or the machine sleeps: what nobody measured is unknown, nobody is told, no incident moves."""

from dataclasses import replace

import pytest

from alerts import engine
from alerts.model.checks import Status
from alerts.model.decision import Decision
from tests.alerts.province import EPOCH, SILENT, check, province, result
from tests.alerts.simulator import Simulator
from tests.alerts.situations import alone, broken, chain, healthy
from tests.alerts.story import Story

HOUR_S = 3_600.0


def steps(story: Story, step_s: float, at: float) -> Decision:
    decision = engine.on_clock_step(story.world, step_s=step_s, now=EPOCH + at + step_s, mono=at)
    story.ledger.commit(decision)
    return decision


def test_a_forward_step_makes_every_known_check_unknown_from_the_moment_before_it() -> None:
    story = healthy(chain())
    decision = steps(story, HOUR_S, 70)

    assert {each.check_id for each in decision.transitions} == set(story.world.inventory.checks)
    assert {(each.at, each.declared_at, each.new, each.cause) for each in decision.transitions} == {
        (EPOCH + 70, EPOCH + 70 + HOUR_S, Status.UNKNOWN, "clock")
    }
    assert decision == Decision(states=decision.states, transitions=decision.transitions)


def test_one_result_that_agrees_resumes_what_was_known() -> None:
    story = broken()
    steps(story, HOUR_S, 200)
    (incident,) = story.world.incidents.values()
    outcome = replace(result("a", SILENT, 210.0, 1.0), started_at=EPOCH + 210 + HOUR_S)
    engine.on_result(story.world, outcome, now=EPOCH + 211 + HOUR_S, mono=211.0)

    assert story.status("a") is Status.DOWN
    assert list(story.world.incidents.values()) == [incident]


@pytest.mark.parametrize("step_s", [-HOUR_S, -10 * 86_400.0, -5.0, 0.0, 5.0, 60.0])
def test_backward_steps_and_small_ones_decide_nothing(step_s: float) -> None:
    assert steps(healthy(chain()), step_s, 70) == Decision()


def test_a_check_that_was_never_known_stays_so_without_a_word() -> None:
    assert steps(Story(alone()), HOUR_S, 5) == Decision()


def test_what_was_under_way_when_the_machine_fell_asleep_is_no_failure_of_its_target() -> None:
    story = healthy(alone())
    steps(story, HOUR_S, 70)
    for started in (66, 67, 68, 69):
        story.sees("a", SILENT, started, took=3)

    assert story.status("a") is Status.UNKNOWN
    assert story.world.incidents == {}


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, 10 * 86_400.0, -10 * 86_400.0, 2.0**31])
def test_a_stepped_clock_opens_closes_and_tells_nothing_and_at_never_decreases(step_s: float) -> None:
    land = province([check("gw"), check("a"), check("b")], anchors=("gw",))
    simulator = Simulator(land, {"a": [(200.0, 2_000.0)]}, phases={"gw": 0.1, "a": 0.3, "b": 0.6})
    simulator.run_until(1_000.0)
    (before,) = simulator.opened

    simulator.clock_s += step_s
    decision = engine.on_clock_step(simulator.world, step_s=step_s, now=simulator.now, mono=simulator.mono)
    simulator.carry_out(decision)
    simulator.run_until(1_900.0)

    (after,) = simulator.opened
    assert (after.id, after.is_open) == (before.id, True)
    assert decision == Decision(states=decision.states, transitions=decision.transitions)
    simulator.run_until(2_500.0)
    assert not simulator.opened[0].is_open
    for check_id in land.checks:
        times = [each.at for each in simulator.ledger.transitions if each.check_id == check_id]
        assert times == sorted(times)
    unknown = [each for each in simulator.ledger.transitions if each.cause == "clock"]
    assert len(unknown) == (3 if step_s > 0 else 0)
