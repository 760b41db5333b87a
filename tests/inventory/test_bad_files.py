"""One tiny file per rule, with what the operator reads beside it."""

from pathlib import Path

import pytest

from inventory.loader import load
from inventory.problem import InventoryError

FOLDER = Path(__file__).parent
BAD = sorted((FOLDER / "bad").glob("*.yaml"))


def messages(file: Path) -> str:
    with pytest.raises(InventoryError) as caught:
        load([FOLDER / "base.yaml", file])
    return "".join(f"{problem}\n" for problem in caught.value.problems).replace(f"{FOLDER}/", "")


@pytest.mark.parametrize("file", BAD, ids=[file.stem for file in BAD])
def test_refuses_with_exactly_this_message(file: Path) -> None:
    assert messages(file) == file.with_suffix(".txt").read_text()


def test_accepts_what_the_bad_files_are_added_to() -> None:
    assert len(load([FOLDER / "base.yaml"]).targets) == 2
