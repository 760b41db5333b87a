"""A document with everything a report may hold, for the tests of the formats. Made-up figures."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from monitor.report.document.model import (
    Alignment,
    Appendix,
    Block,
    CauseChart,
    Cell,
    CellKind,
    Column,
    DayChart,
    Document,
    Head,
    Heading,
    HeadStyle,
    HeatMap,
    LineChart,
    Paragraph,
    Picture,
    RowLevel,
    Signature,
    Table,
    TableRow,
    Tile,
    TileClass,
    TileMap,
)

MADE_AT: Final = 1_796_169_600.0
"""2026-12-02 00:00 UTC."""
DIGEST: Final = "3f5a" * 16
VIETNAMESE: Final = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ"
)
"""All letters of the alphabet with all tones, in both cases."""
_AREAS: Final = (
    ("Tỉnh Quảng Ngãi (cũ)", ("TP. Quảng Ngãi", "Bình Sơn", "Sơn Tịnh", "Ba Tơ", "Trà Bồng", "Lý Sơn")),
    ("Tỉnh Kon Tum (cũ)", ("TP. Kon Tum", "Đăk Glei", "Tu Mơ Rông", "Kon Plông", "Ia H'Drai", "Sa Thầy")),
)
_NAMES: Final = (
    "Trà Câu", "Tịnh Khê", "Đông Trà Bồng", "Ba Tơ", "Sơn Tây Thượng", "Thiện Tín", "Đăk Rơ Wa", "Ngọk Réo",
    "Măng Buk", "Rờ Kơi", "Bờ Y", "Cẩm Thành", "Nghĩa Lộ", "Kon Braih", "Ya Ly", "Dục Nông",
)  # fmt: skip


def text(value: str, *, is_bold: bool = False) -> Cell:
    return Cell(value, value, is_bold=is_bold)


def count(value: int) -> Cell:
    return Cell(f"{value:02d}", value, CellKind.COUNT)


def ratio(value: float, *, is_bold: bool = False) -> Cell:
    return Cell(f"{value * 100:.2f}".replace(".", ","), value, CellKind.RATIO, is_bold)


def duration(seconds: int) -> Cell:
    hours, minutes = divmod(seconds // 60, 60)
    shown = f"{hours}g{minutes:02d}p" if hours else f"{minutes}p" if minutes else "–"
    return Cell(shown, seconds, CellKind.DURATION)


LAYERS: Final = Table(
    id="tong-hop",
    caption="Bảng 1. Tổng hợp kết quả giám sát theo nhóm hạ tầng tháng 11 năm 2026",
    columns=(
        Column("layer", "Nhóm hạ tầng", 51),
        Column("targets", "Số đối tượng", 18, CellKind.COUNT, Alignment.CENTER),
        Column("availability", "Độ khả dụng (%)", 22, CellKind.RATIO, Alignment.CENTER),
        Column("change", "So với tháng trước (điểm %)", 26, CellKind.POINTS, Alignment.CENTER),
        Column("outages", "Số lượt gián đoạn", 20, CellKind.COUNT, Alignment.CENTER),
        Column("down", "Tổng thời gian", 28, CellKind.DURATION, Alignment.RIGHT),
    ),
    rows=(
        *(
            TableRow((text(name), count(n), ratio(share), Cell(change, None), count(times), duration(down)))
            for name, n, share, change, times, down in (
                ("Mạng truyền số liệu chuyên dùng", 96, 0.9951, "−0,11", 37, 231_120),
                ("Hội nghị truyền hình", 97, 0.9988, "+0,02", 5, 7_200),
                ("Thiết bị tại Trung tâm Phục vụ hành chính công cấp xã", 211, 0.9751, "–", 64, 390_000),
                ("Hệ thống thông tin dùng chung của tỉnh", 7, 0.9996, "+0,01", 1, 2_400),
                ("Hệ thống do bộ, ngành Trung ương quản lý", 9, 0.9962, "−0,30", 8, 16_200),
            )
        ),
        TableRow(
            (
                text("Tổng cộng"),
                count(420),
                Cell("không đủ dữ liệu", None, CellKind.RATIO),
                Cell("–", None, CellKind.POINTS),
                count(115),
                duration(646_920),
            ),
            RowLevel.TOTAL,
        ),
    ),
    notes=("Ghi chú: Độ khả dụng tính theo phương pháp nêu tại Phụ lục V.",),
    sheet="Tổng hợp",
)


def _communes() -> Table:
    columns = (
        Column("no", "STT", 10, CellKind.COUNT, Alignment.CENTER),
        Column("name", "Xã, phường, đặc khu", 42),
        Column("district", "Địa bàn (cũ)", 26),
        Column("tslcd", "TSLCD (%)", 18, CellKind.RATIO, Alignment.RIGHT),
        Column("change", "± tháng trước", 16, CellKind.POINTS, Alignment.RIGHT),
        Column("outages", "Số lượt", 14, CellKind.COUNT, Alignment.CENTER),
        Column("down", "Tổng thời gian", 22, CellKind.DURATION, Alignment.RIGHT),
        Column("longest", "Dài nhất", 18, CellKind.DURATION, Alignment.RIGHT),
        Column("loss", "Mất gói TB (%)", 16, CellKind.NUMBER, Alignment.RIGHT),
        Column("meeting", "HNTH sẵn sàng", 18, CellKind.TEXT, Alignment.CENTER),
        Column("devices", "Thiết bị PVHCC (%)", 18, CellKind.RATIO, Alignment.RIGHT),
        Column("coverage", "Có dữ liệu (%)", 14, CellKind.RATIO, Alignment.RIGHT),
        Column("note", "Ghi chú", 15, CellKind.TEXT, Alignment.CENTER),
    )
    rows: list[TableRow] = []
    number = 0
    for area, districts in _AREAS:
        rows.append(TableRow((text(area.upper()),), RowLevel.GROUP))
        for district in districts:
            rows.append(TableRow((text(district),), RowLevel.GROUP))
            for _ in range(8):
                number += 1
                down = number % 7 * 4_680
                rows.append(
                    TableRow(
                        (
                            count(number),
                            text(f"{_NAMES[number % len(_NAMES)]}"),
                            text(district),
                            ratio(0.99 + number / 10_000, is_bold=number % 9 == 0),
                            Cell("−0,11", -0.0011, CellKind.POINTS),
                            count(number % 7),
                            duration(down),
                            duration(down // 2),
                            Cell("0,12", 0.12, CellKind.NUMBER),
                            text("5/5"),
                            ratio(0.975),
                            ratio(0.999),
                            text("(1)" if number % 20 == 0 else ""),
                        )
                    )
                )
        rows.append(
            TableRow(
                (
                    Cell("", None),
                    text(f"Cộng {area}"),
                    Cell("", None),
                    ratio(0.9948),
                    Cell("−0,05", -0.0005, CellKind.POINTS),
                    count(48),
                    duration(120_000),
                    duration(20_000),
                    Cell("0,12", 0.12, CellKind.NUMBER),
                    text("240/240"),
                    ratio(0.975),
                    ratio(0.999),
                    Cell("", None),
                ),
                RowLevel.TOTAL,
            )
        )
    notes = ('Ghi chú: "1g18p" là 01 giờ 18 phút. (1) Bảo trì có kế hoạch ngày 12/11/2026.',)
    return Table("theo-xa", "", columns, tuple(rows), notes, "Theo xã")


def _incidents(rows: int = 24) -> Table:
    columns = (
        Column("no", "STT", 10, CellKind.COUNT, Alignment.CENTER),
        Column("where", "Đối tượng", 60),
        Column("began", "Bắt đầu", 30, CellKind.MOMENT, Alignment.CENTER),
        Column("length", "Thời gian", 24, CellKind.DURATION, Alignment.RIGHT),
        Column("cause", "Nguyên nhân", 60),
        Column("note", "Ghi chú", 63),
    )
    return Table(
        "su-co",
        "",
        columns,
        tuple(
            TableRow(
                (
                    count(number),
                    text(f"Đường TSLCD xã {_NAMES[number % len(_NAMES)]}"),
                    Cell(f"02:47 {number % 28 + 1:02d}/11", MADE_AT - number * 86_400, CellKind.MOMENT),
                    duration(3_600 + number * 421),
                    text("Đứt cáp quang, theo thông tin từ VNPT" if number % 3 else "Chưa xác định"),
                    text(
                        "Khôi phục trước khi kiểm tra; đã phối hợp doanh nghiệp viễn thông"
                        if number % 5 == 0
                        else ""
                    ),
                )
            )
            for number in range(1, rows + 1)
        ),
        sheet="Sự cố",
    )


def line_picture() -> Picture:
    labels = tuple(f"{month:02d}/26" for month in range(1, 13))
    values = (0.9971, 0.9968, None, 0.998, 0.9982, 0.9979, 0.9966, 0.9961, 0.9958, 0.9949, 0.9951, 0.996)
    return Picture(
        "kha-dung-12-thang",
        LineChart(labels, values, 0.995),
        "Hình 1. Độ khả dụng bình quân của Mạng truyền số liệu chuyên dùng 12 tháng gần nhất",
        "Biểu đồ đường: độ khả dụng bình quân từ 99,49% (tháng 10) đến 99,82% (tháng 5); tháng 3 không đủ dữ liệu",
    )


def cause_picture() -> Picture:
    labels = ("Đứt cáp, truyền dẫn", "Mất điện", "Thiết bị đầu cuối", "Chưa xác định")
    return Picture(
        "nguyen-nhan",
        CauseChart(labels, (30.5, 18.25, 9.0, 6.45), (14, 11, 7, 5)),
        "Hình 2. Sự cố theo nguyên nhân",
        "Biểu đồ thanh: đứt cáp, truyền dẫn 30,5 giờ, 14 sự cố; mất điện 18,2 giờ, 11 sự cố",
    )


def other_pictures() -> tuple[Picture, ...]:
    days = tuple(date(2026, 11, 1) + timedelta(n) for n in range(30))
    tiles = tuple(
        Tile(
            "Kon Tum (cũ)" if n >= 56 else "Quảng Ngãi (cũ)",
            n % 8,
            n // 8,
            _NAMES[n % len(_NAMES)],
            "99,82",
            tuple(TileClass)[n % 4],
        )
        for n in range(96)
    )
    legend = (
        (TileClass.MEETS, "từ 99,50% trở lên"),
        (TileClass.BELOW, "từ 99,00% đến dưới 99,50%"),
        (TileClass.FAR_BELOW, "dưới 99,00%"),
        (TileClass.NO_DATA, "không đủ dữ liệu"),
    )
    return (
        Picture(
            "theo-ngay",
            DayChart(days, tuple(n * 7 % 5 for n in range(30)), tuple(day.weekday() > 4 for day in days)),
            "Hình 3. Số lượt gián đoạn theo ngày",
            "Biểu đồ cột: nhiều nhất 04 lượt",
        ),
        Picture("ban-do-o", TileMap(tiles, legend), "Hình 4. Độ khả dụng theo xã", "Bản đồ ô: 96 ô"),
        Picture(
            "gio-thu",
            HeatMap(tuple(tuple(float(hour * day % 5) for hour in range(24)) for day in range(7))),
            "Hình 5. Thời gian gián đoạn theo giờ và ngày trong tuần",
            "Bản đồ nhiệt: nhiều nhất vào 14 giờ thứ Tư",
        ),
    )


def _body() -> tuple[Block, ...]:
    long = (
        "- Đường truyền Mạng TSLCD tại một số địa phương còn thiếu ổn định: trong tháng ghi nhận 37 lượt gián đoạn tại "
        "21/96 xã, phường, đặc khu, tổng thời gian 64 giờ 12 phút; trong đó 05 lượt kéo dài trên 04 giờ, tập trung tại "
        "địa bàn Tu Mơ Rông, Đăk Glei (cũ)."
    )
    return (
        Heading(1, "1. Kết quả thực hiện"),
        LAYERS,
        Paragraph(
            "- Mạng truyền số liệu chuyên dùng: Duy trì kết nối đến 96/96 xã, phường, đặc khu và 18 sở, ban, ngành; độ khả "
            "dụng bình quân đạt 99,51%, giảm 0,11 điểm phần trăm so với tháng 10 năm 2026.",
            "K1",
        ),
        line_picture(),
        Paragraph(
            "- Hệ thống hội nghị truyền hình: Phục vụ 12 cuộc họp trực tuyến với 1.152 lượt điểm cầu.", "K2"
        ),
        Heading(1, "2. Khó khăn, hạn chế và nguyên nhân"),
        Heading(2, "2.1. Khó khăn, hạn chế"),
        Paragraph(long, "H1"),
        Paragraph(
            "- Tình trạng gián đoạn lặp lại nhiều lần chưa được khắc phục triệt để tại 03 xã (xã Ba Tơ, xã Măng Buk, xã "
            "Rờ Kơi), mỗi xã từ 03 lượt trở lên trong tháng.",
            "H2",
        ),
        Heading(2, "2.2. Nguyên nhân"),
        Heading(3, "a) Về phía Trung ương"),
        Paragraph("- 02 lượt do hệ thống của bộ, ngành Trung ương bảo trì (Cổng DVCQG).", "N1"),
        Heading(3, "b) Về phía doanh nghiệp viễn thông"),
        Paragraph(
            "- 14 lượt (30 giờ 30 phút) do đứt cáp, theo thông tin từ VNPT Quảng Ngãi, Viettel Kon Tum.", "N2"
        ),
        cause_picture(),
        Heading(1, "3. Một số giải pháp triển khai trong thời gian tới"),
        Paragraph(
            "- Tiếp tục đôn đốc doanh nghiệp viễn thông rà soát, khắc phục dứt điểm tình trạng gián đoạn tại xã Ba Tơ, "
            "xã Măng Buk, xã Rờ Kơi; bổ sung đường truyền dự phòng."
        ),
        Paragraph(f"- Bảng chữ cái: {VIETNAMESE[:80]} {VIETNAMESE[80:]}"),
    )


@cache
def rich_document() -> Document:
    """Return a report of about five pages with five appendices."""
    subject = (
        "Kết quả giám sát hạ tầng số phục vụ vận hành mô hình chính quyền địa phương 02 cấp tháng 11 năm 2026 "
        "trên địa bàn tỉnh Quảng Ngãi"
    )
    day, tiles, heat = other_pictures()
    method = Paragraph(
        "Độ khả dụng = (thời gian có dữ liệu − thời gian mất kết nối ngoài bảo trì) / thời gian có dữ liệu ngoài bảo trì × 100."
    )
    return Document(
        id="BC-giam-sat-2026-11",
        name="BÁO CÁO",
        subject=subject,
        head=Head(
            HeadStyle.STATE,
            "UBND TỈNH QUẢNG NGÃI",
            "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
            "Số:       /BC-SKHCN",
            "Quảng Ngãi, ngày     tháng 12 năm 2026",
        ),
        addressees=("Ủy ban nhân dân tỉnh",),
        opening=(
            "Thực hiện nhiệm vụ được giao về bảo đảm hạ tầng, đường truyền phục vụ vận hành mô hình chính quyền địa "
            "phương 02 cấp, Sở Khoa học và Công nghệ báo cáo kết quả giám sát hạ tầng số trên địa bàn tỉnh tháng 11 năm "
            "2026 (số liệu tính từ 00 giờ 00 phút ngày 01/11/2026 đến hết ngày 30/11/2026) như sau:"
        ),
        blocks=_body(),
        closing="Sở Khoa học và Công nghệ kính báo cáo./.",
        recipients=("Như trên", "Sở KHCN: GĐ, PGĐ, VP", "Lưu: VT, BCVT&CĐS"),
        signature=Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
        appendices=(
            Appendix("I", "Kết quả giám sát theo xã, phường, đặc khu", (_communes(), tiles)),
            Appendix("II", "Các sự cố từ 60 phút trở lên", (_incidents(), day)),
            Appendix("III", "Phân bố theo giờ", (heat,), is_landscape=True),
            Appendix(
                "IV",
                "Phương pháp và mức độ đầy đủ của dữ liệu",
                (method,) * 20 + (LAYERS,),
                is_landscape=False,
            ),
        ),
        attached_to="(Kèm theo Báo cáo số       /BC-SKHCN ngày     tháng 12 năm 2026 của Sở Khoa học và Công nghệ)",
        sheets=(replace(LAYERS, id="bo-sung", sheet="Bổ sung"),),
        footer="BẢN ĐỌC, KHÔNG THAY THẾ BẢN KÝ SỐ",
        made_at=MADE_AT,
        digest=DIGEST,
        properties=(
            ("title", subject),
            ("author", "Sở Khoa học và Công nghệ"),
            ("keywords", "TSLCD; 2026-11"),
        ),
    )


def draft_document() -> Document:
    """Return the same as a draft."""
    return replace(rich_document(), mark="BẢN NHÁP")


def pictures_of(document: Document) -> tuple[Picture, ...]:
    """Return all pictures, those of appendices too."""
    blocks = (*document.blocks, *(block for part in document.appendices for block in part.blocks))
    return tuple(block for block in blocks if isinstance(block, Picture))
