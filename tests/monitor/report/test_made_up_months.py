"""A month as its script tells it, second by second, is what the report says: in figures, cells, letter, sheets."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest

from alerts.model.checks import Status
from inventory.loader import load
from inventory.model import Inventory, Layer
from monitor import official
from monitor.accounting.model import Parts, Row
from monitor.accounting.periods import period
from monitor.demo.year.making import SEED, make_year
from monitor.demo.year.model import END_AT, Script
from monitor.demo.year.script import written
from monitor.report.document.communes import short_name
from monitor.report.document.model import Document, RowLevel, Table
from monitor.report.docx.writing import docx_bytes
from monitor.report.editions.building import opened_sources
from monitor.report.editions.drafting import Draft, drafted
from monitor.report.figures.model import Compared, Figures
from monitor.report.making import files
from monitor.report.sentences.rules import read_rules
from monitor.report.sheets.layout import exact, printed, sheets
from monitor.settings.settings import Settings, load_settings
from tests.monitor.conftest import MONTHS
from tests.monitor.report import second_by_second as s
from tests.monitor.report.document.reading import blocks_of
from tests.monitor.report.second_by_second import Outage, Seen, runs_of


@dataclass(frozen=True)
class Year:
    settings: Settings
    inventory: Inventory
    script: Script

    def draft(self, month: str) -> Draft:
        asked = period(month, zone=self.settings.timezone, month_begins_on=15, now=END_AT)
        with opened_sources(self.settings, self.inventory, now=END_AT) as sources:
            return drafted(sources, asked, read_rules(None))


def year_in(folder: Path, inventory: Inventory, months: int) -> Year:
    return Year(load_settings(folder / "tslcd-monitor.yaml"), inventory, written(inventory, SEED, months))


@pytest.fixture(scope="module")
def year(made_up_year: Path, made_up_land: Inventory) -> Year:
    return year_in(made_up_year, made_up_land, MONTHS)


@pytest.fixture(scope="module")
def november(year: Year) -> Draft:
    return year.draft("2026-11")


@pytest.fixture(scope="module")
def seen(year: Year, november: Draft) -> Seen:
    return Seen(year.script, year.inventory, november.figures.period)


def parts_of(seconds: dict[int, int]) -> Parts:
    return Parts(
        up_s=seconds[s.UP],
        degraded_s=seconds[s.DEGRADED],
        down_s=seconds[s.DOWN],
        unknown_s=seconds[s.UNKNOWN],
        maintenance_s=seconds[s.MAINTENANCE],
        off_hours_s=seconds[s.OFF_HOURS],
        unwatched_s=seconds[s.UNWATCHED],
    )


class Expected:
    """What the script says of some targets together."""

    def __init__(self, seconds: Counter[int], outages: dict[str, list[Outage]]) -> None:
        self.seconds = seconds
        self.outages = outages

    @classmethod
    def of(cls, seen: Seen, target_ids: list[str]) -> "Expected":
        each = [cls._one(seen, target_id) for target_id in target_ids]
        return cls.together(each)

    @classmethod
    def together(cls, each: "list[Expected]") -> "Expected":
        seconds: Counter[int] = Counter()
        for one in each:
            seconds.update(one.seconds)
        return cls(seconds, {check_id: of for one in each for check_id, of in one.outages.items()})

    @classmethod
    def _one(cls, seen: Seen, target_id: str) -> "Expected":
        check = seen.primaries[target_id]
        runs = runs_of(seen.counted(check))
        return cls(Counter(seen.within(runs)), {check.id: seen.outages(runs)})

    @property
    def count(self) -> int:
        return sum(not each.is_carried for of in self.outages.values() for each in of)

    @property
    def longest_s(self) -> float:
        return max((each.length_s for of in self.outages.values() for each in of), default=0.0)

    @property
    def ratio(self) -> float:
        good = self.seconds[s.UP] + self.seconds[s.DEGRADED]
        return good / (good + self.seconds[s.DOWN])

    def assert_row(self, compared: Compared | None) -> Row:
        assert compared is not None
        row = compared.row
        assert row.parts == parts_of(self.seconds)
        assert row.outages.count == self.count
        assert row.outages.longest_s == self.longest_s
        assert row.availability_ratio == self.ratio
        return row


def watched(inventory: Inventory, layer: Layer, unit: str | None = None) -> list[str]:
    return [
        each.id
        for each in inventory.targets.values()
        if each.layer is layer and each.is_watched and unit in {None, each.unit_code}
    ]


def recorded(figures: Figures, check_ids: set[str]) -> set[tuple[object, ...]]:
    return {
        (each.check_id, each.from_at, each.until_at, each.down_s, each.length_s, each.is_carried)
        for each in figures.outages
        if each.check_id in check_ids
    }


def assert_lines(year: Year, draft: Draft, seen: Seen) -> None:
    """Every commune's line: its account, its outages, its row in the appendix."""
    appendix = sheet_of(draft.document, "Theo xã")
    rows = {row.cells[1].text: row.cells for row in appendix.rows if row.level is RowLevel.DATA}
    assert len(rows) == len(draft.figures.communes) == 96
    everywhere: list[Expected] = []
    for commune in draft.figures.communes:
        lines = watched(year.inventory, Layer.TSLCD, commune.place.code)
        expected = Expected.of(seen, lines)
        everywhere.append(expected)
        expected.assert_row(commune.line)
        assert recorded(draft.figures, set(expected.outages)) == {
            (check_id, each.from_at, each.until_at, each.down_s, each.length_s, each.is_carried)
            for check_id, of in expected.outages.items()
            for each in of
        }
        cells = rows[short_name(commune.place)]
        down_s = expected.seconds[s.DOWN]
        assert cells[3].value == expected.ratio
        assert cells[3].text == official.bare_ratio(expected.ratio)
        assert (cells[5].value, cells[5].text) == (expected.count, official.count(expected.count))
        assert cells[6].text == (official.short_span(down_s) if down_s else "–")
    whole = Expected.together(everywhere)
    whole.assert_row(draft.figures.lines)
    assert sum(day.outages for day in draft.figures.days) == whole.count
    assert sum(day.down_s for day in draft.figures.days) == whole.seconds[s.DOWN]
    assert sum(map(sum, draft.figures.hours)) == whole.seconds[s.DOWN]
    assert sum(draft.figures.degraded_hours) == whole.seconds[s.DEGRADED]


