"""Settings of the whole suite."""

import gc
import os

import pytest
from hypothesis import settings

# No deadline for an example: on a busy machine it would judge the machine.
settings.register_profile("here", deadline=None)
# In CI the same commit meets the same examples; everywhere else new ones are tried each time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# Collecting makes half a million objects that all stay: looking through them for rubbish would find none. What the
# tests themselves leave behind is looked for as ever.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    # The program freezes what it has loaded, as it may in a process of its own. In this one that would keep what every
    # earlier test left behind for ever: two megabytes for each command that is run.
    gc.freeze = lambda: None
    # Most of what a test makes goes by itself: rounds that are rarer find less to carry on to the next.
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the stories of whole daemons: they mostly wait, and the rest keeps the machine busy meanwhile."""
    rooms = ("browser", "scenarios")
    items.sort(
        key=lambda item: next(
            (place for place, room in enumerate(rooms) if room in item.path.parts), len(rooms)
        )
    )
