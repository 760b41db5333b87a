"""What a problem says to people, whatever is in the name it speaks of."""

import pytest

from inventory.problem import Problem


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Xã Ba Tơ.yaml", "Xã Ba Tơ.yaml"),
        ("x\x1b[31m.yaml", r"x\u001b[31m.yaml"),
        ("x\nlỗi: khác.yaml", r"x\u000alỗi: khác.yaml"),
        ("x\u202ey.yaml", r"x\u202ey.yaml"),
        ("\udcff.yaml", r"\udcff.yaml"),
    ],
)
def test_a_name_neither_steers_a_terminal_nor_forges_a_line(name: str, shown: str) -> None:
    problem = Problem(name, 1, name, name, name)

    assert str(problem) == f"{shown}:1: {shown}: {shown}; {shown}"
