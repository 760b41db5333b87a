"""Which failure of an HTTP exchange over an open connection is which reason, in words for people. No I/O."""

import errno
import ssl

import aiohttp

from probes.handshake import handshake_words
from probes.reading import FailureReason
from probes.wording import errno_words


def explain(error: Exception) -> tuple[FailureReason, str]:
    """Tell reason and detail of what aiohttp raised."""
    # What an alert after the handshake said, aiohttp keeps only as a cause.
    error = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    match error:
        case aiohttp.ServerDisconnectedError():
            return FailureReason.PROTOCOL, "máy chủ ngắt kết nối trước khi trả lời"
        case aiohttp.ClientPayloadError():
            return FailureReason.PROTOCOL, "nội dung trả lời bị cắt hoặc hỏng"
        case aiohttp.ClientOSError() | OSError():
            return _broken(error)
        case _:
            return FailureReason.PROTOCOL, "câu trả lời không đúng giao thức HTTP"


def _broken(error: OSError) -> tuple[FailureReason, str]:
    if isinstance(error, ssl.SSLError):
        return FailureReason.TLS, f"lỗi TLS: {handshake_words(error)}"
    if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
        return FailureReason.LOCAL, errno_words(error.errno)
    return FailureReason.PROTOCOL, "kết nối bị cắt giữa chừng"
