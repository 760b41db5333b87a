"""Words that come from far below a page, said in the page's language: of places, times and databases. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from inventory.choosing import Unclear
from monitor.storage.errors import StorageError, StorageFault
from monitor.web.translating import translated, translator

_TIME_SHOWN: Final = 40


def bad_time(text: str, language: Language) -> tuple[str, str]:
    """Return what is said of a time that nobody can read, and the remedy."""
    _ = translator(language)
    remedy = _("chọn ngày và giờ, hoặc viết như 2026-11-23 06:00")
    if not text:
        return _("chưa chọn ngày giờ"), remedy
    return _("'%(text)s' không phải ngày giờ đúng") % {"text": clean(text, _TIME_SHOWN)}, remedy


def unclear_words(unclear: Sequence[Unclear], language: Language) -> tuple[str, str]:
    """Return what is wrong with words that name nothing, or several things, and the remedy.

    The nearest name is looked for, and told, in Vietnamese only.
    """
    if language is Language.VI:
        return "; ".join(each.what for each in unclear), "; ".join(each.remedy for each in unclear)
    _ = translator(language)
    what = _("không rõ là gì: %(words)s") % {"words": ", ".join(f"'{each.word}'" for each in unclear)}
    return what, _("gõ đủ dấu hoặc dùng mã; xem tên và mã ở trang Danh mục")


def storage_words(error: StorageError, language: Language) -> tuple[str, str]:
    """Return what a database refuses and the remedy. Every reason has its words; the Vietnamese ones also name the file."""
    if language is Language.VI:
        return error.what, error.remedy
    what, remedy = FAULTS[error.fault]
    return translated(what, language), translated(remedy, language)


FAULTS: Final[Mapping[StorageFault, tuple[str, str]]] = {
    StorageFault.FULL: ("ổ đĩa đầy", "giải phóng dung lượng; không cần khởi động lại"),
    StorageFault.READ_ONLY: (
        "ổ đĩa chỉ đọc được, không ghi được",
        "cho tài khoản của dịch vụ quyền ghi vào thư mục trạng thái",
    ),
    StorageFault.LOCKED: (
        "chương trình khác đang giữ tệp dữ liệu",
        "đóng chương trình khác đang mở tệp này để ghi",
    ),
    StorageFault.CORRUPT: (
        "tệp dữ liệu hỏng",
        "khởi động lại dịch vụ: tệp hỏng được cất sang bên và tệp mới được tạo",
    ),
    StorageFault.NEWER: (
        "tệp dữ liệu do phiên bản mới hơn ghi",
        "cài đúng phiên bản ấy, hoặc khôi phục bản sao lưu trước khi nâng cấp",
    ),
    StorageFault.IO: ("không mở, đọc hoặc ghi được tệp dữ liệu", "kiểm tra ổ đĩa (dmesg) và quyền của tệp"),
    StorageFault.REFUSED: (
        "cơ sở dữ liệu từ chối dữ liệu, do lỗi phần mềm",
        "báo lỗi này cho nhóm phát triển tslcd-monitor",
    ),
    StorageFault.CLOSED: ("cơ sở dữ liệu đã đóng", "dịch vụ đang dừng"),
    StorageFault.SLOW: (
        "đọc dữ liệu quá lâu",
        "hỏi khoảng thời gian ngắn hơn, hoặc thử lại khi máy bớt bận",
    ),
    StorageFault.HELD: (
        "chương trình khác đọc tệp dữ liệu quá lâu",
        "đóng chương trình đang mở tệp này để đọc (xem: lsof); không cần khởi động lại",
    ),
}
"""What is said of each reason and the remedy: messages of the catalogue."""
