"""Templates of a province's own: what may be changed, what is found wrong, and that month's end goes on."""

import io
import logging
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.document import Document as DocxDocument
from docx.enum.section import WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.report.document.model import Document
from monitor.report.docx import styles
from monitor.report.docx.house import MARKS, house_template
from monitor.report.docx.template import template_problems
from monitor.report.docx.writing import docx_bytes, write_docx
from tests.effort import examples
from tests.monitor.report.rich_document import rich_document

Change = Callable[[DocxDocument], object]


def changed(folder: Path, change: Change) -> Path:
    """Return the built-in template after somebody has changed it."""
    template = docx.Document(io.BytesIO(house_template()))
    change(template)
    path = folder / "mau-bao-cao.docx"
    template.save(str(path))
    return path


def short() -> Document:
    document = rich_document()
    return replace(document, blocks=document.blocks[:3], appendices=document.appendices[2:3])


def texts(content: bytes) -> list[str]:
    return [line.text for line in docx.Document(io.BytesIO(content)).paragraphs]


def test_the_built_in_template_is_found_without_fault_and_gives_the_same_pages(tmp_path: Path) -> None:
    path = tmp_path / "mau.docx"
    path.write_bytes(house_template())
    assert house_template() == path.read_bytes()
    assert [line.text for line in docx.Document(str(path)).paragraphs] == list(MARKS)
    assert template_problems(path) == ()
    written = write_docx(short(), {}, path)
    assert (written.problems, written.is_built_in) == ((), False)
    assert texts(written.content) == texts(docx_bytes(short(), {}))


def test_what_a_province_adds_and_restyles_stays(tmp_path: Path) -> None:
    def change(template: DocxDocument) -> None:
        template.styles["BC Nội dung"].font.size = Pt(13)
        template.sections[0].left_margin = Mm(35)
        template.paragraphs[2].insert_paragraph_before("Ghi thêm của Sở")
        template.paragraphs[0].insert_paragraph_before("Mẫu 01")
        template.add_paragraph("")

    written = write_docx(short(), {}, changed(tmp_path, change))
    assert (written.problems, written.is_built_in) == ((), False)
    report = docx.Document(io.BytesIO(written.content))
    assert report.styles["BC Nội dung"].font.size == Pt(13)
    margins = [section.left_margin for section in report.sections]
    assert [margin and round(margin.mm, 1) for margin in margins] == [35.0, 35.0]
    words = [line.text for line in report.paragraphs]
    assert words[0] == "Mẫu 01"
    assert words.index(short().closing) + 1 == words.index("Ghi thêm của Sở")
    # Tables follow the narrower page.
    assert {
        sum(int(column.get(qn("w:w"), "0")) for column in table._tbl.tblGrid) for table in report.tables[:2]
    } <= {9070, 9071, 9072}


def test_styles_are_found_by_name_whatever_a_word_processor_makes_of_their_ids(tmp_path: Path) -> None:
    def change(template: DocxDocument) -> None:
        for number, style in enumerate(template.styles):
            style.element.set(qn("w:styleId"), f"a{number}")
        for line in template.paragraphs:
            line._p.get_or_add_pPr().remove(line._p.pPr[0])

    path = changed(tmp_path, change)
    assert template_problems(path) == ()
    report = docx.Document(io.BytesIO(docx_bytes(short(), {}, path)))
    (opening,) = [line for line in report.paragraphs if line.text == short().opening]
    assert opening.style is not None
    assert opening.style.name == "BC Nội dung"


def test_a_missing_style_is_told_and_taken_from_the_built_in_template(tmp_path: Path) -> None:
    def change(template: DocxDocument) -> None:
        template.styles.element.remove(template.styles["BC Trích yếu"].element)

    path = changed(tmp_path, change)
    (problem,) = template_problems(path)
    assert problem.message == "thiếu kiểu “BC Trích yếu”, dùng kiểu có sẵn thay vào"
    assert "report template --to" in problem.hint
    written = write_docx(short(), {}, path)
    assert not written.is_built_in
    report = docx.Document(io.BytesIO(written.content))
    (subject,) = [line for line in report.paragraphs if line.text == short().subject]
    assert subject.style is not None
    assert subject.style.name == "BC Trích yếu"


