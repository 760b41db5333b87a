"""The operating system's errors with our own files, sockets and servers, in Vietnamese. No I/O.

What a target's connection met is worded by `probes.wording`.
"""

import errno
import ssl

_WORDS = {
    errno.EACCES: "không đủ quyền",
    errno.EPERM: "không đủ quyền",
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.ENOTDIR: "một phần của đường dẫn không phải thư mục",
    errno.EISDIR: "đây là thư mục, không phải tệp",
    errno.EEXIST: "đã có tệp trùng tên",
    errno.EROFS: "ổ đĩa gắn chỉ đọc",
    errno.ENOSPC: "ổ đĩa đầy",
    errno.EDQUOT: "hết hạn mức ổ đĩa",
    errno.EFBIG: "tệp vượt cỡ được phép (ulimit -f)",
    errno.EIO: "lỗi đọc ghi ổ đĩa",
    errno.EMFILE: "hết bộ mô tả tệp (LimitNOFILE)",
    errno.ENFILE: "hết bộ mô tả tệp (fs.file-max)",
    errno.ENAMETOOLONG: "đường dẫn quá dài",
    errno.ELOOP: "liên kết tượng trưng quẩn vòng",
    errno.EADDRINUSE: "cổng đã có chương trình khác dùng",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ đó",
    errno.ECONNREFUSED: "từ chối kết nối",
    errno.ECONNRESET: "kết nối bị cắt",
    errno.EPIPE: "kết nối bị cắt",
    errno.EHOSTUNREACH: "không tới được máy đó",
    errno.ENETUNREACH: "không có đường tới mạng đó",
    errno.ETIMEDOUT: "không trả lời",
}


def os_words(error: OSError) -> str:
    """Name `error` for people; an error that has no words here keeps its own text and its symbol."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"chứng thư không được tin cậy ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"bắt tay TLS không thành ({error.reason or error})"
    if isinstance(error, TimeoutError):
        return "không trả lời"
    if error.errno in _WORDS:
        return _WORDS[error.errno]
    symbol = errno.errorcode.get(error.errno or 0, "")
    return " ".join(part for part in (symbol, error.strerror or str(error)) if part) or type(error).__name__
