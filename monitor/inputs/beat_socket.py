"""A socket that is connected to a broker, over TLS if wanted: made in our event loop without blocking it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from probes.dial import StreamError, dial
from probes.handshake import certificate_words, handshake_words
from probes.reading import FailureReason

_RECEIVE_BYTES: Final = 65_536


@asynccontextmanager
async def open_socket(
    host: str, ip: str, port: int, *, tls: ssl.SSLContext | None, ends_at: float
) -> AsyncIterator[socket.socket]:
    """Connect; `host` is the name that the certificate must have. StreamError, TimeoutError; the caller's deadline."""
    sock = (await dial([ip], port, ends_at=ends_at)).sock
    try:
        # What is not read yet waits at the broker, and not for minutes in front of its answer to a ping.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        if tls is not None:
            sock = _wrapped(sock, tls, host)
            await _shake_hands(sock)
        yield sock
    finally:
        sock.close()


def _wrapped(sock: socket.socket, tls: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    try:
        return tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except ValueError as error:  # a name that TLS cannot ask for: RFC 6066 3
        raise StreamError(FailureReason.LOCAL, "tên máy chủ không dùng được cho TLS") from error
    except OSError as error:
        raise StreamError(FailureReason.TLS, "bắt tay TLS không thành: kết nối bị cắt") from error


async def _shake_hands(sock: ssl.SSLSocket) -> None:
    """Shake hands without blocking; StreamError says what is wrong with it."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await _ready(sock, loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _ready(sock, loop.add_writer, loop.remove_writer)
        except ssl.SSLCertVerificationError as error:
            raise StreamError(FailureReason.TLS, certificate_words(error)) from error
        except ssl.SSLError as error:
            raise StreamError(
                FailureReason.TLS, f"bắt tay TLS không thành: {handshake_words(error)}"
            ) from error
        except OSError as error:
            raise StreamError(FailureReason.TLS, "bắt tay TLS không thành: kết nối bị cắt") from error
        else:
            return


async def _ready(sock: socket.socket, add: Callable[..., object], remove: Callable[..., object]) -> None:
    waiting = asyncio.get_running_loop().create_future()
    fd = sock.fileno()
    add(fd, lambda: None if waiting.done() else waiting.set_result(None))
    try:
        await waiting
    finally:
        remove(fd)
