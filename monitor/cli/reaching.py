"""Ways to the daemon's API: its Unix socket on this machine, or its address with an API token. Secrets are never printed."""

import http.client
import ipaddress
import os
import socket
import ssl
import stat
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import TOKEN_FILE_VARIABLE, URL_VARIABLE
from monitor.wording import os_words

TOKEN_LIMIT_BYTES: Final = 4_096
_OTHERS: Final = 0o077
_REASONS: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    ((TimeoutError,), "không trả lời trong thời hạn"),
    ((http.client.RemoteDisconnected,), "kết nối bị ngắt khi chưa có trả lời"),
    ((FileNotFoundError, ConnectionRefusedError), "chưa có tiến trình nào chạy ở đó"),
    ((socket.gaierror,), "không tìm thấy tên máy"),
    ((ssl.SSLError,), "không bắt tay TLS được"),
)


class Way(Protocol):
    """One way to the API."""

    @property
    def prefix(self) -> str:
        """What stands before /api/v1."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What every request says besides."""
        ...

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        ...

    def refused(self, error: Exception) -> CommandError:
        """Say in words why nothing came back, and what to do."""
        ...


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file instead of a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


@dataclass(frozen=True, slots=True)
class OverSocket:
    """Who may open the socket may use it: no password."""

    path: Path
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a connection to the socket."""
        return _UnixConnection(self.path, timeout_s)

    def refused(self, error: Exception) -> CommandError:
        """Say why the socket does not answer."""
        if isinstance(error, PermissionError):
            return CommandError(
                Exit.NOT_ALLOWED,
                f"không được phép mở {self.path}",
                "chạy bằng sudo, hoặc vào nhóm của dịch vụ giám sát",
            )
        return CommandError(
            Exit.UNREACHABLE,
            f"không gặp được tiến trình giám sát qua {self.path} ({why_unreachable(error)})",
            "xem nó có đang chạy không (systemctl status tslcd-monitor), hoặc chỉ đúng --config / --socket",
        )


@dataclass(frozen=True, slots=True)
class OverNetwork:
    """An address (https://máy[:cổng][/đường-dẫn]); the certificate is always verified. Redirects are not followed."""

    address: str
    ca_file: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def prefix(self) -> str:
        """Return the path of the address."""
        return urlsplit(self.address).path.rstrip("/")

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a connection; CommandError when the certificate authorities cannot be read."""
        url = urlsplit(self.address)
        host = url.hostname or ""
        if url.scheme == "http":
            return http.client.HTTPConnection(host, url.port or 80, timeout=timeout_s)
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise CommandError(
                Exit.USAGE,
                f"không đọc được chứng thư trong {self.ca_file} ({os_words(error)})",
                "chỉ tệp PEM của đơn vị cấp chứng thư bằng --ca-file",
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(host, url.port or 443, timeout=timeout_s, context=context)

    def refused(self, error: Exception) -> CommandError:
        """Say why the address does not answer."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return CommandError(
                Exit.UNREACHABLE,
                f"không tin được chứng thư của {self.address} ({error.verify_message})",
                "gọi đúng tên ghi trong chứng thư; chứng thư nội bộ thì chỉ đơn vị cấp bằng --ca-file TỆP.pem",
            )
        return CommandError(
            Exit.UNREACHABLE,
            f"không gặp được {self.address} ({why_unreachable(error)})",
            "xem lại --url, mạng từ máy này, và dịch vụ có đang chạy không",
        )


def way_of(arguments: Namespace, *, environment: Mapping[str, str]) -> OverNetwork | None:
    """Return the way over the network that was asked for, None for the socket.

    What is said at the command line counts more than the environment. CommandError for what cannot be used.
    """
    local = arguments.socket is not None
    if arguments.url is not None and local:
        raise CommandError(Exit.USAGE, "có cả --url và --socket", "chỉ dùng một")
    said = arguments.url
    if said is None and not local and arguments.config is None:
        said = environment.get(URL_VARIABLE) or None
    if said is None:
        if arguments.token_file is not None or arguments.ca_file is not None:
            raise CommandError(
                Exit.USAGE, "--token-file và --ca-file chỉ dùng cùng --url", "thêm --url https://…"
            )
        return None
    address = _checked(said)
    named = environment.get(TOKEN_FILE_VARIABLE) or None
    file = arguments.token_file or (None if named is None else Path(named))
    headers = {} if file is None else {"Authorization": f"Bearer {read_token(file)}"}
    return OverNetwork(address, arguments.ca_file, headers)


def read_token(path: Path) -> str:
    """Return the token of a file that nobody else may read. CommandError; never says what is in it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
                raise CommandError(
                    Exit.NOT_ALLOWED,
                    f"người khác đọc hoặc sửa được {path} (quyền {stat.S_IMODE(status.st_mode):04o})",
                    f"chạy chmod 600 {path}",
                )
            content = file.read(TOKEN_LIMIT_BYTES + 1)
    except OSError as error:
        exit_code = Exit.NOT_ALLOWED if isinstance(error, PermissionError) else Exit.USAGE
        raise CommandError(
            exit_code, f"không đọc được {path} ({os_words(error)})", "xem lại --token-file"
        ) from None
    token = content.decode("ascii", errors="replace").strip()
    if (
        not token
        or len(content) > TOKEN_LIMIT_BYTES
        or not token.isascii()
        or not token.isprintable()
        or " " in token
    ):
        raise CommandError(
            Exit.USAGE,
            f"{path} không chứa một mã truy cập API",
            "ghi vào tệp đúng một dòng là mã; lấy mã: tslcd-monitor user token",
        )
    return token


def _checked(address: str) -> str:
    """Return the address. CommandError of what is none, or would send the token where everybody can read it."""
    wrong = CommandError(
        Exit.USAGE, "--url: không phải địa chỉ của trang giám sát", "ghi như https://giam-sat.tinh.gov.vn"
    )
    try:
        url = urlsplit(address)
        is_whole = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        raise wrong from None
    is_plain = address.isascii() and address.isprintable() and " " not in address
    if not is_whole or not is_plain or url.username is not None or url.query or url.fragment:
        raise wrong
    if url.scheme == "http" and not _is_loopback(url):
        raise CommandError(
            Exit.USAGE,
            "--url: http chỉ dùng được trên chính máy này: mã truy cập sẽ đi qua mạng không mã hóa",
            "dùng https://",
        )
    return address.rstrip("/")


def _is_loopback(url: SplitResult) -> bool:
    host = url.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def why_unreachable(error: Exception) -> str:
    """Return why nothing came back, in a few words."""
    for kinds, words in _REASONS:
        if isinstance(error, kinds):
            return words
    return (
        os_words(error) if isinstance(error, OSError) else f"trả lời không phải HTTP: {type(error).__name__}"
    )
