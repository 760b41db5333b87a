from dataclasses import replace

import pytest

from alerts.model.incident import Side
from monitor.accounting.model import Correction, Part, Parts
from monitor.conference.model import Seat
from monitor.report.document.model import Heading, HeadStyle, Paragraph, Picture, Table
from monitor.report.sentences.model import Section
from tests.monitor.report.document.reading import blocks_of, made, outline, sentence, table
from tests.monitor.report.small_figures import MEETINGS, at, nothing_happened, small_figures

RESULTS = tuple(sentence(f"K{number}", Section.RESULTS) for number in range(1, 7))


def test_tables_and_pictures_stand_behind_the_sentence_that_speaks_of_them() -> None:
    document = made(sentences=RESULTS)
    assert outline(document)[:14] == [
        "1. Kết quả thực hiện",
        "text",
        "tong-hop",
        "K1",
        "do-kha-dung",
        "K2",
        "cuoc-hop-tom-tat",
        "K3",
        "K4",
        "he-thong-dung-chung",
        "K5",
        "he-thong-trung-uong-tom-tat",
        "K6",
        "2. Khó khăn, hạn chế và nguyên nhân",
    ]


def test_a_sentence_left_out_takes_no_table_with_it() -> None:
    kept = made(sentences=RESULTS)
    without = made(sentences=[each for each in RESULTS if each.rule_id != "K4"])
    assert {each.id for each in without.blocks if isinstance(each, Table)} == {
        each.id for each in kept.blocks if isinstance(each, Table)
    }


def test_an_unticked_sentence_is_not_printed_and_a_writers_text_is() -> None:
    document = made(
        sentences=(
            sentence("H1", Section.DIFFICULTIES, "Văn của người viết."),
            sentence("H2", Section.DIFFICULTIES, is_used=False),
        )
    )
    said = [each for each in document.blocks if isinstance(each, Paragraph) and each.sentence_id]
    assert [(each.sentence_id, each.text) for each in said] == [("H1", "- Văn của người viết.")]


def test_causes_stand_under_their_sides_and_what_is_not_confirmed_stands_last() -> None:
    document = made(
        sentences=(
            sentence("N0", Section.CAUSES, group="unknown"),
            sentence("N2", Section.CAUSES, group="enterprise"),
            sentence("N4", Section.CAUSES, group="objective"),
        )
    )
    causes = outline(document)[outline(document).index("2.2. Nguyên nhân") :]
    assert causes[1:7] == [
        "a) Về phía doanh nghiệp viễn thông",
        "N2",
        "b) Nguyên nhân khách quan",
        "N4",
        "c) Chưa xác định nguyên nhân",
        "N0",
    ]


def test_a_side_that_is_not_split_off_stands_under_the_last_one() -> None:
    document = made(
        sentences=(
            sentence("N2", Section.CAUSES, group="enterprise"),
            sentence("N1", Section.CAUSES, group="central"),
        ),
        sides=[Side.ENTERPRISE, Side.OBJECTIVE],
    )
    causes = outline(document)[outline(document).index("2.2. Nguyên nhân") :]
    assert causes[1:5] == [
        "a) Về phía doanh nghiệp viễn thông",
        "N2",
        "b) Nguyên nhân khách quan",
        "N1",
    ]


def test_the_title_of_the_difficulties_is_the_provinces_own() -> None:
    title = "Khuyết điểm, hạn chế; khó khăn, vướng mắc và nguyên nhân"
    assert f"2. {title}" in outline(made(difficulties_title=title))


def test_proposals_have_a_section_only_when_one_is_ticked() -> None:
    assert "4. Kiến nghị, đề xuất" not in outline(made(sentences=RESULTS))
    asked = made(sentences=(sentence("P1", Section.PROPOSALS),))
    assert outline(asked)[-2:] == ["4. Kiến nghị, đề xuất", "P1"]


def test_measures_are_never_an_empty_section() -> None:
    plain = outline(made())
    assert plain[plain.index("3. Một số giải pháp triển khai trong thời gian tới") + 1] == "text"
    chosen = outline(made(sentences=(sentence("M1", Section.MEASURES),)))
    assert chosen[chosen.index("3. Một số giải pháp triển khai trong thời gian tới") + 1 :] == ["M1"]


