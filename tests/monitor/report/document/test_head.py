import pytest

from monitor.report.document import head
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import small_figures


@pytest.mark.parametrize(
    ("capitals", "said"),
    [
        ("SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Sở Khoa học và Công nghệ"),
        ("SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH", "Sở Văn hóa, Thể thao và Du lịch"),
        ("TRUNG TÂM CHUYỂN ĐỔI SỐ", "Trung tâm Chuyển đổi số"),
        ("VĂN PHÒNG TỈNH ỦY", "Văn phòng Tỉnh ủy"),
        ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", "Ủy ban nhân dân tỉnh Quảng Ngãi"),
        ("ĐẢNG ỦY SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Đảng ủy Sở Khoa học và Công nghệ"),
        ("BAN THƯỜNG VỤ TỈNH ỦY", "Ban Thường vụ Tỉnh ủy"),
        ("VĂN PHÒNG ĐẢNG ỦY UBND TỈNH QUẢNG NGÃI", "Văn phòng Đảng ủy UBND tỉnh Quảng Ngãi"),
        ("ỦY BAN NHÂN DÂN XÃ BA TƠ", "Ủy ban nhân dân xã Ba Tơ"),
        ("TRUNG TÂM CNTT VÀ TRUYỀN THÔNG", "Trung tâm CNTT và Truyền thông"),
        ("SỞ KH&CN", "Sở KH&CN"),
        ("TỔ GIÁM SÁT", "Tổ giám sát"),
    ],
)
def test_a_body_is_written_within_text_as_bodies_are(capitals: str, said: str) -> None:
    figures = small_figures()
    assert head.issuer_in_sentence(figures, ReportSettings(issuer=capitals)) == said


def test_a_name_that_is_not_all_capitals_is_the_provinces_own_spelling() -> None:
    settings = ReportSettings(issuer="Sở KH&CN tỉnh")
    assert head.issuer_in_sentence(small_figures(), settings) == "Sở KH&CN tỉnh"


def test_the_closing_names_who_reports() -> None:
    said = head.closing(small_figures(), ReportSettings())
    assert said == "Sở Khoa học và Công nghệ kính báo cáo./."
