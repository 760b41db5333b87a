"""Talk to the running daemon over its Unix socket. Who may open the socket may use it: no password."""

import http.client
import json
import os
import socket
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.wording import os_words

TIMEOUT_S: Final = 10.0
_EXITS: Final = {
    400: Exit.USAGE,
    403: Exit.NOT_ALLOWED,
    404: Exit.FINDINGS,
    409: Exit.FINDINGS,
    422: Exit.FINDINGS,
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
    503: "thử lại sau ít giây; nếu vẫn vậy, xem tslcd-monitor status",
}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file instead of a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


class Client:
    """The daemon's API. Every failure is a CommandError with the exit code that fits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, *parts: str, query: str = "") -> dict[str, Any]:
        """Return the JSON of GET /api/v1/<parts>."""
        return self._call("GET", parts, query, None, TIMEOUT_S)

    def post(self, *parts: str, body: Mapping[str, object], timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """Return the JSON of POST /api/v1/<parts>."""
        return self._call("POST", parts, "", json.dumps(body).encode(), timeout_s)

    def _call(
        self, method: str, parts: tuple[str, ...], query: str, body: bytes | None, timeout_s: float
    ) -> dict[str, Any]:
        url = (
            "/api/v1/"
            + "/".join(quote(part, safe="", errors="replace") for part in parts)
            + (f"?{query}" if query else "")
        )
        connection = _UnixConnection(self._path, timeout_s)
        try:
            connection.request(method, url, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            status, content = response.status, response.read()
        except PermissionError:
            raise CommandError(
                Exit.NOT_ALLOWED,
                f"không được phép mở {self._path}",
                "chạy bằng sudo, hoặc vào nhóm của dịch vụ giám sát",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        return _answer(parts[0], status, content)

    def _unreachable(self, error: Exception) -> CommandError:
        reason = _why_unreachable(error)
        return CommandError(
            Exit.UNREACHABLE,
            f"không gặp được tiến trình giám sát qua {self._path} ({reason})",
            "xem nó có đang chạy không (systemctl status tslcd-monitor), hoặc chỉ đúng --config / --socket",
        )


def _why_unreachable(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "không trả lời trong thời hạn"
        case FileNotFoundError() | ConnectionRefusedError():
            return "chưa có tiến trình nào chạy ở đó"
        case OSError():
            return os_words(error)
        case _:
            return f"trả lời không phải HTTP: {type(error).__name__}"


def open_client(arguments: Namespace) -> Client:
    """Return the client for --socket, or for the state folder of the settings."""
    if arguments.socket is not None:
        return Client(arguments.socket)
    return Client(read_settings(arguments).state_dir / "api.sock")


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
