"""A document in all formats, one failure apart from the others; frozen files come out again byte by byte."""

import csv
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.report import making
from monitor.report.document.model import Cell as DocumentCell
from monitor.report.document.model import CellKind, Column, Document, Table, TableRow
from monitor.report.editions.codec import CodecError, as_json, from_json
from monitor.report.editions.freezing import FreezeWish, edition_of
from monitor.report.editions.keeping import (
    draft_folder,
    drop_old_drafts,
    edition_folder,
    keep_in_place,
    put_folder,
)
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.editions.rebuilding import libraries, rebuilt
from tests.monitor.report.small_figures import small_figures

LIGHT = ("xlsx", "csv")


def document() -> Document:
    table = Table(
        "bang",
        "Bảng 1. Thử",
        (Column("ten", "Tên", 50.0), Column("so", "Số", 20.0, CellKind.COUNT)),
        (TableRow((DocumentCell("Xã Ba Tơ", "Xã Ba Tơ"), DocumentCell("08", 8, CellKind.COUNT))),),
        sheet="Thử",
    )
    return Document(
        id="BC-giam-sat-2026-11-ban1",
        name="BÁO CÁO",
        subject="Thử",
        head=None,
        addressees=(),
        opening="Mở đầu.",
        blocks=(table,),
        closing="Hết./.",
        recipients=(),
        signature=None,
        made_at=1_796_000_000.0,
        digest="a" * 64,
    )


@pytest.fixture(scope="module")
def made() -> making.Made:
    return making.files(document(), making.FORMATS)


def frozen(made: making.Made) -> Edition:
    return edition_of(
        document(),
        small_figures(),
        made.files,
        FreezeWish("Lan"),
        kind=ReportKind.REPORT,
        revision=1,
        at=1_796_000_000.0,
        libraries=libraries(None),
    )


def test_every_format_is_made_and_named_as_what_it_is(made: making.Made) -> None:
    assert made.failures == {}
    assert tuple(made.files) == making.FORMATS
    assert made.files["docx"][:2] == made.files["xlsx"][:2] == made.files["csv"][:2] == b"PK"
    assert made.files["pdf"].startswith(b"%PDF-")
    assert made.files["html"].lstrip().lower().startswith(b"<!doctype html")
    assert making.file_name(document(), "csv") == "BC-giam-sat-2026-11-ban1.csv.zip"


def test_a_format_that_fails_takes_none_of_the_others_with_it() -> None:
    told: list[str] = []
    # No calendar has this date: what stamps files with it cannot be made.
    made = making.files(replace(document(), made_at=1e30), ("xlsx", "csv", "html"), progress=told.append)

    assert told == ["xlsx", "csv", "html"]
    assert "xlsx" in made.failures
    assert made.files.keys() | made.failures.keys() == {"xlsx", "csv", "html"}
    assert "html" in made.files


def test_frozen_files_are_built_again_byte_by_byte(made: making.Made, tmp_path: Path) -> None:
    edition = frozen(made)
    again = rebuilt(edition, making.FORMATS, None, folder=tmp_path / "none")

    assert (again.notes, again.changed) == ((), ())
    assert again.failures == {}
    assert again.files == made.files


def test_what_comes_out_otherwise_is_handed_out_as_it_was_kept(made: making.Made, tmp_path: Path) -> None:
    old = dict.fromkeys(LIGHT, b"as it was drawn then")
    edition = frozen(making.Made(old))
    edition = replace(edition, libraries={**edition.libraries, "XlsxWriter": "1.0"})
    folder = edition_folder(tmp_path, ReportKind.REPORT, "2026-11", 1)
    put_folder(folder, {making.file_name(document(), each): data for each, data in old.items()})

    again = rebuilt(edition, LIGHT, None, folder=folder)
    assert again.files == old
    assert again.failures == {}
    assert all("XlsxWriter 1.0 → " in note and "đã đưa bản lưu lúc chốt" in note for note in again.notes)

    (folder / making.file_name(document(), "xlsx")).write_bytes(b"changed by hand")
    spoilt = rebuilt(edition, LIGHT, None, folder=folder)
    assert (spoilt.changed, spoilt.failures) == (("xlsx",), {}), "better in other bytes than not at all"
    assert (spoilt.files["csv"], spoilt.files["xlsx"]) == (old["csv"], made.files["xlsx"])
    [note] = [each for each in spoilt.notes if each.startswith("xlsx")]
    assert "không còn nguyên nên đã đưa bản dựng lại, số liệu và lời văn đúng như lúc chốt" in note


