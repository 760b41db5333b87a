"""Settings of the whole suite."""

import gc
import os
from collections.abc import Generator
from random import Random

import pytest
from hypothesis import settings

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""The name of this process among those that share a run; "" when there is only this one."""

# No deadline for an example: on a busy machine it would judge the machine.
settings.register_profile("here", deadline=None)
# In CI the same commit meets the same examples; everywhere else new ones are tried each time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

LONG = (
    "tests/browser/",
    "deploy/test_handbook",
    "probes/test_contract",
    "monitor/test_app",
    "deploy/test_builds",
    "deploy/test_bundle",
    "scenarios/test_kill",
    "deploy/test_deb",
    "deploy/test_unit_life",
    "tests/scenarios/",
    "tests/chaos/",
    "monitor/demo/",
    "tests/deploy/",
)
"""The files that take half a minute and more, and the folders of stories, the longest first. Workers take file by file."""

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


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let every worker go through the folders in an order of its own.

    Where nothing is compiled yet (CI), each then finds most files compiled by another, instead of all doing the same.
    """
    report = yield
    if WORKER and isinstance(collector, pytest.Directory):
        Random(WORKER).shuffle(report.result)  # noqa: S311 (an order, no secret)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: it mostly waits, and the rest keeps the machine busy meanwhile."""
    if WORKER:
        items.sort(key=lambda item: item.path.parts)  # the order that all workers must have
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if name in str(item.path)), len(LONG)))
