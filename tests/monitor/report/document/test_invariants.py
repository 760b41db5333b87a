"""What holds for the documents of any figures: nothing broken is printed, and one quantity is written in one way."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status
from inventory.model import Layer
from monitor.report.document.leader import leader_document
from monitor.report.document.model import Document, Picture, RowLevel, Table
from monitor.report.document.report import report_document
from monitor.report.document.week import week_document
from monitor.report.editions.codec import as_json, from_json
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.settings.report import ReportSettings
from tests.effort import examples
from tests.monitor.report.document.reading import (
    all_texts,
    blocks_of,
    column,
    made,
    rows,
    table,
    tables_of,
    texts,
)
from tests.monitor.report.small_figures import (
    MEETINGS,
    NOVEMBER,
    at,
    incident,
    nothing_happened,
    outage,
    small_figures,
)

WRITERS = (report_document, week_document, leader_document)


def _layers() -> dict[str, Layer]:
    return {
        "23344.cpe": Layer.TSLCD,
        "21484.cpe": Layer.TSLCD,
        "21548.kiosk": Layer.KIOSK,
        "tthc": Layer.SHARED,
        "dvcqg": Layer.CENTRAL,
    }


@st.composite
def any_figures(draw: st.DrawFn) -> Figures:
    """Return a month with any outages and incidents, and perhaps with parts of it missing."""
    outages, incidents = [], []
    for number in range(draw(st.integers(0, 6))):
        target = draw(st.sampled_from(sorted(_layers())))
        day = number * 4 + 1  # apart from each other
        length_s = draw(st.sampled_from([0.4, 59.0, 3_599.9, 7_200.0, 90_000.0]))
        more: dict[str, Any] = {"until_at": None} if draw(st.booleans()) else {}
        is_carried = draw(st.booleans()) and number == 0
        outages.append(
            outage(target, day, 1, length_s, layer=_layers()[target], is_carried=is_carried, **more)
        )
        incidents.append(
            incident(
                f"SC-2026-{number:04}",
                "Đường truyền  TSLCD – Xã Đăk Pék",
                day,
                1,
                length_s,
                [target],
                level=draw(st.sampled_from([Status.DOWN, Status.DEGRADED])),
                resolved_at=draw(st.sampled_from([None, at(day, 1) + length_s])),
            )
        )
    missing = draw(
        st.sets(
            st.sampled_from(
                ["communes", "central", "shared", "months", "days", "hours", "equipment", "circuits"]
            )
        )
    )
    fields: dict[str, Any] = dict.fromkeys(missing, ())
    if draw(st.booleans()):
        fields["lines"] = None
    if draw(st.booleans()):
        fields |= {"acknowledgement_s": None, "restore_s": None, "restore_before_s": None, "layers": {}}
    return small_figures(
        outages=outages,
        incidents=incidents,
        meetings=draw(st.sampled_from([(), MEETINGS])),
        unknown_s=draw(st.sampled_from([0.0, 600.0, 20 * 86_400.0])),
        known_until_at=draw(st.sampled_from([NOVEMBER.until_at, at(22), at(22, 7.5)])),
        **fields,
    )


def _documents(figures: Figures) -> list[Document]:
    return [
        write(figures, (), Changes(), ReportSettings(), revision=None, made_at=1.0, digest="")
        for write in WRITERS
    ]


@settings(max_examples=examples(60), deadline=None)
@given(any_figures())
def test_nothing_broken_is_ever_printed(figures: Figures) -> None:
    for document in _documents(figures):
        for text in all_texts(document):
            assert unicodedata.is_normalized("NFC", text)
            assert "  " not in text
            assert not {"None", "nan", "inf", "{{"} & set(text.replace(",", " ").split()), text
        for each in tables_of(document):
            for row in each.rows:
                wanted = 1 if row.level is RowLevel.GROUP else len(each.columns)
                assert len(row.cells) == wanted, each.id
            assert len({item.id for item in each.columns}) == len(each.columns)
            assert all(item.id.isascii() for item in each.columns)
        _are_numbered(document)


def _are_numbered(document: Document) -> None:
    captions = [each.caption for each in blocks_of(document) if isinstance(each, Table) and each.caption]
    assert [text.split(".")[0] for text in captions] == [f"Bảng {n}" for n in range(1, len(captions) + 1)]
    pictures = [each for each in blocks_of(document) if isinstance(each, Picture)]
    assert [each.caption.split(".")[0] for each in pictures] == [
        f"Hình {n}" for n in range(1, len(pictures) + 1)
    ]
    assert all(each.alt for each in pictures)
    assert len({each.id for each in pictures}) == len(pictures)


@settings(max_examples=examples(20), deadline=None)
@given(any_figures())
def test_a_document_is_the_same_after_it_was_kept(figures: Figures) -> None:
    for document in _documents(figures):
        kept = as_json(document)
        read = from_json(Document, kept)
        assert read == document
        assert as_json(read) == kept


@pytest.mark.parametrize("figures", [small_figures(), nothing_happened()], ids=["small", "nothing"])
def test_the_same_quantity_is_written_the_same_wherever_it_stands(figures: Figures) -> None:
    document = made(figures)
    layers, communes = table(document, "tong-hop"), table(document, "theo-xa")
    together = texts(layers, "lop").index("Trong đó: đến cấp xã")
    for in_layers, in_communes in (
        ("do_kha_dung", "tslcd"),
        ("thay_doi", "thay_doi"),
        ("so_luot", "so_luot"),
        ("tong_thoi_gian", "tong_thoi_gian"),
    ):
        province = texts(communes, in_communes, RowLevel.TOTAL)[-1]
        assert texts(layers, in_layers)[together] == province
    body, appendix = table(document, "he-thong-trung-uong-tom-tat"), table(document, "he-thong-trung-uong")
    for id_ in ("he_thong", "do_kha_dung", "so_luot", "tong_thoi_gian", "so_luot_cham", "thoi_gian_cham"):
        assert texts(body, id_) == texts(appendix, id_)
    for id_ in ("cuoc_hop", "dang_ky", "san_sang_truoc", "san_sang", "xu_ly"):
        if figures.meetings:
            assert texts(table(document, "cuoc-hop-tom-tat"), id_) == texts(table(document, "cuoc-hop"), id_)


def test_lists_of_outages_are_as_long_as_the_counts_and_sums_say() -> None:
    document = made()
    outages, layers = table(document, "luot-gian-doan"), table(document, "tong-hop")
    for layer in ("Mạng TSLCD", "Hệ thống dùng chung", "Hệ thống Trung ương"):
        place = texts(layers, "lop").index(layer)
        own = [
            length
            for said, counted, length in zip(
                texts(outages, "lop"),
                texts(outages, "tinh_trong_ky"),
                column(outages, "trong_ky"),
                strict=True,
            )
            if said == layer and counted == "có"
        ]
        assert len(own) == column(layers, "so_luot")[place]
        assert sum(own) == pytest.approx(column(layers, "tong_thoi_gian")[place])


def test_every_sheet_of_the_outline_is_there_once() -> None:
    names = [each.sheet for each in tables_of(made()) if each.sheet]
    assert len(names) == len(set(names))
    assert set(names) >= {
        "Tổng hợp",
        "Theo xã",
        "Sự cố",
        "Lượt gián đoạn",
        "Hệ thống TW",
        "HNTH",
        "Theo kênh, nhà mạng",
        "Thấp nhất",
        "Phương pháp",
    }


def test_tables_fit_between_the_margins() -> None:
    for document in _documents(small_figures()):
        for each in document.blocks:
            if isinstance(each, Table):
                assert sum(item.width_mm for item in each.columns) <= 165
        for appendix in document.appendices:
            room = 247 if appendix.is_landscape else 165
            for each in appendix.blocks:
                if isinstance(each, Table):
                    assert sum(item.width_mm for item in each.columns) <= room


def test_the_workbook_lists_every_incident_and_the_appendix_the_long_ones() -> None:
    document = made(listed_minutes=120)
    assert len(rows(table(document, "su-co"))) == 7
    assert texts(table(document, "su-co-dai"), "ma") == ["SC-2026-0101", "SC-2026-0105", "SC-2026-0107"]
    assert document.appendices[1].title == "DANH MỤC SỰ CỐ TỪ 02 GIỜ TRỞ LÊN"


def test_the_provinces_systems_add_up_to_one_figure_in_the_report_and_on_the_leaders_page() -> None:
    figures = small_figures()
    site = replace(figures.layers[Layer.SHARED].row, members=98)
    layers = {**figures.layers, Layer.SHARED: replace(figures.layers[Layer.SHARED], row=site)}
    with_sites = replace(figures, layers=layers)
    layer_rows = table(made(with_sites), "tong-hop")
    place = texts(layer_rows, "lop").index("Trong đó: của tỉnh")
    page = table(_documents(with_sites)[2], "sau-chi-so")
    ours = texts(page, "chi_so").index("Độ khả dụng hệ thống dùng chung của tỉnh")
    assert f"{texts(layer_rows, 'do_kha_dung')[place]}%" == texts(page, "ky_nay")[ours] == "99,94%"
    assert column(layer_rows, "so_doi_tuong")[place] == 2
