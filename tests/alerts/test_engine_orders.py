"""A site of 60 targets behind one link is cut and comes back, in 200 random orders of the results."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from alerts.model.checks import Status
from alerts.model.notification import NotificationKind
from inventory.model import Inventory
from tests.alerts.province import DUTY, GOOD, SILENT, check, province
from tests.alerts.story import Story

TARGETS = 60
ORDERS = 200
ROUND_S = 20.0


def site() -> Inventory:
    """One link, six switches, the rest behind these."""
    switches = [f"switch{number}" for number in range(6)]
    ends = [f"end{number}" for number in range(TARGETS - 1 - len(switches))]
    above = dict.fromkeys(switches, ("link",))
    above |= {end: (switches[number % len(switches)],) for number, end in enumerate(ends)}
    return province([check(each) for each in ("link", *switches, *ends)], above)


@pytest.mark.parametrize("batch", range(4))
def test_whatever_the_order_there_is_one_problem_and_one_recovery(batch: int) -> None:
    inventory = site()
    assert len(inventory.checks) == TARGETS
    for number in range(ORDERS // 4):
        chance = Random(1_000 * batch + number)  # noqa: S311 (an order that can be repeated)
        story = Story(inventory)
        at = 0.0
        for reading in (GOOD, *[SILENT] * 5, *[GOOD] * 3):
            order = list(inventory.checks)
            chance.shuffle(order)
            for place, check_id in enumerate(order):
                story.sees(check_id, reading, at + place * 0.1)
            story.ticks(at + 10.0)
            at += ROUND_S
        story.ticks(at + 60.0)

        told = Counter((each.kind, each.recipient) for each in story.ledger.told)
        kinds = (NotificationKind.OPENED, NotificationKind.RESOLVED)
        assert told == {(kind, each.address): 1 for kind in kinds for each in DUTY}
        (incident,) = story.ledger.incidents.values()
        assert incident.root_check_id == "link"
        assert incident.affected == inventory.checks.keys() - {"link"}
        assert set(story.world.statuses.values()) == {Status.UP}
        assert replace(incident, affected=frozenset()).close_reason == "recovered"