def assert_incidents(draft: Draft, seen: Seen) -> None:
    """What people were told of, and why it was."""
    told = list(seen.declared())
    assert len(draft.figures.incidents) == len(told)
    expected = Counter(
        (None, None) if fault.choice is None or fault.until_at >= END_AT else fault.choice
        for fault in told
        if fault.level is Status.DOWN
    )
    assert {(each.kind, each.side): each.count for each in draft.figures.causes} == expected


def assert_meetings(draft: Draft, seen: Seen) -> None:
    """Who was ready for what."""
    held = [each for each in seen.script.meetings if each.withdrawn_at is None]
    held = [each for each in held if seen.period.from_at <= each.begins_at < seen.period.until_at]
    assert [each.meeting.title for each in draft.figures.meetings] == [
        each.title for each in sorted(held, key=lambda meeting: meeting.begins_at)
    ]
    ready = {s.UP: True, s.DEGRADED: True, s.DOWN: False}
    known: dict[str, s.Seconds] = {}
    for attended in draft.figures.meetings:
        at = int(attended.meeting.begins_at) - seen.begin
        for seat in attended.seats:
            if seat.target_id not in known:
                known[seat.target_id] = seen.measured(seen.primaries[seat.target_id])
            seconds = known[seat.target_id]
            assert seat.was_ready == ready.get(int(seconds[at]))
            assert seat.was_ready_before == ready.get(int(seconds[at - 1_800]))


