"""The daemon's servers: the Unix socket of the state folder, and pages and API over TCP, with TLS where it is asked for."""

import errno
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from aiohttp import web

from monitor.bug_fence import kept_going
from monitor.certificates import Certificate, CertificateError
from monitor.clock import Clock
from monitor.daemon import Daemon
from monitor.handed_over import HandedOver
from monitor.listeners import NotOpenError
from monitor.settings.web import WebSettings
from monitor.web.door.base import SocketDoor
from monitor.web.door.public import PublicDoor
from monitor.web.listener import Listener, bound_socket
from monitor.web.server import make_app, make_runner
from monitor.wording import os_words

log = logging.getLogger(__name__)


class ServeError(Exception):
    """The local socket cannot be opened as configured; the text says why and what to do."""


@asynccontextmanager
async def serving(daemon: Daemon, given: HandedOver, *, clock: Clock) -> AsyncIterator[None]:
    """Serve until the block ends, on the sockets that were `given` or else at the settings' address.

    Raises ServeError when commands would find no daemon. Pages that cannot be opened are told, and tried again.
    """
    async with AsyncExitStack() as stack:
        await _serve_locally(stack, daemon)
        for sock in given.web:
            stack.callback(sock.close)
        if given.web or daemon.settings.web.enabled:
            pages = partial(_pages, daemon, given, clock)
            await stack.enter_async_context(daemon.listeners.kept_open("web", pages))
        yield


@asynccontextmanager
async def _pages(daemon: Daemon, given: HandedOver, clock: Clock) -> AsyncIterator[None]:
    """Serve pages and API until the block ends. Raises NotOpenError."""
    settings = daemon.settings.web
    async with AsyncExitStack() as stack:
        # Duplicates: what was handed over stays open for another attempt.
        socks = [sock.dup() for sock in given.web] or [_bound(settings)]
        for sock in socks:
            stack.callback(sock.close)
        certificate = _certificate(settings)
        if certificate is None:
            _refuse_open_doors(socks)
        if certificate is not None:
            daemon.signs.certificate_fault = lambda: certificate.fault
            watch = {"certificate": lambda: certificate.watch(clock)}
            await stack.enter_async_context(kept_going(watch, clock))
        runner = make_runner(_app(daemon))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        tls = None if certificate is None else certificate.context
        listener = Listener(runner, tls, settings.proxies)
        for sock in socks:
            host, port = await stack.enter_async_context(listener.listening(sock))
            name = f"[{host}]" if ":" in host else host
            log.info("page url=%s://%s:%d/", "https" if tls else "http", name, port)
        yield


async def _serve_locally(stack: AsyncExitStack, daemon: Daemon) -> None:
    runner = make_runner(make_app(daemon, SocketDoor()))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    path = daemon.settings.state_dir / "api.sock"
    path.unlink(missing_ok=True)  # ours: the lock is held
    try:
        await web.UnixSite(runner, str(path)).start()
    except OSError as error:
        raise ServeError(f"không mở được {path} ({os_words(error)}); chọn state_dir khác") from error
    path.chmod(0o660)
    stack.callback(_remove, path)


def _remove(path: Path) -> None:
    # On a disk that has become read-only it stays: the next start takes it away.
    with suppress(OSError):
        path.unlink()


def _app(daemon: Daemon) -> web.Application:
    try:
        return make_app(daemon, PublicDoor(daemon))
    except CertificateError as error:
        raise NotOpenError(f"web.oidc.ca_file: {error}; ghi đúng tệp PEM") from error


def _bound(settings: WebSettings) -> socket.socket:
    try:
        return bound_socket(settings.host, settings.port)
    except OSError as error:
        raise NotOpenError(
            f"không mở được trang web ở {settings.host}:{settings.port} ({os_words(error)}); "
            f"{_remedy(error, settings)}"
        ) from error


def _remedy(error: OSError, settings: WebSettings) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"xem chương trình nào đang giữ cổng (ss -ltnp 'sport = :{settings.port}'), hoặc đổi web.port"
            )
        case errno.EACCES | errno.EPERM:
            return "cổng dưới 1024 cần ổ cắm tslcd-monitor-web.socket (sổ tay, mục 6), hoặc đổi web.port"
        case errno.EADDRNOTAVAIL:
            return "web.host phải là một địa chỉ của máy này (ip address), hoặc 0.0.0.0"
        case _:
            return "đổi web.host, web.port hoặc đặt web.enabled: false"


def _refuse_open_doors(socks: Sequence[socket.socket]) -> None:
    """Passwords do not go over a network in the clear; of the settings' own address, they were checked when read."""
    for sock in socks:
        host, port = sock.getsockname()[:2]
        if not ipaddress.ip_address(host).is_loopback:
            raise NotOpenError(
                f"trang web có đăng nhập, nên không mở ở {host}:{port} khi chưa mã hóa; thêm web.tls_cert và "
                "web.tls_key, hoặc ghi ListenStream=127.0.0.1:8080 trong tslcd-monitor-web.socket"
            )


def _certificate(settings: WebSettings) -> Certificate | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    try:
        return Certificate(settings.tls_cert, settings.tls_key, named="web")
    except CertificateError as error:
        raise NotOpenError(f"web: {error}; ghi đúng web.tls_cert và web.tls_key") from error
