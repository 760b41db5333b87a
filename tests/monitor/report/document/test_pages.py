"""The page for the team and the page for leaders."""

from collections.abc import Sequence
from dataclasses import replace

from monitor.report.document.leader import leader_document
from monitor.report.document.model import Document, Heading, Paragraph, Picture, Table
from monitor.report.document.week import week_document
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.settings.report import ReportSettings
from tests.monitor.report.document.reading import rows, sentence, table, texts
from tests.monitor.report.small_figures import INCIDENTS, nothing_happened, small_figures


def _leader(figures: Figures, sentences: Sequence[Sentence] = ()) -> Document:
    return leader_document(
        figures, sentences, Changes(), ReportSettings(), revision=1, made_at=1.0, digest="ab"
    )


def _week(figures: Figures) -> Document:
    return week_document(figures, (), Changes(), ReportSettings(), revision=1, made_at=1.0, digest="ab")


def test_the_leaders_page_is_a_sentence_six_figures_the_map_and_what_is_asked_for() -> None:
    sentences = [
        *(sentence(f"H{number}", Section.DIFFICULTIES) for number in range(1, 6)),
        *(sentence(f"P{number}", Section.PROPOSALS) for number in range(1, 6)),
    ]
    document = _leader(small_figures(), sentences)
    assert document.opening == (
        "Đường truyền Mạng TSLCD đến xã, phường, đặc khu đạt độ khả dụng 99,52%, giảm 0,16 điểm phần trăm so với "
        "tháng 10; có 06 lượt gián đoạn tại 04/06 xã, phường, đặc khu, tổng thời gian 20 giờ 18 phút."
    )
    assert len(table(document, "sau-chi-so").rows) == 6
    assert [each.id for each in document.blocks if isinstance(each, Picture)] == ["ban-do-o"]
    said = [each.sentence_id for each in document.blocks if isinstance(each, Paragraph)]
    assert said == ["H1", "H2", "H3", "P1", "P2", "P3"]
    assert (document.head, document.signature, document.appendices) == (None, None, ())


def test_leaders_read_what_is_planned_where_nothing_is_asked_for() -> None:
    document = _leader(small_figures(), [sentence("M1", Section.MEASURES)])
    assert [each.sentence_id for each in document.blocks if isinstance(each, Paragraph)][-1] == "M1"
    nothing = _leader(nothing_happened())
    assert [each.text for each in nothing.blocks if isinstance(each, Paragraph)] == [
        "- Trong tháng không phát sinh khó khăn, hạn chế lớn.",
        "- Không có kiến nghị.",
    ]
    assert "không phát sinh lượt gián đoạn nào" in nothing.opening


def test_the_first_sentence_refuses_a_percentage_of_too_little_data() -> None:
    opening = _leader(small_figures(unknown_s=20 * 86_400)).opening
    assert opening.startswith("Chưa đủ dữ liệu để tính độ khả dụng của Mạng TSLCD trong tháng")
    assert "không phát sinh" not in opening


def test_a_province_without_lines_has_a_page_all_the_same() -> None:
    opening = _leader(small_figures(lines=None, communes=())).opening
    assert opening == "Chưa có đường truyền nào đến xã, phường, đặc khu được giám sát."


def test_the_team_reads_what_is_open_and_which_causes_are_missing() -> None:
    first, *others = INCIDENTS
    document = _week(small_figures(incidents=(replace(first, resolved_at=None, acknowledged_by=""), *others)))
    assert texts(table(document, "con-mo"), "doi_tuong") == ["Đường truyền TSLCD – Xã Măng Ri"]
    assert texts(table(document, "con-mo"), "ghi_chu") == ["chưa ai nhận"]
    assert texts(table(document, "thieu-nguyen-nhan"), "ghi_chu") == ["chưa rõ", "nghi đường truyền"]
    assert texts(table(document, "thap-nhat-tom-tat"), "ten") == ["Măng Ri", "Đăk Pék", "Đăk Plô", "Ba Tơ"]


def test_the_team_page_has_five_parts_and_lists_that_end() -> None:
    many = tuple(replace(INCIDENTS[2], id=f"SC-2026-{number:04}") for number in range(40))
    document = _week(small_figures(incidents=many))
    assert len([each for each in document.blocks if isinstance(each, Heading)]) == 5
    assert all(len(rows(each)) <= 10 for each in document.blocks if isinstance(each, Table))
    assert "Còn 34 sự cố khác" in table(document, "thieu-nguyen-nhan").notes[0]


def test_a_quiet_week_is_five_short_sentences() -> None:
    document = _week(nothing_happened())
    assert [each.text for each in document.blocks if isinstance(each, Paragraph)] == [
        "Trong tháng không phát sinh sự cố.",
        "Không còn sự cố nào của kỳ chưa kết thúc.",
        "Mọi sự cố đã kết thúc đều có nguyên nhân được xác nhận.",
        "Không có đường truyền nào gián đoạn hoặc không đủ dữ liệu để xếp.",
    ]


def test_leaders_read_the_gist_of_a_sentence_and_a_writers_own_words_whole() -> None:
    long = (
        "Đường truyền còn thiếu ổn định: trong tháng ghi nhận 144 lượt gián đoạn"
        + " tại nhiều nơi" * 12
        + "."
    )
    document = _leader(
        small_figures(),
        [
            sentence("H1", Section.DIFFICULTIES, long),
            sentence("H2", Section.DIFFICULTIES, long, is_edited=True),
        ],
    )
    said = [each.text for each in document.blocks if isinstance(each, Paragraph) and each.sentence_id]
    assert said == ["- Đường truyền còn thiếu ổn định.", f"- {long}"]


def test_the_leaders_page_keeps_no_sentence_that_would_need_another_page() -> None:
    long = "Đường truyền còn thiếu ổn định" + " tại nhiều nơi" * 20 + "."
    many = [sentence(f"H{number}", Section.DIFFICULTIES, long) for number in range(3)]
    document = _leader(small_figures(), many)
    said = [each for each in document.blocks if isinstance(each, Paragraph) and each.sentence_id]
    assert len(said) == 1
