"""Text from outside becomes one safe line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages.plain import clause, clean, cut, seen_line, utf16_length


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("một\r\nhai\tba", "một hai ba"),
        ("đỏ\x1b[31m", "đỏ [31m"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("cách\u00a0cứng", "cách cứng"),
        (unicodedata.normalize("NFD", "Đăk Rơ Wa"), "Đăk Rơ Wa"),
        ("@all chú ý", "all chú ý"),
        ("hỏi truc@a.example", "hỏi truc@a.example"),
        ("CPE 10.64.7.1 tầng 2", "CPE … tầng 2"),
        ("mạng 192.168.1.0/24, 172.20.1.1:8080", "mạng …, …"),
        ("cổng fd00::1", "cổng …"),
        ("phiên bản 110.2.3.4", "phiên bản 110.2.3.4"),
        ("lone \ud83d surrogate", "lone surrogate"),
    ],
)
def test_cleans_to_one_plain_line(text: str, line: str) -> None:
    assert clean(text, 100) == line


def test_what_somebody_types_keeps_addresses_and_mentions() -> None:
    assert seen_line("@an\u202e treo ở\x00 10.20.30.40\n", 100) == "@an treo ở 10.20.30.40"


def test_a_clause_loses_its_own_full_stop() -> None:
    assert clause("gọi nhà mạng. ", 50) == "gọi nhà mạng"


def test_cuts_between_characters_only() -> None:
    assert cut("🔴🔴🔴", 5) == "🔴🔴…"
    assert cut("🔴🔴🔴", 4) == "🔴…"
    assert cut("e\u0301e\u0301e\u0301", 4) == "e\u0301…"
    assert cut("abc", 3) == "abc"


@given(st.text(), st.integers(1, 50))
def test_never_longer_than_the_limit_and_always_encodable(text: str, limit: int) -> None:
    line = clean(text, limit)

    assert utf16_length(line) <= limit
    assert utf16_length(line) == len(line.encode("utf-16-le")) // 2
    assert line == clean(line, limit)
    assert "\n" not in line


def test_a_huge_text_costs_no_more_than_a_line() -> None:
    assert len(clean("x" * 10_000_000, 80)) == 80
