"""Every "no" of the web as a value: status, what is wrong, the remedy; and as an answer for programs (RFC 9457).

Its words are Vietnamese, as the API says them, and keys of the catalogue: a page says them in its own language.
"""

import math
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from alerts.messages.vocabulary import Language
from monitor.web.translating import translated

NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
TITLES: Final[Mapping[int, str]] = {
    400: "Yêu cầu không hợp lệ",
    401: "Cần đăng nhập",
    403: "Không được phép",
    404: "Không có",
    405: "Không được phép",
    406: "Không có dạng này",
    409: "Đã có người thay đổi",
    410: "Đã bỏ",
    412: "Đã có người thay đổi",
    413: "Nội dung quá lớn",
    415: "Không hiểu dạng nội dung",
    421: "Sai tên máy chủ",
    422: "Chưa làm được",
    429: "Quá nhiều yêu cầu",
    500: "Hệ thống gặp trục trặc",
    503: "Tạm thời chưa đọc được",
}
OTHER_TITLE: Final = "Lỗi"


class RefusedError(Exception):
    """A request is refused: `detail` says what is wrong, `hint` the remedy (one Vietnamese line each).

    `field` names the field of the form or body that is wrong, "" when it is none; `wait_s`: how long to wait (429).
    """

    def __init__(
        self, status: int, detail: str, hint: str = "", *, field: str = "", wait_s: float = 0.0
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.field = field
        self.wait_s = wait_s

    def say_in(self, language: Language) -> None:
        """Change the words to those of a page in this language."""
        self.detail, self.hint = translated(self.detail, language), translated(self.hint, language)


def told_to_wait(headers: Mapping[str, str], wait_s: float) -> Mapping[str, str]:
    """Return headers that also say when to come back, whole seconds, when there is something to wait for."""
    return {**headers, "Retry-After": str(math.ceil(wait_s))} if wait_s > 0 else headers


def problem(
    status: int, detail: str, hint: str = "", *, field: str = "", wait_s: float = 0.0
) -> web.Response:
    """Return an error for programs (RFC 9457); `detail` and `hint` (the remedy) are Vietnamese."""
    body: dict[str, object] = {
        "type": "about:blank",
        "status": status,
        "title": TITLES.get(status, OTHER_TITLE),
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    if field:
        body["field"] = field
    return web.json_response(
        body, status=status, content_type="application/problem+json", headers=told_to_wait(NO_STORE, wait_s)
    )
