"""Inventories and stories that many tests begin with. Times are seconds; the wall shows EPOCH plus them."""

from inventory.model import Inventory
from tests.alerts.province import check, province
from tests.alerts.story import Story

CHAIN = {"link": (), "switch": ("link",), "pc": ("switch",)}


def chain(*, without: str = "", failures_to_down: int = 3) -> Inventory:
    return province(
        [check(each, failures_to_down=failures_to_down) for each in CHAIN if each != without],
        {
            child: tuple(p for p in parents if p != without)
            for child, parents in CHAIN.items()
            if child != without
        },
    )


def alone(check_id: str = "a") -> Inventory:
    return province([check(check_id)])


def healthy(inventory: Inventory) -> Story:
    story = Story(inventory)
    for check_id in inventory.checks:
        story.answers(check_id, 0)
    return story


def broken() -> Story:
    """`a` stands alone and is down since 60."""
    story = healthy(alone())
    story.fails("a", 60, 80, 100)
    return story


def dark() -> Story:
    """Link, switch and pc are down since about 60, the link is the cause."""
    story = healthy(chain())
    for at in (60, 80, 100):
        story.fails("pc", at)
        story.fails("switch", at + 1)
        story.fails("link", at + 2)
    return story
