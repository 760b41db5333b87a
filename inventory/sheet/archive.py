"""What a workbook's archive must be before a reader opens it: a zip of a bounded size, without entities. No I/O."""

import io
import zipfile
import zlib
from typing import Final

from inventory.sheet.cells import SheetError

MAX_BYTES: Final = 20_000_000
MAX_UNPACKED_BYTES: Final = 64_000_000
"""50,000 rows of 15 columns are about 45 MB of XML."""
MAX_RATIO: Final = 200
"""A sheet of one repeated row packs about 60 times smaller."""
MAX_MEMBERS: Final = 1_000
_RATIO_MATTERS_BYTES: Final = 1_000_000
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""[MS-CFB] 2.2: what Excel wrote until 2003, and the wrapping of workbooks with a password."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_BROKEN: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError),
    *(NotImplementedError, OSError, RuntimeError, ValueError),
)
"""What zipfile raises about bytes that are no right archive, or one with a password of its own."""
_SAVE_AS: Final = "mở bằng Excel hoặc LibreOffice, chọn Lưu thành (Save as) .xlsx"


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are meant to be a workbook of any kind, and not CSV."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", _COMPOUND))


def refuse_size(content: bytes) -> None:
    """Raise SheetError when a file is larger than any sheet of an inventory."""
    if len(content) > MAX_BYTES:
        raise SheetError(
            f"tệp lớn hơn {MAX_BYTES // 1_000_000} MB",
            "xóa trang và hình ảnh không cần, hoặc chia thành nhiều tệp",
        )


def refuse_archive(content: bytes) -> None:
    """Raise SheetError unless these bytes are a workbook that is safe to open."""
    refuse_size(content)
    if content.startswith(_COMPOUND):
        if _ENCRYPTED in content:
            raise SheetError(
                "tệp đặt mật khẩu", "mở bằng Excel, bỏ mật khẩu (Tệp, Thông tin, Bảo vệ) rồi lưu lại"
            )
        raise SheetError("tệp .xls kiểu cũ (Excel 97-2003)", _SAVE_AS)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_members(archive)
    except SheetError:
        raise
    except _BROKEN as error:
        raise SheetError("tệp hỏng hoặc tải về chưa hết", "lấy lại tệp rồi thử lại") from error


def _refuse_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS:
        raise SheetError(f"tệp nén có {len(members)} phần, nhiều hơn {MAX_MEMBERS}", _SAVE_AS)
    unpacked = sum(member.file_size for member in members)
    is_bomb = any(
        member.file_size > _RATIO_MATTERS_BYTES
        and member.file_size > MAX_RATIO * max(1, member.compress_size)
        for member in members
    )
    if is_bomb or unpacked > MAX_UNPACKED_BYTES:
        raise SheetError(
            f"tệp nén bung ra {unpacked / 1e6:.0f} MB, quá lớn cho một danh mục",
            "xóa các dòng, cột đã định dạng mà không có nội dung, hoặc chia thành nhiều tệp",
        )
    if "xl/workbook.bin" in names:
        raise SheetError("tệp .xlsb (nhị phân)", _SAVE_AS)
    if "xl/workbook.xml" not in names:
        raise SheetError("tệp nén này không phải bảng tính .xlsx", _SAVE_AS)
    for member in members:
        if not member.filename.endswith((".xml", ".rels")):
            continue
        text = archive.read(member)
        # Entities make 10^9 characters of a few lines; no spreadsheet program writes them, nor UTF-16 to hide them in.
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
            raise SheetError("tệp có khai báo DOCTYPE hoặc mã lạ, không phải do Excel ghi", _SAVE_AS)
