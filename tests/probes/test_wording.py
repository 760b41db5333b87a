import time
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
        ("G7500" + "\0" * 5_000, "G7500"),
    ],
)
def test_tones_are_composed_and_controls_are_gone(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.alone
@pytest.mark.parametrize(
    "letters", ["\u0301" * 60_000 + "\u0323" * 60_000, "x" * 2_000_000, "\n" * 2_000_000]
)
def test_a_text_without_end_takes_no_time(letters: str) -> None:
    started_at = time.process_time()
    one_line(letters, 80)

    assert time.process_time() - started_at < 0.05
