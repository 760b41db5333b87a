"""TLS over an open connection: contexts that are built once, the handshake in words, the certificate in any case.

The certificate of a server that fails verification is read in a second handshake with the same address that verifies
nothing and over which nothing is sent.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, cast

from probes import certificate
from probes.dial import StreamError
from probes.reading import FailureReason
from probes.wording import errno_words, one_line

MinVersion = Literal["1.0", "1.2", "1.3"]
CLOSE_S = 0.5
"""How long a closing connection waits for the other side's close_notify; asyncio's 30 s would hold a descriptor."""

# OpenSSL's X509_V_ERR_* (openssl/x509_vfy.h)
_WORDS = {
    **dict.fromkeys((9,), "chứng thư TLS chưa có hiệu lực"),
    **dict.fromkeys((10,), "chứng thư TLS đã hết hạn"),
    **dict.fromkeys((18,), "chứng thư TLS tự ký, không do nơi cấp nào cấp"),
    **dict.fromkeys((2, 19, 20, 21, 27), "chứng thư TLS chưa được tin cậy (không rõ nơi cấp)"),
    **dict.fromkeys((62, 63, 64), "chứng thư TLS không đúng tên máy chủ"),
    **dict.fromkeys((66, 67, 68), "chứng thư TLS có khóa hoặc thuật toán quá yếu"),
}
# OpenSSL's names of handshake errors (openssl/sslerr.h)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"})
_WANTS_OURS = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED", "PEER_DID_NOT_RETURN_A_CERTIFICATE"})
_OTHER_VERSION = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"})

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


class TlsPolicy(NamedTuple):
    """What a handshake demands of the server."""

    verify: bool = True
    ca_file: Path | None = None
    """Additional authorities, PEM."""
    min_version: MinVersion = "1.2"


class Session(NamedTuple):
    """What a handshake showed."""

    protocol: str
    cipher: str
    chain: tuple[bytes, ...]
    """DER certificates as the server sent them, its own first."""

    def metrics(self) -> dict[str, float]:
        """Return how long the server's certificate still lasts."""
        leaf = certificate.parse(self.chain[0]) if self.chain else None
        return {} if leaf is None else leaf.metrics(now=time.time())  # noqa: TID251 (certificates have dates)

    def notes(self) -> dict[str, str]:
        """Return protocol, cipher and certificate in words."""
        return {
            "tls_protocol": self.protocol,
            "tls_cipher": self.cipher,
            **certificate.notes(self.chain),
        }


class TlsContexts:
    """Contexts by policy. Loading the system's authorities takes tens of milliseconds: once, in a thread."""

    def __init__(self, *, alpn: tuple[str, ...] = ()) -> None:
        self._alpn = alpn
        self._built: dict[TlsPolicy, tuple[float, asyncio.Task[ssl.SSLContext]]] = {}

    async def get(self, policy: TlsPolicy) -> ssl.SSLContext:
        """Return the context, built anew when `ca_file` has changed. StreamError: authorities cannot be read.

        The caller owns the deadline; a build that others wait for too survives the cancellation of one of them.
        """
        try:
            changed_at = policy.ca_file.stat().st_mtime if policy.ca_file is not None else 0.0
            known_at, task = self._built.get(policy, (0.0, None))
            if task is None or known_at != changed_at:
                build = asyncio.to_thread(_build, policy, self._alpn)
                task = asyncio.create_task(build, name="tls_context")
                self._built[policy] = (changed_at, task)
                task.add_done_callback(lambda done: self._forget_failed(policy, done))
            return task.result() if task.done() else await asyncio.shield(task)
        except OSError as error:
            whose = "ca_file" if policy.ca_file is not None else "nơi cấp chứng thư của hệ thống"
            why = "không phải PEM" if isinstance(error, ssl.SSLError) else errno_words(error.errno)
            raise StreamError(FailureReason.LOCAL, f"không đọc được {whose}: {why}") from error

    def _forget_failed(self, policy: TlsPolicy, task: asyncio.Task[ssl.SSLContext]) -> None:
        is_latest = policy in self._built and self._built[policy][1] is task
        if (task.cancelled() or task.exception() is not None) and is_latest:
            del self._built[policy]


def certificate_name(host: str) -> str:
    """Return a host as certificates write it: without the root's dot, without an IPv6 zone."""
    return host.rstrip(".").partition("%")[0]


