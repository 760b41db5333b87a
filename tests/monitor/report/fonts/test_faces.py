"""Which signs the shipped faces have, and what is made of others."""

import unicodedata
from collections.abc import Set as AbstractSet
from functools import cache

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.report.fonts.covering import UNKNOWN_SIGN, printable
from monitor.report.fonts.faces import Face, path_of
from tests.effort import examples
from tests.monitor.report.rich_document import VIETNAMESE

SIGNS = "–—…−≥≤±×%•→“”‘’«»·≈≠²³₫€°½\N{NO-BREAK SPACE}\N{REPLACEMENT CHARACTER}√§№"
SIZE_KIB = 50


@cache
def _signs(face: Face) -> AbstractSet[int]:
    with TTFont(path_of(face), lazy=True) as font:
        return frozenset(font.getBestCmap())


@pytest.mark.parametrize("face", Face)
def test_every_face_has_all_letters_of_vietnamese_and_the_signs_of_reports(face: Face) -> None:
    alphabet = {letter for letter in VIETNAMESE if not letter.isascii()}
    assert len(alphabet) == 134
    assert {sign for sign in alphabet | set(SIGNS) if ord(sign) not in _signs(face)} == set()


@pytest.mark.parametrize("face", Face)
def test_a_face_is_small_may_be_embedded_and_has_the_widths_of_times(face: Face) -> None:
    assert path_of(face).stat().st_size < SIZE_KIB * 1024
    with TTFont(path_of(face)) as font:
        assert font["OS/2"].fsType == 0
        if face is Face.REGULAR:
            widths = {letter: font["hmtx"][font.getBestCmap()[ord(letter)]][0] for letter in "Mđ8"}
            # Of 2048 units: Times New Roman's are 0.889, 0.5 and 0.5 of the size.
            assert widths == {"M": 1821, "đ": 1024, "8": 1024}


def test_the_licence_lies_beside_the_faces() -> None:
    licence = path_of(Face.REGULAR).with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Google" in licence


def test_text_is_composed_and_loses_only_what_cannot_be_seen() -> None:
    known = _signs(Face.REGULAR)
    decomposed = unicodedata.normalize("NFD", "Đường truyền xã Đăk Rơ Wa")
    assert printable(decomposed, known) == "Đường truyền xã Đăk Rơ Wa"
    assert printable("a\x00b\x1b[31mc\u202ed\u200de", known) == "ab[31mcde"
    assert printable("một\thai\nba", known) == "một hai ba"
    assert (
        printable("Số:\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}/BC", known)
        == "Số:\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}/BC"
    )


def test_a_sign_without_a_glyph_leaves_a_trace() -> None:
    known = _signs(Face.REGULAR)
    assert printable("đạt ✓, mưa \N{UMBRELLA WITH RAIN DROPS}", known) == f"đạt √, mưa {UNKNOWN_SIGN}"


@given(st.text(max_size=40))
@settings(max_examples=examples(60))
def test_whatever_is_written_can_be_drawn(text: str) -> None:
    known = _known()
    assert all(ord(sign) in known for sign in printable(text, known))


def _known() -> AbstractSet[int]:
    return {ord(sign) for sign in VIETNAMESE + SIGNS + " "} | set(range(0x20, 0x7F))
