"""What people type is understood, or answered with how to type it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model.incident import CauseKind, Side
from monitor.replies.codes import WrittenCode, meant, read_code
from monitor.replies.commands import (
    Ask,
    Command,
    Help,
    Judge,
    Mute,
    Release,
    Remark,
    Report,
    Take,
    Unclear,
    parse,
)

CODE = WrittenCode("", 0, 1187)
FULL = WrittenCode("SC", 2026, 1187)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("NHAN 1187", Take(CODE)),
        ("nhận 1187", Take(CODE)),
        ("Nhận xử lý SC-2026-1187", Take(FULL)),
        ("  nhan   sc2026-1187  đang  đi ", Take(FULL, "đang đi")),
        ("NHAN: #1187.", Take(CODE)),
        ("nhan1187", Take(CODE)),
        ("nhan", Take(None)),
        ("NHẬN đang ra xã", Take(None, "đang ra xã")),
        ("@Bot Giám sát NHAN SC-2026-1187", Take(FULL)),
        ("BỎ NHẬN 1187", Release(CODE)),
        ("bo nhan 1187 nhầm", Release(CODE, "nhầm")),
        ("GHI CHÚ 1187 Đã gọi xã, có điện.", Remark(CODE, "Đã gọi xã, có điện.")),
        ("ghi chu SC-2026-1187 x", Remark(FULL, "x")),
        ("IM 1187 2h thay nguồn", Mute(CODE, 7_200, "thay nguồn")),
        ("im 1187 30 phút chờ", Mute(CODE, 1_800, "chờ")),
        ("im 1187 1h30 chờ", Mute(CODE, 5_400, "chờ")),
        ("Im 1187 2 giờ, thay nguồn", Mute(CODE, 7_200, "thay nguồn")),
        ("im 1187 3 ngày bão", Mute(CODE, 259_200, "bão")),
        ("BAO NHA MANG 1187 VNPT-55021", Report(CODE, "VNPT-55021")),
        ("báo nhà mạng 1187 phiếu 77", Report(CODE, "phiếu 77")),
        ("NGUYEN NHAN 1187 mat dien", Judge(CODE, CauseKind.POWER)),
        ("nguyên nhân 1187 đường truyền", Judge(CODE, CauseKind.LINE)),
        (
            "nguyên nhân 1187 nguồn điện, địa phương cháy cầu chì",
            Judge(CODE, CauseKind.POWER, Side.LOCAL, "cháy cầu chì"),
        ),
        ("nguyen nhan 1187 trung uong", Judge(CODE, CauseKind.CENTRAL)),
        ("TRANG THAI", Ask()),
        ("trạng thái Đăk Rơ Wa", Ask("Đăk Rơ Wa")),
        ("Trợ giúp", Help()),
        ("?", Help()),
    ],
)
def test_understands(text: str, command: Command) -> None:
    assert parse(text) == command
    assert parse(unicodedata.normalize("NFD", text)) == command


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("NHNA 1187", "NHẬN <mã>"),
        ("trang thi", "TRẠNG THÁI"),
        ("ghi chú 1187", "GHI CHÚ 1187 đã gọi"),
        ("im 1187 thay nguồn", "<bao lâu>"),
        ("im 1187 2h", "<lý do>"),
        ("im 1187 2x vì", "<bao lâu>"),
        ("báo nhà mạng 1187", "<số phiếu>"),
        ("nguyên nhân 1187 ma quỷ", "đường truyền"),
        ("alo", "TRỢ GIÚP"),
        ("", "TRỢ GIÚP"),
        ("nhan " * 1_000, "TRỢ GIÚP"),
    ],
)
def test_says_what_to_type_instead(text: str, hint: str) -> None:
    said = parse(text)

    assert isinstance(said, Unclear)
    assert hint in said.hint


@given(st.text(max_size=300))
def test_nothing_that_is_typed_is_too_much(text: str) -> None:
    parse(text)


@given(st.sampled_from(["NHAN", "ghi chú", "im", "nguyên nhân", "báo nhà mạng"]), st.text(max_size=200))
def test_nothing_behind_a_verb_is_too_much(verb: str, text: str) -> None:
    parse(f"{verb} {text}")


def test_a_note_is_one_clean_line() -> None:
    said = parse("ghi chú 1187 một\nhai\u202e ba")

    assert said == Remark(CODE, "một hai ba")


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("1187", ["SC-2025-1187", "SC-2026-1187"]),
        ("2026-1187", ["SC-2026-1187"]),
        ("sc-1187", ["SC-2025-1187", "SC-2026-1187"]),
        ("sc-2026-1187", ["SC-2026-1187"]),
        ("01187", ["SC-2025-1187", "SC-2026-1187"]),
        ("87", []),
        ("im-1187", []),
    ],
)
def test_a_short_code_means_every_incident_that_ends_so(written: str, ids: list[str]) -> None:
    code = read_code(written)

    assert code is not None
    assert meant(code, ["SC-2026-1187", "SC-2025-1187", "SC-2026-0042"]) == ids
