"""Writes a made-up year into an empty folder."""

from datetime import date
from pathlib import Path
from typing import Final

from monitor.demo.year.land import SETTINGS, write_land
from monitor.demo.year.model import LAST
from monitor.demo.year.saving import save_state
from monitor.demo.year.script import MOST_MONTHS, written
from monitor.demo.year.series import save_results

SEED: Final = 2026


class NotEmptyError(Exception):
    """There is something in the folder already: nothing was written."""


def make_year(folder: Path, *, seed: int = SEED, months: int = MOST_MONTHS, last: date = LAST) -> Path:
    """Write so many months up to that of `last` into a folder that is empty or not there; return its settings file.

    Raises NotEmptyError, OSError, StorageError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotEmptyError(str(folder))
    inventory = write_land(folder, seed)
    script = written(inventory, seed, months, last)
    save_state(folder / "state" / "state.db", script, inventory)
    save_results(folder / "state" / "results.db", script, inventory)
    return folder / SETTINGS
