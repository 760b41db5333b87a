from dataclasses import replace

from inventory.equipment.coverage import ClassCoverage
from inventory.model import Layer, ReportedClass
from monitor.accounting.model import Correction, Part
from monitor.report.document.model import RowLevel
from tests.monitor.report.document.reading import column, made, rows, table, texts
from tests.monitor.report.small_figures import OUTAGES, at, outage, small_figures


def test_sums_are_those_of_the_rows() -> None:
    communes = table(made(), "theo-xa")
    *areas, province = rows(communes, RowLevel.TOTAL)
    assert len(areas) == 2
    for id_ in ("so_luot", "tong_thoi_gian"):
        own, sums = column(communes, id_), column(communes, id_, RowLevel.TOTAL)
        assert sums[-1] == sum(own) == sum(sums[:-1])
    assert province.cells[1].text == "Toàn tỉnh"


def test_communes_stand_under_their_area_and_former_district() -> None:
    communes = table(made(), "theo-xa")
    assert [row.cells[0].text for row in rows(communes, RowLevel.GROUP)] == [
        "ĐỊA BÀN KON TUM (CŨ)",
        "Huyện Đăk Glei (cũ)",
        "Huyện Tu Mơ Rông (cũ)",
        "ĐỊA BÀN QUẢNG NGÃI (CŨ)",
        "Huyện Ba Tơ (cũ)",
        "Huyện Lý Sơn (cũ)",
        "Thành phố Quảng Ngãi (cũ)",
    ]
    assert texts(communes, "stt") == ["1", "2", "3", "4", "5", "6"]


def test_a_province_of_one_area_has_one_sum() -> None:
    figures = small_figures(areas={"qn": "Quảng Ngãi"})
    one = replace(
        figures,
        communes=tuple(replace(each, place=replace(each.place, area="qn")) for each in figures.communes),
    )
    communes = table(made(one), "theo-xa")
    assert texts(communes, "ten", RowLevel.TOTAL) == ["Toàn tỉnh"]


def test_a_commune_without_an_endpoint_is_not_equipped_only_if_somebody_said_so() -> None:
    figures = small_figures()
    without = tuple(
        replace(each, conference=None) if each.place.code in {"23344", "23350"} else each
        for each in figures.communes
    )
    equipment = (
        ClassCoverage(
            ReportedClass("diem-cau", "Thiết bị hội nghị truyền hình", ("vcs-endpoint",)), without=("23344",)
        ),
    )
    communes = table(made(replace(figures, communes=without, equipment=equipment)), "theo-xa")
    assert texts(communes, "hnth_san_sang")[:3] == ["chưa trang bị", "chưa giám sát", "01/02"]


def test_a_commune_without_a_line_has_dashes_and_a_note() -> None:
    figures = small_figures()
    first, *others = figures.communes
    communes = table(made(replace(figures, communes=(replace(first, line=None), *others))), "theo-xa")
    assert texts(communes, "tslcd")[0] == "–"
    assert texts(communes, "ghi_chu")[:2] == ["(1)", ""]
    assert communes.notes[-1] == "(1) chưa có đường truyền được giám sát."


def test_notes_are_numbered_as_they_come_and_each_is_explained_once() -> None:
    carried = outage("23344.cpe", 1, -2, 7_200, is_carried=True, down_s=0.0)
    going_on = outage("21484.cpe", 30, 20, 4 * 3_600, until_at=None)
    correction = Correction(
        1,
        ("r7-ba-to/icmp",),
        at(3),
        at(4),
        Part.MAINTENANCE,
        None,
        "Nhà mạng bảo trì",
        "An",
        "Bình",
        at(5),
    )
    figures = small_figures(
        outages=(*OUTAGES, carried, going_on), corrections=(correction,), corrected_units=frozenset({"23417"})
    )
    communes = table(made(figures), "theo-xa")
    assert texts(communes, "ghi_chu") == ["(1)", "", "(2)", "(3)", "", ""]
    assert [note[:3] for note in communes.notes[1:]] == ["(1)", "(2)", "(3)"]


def test_too_little_data_is_a_note_and_no_figure() -> None:
    communes = table(made(small_figures(unknown_s=20 * 86_400)), "theo-xa")
    assert set(texts(communes, "tslcd")) == {"–"}
    assert set(column(communes, "tslcd")) == {None}
    assert set(texts(communes, "ghi_chu")) == {"(1)"}


def test_what_stays_below_its_aim_is_bold() -> None:
    communes = table(made(), "theo-xa")
    place = [each.id for each in communes.columns].index("tslcd")
    bold = [row.cells[1].text for row in rows(communes) if row.cells[place].is_bold]
    assert bold == ["Đăk Pék", "Măng Ri"]
    assert communes.columns[place].target_ratio == 0.995


def test_what_has_not_come_yet_is_no_reason_for_a_note() -> None:
    figures = small_figures()
    left_s = 9 * 86_400.0
    parts = [
        replace(
            each,
            line=replace(
                each.line,
                row=replace(each.line.row, parts=replace(each.line.row.parts, unwatched_s=left_s)),
            ),
        )
        for each in figures.communes
        if each.line is not None
    ]
    now = replace(figures, communes=tuple(parts), known_until_at=figures.period.until_at - left_s)
    assert set(texts(table(made(now), "theo-xa"), "ghi_chu")) == {""}
    late = replace(figures, communes=tuple(parts))
    assert set(texts(table(made(late), "theo-xa"), "ghi_chu")) == {"(1)"}
    assert Layer.TSLCD in figures.layers


def test_a_province_without_areas_has_no_heading_of_one() -> None:
    figures = small_figures(areas={})
    bare = replace(
        figures,
        line_areas=(),
        communes=tuple(
            replace(each, place=replace(each.place, area="", former_district="")) for each in figures.communes
        ),
    )
    communes = table(made(bare), "theo-xa")
    assert rows(communes, RowLevel.GROUP) == []
    assert [row.cells[1].text for row in rows(communes, RowLevel.TOTAL)] == ["Toàn tỉnh"]