def test_a_month_in_which_nothing_happened_says_so_everywhere() -> None:
    document = made(nothing_happened())
    said = " ".join(each.text for each in blocks_of(document) if isinstance(each, Paragraph))
    assert "không phát sinh sự cố gián đoạn" in said
    assert "Trong tháng không phát sinh sự cố." in said
    assert "không ghi nhận cuộc họp trực tuyến nào" in said
    assert "Trong tháng không ghi nhận lượt không truy cập được nào từ phía tỉnh." in said
    assert "Trong kỳ không có hiệu chỉnh số liệu." in said


def test_there_are_five_appendices_and_none_is_empty() -> None:
    for figures in (small_figures(), nothing_happened(communes=(), central=(), equipment=(), months=())):
        appendices = made(figures).appendices
        assert [each.numeral for each in appendices] == ["I", "II", "III", "IV", "V"]
        assert all(each.blocks for each in appendices)


def test_the_body_has_at_most_three_pictures() -> None:
    document = made(sentences=RESULTS)
    assert [each.id for each in document.blocks if isinstance(each, Picture)] == [
        "do-kha-dung",
        "nguyen-nhan",
    ]


def test_many_meetings_leave_the_body_to_those_that_went_wrong() -> None:
    first, second = small_figures().meetings
    many = made(small_figures(meetings=(first, *[second] * 12)))
    assert len(table(many, "cuoc-hop-tom-tat").rows) == 1
    assert "13 cuộc họp" in " ".join(table(many, "cuoc-hop-tom-tat").notes)
    assert len(table(many, "cuoc-hop").rows) == 14


def test_a_draft_is_marked_and_named_as_one() -> None:
    draft, frozen = made(revision=None), made(revision=2)
    assert (draft.id, draft.mark) == ("BC-giam-sat-2026-11-nhap", "BẢN NHÁP")
    assert (frozen.id, frozen.mark) == ("BC-giam-sat-2026-11-ban2", "")


def test_the_head_leaves_number_and_day_to_the_office() -> None:
    head = made().head
    assert head is not None
    assert (head.parent, head.issuer) == ("UBND TỈNH QUẢNG NGÃI", "SỞ KHOA HỌC VÀ CÔNG NGHỆ")
    assert head.number.replace("\N{NO-BREAK SPACE}", "_") == "Số: ________/BC-SKHCN"
    assert head.place_and_date.replace("\N{NO-BREAK SPACE}", "_") == "Quảng Ngãi, ngày_____tháng 12 năm 2026"


def test_a_document_of_the_party_has_its_own_head() -> None:
    head = made(head="party", parent="Đảng ủy UBND tỉnh", number_code="BC/ĐU").head
    assert head is not None
    assert (head.style, head.parent) == (HeadStyle.PARTY, "ĐẢNG ỦY UBND TỈNH")
    assert head.number.endswith("-BC/ĐU")


def test_what_a_writer_filled_in_wins_over_the_settings() -> None:
    document = made(
        fields={
            "legal_basis": "Công văn số 12/UBND-NC ngày 01/10/2026 của UBND tỉnh,",
            "addressees": "Bộ Khoa học và Công nghệ; Ủy ban nhân dân tỉnh;",
            "signature": "GIÁM ĐỐC",
            "signer": "Nguyễn Văn An",
        }
    )
    assert document.opening.startswith("Thực hiện Công văn số 12/UBND-NC ngày 01/10/2026 của UBND tỉnh, Sở")
    assert document.addressees == ("Bộ Khoa học và Công nghệ", "Ủy ban nhân dân tỉnh")
    assert document.recipients == ("Như trên", "Sở KHCN: GĐ, PGĐ, VP", "Lưu: VT, BCVT&CĐS")
    assert document.signature is not None
    assert (document.signature.lines, document.signature.name) == (("GIÁM ĐỐC",), "Nguyễn Văn An")


def test_a_month_that_is_not_over_says_up_to_when_it_speaks() -> None:
    figures = small_figures(known_until_at=small_figures().period.until_at - 9 * 86_400)
    assert "từ 00 giờ 00 phút ngày 01/11/2026 đến hết ngày 21/11/2026" in made(figures).opening


@pytest.mark.parametrize(
    ("province", "said", "parent"),
    [
        ("Quảng Ngãi", "tỉnh Quảng Ngãi", "UBND TỈNH QUẢNG NGÃI"),
        ("Thành phố Đà Nẵng", "thành phố Đà Nẵng", "UBND THÀNH PHỐ ĐÀ NẴNG"),
    ],
)
def test_any_province_is_named_as_what_it_is(province: str, said: str, parent: str) -> None:
    document = made(small_figures(province=province))
    assert document.subject.endswith(f"trên địa bàn {said}")
    assert document.head is not None
    assert document.head.parent == parent
    assert document.head.place_and_date.startswith(province.removeprefix("Thành phố "))


