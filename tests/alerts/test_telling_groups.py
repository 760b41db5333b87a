"""Who is told of a group whose members have policies of their own. Times are seconds; the wall shows EPOCH plus them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

from alerts.incidents import commands
from alerts.model.decision import Decision
from alerts.model.hold import MutingKind
from alerts.model.incident import CloseReason
from alerts.model.notification import NotificationKind
from alerts.muting.declaring import Wish, declare
from alerts.oncall.model import Policy, Step
from inventory.model import Inventory, Selector
from tests.alerts.communes import checks_of, communes, root
from tests.alerts.province import EPOCH, SETTINGS
from tests.alerts.simulator import Simulator

CUT = 70.0
BACK = 2_500.0
NORTH = Policy("north", (Step(("email:an",)), Step(("email:binh",), after_s=600.0)), repeat_s=0.0)
SOUTH = Policy(
    "south",
    (Step(("email:chi", "email:an")), Step(("email:dung",), after_s=900.0), Step(("email:giang",), 3_600.0)),
)
USING = replace(SETTINGS, policies={"north": NORTH, "south": SOUTH})
GROUP = range(62, 82)
SOUTHERN = (70, 71)


def land(southern: Iterable[int]) -> Inventory:
    whole = communes(devices=0)
    south = {root(number) for number in southern}
    checks = {
        each.id: replace(each, policy="south" if each.id in south else "north")
        for each in whole.checks.values()
    }
    return replace(whole, checks=checks)


def simulate(begins: Mapping[int, float], until: float, *, end: float = BACK) -> Simulator:
    chance = Random(7)  # noqa: S311 (phases, no secrets)
    inventory = land(SOUTHERN)
    outages = {each: [(at, end)] for number, at in begins.items() for each in checks_of(inventory, [number])}
    phases = {each: chance.random() for each in inventory.checks}
    return Simulator(inventory, outages, phases=phases, settings=USING, tick_s=5.0).run_until(until)


def told(simulator: Simulator) -> list[tuple[str, str]]:
    return [(each.kind.value, each.recipient) for each in simulator.ledger.told]


def test_a_group_is_told_to_all_whom_any_member_s_policy_would_tell_each_once() -> None:
    simulator = simulate(dict.fromkeys(GROUP, CUT), 500.0)

    assert sorted(told(simulator)) == [("opened", "an"), ("opened", "chi")]

    simulator.run_until(2_000.0)
    later = [(round(each.at - EPOCH, -2), each.recipient) for each in simulator.ledger.told[2:]]

    assert later == [(700.0, "binh"), (1_000.0, "dung")]

    simulator.run_until(BACK + 300.0)
    ends = [each.recipient for each in simulator.ledger.told if each.kind is NotificationKind.RESOLVED]

    assert sorted(ends) == ["an", "binh", "chi", "dung"]


def test_whom_only_a_late_member_s_policy_tells_is_told_when_it_joins_and_nobody_else() -> None:
    late = dict.fromkeys(SOUTHERN, CUT + 120.0)
    simulator = simulate(dict.fromkeys(GROUP, CUT) | late, CUT + 100.0)
    assert told(simulator) == [("opened", "an")]

    simulator.run_until(CUT + 200.0)

    assert told(simulator) == [("opened", "an"), ("opened", "chi")]


def test_what_goes_on_alone_goes_on_where_the_group_was_on_its_own_ladder() -> None:
    simulator = simulate(dict.fromkeys(GROUP, CUT), CUT + 1_200.0)
    south = root(SOUTHERN[0])
    simulator.outages = {south: [(CUT, 9_000.0)]}
    simulator.run_until(CUT + 1_500.0)

    (alone,) = simulator.ledger.open
    assert (alone.root_check_id, alone.part_of, alone.told.step, alone.told.policies) == (
        south,
        None,
        1,
        ("south",),
    )

    simulator.run_until(CUT + 4_500.0)

    assert [each.recipient for each in simulator.ledger.told if each.kind is NotificationKind.ESCALATED] == [
        "binh",
        "dung",
        "giang",
    ]


def test_a_group_whose_members_a_person_closed_one_by_one_did_not_recover() -> None:
    simulator = simulate(dict.fromkeys(GROUP, CUT), 500.0)
    world, now = simulator.world, EPOCH + 500.0
    (group,) = [each for each in simulator.opened if each.is_group]
    for member in [each for each in simulator.ledger.open if each.part_of == group.id]:
        decision = commands.close_by_hand(world, member.id, who="an", text="", now=now, mono=500.0)
        assert isinstance(decision, Decision)
        simulator.ledger.commit(decision)
    simulator.run_until(520.0)

    assert simulator.ledger.incidents[group.id].close_reason is CloseReason.BY_HAND


def test_what_was_silenced_and_is_still_down_is_told_at_once_though_it_joins_a_group_that_was_told() -> None:
    simulator = simulate({GROUP[0]: CUT}, CUT - 10.0)
    now, quiet = EPOCH + simulator.mono, Selector(targets=("21063.cpe",))
    wish = Wish(MutingKind.SILENCE, quiet, now, EPOCH + 400.0, who="an", comment="thay thiết bị")
    decision = declare(simulator.world, wish, now)
    assert isinstance(decision, Decision)
    simulator.carry_out(decision)
    simulator.outages = {root(each): [(CUT, BACK)] for each in GROUP}
    simulator.run_until(395.0)
    assert {kind for kind, _ in told(simulator)} == {"opened"}

    simulator.run_until(410.0)

    assert [kind for kind, whom in told(simulator) if whom == "chi"] == ["opened", "updated"]
