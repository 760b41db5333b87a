import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wording import one_line


@given(st.text(), st.integers(1, 50))
def test_whatever_is_quoted_becomes_one_clean_line(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert line.isprintable()
    assert len(line) <= limit
    assert unicodedata.is_normalized("NFC", line)
    assert line == line.strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Qua\u0309ng Nga\u0303i", "Quảng Ngãi"),
        ("e\u200b\u0301", "e \u0301"),
        ("a\r\nb\x00\x1b[2J\u202ec\u2028d", "a b [2J c d"),
        ("\ud800x", "x"),
    ],
)
def test_tones_are_composed_and_controls_are_gone(text: str, line: str) -> None:
    assert one_line(text) == line
