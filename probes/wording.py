"""Words of a reading's detail: one clean line, and the Vietnamese names of the operating system's errors. No I/O."""

import errno
import os
import unicodedata

DETAIL_CHARACTERS = 200
_PADDING = " \t\r\n\0"
_READ_FOR_EACH = 4
"""Characters that are looked at for each one shown: three of some devices make one letter, and some are dropped."""

_ERRNO_WORDS = {
    errno.ECONNREFUSED: "từ chối kết nối",
    errno.EHOSTUNREACH: "không tới được máy đích",
    errno.ENETUNREACH: "không có đường tới mạng đích",
    errno.ETIMEDOUT: "không trả lời",
    errno.ECONNRESET: "kết nối bị cắt",
    errno.EPIPE: "kết nối bị cắt",
    errno.ECONNABORTED: "kết nối bị cắt",
    errno.EMFILE: "máy giám sát hết bộ mô tả tệp (LimitNOFILE)",
    errno.ENFILE: "máy giám sát hết bộ mô tả tệp (fs.file-max)",
    errno.EACCES: "máy giám sát không được phép gửi",
    errno.EPERM: "tường lửa của máy giám sát chặn gói gửi đi",
    errno.ENOBUFS: "máy giám sát hết bộ đệm gửi",
    errno.ENOMEM: "máy giám sát hết bộ nhớ",
    errno.EADDRNOTAVAIL: "máy giám sát hết cổng hoặc địa chỉ nguồn",
    errno.ENETDOWN: "giao diện mạng của máy giám sát đang tắt",
    errno.EAFNOSUPPORT: "máy giám sát không có họ giao thức này",
}


def one_line(text: str, limit: int = DETAIL_CHARACTERS) -> str:
    """Return `text` as one NFC line without control, format or surrogate characters, about `limit` long at most."""
    text = text.strip(_PADDING)
    # Cut first: bringing a hostile text to NFC takes the square of its length.
    clean = "".join(
        " " if unicodedata.category(character).startswith("C") else character
        for character in text[: _READ_FOR_EACH * limit]
    )
    # Some devices write letters and their tones apart.
    clean = unicodedata.normalize("NFC", " ".join(clean.split()))
    is_whole = len(clean) <= limit and len(text) <= _READ_FOR_EACH * limit
    # Cutting may part a letter from its mark, and a mark may join the dots.
    return clean if is_whole else unicodedata.normalize("NFC", clean[: limit - 1] + "…")


def errno_words(number: int | None) -> str:
    """Name an error of the operating system for people."""
    if number is None:
        return "lỗi hệ thống không rõ"
    return _ERRNO_WORDS.get(
        number, f"lỗi hệ thống {errno.errorcode.get(number, str(number))}: {os.strerror(number)}"
    )


def seconds(value: float) -> str:
    """Write a duration the Vietnamese way: `0,25 giây`."""
    return f"{value:.3g}".replace(".", ",") + " giây"
