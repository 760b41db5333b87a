"""Which failure of an HTTP exchange is which reason, in words for people. No I/O."""

import errno
import ssl

import aiohttp

from probes.connection import connect_failure
from probes.reading import FailureReason
from probes.wording import errno_words, one_line

# OpenSSL's X509_V_ERR_* (openssl/x509_vfy.h)
_EXPIRED, _NOT_YET_VALID = 10, 9
_WRONG_NAME = frozenset({62, 63, 64})
_UNTRUSTED = frozenset({2, 18, 19, 20, 21, 27})


def explain(  # noqa: PLR0911 (one return for each kind of failure)
    error: Exception, *, ip: str, is_tls: bool
) -> tuple[FailureReason, str]:
    """Tell reason and detail of what aiohttp raised while talking to `ip`."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return FailureReason.TLS, certificate_words(error.certificate_error)
        case aiohttp.ClientSSLError():
            return FailureReason.TLS, "bắt tay TLS không thành: " + _ssl_words(error.os_error)
        case aiohttp.ClientConnectorError():
            if is_tls and error.os_error.errno in {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}:
                return FailureReason.TLS, "bắt tay TLS không thành: kết nối bị cắt"
            return connect_failure(error.os_error, ip)
        case aiohttp.ServerDisconnectedError():
            return FailureReason.PROTOCOL, "máy chủ ngắt kết nối trước khi trả lời"
        case aiohttp.ClientPayloadError():
            return FailureReason.PROTOCOL, "nội dung trả lời bị cắt hoặc hỏng"
        case aiohttp.ClientResponseError():
            return FailureReason.PROTOCOL, "câu trả lời không đúng giao thức HTTP"
        case aiohttp.ClientOSError() | OSError():
            return _broken(error)
        case _:
            return FailureReason.PROTOCOL, "câu trả lời không đúng giao thức HTTP"


def certificate_words(error: Exception) -> str:
    """Name what is wrong with a certificate: expired, wrong name and untrusted are told apart."""
    code = getattr(error, "verify_code", 0)
    if code == _EXPIRED:
        return "chứng thư TLS đã hết hạn"
    if code == _NOT_YET_VALID:
        return "chứng thư TLS chưa có hiệu lực"
    if code in _WRONG_NAME:
        return "chứng thư TLS không đúng tên máy chủ"
    if code in _UNTRUSTED:
        return "chứng thư TLS chưa được tin cậy (không rõ nơi cấp)"
    return "chứng thư TLS không hợp lệ: " + one_line(
        str(getattr(error, "verify_message", "")) or "không rõ", 80
    )


def _ssl_words(error: OSError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return one_line(reason or "không rõ", 80)


def _broken(error: OSError) -> tuple[FailureReason, str]:
    if isinstance(error, ssl.SSLError):
        return FailureReason.TLS, "lỗi TLS: " + _ssl_words(error)
    if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
        return FailureReason.LOCAL, errno_words(error.errno)
    return FailureReason.PROTOCOL, "kết nối bị cắt giữa chừng"