def sheet_of(document: Document, title: str) -> Table:
    (found,) = {each.table.id: each.table for each in sheets(document) if each.title == title}.values()
    return found


def test_lines_are_what_the_script_says(year: Year, november: Draft, seen: Seen) -> None:
    assert_lines(year, november, seen)


def test_incidents_and_their_causes_are_what_the_script_says(november: Draft, seen: Seen) -> None:
    assert_incidents(november, seen)


def test_endpoints_were_as_ready_as_the_script_says(november: Draft, seen: Seen) -> None:
    assert_meetings(november, seen)


def test_central_systems_are_what_the_script_says(year: Year, november: Draft, seen: Seen) -> None:
    expected = Expected.of(seen, watched(year.inventory, Layer.CENTRAL))
    expected.assert_row(november.figures.layers[Layer.CENTRAL])


def test_counters_in_their_hours_are_what_the_script_says(year: Year, november: Draft, seen: Seen) -> None:
    for commune in november.figures.communes[::12]:
        layers = (Layer.KIOSK, Layer.PC)
        targets = [each for layer in layers for each in watched(year.inventory, layer, commune.place.code)]
        if targets:
            Expected.of(seen, targets).assert_row(commune.one_stop)


def test_the_letter_shows_every_cell(november: Draft) -> None:
    document = november.document
    tables = [block for block in blocks_of(document) if isinstance(block, Table)]
    shown = list(texts_of_letter(document))

    for table in tables:
        for row in table.rows:
            assert [cell.text for cell in row.cells if cell.text] in shown, row


def texts_of_letter(document: Document) -> Iterator[list[str]]:
    """Yield the texts of each row of each table of the letter, empty ones and repetitions of merged cells left out."""
    letter = docx.Document(io.BytesIO(docx_bytes(document, {})))
    namespace = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    for row in letter.element.body.iter(f"{namespace}tr"):
        cells = ("".join(each.itertext(f"{namespace}t")) for each in row.iter(f"{namespace}tc"))
        yield [text for text in cells if text]


def test_workbook_and_csv_hold_every_cell(november: Draft) -> None:
    document = november.document
    zone = ZoneInfo(document.zone)
    made = files(document, ("xlsx", "csv")).files
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    with zipfile.ZipFile(io.BytesIO(made["csv"])) as archive:
        machine = [
            [row[1:] for row in csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))]
            for name in archive.namelist()
            if name.startswith("may/")
        ]
    assert len(machine) == len(sheets(document)) >= 5
    for sheet in sheets(document):
        said = [[column.id for column in sheet.columns]]
        _, _, *drawn = book[sheet.title].iter_rows(values_only=True)
        for row, shown in zip(sheet.table.rows, drawn, strict=False):
            if row.level is RowLevel.GROUP:
                said.append([row.cells[0].text, *("" for _ in sheet.columns[1:])])
                continue
            assert list(shown) == [printed(row, column, zone) for column in sheet.columns]
            figures = (exact(row, column, zone) for column in sheet.columns)
            said.append(["" if each is None else str(each) for each in figures])
        (read,) = [each for each in machine if each[0] == said[0]]
        assert read == said, sheet.title


@pytest.mark.slow
def test_every_month_of_a_year_is_what_its_script_says(tmp_path: Path) -> None:
    settings = load_settings(make_year(tmp_path / "nam"))
    year = year_in(tmp_path / "nam", load(settings.inventory), 12)
    for month in ("2025-12", *(f"2026-{number:02d}" for number in range(1, 12))):
        draft = year.draft(month)
        seen = Seen(year.script, year.inventory, draft.figures.period)
        assert_lines(year, draft, seen)
        assert_incidents(draft, seen)
        assert_meetings(draft, seen)
        for layer, compared in draft.figures.layers.items():
            Expected.of(seen, watched(year.inventory, layer)).assert_row(compared)
        print(month, len(draft.figures.outages), "outages,", len(draft.figures.incidents), "incidents")
