"""A made-up province to write reports of, shared by all tests that read one."""

import fcntl
import os
from pathlib import Path

import pytest

from inventory.loader import load
from inventory.model import Inventory
from monitor.settings.settings import load_settings

MONTHS = 3


@pytest.fixture(scope="session")
def made_up_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a made-up time, September to November 2026; read it, never write to it.

    The settings are `tslcd-monitor.yaml` in it, the databases `state/state.db` and `state/results.db`.
    """
    from monitor.demo.year.making import make_year  # noqa: PLC0415 (most tests need none of it)

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "nam-gia-dinh"
    with shared.with_suffix(".lock").open("w") as lock:
        # One worker makes it, the others wait without working.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            mine = tmp_path_factory.mktemp("nam") / "nam"
            make_year(mine, months=MONTHS)
            mine.rename(shared)
    return shared


@pytest.fixture(scope="session")
def made_up_land(made_up_year: Path) -> Inventory:
    """Return the inventory of the made-up province."""
    return load(load_settings(made_up_year / "tslcd-monitor.yaml").inventory)
