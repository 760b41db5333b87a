"""Around every answer: security headers, our errors in the visitor's language, the guard against foreign Host names."""

import logging
import secrets
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from alerts.messages.vocabulary import Language
from monitor.people.principal import Principal
from monitor.storage.errors import StorageError
from monitor.web.refusing import OTHER_TITLE, TITLES, RefusedError, problem, told_to_wait
from monitor.web.routing import PRINCIPAL, told_path
from monitor.web.showing import PageDesk
from monitor.web.translating import translated, translator
from monitor.web.visiting import Visit

log = logging.getLogger(__name__)

TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Yêu cầu không hợp lệ", "Trình duyệt đã gửi một yêu cầu không hợp lệ."),
    404: (
        "Không có trang này",
        "Địa chỉ không đúng hoặc trang đã bị bỏ. Về trang tổng quan để xem tình hình.",
    ),
    405: ("Không được phép", "Địa chỉ này chỉ để xem. Nhận xử lý sự cố bằng lệnh trên máy giám sát."),
    413: ("Nội dung quá lớn", "Yêu cầu gửi lên quá lớn."),
    503: (
        "Tạm thời chưa đọc được",
        "Chưa đọc được dữ liệu lưu trữ; việc đo và cảnh báo vẫn tiếp tục. Thử lại sau ít phút.",
    ),
}
"""Status -> title and text, messages of the catalogue: programs get them in Vietnamese."""
OTHER_TEXT: Final = ("Trang này gặp trục trặc", "Dữ liệu vẫn đang được thu thập.")


def fence(pages: PageDesk) -> Middleware:
    """Return the outermost middleware: nothing leaves without our headers, nothing breaks without being logged."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except RefusedError as refused:
            response = _refused(request, pages, refused)
        except web.HTTPException as error:
            response = _answer(request, pages, error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except StorageError as error:
            log.warning("web_store_unreadable path=%r fault=%s", told_path(request), error.fault)
            response = _answer(request, pages, 503)
        except Exception as error:
            if isinstance(error, ConnectionError) and _has_gone(request):
                return web.Response(status=400)  # nobody gets it
            error_id = secrets.token_hex(4)
            log.exception("web_bug id=%s path=%r", error_id, told_path(request))
            response = _answer(request, pages, 500, error_id=error_id)
        return response

    return middleware


def _refused(request: web.Request, pages: PageDesk, refused: RefusedError) -> web.Response:
    if _is_for_programs(request):
        return problem(
            refused.status, refused.detail, refused.hint, field=refused.field, wait_s=refused.wait_s
        )
    visit = _visit(request, pages)
    refused.say_in(visit.language)
    sentences = (f"{said[0].upper()}{said[1:]}." for said in (refused.detail, refused.hint) if said)
    title = translated(TITLES.get(refused.status, OTHER_TITLE), visit.language)
    response = _page(visit, pages, refused.status, title, " ".join(sentences))
    response.headers.update(told_to_wait({}, refused.wait_s))
    return response


def _answer(request: web.Request, pages: PageDesk, status: int, *, error_id: str = "") -> web.Response:
    visit, is_for_programs = _visit(request, pages), _is_for_programs(request)
    language = Language.VI if is_for_programs else visit.language
    _, (title, text) = translator(language), TEXTS.get(status, OTHER_TEXT)
    title, text = translated(title, language), translated(text, language)
    if error_id:
        text = _("%(text)s Mã để tra nhật ký: %(id)s.") % {"text": text, "id": error_id}
    return problem(status, text) if is_for_programs else _page(visit, pages, status, title, text)


def _visit(request: web.Request, pages: PageDesk) -> Visit:
    if PRINCIPAL not in request:
        request[PRINCIPAL] = Principal()
    return pages.visit(request)


def _page(visit: Visit, pages: PageDesk, status: int, title: str, text: str) -> web.Response:
    body = pages.renderer.words("error.html", visit, {"title": title, "text": text, "status": status})
    return web.Response(
        text=body, status=status, content_type="text/html", headers={"Cache-Control": "no-store"}
    )


def _has_gone(request: web.Request) -> bool:
    """Whether who asked hung up."""
    return request.transport is None or request.transport.is_closing()


def _is_for_programs(request: web.Request) -> bool:
    return request.path.startswith("/api/") or request.path in {"/healthz", "/metrics"}