async def secure(
    sock: socket.socket, context: ssl.SSLContext, server_name: str, protocol: Callable[[], Protocol]
) -> tuple[asyncio.Transport, Protocol]:
    """Shake hands over a connected socket, which is the transport's from then on (or closed).

    StreamError tells a failed handshake; its cause is an `ssl.SSLCertVerificationError` when the certificate is to
    blame. The caller owns the deadline.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, made = await loop.create_connection(
            protocol,
            sock=sock,
            ssl=context,
            server_hostname=certificate_name(server_name),
            ssl_shutdown_timeout=CLOSE_S,
        )
    except ssl.SSLCertVerificationError as error:
        raise StreamError(FailureReason.TLS, certificate_words(error)) from error
    except ssl.SSLError as error:
        raise StreamError(FailureReason.TLS, f"bắt tay TLS không thành: {handshake_words(error)}") from error
    except OSError as error:
        raise StreamError(FailureReason.TLS, "bắt tay TLS không thành: kết nối bị cắt") from error
    except ValueError as error:  # a name that TLS cannot ask for: RFC 6066 3
        sock.close()
        raise StreamError(FailureReason.LOCAL, "tên máy chủ không dùng được cho TLS") from error
    return transport, made


def session_of(transport: asyncio.Transport) -> Session:
    """Return what the handshake of an open TLS connection showed."""
    tls = transport.get_extra_info("ssl_object")
    cipher = tls.cipher()
    return Session(str(tls.version()), one_line(str(cipher[0] if cipher else "?"), 80), _chain(tls))


@dataclass(frozen=True, slots=True)
class Handshake:
    """How to secure a connection; what it shows goes into a reading's `metrics` and `notes`."""

    contexts: TlsContexts
    policy: TlsPolicy
    server_name: str
    """Name to ask for, and to find in the certificate; may be an IP address."""
    metrics: dict[str, float]
    notes: dict[str, str]

    async def over(
        self,
        sock: socket.socket,
        protocol: Callable[[], Protocol],
        *,
        reach_again: Callable[[], Awaitable[socket.socket]],
        ends_at: float,
    ) -> tuple[asyncio.Transport, Protocol]:
        """Shake hands, timed; StreamError as `secure`. The caller owns the deadline, which is `ends_at` (loop time).

        `reach_again` opens one more connection that is ready for a handshake, to read a certificate that failed.
        """
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        try:
            context = await self.contexts.get(self.policy)
            transport, made = await secure(sock, context, self.server_name, protocol)
        except StreamError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                await self._read_unverified(reach_again, within_s=(ends_at - loop.time()) / 2)
            raise
        self.metrics["tls_s"] = loop.time() - started_at
        self._note(session_of(transport))
        return transport, made

    async def _read_unverified(
        self, reach_again: Callable[[], Awaitable[socket.socket]], *, within_s: float
    ) -> None:
        """Note what a server shows whose certificate failed; nothing when it does not show it twice in time."""
        with contextlib.suppress(StreamError, OSError):  # TimeoutError among them
            async with asyncio.timeout(within_s):
                context = await self.contexts.get(self.policy._replace(verify=False, ca_file=None))
                transport, _ = await secure(await reach_again(), context, self.server_name, asyncio.Protocol)
            self._note(session_of(transport))
            transport.abort()

    def _note(self, session: Session) -> None:
        self.metrics.update(session.metrics())
        self.notes.update(session.notes())


def certificate_words(error: ssl.SSLCertVerificationError) -> str:
    """Name what is wrong with a certificate: expired, wrong name, untrusted and self-signed are told apart."""
    known = _WORDS.get(error.verify_code)
    return known or "chứng thư TLS không hợp lệ: " + one_line(error.verify_message or "không rõ", 80)


def handshake_words(error: ssl.SSLError) -> str:
    """Name why a handshake failed."""
    reason = error.reason or ""
    if reason in _NO_TLS:
        return "máy chủ không nói TLS ở cổng này"
    if reason in _OTHER_VERSION:
        return "máy chủ chỉ có phiên bản TLS cũ hơn yêu cầu"
    if reason in _WANTS_OURS:
        return "máy chủ đòi chứng thư của máy giám sát"
    return one_line(reason or "không rõ", 80)


def _build(policy: TlsPolicy, alpn: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    match policy.min_version:
        case "1.0":
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # OpenSSL 3 speaks nothing older than 1.2 above it
        case "1.2":
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        case "1.3":
            context.minimum_version = ssl.TLSVersion.TLSv1_3
    if not policy.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    system = ssl.get_default_verify_paths()
    if system.cafile or system.capath:
        # Not set_default_verify_paths(), which is silent about a file that cannot be read.
        context.load_verify_locations(cafile=system.cafile, capath=system.capath)
    if policy.ca_file is not None:
        context.load_verify_locations(cafile=policy.ca_file)
    return context


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """Return the certificates sent. Python has this in public from 3.13 on, before only below the SSLObject."""
    inner = tls if hasattr(tls, "get_unverified_chain") else tls._sslobj  # type: ignore[attr-defined] # noqa: SLF001 (see above)
    sent = inner.get_unverified_chain() or ()
    return tuple(
        each if isinstance(each, bytes) else cast(bytes, each.public_bytes(ssl._ssl.ENCODING_DER))  # type: ignore[attr-defined] # noqa: SLF001 (see above)
        for each in sent
    )
