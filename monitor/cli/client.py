"""Talk to the running daemon: over its Unix socket, or over https with an API token."""

import http.client
import json
import os
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.reaching import OverSocket, Way, way_of

TIMEOUT_S: Final = 10.0
_EXITS: Final = {
    400: Exit.USAGE,
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.FINDINGS,
    409: Exit.FINDINGS,
    410: Exit.FINDINGS,
    413: Exit.FINDINGS,
    422: Exit.FINDINGS,
    421: Exit.UNREACHABLE,
    429: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
}
_REMEDIES: Final = {
    ("incidents", 404): "xem các mã: tslcd-monitor incident list --all",
    ("oncall", 404): "xem các bảng trực và người trực: tslcd-monitor oncall week",
    ("inventory", 404): "xem các bản: tslcd-monitor inventory versions",
    ("inventory", 409): "chạy lại lệnh",
    ("inventory", 422): "xem hết các lỗi: tslcd-monitor inventory diff",
}
_ALWAYS: Final = {
    401: "xem lại --token-file; lấy mã mới: tslcd-monitor user token",
    403: "hỏi người quản trị; mã truy cập chỉ làm được những việc nó được cấp",
    503: "thử lại sau ít giây; nếu vẫn vậy, xem tslcd-monitor status",
}


class Client:
    """The daemon's API. Every failure is a CommandError with the exit code that fits."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def get(self, *parts: str, query: str = "") -> dict[str, Any]:
        """Return the JSON of GET /api/v1/<parts>."""
        return self._call("GET", parts, query, None, TIMEOUT_S)

    def post(self, *parts: str, body: Mapping[str, object], timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """Return the JSON of POST /api/v1/<parts>."""
        return self._call(
            "POST", parts, "", json.dumps(body, ensure_ascii=False).encode(errors="ignore"), timeout_s
        )

    def send(self, method: str, *parts: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Return the JSON of a PUT, PATCH or DELETE of /api/v1/<parts>."""
        return self._call(
            method, parts, "", json.dumps(body, ensure_ascii=False).encode(errors="ignore"), TIMEOUT_S
        )

    def _call(
        self, method: str, parts: tuple[str, ...], query: str, body: bytes | None, timeout_s: float
    ) -> dict[str, Any]:
        url = (
            f"{self._way.prefix}/api/v1/"
            + "/".join(quote(part, safe="", errors="replace") for part in parts)
            + (f"?{query}" if query else "")
        )
        headers = {**self._way.headers, **({"Content-Type": "application/json"} if body else {})}
        connection = self._way.connection(timeout_s)
        try:
            connection.request(method, url, body, headers)
            response = connection.getresponse()
            status, content = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._way.refused(error) from None
        finally:
            connection.close()
        return _answer(parts[0], status, content)


def open_client(arguments: Namespace) -> Client:
    """Return the client for --url (or its variable), for --socket, or for the state folder of the settings."""
    way = way_of(arguments, environment=os.environ)
    if way is not None:
        return Client(way)
    if arguments.socket is not None:
        return Client(OverSocket(arguments.socket))
    return Client(OverSocket(read_settings(arguments).state_dir / "api.sock"))


def _answer(about: str, status: int, content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CommandError(Exit.UNREACHABLE, f"tiến trình giám sát trả lời không hiểu được (mã {status})")
    if status >= http.client.BAD_REQUEST:
        detail = str(body.get("detail") or f"tiến trình giám sát từ chối (mã {status})")
        remedy = str(body.get("hint") or "") or _REMEDIES.get((about, status)) or _ALWAYS.get(status, "")
        raise CommandError(_EXITS.get(status, Exit.BUG), detail, remedy)
    return body
