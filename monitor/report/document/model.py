"""The content of a document. Every format (DOCX, PDF, HTML, XLSX, CSV) is drawn from the same values. Values only.

Texts are NFC and say everything as it is printed; a cell has its value besides, so that sheets hold numbers and nobody
formats a figure twice. Sizes are millimetres.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class CellKind(StrEnum):
    """What a cell's value is, and how a sheet shows it."""

    TEXT = "text"
    COUNT = "count"
    """int"""
    RATIO = "ratio"
    """0..1; printed as a percentage with two decimals."""
    POINTS = "points"
    """Difference of two ratios; printed in percentage points with sign."""
    DURATION = "duration"
    """Seconds; sheets show minutes, and the text beside."""
    MOMENT = "moment"
    """Unix seconds UTC."""
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value` None: there is no figure, and `text` says why or "–"."""

    text: str
    value: str | int | float | None = None
    kind: CellKind = CellKind.TEXT
    is_bold: bool = False


class Alignment(StrEnum):
    """How a column stands."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `id` is the header for machines, ASCII."""

    id: str
    title: str
    width_mm: float
    kind: CellKind = CellKind.TEXT
    alignment: Alignment = Alignment.LEFT
    target_ratio: float | None = None
    """What a ratio should reach, where one is set: workbooks mark what stays below."""


class RowLevel(StrEnum):
    """What a row is."""

    DATA = "data"
    GROUP = "group"
    """A heading within the table: one text over all columns (its first cell)."""
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: as many cells as the table has columns; of level GROUP one."""

    cells: tuple[Cell, ...]
    level: RowLevel = RowLevel.DATA


@dataclass(frozen=True, slots=True)
class Table:
    """One table; the caption stands above it ("Bảng 1. ..."), the notes below."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()
    sheet: str = ""
    """Title of the sheet in a workbook; "" : it is in none."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """Values over periods, with a line for the target. Values are ratios; None leaves a gap."""

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    target: float | None = None


@dataclass(frozen=True, slots=True)
class DayChart:
    """Bars by day; free days are shaded."""

    days: tuple[date, ...]
    counts: tuple[int, ...]
    is_free: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class CauseChart:
    """Bars by cause: hours and count."""

    labels: tuple[str, ...]
    hours: tuple[float, ...]
    counts: tuple[int, ...]


class TileClass(StrEnum):
    """How a tile is hatched."""

    MEETS = "meets"
    BELOW = "below"
    FAR_BELOW = "far_below"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Tile:
    """One commune on the tile map: place on the grid of its block, short name, figure as printed, class."""

    block: str
    column: int
    row: int
    name: str
    figure: str
    tile_class: TileClass


@dataclass(frozen=True, slots=True)
class TileMap:
    """Equal tiles in blocks side by side; `legend` says what each class means here, in the order of the classes."""

    tiles: tuple[Tile, ...]
    legend: tuple[tuple[TileClass, str], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Hours by weekday: 7 rows (Monday first) of 24 values in hours."""

    values: tuple[tuple[float, ...], ...]


Chart = LineChart | DayChart | CauseChart | TileMap | HeatMap


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 "1. ...", 2 "2.1. ...", 3 "a) ..."."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a sentence begins with "- ". `sentence_id` links to what it rests on."""

    text: str
    sentence_id: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, 160 mm wide; the caption stands below it ("Hình 1. ..."). `alt` says in words what it shows."""

    id: str
    chart: Chart
    caption: str
    alt: str


Block = Heading | Paragraph | Table | Picture


class HeadStyle(StrEnum):
    """Whose document it is."""

    STATE = "state"
    """NĐ 30/2020/NĐ-CP: Quốc hiệu and Tiêu ngữ."""
    PARTY = "party"
    """Documents of the Party: "ĐẢNG CỘNG SẢN VIỆT NAM", "*" under the issuer."""


@dataclass(frozen=True, slots=True)
class Head:
    """The top of page 1. `number` and `place_and_date` have dots where a person writes."""

    style: HeadStyle
    parent: str
    issuer: str
    number: str
    """"Số:       /BC-SKHCN" """
    place_and_date: str
    """"Quảng Ngãi, ngày     tháng 12 năm 2026" """


@dataclass(frozen=True, slots=True)
class Signature:
    """The sign block; blank but for the office."""

    lines: tuple[str, ...]
    """"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" """
    name: str = ""


@dataclass(frozen=True, slots=True)
class Appendix:
    """One appendix, on pages of its own with numbers of their own."""

    numeral: str
    """"I"; "" when there is only one."""
    title: str
    blocks: tuple[Block, ...]
    is_landscape: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document."""

    id: str
    """Name of its files without suffix: "BC-giam-sat-2026-11-ban1"."""
    name: str
    """"BÁO CÁO" """
    subject: str
    """Trích yếu, one paragraph."""
    head: Head | None
    """None: an internal page (weekly, leader's) with only a title."""
    addressees: tuple[str, ...]
    opening: str
    blocks: tuple[Block, ...]
    closing: str
    recipients: tuple[str, ...]
    """Lines of "Nơi nhận" without dash and end mark."""
    signature: Signature | None
    appendices: tuple[Appendix, ...] = ()
    attached_to: str = ""
    """Under each appendix's title: "(Kèm theo Báo cáo số      /BC-SKHCN ngày     tháng 12 năm 2026 ...)"."""
    sheets: tuple[Table, ...] = ()
    """Tables for the workbook and CSV besides those of the blocks that name a sheet."""
    mark: str = ""
    """"BẢN NHÁP" on a draft."""
    footer: str = ""
    """Small print of the reading copy."""
    made_at: float = 0.0
    """Unix seconds: the date in the files' properties; of a frozen edition the moment it was frozen."""
    digest: str = ""
    """SHA-256 of the figures (hex): in the properties and the method note."""
    properties: tuple[tuple[str, str], ...] = field(default=())
    """Title, author, keywords and the like for the files' properties."""
    zone: str = "Asia/Ho_Chi_Minh"
    """Of the province: in which sheets write moments."""