def test_little_data_is_said_in_front() -> None:
    document = made(small_figures(unknown_s=20 * 86_400))
    lead = next(each for each in document.blocks if isinstance(each, Paragraph))
    assert 'thấp hơn mức 90,00%; nơi thiếu ghi "không đủ dữ liệu".' in lead.text


def test_of_a_month_that_was_hardly_measured_nothing_is_said_beyond_what_is_known() -> None:
    document = made(nothing_happened(unknown_s=20 * 86_400.0))
    said = [each.text for each in blocks_of(document) if isinstance(each, Paragraph)]
    assert "- Trong thời gian có dữ liệu không phát sinh khó khăn, hạn chế lớn." in said
    assert "Trong thời gian có dữ liệu không phát sinh sự cố." in said
    assert not any(text.startswith(("Trong tháng không", "- Trong tháng không phát")) for text in said)


def test_central_systems_that_were_all_well_need_no_table_in_the_body() -> None:
    figures = nothing_happened()
    many = tuple(replace(figures.central[0], target_id=f"he-thong-{number}") for number in range(9))
    document = made(replace(figures, central=many))
    assert "he-thong-trung-uong-tom-tat" not in outline(document)
    assert len(table(document, "he-thong-trung-uong").rows) == 9


def test_of_many_central_systems_the_body_has_those_that_failed() -> None:
    figures = small_figures()
    well = nothing_happened().central[0]
    many = (*figures.central, *(replace(well, target_id=f"he-thong-{number}") for number in range(8)))
    body = table(made(replace(figures, central=many)), "he-thong-trung-uong-tom-tat")
    assert len(body.rows) == 2
    assert body.notes == ("08 hệ thống còn lại hoạt động ổn định (Phụ lục III).",)


def test_of_a_month_without_any_data_it_is_not_said_that_nothing_happened() -> None:
    seats = tuple(replace(each, seats=tuple(map(_unknown, each.seats))) for each in MEETINGS)
    document = made(small_figures(outages=(), incidents=(), meetings=seats, province_parts=Parts()))
    said = [each.text for each in blocks_of(document) if isinstance(each, Paragraph)]
    assert "- Trong tháng không có dữ liệu giám sát." in said
    assert not [each for each in said if "không phát sinh" in each or "đều sẵn sàng" in each]
    assert "Tại các cuộc họp không có số liệu về điểm cầu khi khai mạc." in said
    assert "theo-ngay" not in [each.id for each in blocks_of(document) if isinstance(each, Picture)]


def _unknown(seat: Seat) -> Seat:
    return replace(seat, was_ready=None, was_ready_before=None)


def test_charts_stand_together_and_corrections_behind_them_in_numbered_parts() -> None:
    correction = Correction(
        1, ("r7/icmp",), at(3), at(4), Part.MAINTENANCE, None, "Nhà mạng bảo trì", "An", "Bình", at(5)
    )
    method = made(small_figures(corrections=(correction,), target_names={"r7": "Bộ định tuyến"})).appendices[
        4
    ]
    headings = [each.text for each in method.blocks if isinstance(each, Heading)]
    assert [each[:2] for each in headings] == ["1.", "2.", "3.", "4."]
    assert [type(each) for each in method.blocks[-6:]] == [Heading, Picture, Picture, Picture, Heading, Table]
    corrected = method.blocks[-1]
    assert isinstance(corrected, Table)
    assert corrected.rows[0].cells[1].text == "Bộ định tuyến"


def test_the_report_of_a_city_nowhere_speaks_of_a_province() -> None:
    city = replace(small_figures(), province="Thành phố Đà Nẵng", shared=(), incidents=())
    document = made(city, RESULTS, addressees=["Ủy ban nhân dân thành phố"])
    said = [
        document.subject,
        *(each.title for each in document.appendices),
        *(each.caption for each in blocks_of(document) if isinstance(each, Table | Picture)),
        *(note for each in blocks_of(document) if isinstance(each, Table) for note in each.notes),
    ]
    assert [each for each in said if "tỉnh" in each.casefold()] == []
    assert table(document, "theo-xa").rows[-1].cells[1].text == "Toàn thành phố"
