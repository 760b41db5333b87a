"""The lines of promises, and that nothing promised is untested."""

import re
from pathlib import Path

from tests.chaos.promise import line, lines_in

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| R(\d+) \|.*\|$", re.MULTILINE)
PROMISES = 23


def test_a_promise_is_one_line_whatever_is_in_it_and_is_found_again() -> None:
    told = line(7, "back within\n2 s", "p50 1.7 s,\tmax  1.8 s")

    assert told == "R07  promised: back within 2 s  seen: p50 1.7 s, max 1.8 s"
    assert lines_in(f"noise\n{told}\nR7 promised nothing\n") == [told]


def test_every_promise_of_the_table_names_tests_that_are_there() -> None:
    rows = {
        int(found.group(1)): found.group(0).split(" | ")
        for found in ROW.finditer((ROOT / "docs" / "reliability.md").read_text())
    }

    assert sorted(rows) == list(range(1, PROMISES + 1))
    for number, row in rows.items():
        named = re.findall(r"`([^`]*)`", row[3])[:2]
        paths = [
            ROOT / name if name.startswith("tests/") else ROOT / "tests" / "chaos" / name for name in named
        ]
        paths = [path for path in paths if path.suffix == ".py" or path.is_dir()]
        assert paths, f"R{number} names no test"
        for path in paths:
            assert path.exists(), f"R{number}: {path}"
        if all(path.parent.name == "chaos" for path in paths):
            tests = "".join(path.read_text() for path in paths)
            assert f"_r{number:02}_" in tests, f"R{number}: no test of its name"