def test_an_edition_that_this_version_cannot_read_is_handed_out_as_it_was_kept(
    made: making.Made, tmp_path: Path
) -> None:
    edition = frozen(making.Made({each: made.files[each] for each in LIGHT}))
    edition = replace(edition, content=edition.content.replace('"kind ":"Table"', '"kind ":"Tabelle"'))
    put_folder(tmp_path / "ban-1", {making.file_name(document(), "csv"): made.files["csv"]})

    again = rebuilt(edition, LIGHT, None, folder=tmp_path / "ban-1")
    assert again.files == {"csv": made.files["csv"]}
    assert "phiên bản này không đọc được bản chốt" in again.failures["xlsx"]
    with pytest.raises(CodecError):
        rebuilt(replace(edition, content="[]"), LIGHT, None, folder=tmp_path)


def test_a_house_template_that_changed_since_is_named(made: making.Made, tmp_path: Path) -> None:
    template = tmp_path / "mau.docx"
    template.write_bytes(b"not even a document")
    again = rebuilt(replace(frozen(made), files={"csv": "0"}), ("csv",), template, folder=tmp_path)

    assert "đã đổi: mẫu văn bản" in again.notes[0]


def test_a_folder_is_put_in_place_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "ban-1"
    put_folder(folder, {"a": b"1", "b": b"2"})
    put_folder(folder, {"a": b"3"})

    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("a", b"3")]
    assert [path.name for path in folder.parent.iterdir()] == ["ban-1"], "nothing half is left"


def test_what_lay_in_the_place_of_a_frozen_edition_stays_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "2026-11" / "report-ban-1"
    for data in (b"1", b"2", b"3"):
        put_folder(tmp_path / "staged", {"a": data})
        keep_in_place(tmp_path / "staged", folder)

    kept = {path.name: (path / "a").read_bytes() for path in folder.parent.iterdir()}
    assert kept == {"report-ban-1": b"3", "report-ban-1-truoc-1": b"1", "report-ban-1-truoc-2": b"2"}


def test_the_tables_of_a_frozen_report_hold_what_was_written(made: making.Made) -> None:
    with zipfile.ZipFile(io.BytesIO(made.files["csv"])) as archive:
        tables = [
            archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")
        ]

    assert any(row[:2] == ["Xã Ba Tơ", "8"] for table in tables for row in csv.reader(io.StringIO(table)))
    assert as_json(document()) == as_json(from_json(Document, as_json(document())))


def test_drafts_are_dropped_when_the_mails_about_them_are(tmp_path: Path) -> None:
    old, new = (draft_folder(tmp_path, ReportKind.REPORT, period) for period in ("2025-09", "2026-11"))
    for folder, made_at in ((old, 1_000.0), (new, 5_000.0)):
        put_folder(folder, {"a.docx": b"1"})
        os.utime(folder, (made_at, made_at))
    kept = edition_folder(tmp_path, ReportKind.REPORT, "2025-09", 1)
    put_folder(kept, {"a.docx": b"1"})
    os.utime(kept, (1_000.0, 1_000.0))

    drop_old_drafts(tmp_path, before_at=4_000.0)
    assert not old.parent.exists()
    assert new.exists()
    assert kept.exists(), "what was frozen stays"