def _without(number: int) -> Change:
    return lambda template: template.paragraphs[number]._p.getparent().remove(template.paragraphs[number]._p)


def _with_words(template: DocxDocument) -> None:
    template.paragraphs[1].add_run(" tiếp theo")


def _in_a_table(template: DocxDocument) -> None:
    line = template.paragraphs[2]._p
    template.add_table(1, 1).cell(0, 0)._tc.append(line)


def _swapped(template: DocxDocument) -> None:
    template.paragraphs[2]._p.addnext(template.paragraphs[1]._p)


def _bare(template: DocxDocument) -> None:
    properties = template.element.body.sectPr
    assert properties is not None
    properties.remove(properties.find(qn("w:pgMar")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without(0), "thiếu đoạn đánh dấu [[DAU_VAN_BAN]]"),
        (_without(2), "thiếu đoạn đánh dấu [[NOI_NHAN]]"),
        (_with_words, "đoạn đánh dấu [[NOI_DUNG]] nằm chung với chữ khác hoặc trong bảng"),
        (_in_a_table, "đoạn đánh dấu [[NOI_NHAN]] nằm chung với chữ khác hoặc trong bảng"),
        (lambda template: template.add_paragraph("[[PHU_LUC]]"), "đoạn đánh dấu [[PHU_LUC]] có 2 lần"),
        (_swapped, "các đoạn đánh dấu sai thứ tự"),
        (
            lambda template: template.add_section(WD_SECTION.NEW_PAGE),
            "mẫu phải có đúng một phần (section)",
        ),
        (_bare, "mẫu không có khổ giấy hoặc lề"),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_told_and_the_built_in_one_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: Change, message: str
) -> None:
    path = changed(tmp_path, change)
    (problem,) = template_problems(path)
    assert (problem.file, problem.message) == (str(path), message)
    assert problem.hint
    page = replace(short(), blocks=(), appendices=())
    with caplog.at_level(logging.WARNING):
        assert docx_bytes(page, {}, path) == docx_bytes(page, {})
    assert message in caplog.text


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut", None])
def test_a_file_that_is_no_document_is_told_and_the_built_in_one_is_used(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "mau.docx"
    if content is not None:
        path.write_bytes(content)
    (problem,) = template_problems(path)
    known = "không phải tệp DOCX" if content is not None else "không đọc được mẫu báo cáo"
    assert known in problem.message
    assert "report template --to" in problem.hint
    written = write_docx(short(), {}, path)
    assert written.is_built_in
    assert written.content == docx_bytes(short(), {})


def test_another_kind_of_office_file_and_a_folder_are_no_templates(tmp_path: Path) -> None:
    sheet = tmp_path / "so.docx"
    with zipfile.ZipFile(sheet, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert write_docx(short(), {}, sheet).is_built_in
    assert write_docx(short(), {}, tmp_path).is_built_in


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bom.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", b"\x00" * 51_000_000)
    (problem,) = template_problems(path)
    assert "quá lớn" in problem.message


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_happened_to_a_template_there_is_a_report(tmp_path: Path, data: st.DataObject) -> None:
    whole = house_template()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(files)))
    start = data.draw(st.integers(0, len(files[name])))
    end = data.draw(st.integers(start, len(files[name])))
    files[name] = files[name][:start] + data.draw(st.binary(max_size=8)) + files[name][end:]
    path = tmp_path / "hong.docx"
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    document = replace(short(), blocks=(), appendices=())
    written = write_docx(document, {}, path)
    assert document.subject in texts(written.content)


@pytest.mark.slow
def test_a_template_that_another_word_processor_saved_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "mau.docx"
    path.write_bytes(house_template())
    saved = tmp_path / "saved"
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "docx",
    ]
    subprocess.run([*command, "--outdir", saved, path], check=True, capture_output=True, timeout=120)
    shutil.move(saved / "mau.docx", path)
    assert template_problems(path) == ()
    assert not write_docx(short(), {}, path).is_built_in


def test_the_handbook_names_every_mark_and_style() -> None:
    handbook = (Path(__file__).parents[4] / "docs/vi/mau-bao-cao.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([^`\n]+)`", handbook))
    assert {*MARKS, *styles.NAMES} - named == set()
