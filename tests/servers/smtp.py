"""A real SMTP server on loopback (aiosmtpd) that can misbehave in the ways mail servers do."""

import asyncio
import datetime as dt
import email
import email.policy
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for localhost, and where it lies."""

    certificate_file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def make_certificate(folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1")) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test mail server")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    alternatives: list[x509.GeneralName] = []
    for name in names:
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            alternatives.append(x509.DNSName(name))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "server.pem", folder / "server.key")
    made.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return made


@dataclass(frozen=True)
class Received:
    """One accepted mail and how it came."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    raw: bytes
    secured: bool
    user: str | None


@dataclass
class Mailbox:
    """What the server took, and how it behaves from now on.

    `defer_rcpt`: so many times 421; `rcpt_answer`, `mail_answer`, `data_answer`: given instead of 250;
    `after_data`: hang for ever, or drop the connection, once the mail is stored;
    `quits_rudely`: drop it at QUIT. `sessions` counts connections.
    """

    port: int = 0
    mails: list[Received] = field(default_factory=list)
    defer_rcpt: int = 0
    rcpt_answer: str | None = None
    mail_answer: str | None = None
    data_answer: str | None = None
    after_data: Literal["answer", "hang", "drop"] = "answer"
    quits_rudely: bool = False
    sessions: int = 0
    logins: list[tuple[str, bool]] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's hook)
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.mail_answer is not None:
            return self.mail_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's hook)
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.defer_rcpt > 0:
            self.defer_rcpt -= 1
            return "421 4.7.0 greylisted, try again later"
        if self.rcpt_answer is not None:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's hook)
        self, server: SMTP, session: Any, envelope: Any
    ) -> str:
        if self.data_answer is not None:
            return self.data_answer
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        user = session.auth_data.login.decode() if session.auth_data else None
        self.mails.append(
            Received(
                sender=envelope.mail_from,
                recipients=tuple(envelope.rcpt_tos),
                mail=parsed,
                raw=envelope.content,
                secured=server.transport.get_extra_info("sslcontext") is not None,
                user=user,
            )
        )
        if self.after_data == "hang":
            await asyncio.Event().wait()
        if self.after_data == "drop":
            server.transport.abort()
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 (aiosmtpd's hook)
        self, server: SMTP, _session: Any, _envelope: Any
    ) -> str:
        if self.quits_rudely:
            server.transport.abort()
        return "221 Bye"


@asynccontextmanager
async def smtp_server(
    security: Literal["none", "starttls", "tls"] = "none",
    *,
    certificate: Certificate | None = None,
    users: dict[str, str] | None = None,
    mechanisms: tuple[str, ...] = ("LOGIN", "PLAIN"),
    port: int = 0,
) -> AsyncIterator[Mailbox]:
    """Serve on 127.0.0.1 in this event loop; yield the mailbox, its port filled in."""
    mailbox = Mailbox()
    open_servers: list[SMTP] = []
    context = certificate.server_context() if certificate else None

    def authenticate(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        accepted = (users or {}).get(user) == password
        mailbox.logins.append((user, accepted))
        return AuthResult(success=accepted, handled=False, auth_data=data if accepted else None)

    def connect() -> SMTP:
        mailbox.sessions += 1
        server = SMTP(
            mailbox,
            hostname="localhost",
            loop=asyncio.get_running_loop(),
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=bool(users) and security == "starttls",
            auth_require_tls=security == "starttls",
            auth_exclude_mechanism={"LOGIN", "PLAIN"} - set(mechanisms) if users else ("LOGIN", "PLAIN"),
            authenticator=authenticate if users else None,
        )
        open_servers.append(server)
        return server

    listener = await asyncio.get_running_loop().create_server(
        connect, "127.0.0.1", port, ssl=context if security == "tls" else None
    )
    mailbox.port = listener.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        listener.close()
        tasks = [server._handler_coroutine for server in open_servers if server._handler_coroutine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


@asynccontextmanager
async def scripted_server(*lines: bytes) -> AsyncIterator[int]:
    """Answer each line of the client (and first of all its connection) with the next of `lines`; then hang."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for line in lines:
                writer.write(line)
                await writer.drain()
                if not await reader.readline():
                    return
            await reader.read()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
