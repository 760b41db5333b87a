"""A province of five communes for spreadsheets, and sheets written by the libraries people's programs use."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from inventory.sheet.archive import is_workbook
from inventory.sheet.csv_reading import read_csv
from inventory.sheet.headings import Rows, header_score, rows_of
from inventory.sheet.importing import Destination, Outcome, Source, known_at, prepare
from inventory.sheet.reading import read_workbook
from inventory.sheet.review import review

NOON = datetime(2026, 11, 22, 12, 0)  # noqa: DTZ001 (wall time)
UNITS = """\
areas: {qn: {name: Quảng Ngãi (cũ)}, kt: {name: Kon Tum (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ, former_names: [Thị trấn Ba Tơ, Xã Ba Cung]}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21025": {name: Phường Cẩm Thành, kind: phường, area: qn, former_district: Thành phố Quảng Ngãi}
  "21433": {name: Xã Phước Giang, kind: xã, area: qn, former_names: [Xã Hành Dũng]}
  "23332": {name: Xã Đăk Rơ Wa, kind: xã, area: kt, former_district: Thành phố Kon Tum}
  ttdl: {name: Trung tâm dữ liệu tỉnh, kind: trung tâm dữ liệu, area: province}
"""
CORE = """\
circuits: {vnpt-ttdl: {provider: VNPT, contract_code: "017"}}
targets:
  ttdl.gateway: {name: Cổng mạng, unit: ttdl, profile: gateway, address: 10.51.250.1, anchor: true}
  ttdl.core: {name: Switch lõi, unit: ttdl, profile: switch, address: 10.51.250.2, anchor: true}
address_plan: {ranges: [10.51.0.0/16]}
"""

Cells = Sequence[object]
Import = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A skeleton with units and a core."""
    path = tmp_path / "danh-muc"
    path.mkdir()
    (path / "10-units.yaml").write_text(UNITS)
    (path / "20-core.yaml").write_text(CORE)
    return path


def xlsx(*rows: Cells, sheet: str = "Thiết bị", **sheets: Sequence[Cells]) -> bytes:
    """A workbook written by openpyxl, which makes formulas of what begins with '='."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = sheet
    for row in rows:
        first.append(list(row))
    for name, others in sheets.items():
        added = book.create_sheet(name)
        for row in others:
            added.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows_in(content: bytes) -> Rows:
    if is_workbook(content):
        return rows_of(read_workbook(content))
    return rows_of([read_csv(content, name="x.csv", score=header_score)])


def import_into(folder: Path, content: bytes, *paths: Path, policies: Sequence[str] = ()) -> Outcome:
    """What an import of these bytes would do."""
    destination = Destination(paths or (folder,), folder)
    result = review(rows_in(content), known_at(destination), policies=policies)
    return prepare(result, destination, Source("danh-sach.xlsx", "0" * 64, NOON))


def asked(outcome: Outcome) -> list[str]:
    """The questions as the clerk reads them."""
    return [
        f"{q.cell}: {q.question}" + (f" [{'; '.join(q.candidates)}]" if q.candidates else "")
        for q in outcome.questions
    ]
