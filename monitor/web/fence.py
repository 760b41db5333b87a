"""Around every answer: security headers, our errors in Vietnamese, the guard against foreign Host names."""

import ipaddress
import logging
import secrets
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from monitor.storage.errors import StorageError
from monitor.web.pages import Pages

log = logging.getLogger(__name__)

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Yêu cầu không hợp lệ", "Trình duyệt đã gửi một yêu cầu không hợp lệ."),
    404: (
        "Không có trang này",
        "Địa chỉ không đúng hoặc trang đã bị bỏ. Về trang tổng quan để xem tình hình.",
    ),
    405: ("Không được phép", "Địa chỉ này chỉ để xem. Nhận xử lý sự cố bằng lệnh trên máy giám sát."),
    413: ("Nội dung quá lớn", "Yêu cầu gửi lên quá lớn."),
    421: ("Sai tên máy chủ", "Trang này chỉ mở được trên chính máy giám sát, bằng địa chỉ 127.0.0.1."),
    503: (
        "Tạm thời chưa đọc được",
        "Chưa đọc được dữ liệu lưu trữ; việc đo và cảnh báo vẫn tiếp tục. Thử lại sau ít phút.",
    ),
}
_LOOPBACK_NAMES: Final = frozenset({"localhost", "localhost."})


def problem(status: int, detail: str, hint: str = "") -> web.Response:
    """Return an error for programs (RFC 9457); `detail` and `hint` (the remedy) are Vietnamese."""
    title = _TEXTS.get(status, ("Lỗi", ""))[0]
    return web.json_response(
        {"type": "about:blank", "status": status, "title": title, "detail": detail}
        | ({"hint": hint} if hint else {}),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def fence(pages: Pages) -> Middleware:
    """Return the outermost middleware: nothing leaves without our headers, nothing breaks without being logged."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = _answer(request, pages, error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except StorageError as error:
            log.warning("web_store_unreadable path=%r fault=%s", request.path, error.fault)
            response = _answer(request, pages, 503)
        except Exception:
            error_id = secrets.token_hex(4)
            log.exception("web_bug id=%s path=%r", error_id, request.path)
            response = _answer(request, pages, 500, error_id=error_id)
        response.headers.update(SECURITY_HEADERS)
        return response

    return middleware


@web.middleware
async def only_loopback_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only requests for a loopback name: a page elsewhere may point its own name at 127.0.0.1."""
    if not is_loopback_host(request.headers.get("Host", "")):
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def is_loopback_host(host: str) -> bool:
    """Whether a Host header (`name`, `name:port`, `[::1]:port`) names this machine."""
    name, colon, port = host.rpartition(":")
    if not colon or "]" in port:
        name, port = host, ""
    if not name.isascii() or (port and not port.isdigit()):
        return False
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return name.lower() in _LOOPBACK_NAMES


def _answer(request: web.Request, pages: Pages, status: int, *, error_id: str = "") -> web.Response:
    title, text = _TEXTS.get(status, ("Trang này gặp trục trặc", "Dữ liệu vẫn đang được thu thập."))
    if error_id:
        text = f"{text} Mã để tra nhật ký: {error_id}."
    if request.path.startswith("/api/") or request.path in {"/healthz", "/metrics"}:
        return problem(status, text)
    page = pages.error(title, text)
    return web.Response(
        text=page, status=status, content_type="text/html", headers={"Cache-Control": "no-store"}
    )
