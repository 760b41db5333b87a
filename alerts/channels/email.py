"""The channel `email`: one SMTP session per message (RFC 5321, STARTTLS RFC 3207, AUTH RFC 4954).

What a refusal means: everything that goes wrong before the recipient is named - connection, TLS, AUTH, MAIL FROM,
whatever its code - is our side or our configuration, so it is temporary and nothing is lost by a wrong password.
From RCPT on 4xx is temporary and 5xx permanent, but for 530, 5.7.x and words of relaying at RCPT ("authentication
required", "relaying denied"), which are about us again; 552 at MAIL FROM is about the mail. When the connection breaks
after DATA it is in doubt whether the mail arrived: it is sent again with the same Message-ID, by which mail systems
know it.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from pathlib import Path
from typing import Any, Final, Literal

import aiosmtplib

from alerts.channels.address import is_plain_address
from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.connect import Opener
from alerts.messages.message import Message
from alerts.messages.plain import clean
from alerts.model.notification import NotificationKind

SENDER_NAME: Final = "Giám sát hạ tầng số"
_PERMANENT: Final = 500
_AUTHENTICATION_REQUIRED: Final = 530
_TOO_LARGE: Final = 552
_POLICY_REFUSAL: Final = re.compile(r"\s*5\.7\.|.*\b(?:relay|authenticat)", re.IGNORECASE | re.DOTALL)
"""Exim's "relay not permitted" and "relaying denied" have no code of their own."""
_QUIT_TIMEOUT_S: Final = 2.0
_ANSWER_LIMIT: Final = 200
MOST_ATTACHED: Final = 10 * 2**20
"""Bytes of all attachments; many servers take no mail beyond some 25 MB, and base64 adds a third."""
_BYTES: Final = "application/octet-stream"
_TYPES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
"""Suffix -> media type (RFC 6838 registry); a page is sent as bytes: no mail program opens it by itself."""


@dataclass(frozen=True, slots=True)
class EmailConfig:
    """The SMTP server. `security`: `tls` is implicit TLS; `none` is for a loopback server only.

    `sender` is a bare address. `timeout_s` bounds each step; the caller bounds the whole. `ca_file` (PEM) is trusted
    besides the system's authorities. `files_dir`: below it lie the files that messages name; None: none are attached.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    timeout_s: float
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    files_dir: Path | None = None


class EmailChannel:
    """Sends mails through one server."""

    knows_repeats = True

    def __init__(self, config: EmailConfig) -> None:
        """Read the certificate authorities; raise OSError if `ca_file` is not readable, ValueError for the sender."""
        self._config = config
        self._sender = _address(config.sender)
        self._opener = Opener()
        self._tls: ssl.SSLContext | None = None
        if config.security != "none":
            self._tls = ssl.create_default_context()
            if config.ca_file is not None:
                self._tls.load_verify_locations(config.ca_file)

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Send one mail to one address; return what the server said. See the module for what is permanent."""
        try:
            folder = self._config.files_dir
            files = (
                await asyncio.to_thread(attached, folder, message.files) if folder and message.files else []
            )
            mail = build_mail(
                message, self._sender, recipient, message_id=message_id, thread_id=thread_id, files=files
            )
        except ValueError as error:
            reason = f"the recipient or a header is malformed: {error}"
            raise DeliveryError(reason, DeliveryFailure.RECIPIENT, permanent=True) from None
        client = await self._connect()
        try:
            answer = await _transmit(client, mail, self._sender, recipient)
            with contextlib.suppress(
                aiosmtplib.SMTPException, OSError
            ):  # taken already: a rude goodbye is no failure
                await client.quit(timeout=_QUIT_TIMEOUT_S)
        finally:
            client.close()
        return clean(answer, _ANSWER_LIMIT)

    async def _connect(self) -> "_Session":
        """Connect, secure and authenticate. Every failure is temporary."""
        config = self._config
        try:
            connection = await self._opener.open(config.host, config.port, timeout_s=config.timeout_s)
        except TimeoutError:
            raise DeliveryError("no connection in time", DeliveryFailure.TIMEOUT) from None
        except OSError as error:
            raise DeliveryError(f"no connection: {_cause(error)}", DeliveryFailure.CONNECT) from None
        client = _Session(
            hostname=config.host,
            port=None,
            sock=connection,
            username=config.username,
            password=config.password,
            local_hostname=self._sender.domain,  # the default asks the resolver, blocking
            use_tls=config.security == "tls",
            start_tls=config.security
            == "starttls",  # never None: that sends in clear when TLS is not offered
            tls_context=self._tls,
            timeout=config.timeout_s,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _connect_error(error) from None
        return client


class _MailPolicy(EmailPolicy):
    """Folds subjects so that no space is lost: the standard library leaves some between two encoded words (RFC 2047, 6.2)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header field as it is sent."""
        if name.lower() != "subject" or value.isascii():
            return super().fold_binary(name, value)
        folded = Header(str(value), "utf-8", header_name=name).encode(linesep="\r\n")
        return f"{name}: {folded}\r\n".encode("ascii")


SMTP_POLICY: Final = _MailPolicy(linesep="\r\n")


class _Session(aiosmtplib.SMTP):
    """A session that knows whether the mail itself was handed over: `is_handed_over` from DATA on."""

    is_handed_over = False

    async def hand_over(
        self, mail: EmailMessage, *, sender: str, recipient: str
    ) -> tuple[dict[str, aiosmtplib.SMTPResponse], str]:
        """Send a mail as we fold it (`send_message` folds it with the standard library's policy)."""
        is_8bit = self.supports_extension("8BITMIME")
        content = mail.as_bytes(policy=SMTP_POLICY.clone(cte_type="8bit" if is_8bit else "7bit"))
        options = ["BODY=8BITMIME"] if is_8bit else []
        return await self.sendmail(sender, [recipient], content, mail_options=options)

    async def data(self, *args: Any, **kwargs: Any) -> aiosmtplib.SMTPResponse:
        """Send the mail."""
        self.is_handed_over = True
        return await super().data(*args, **kwargs)


def attached(folder: Path, paths: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return name and content of the files that go with a message: what is there now, in order, up to MOST_ATTACHED.

    What is not there any more, lies elsewhere or is too large is left out: the text says where it is.
    """
    found: list[tuple[str, bytes]] = []
    room = MOST_ATTACHED
    for each in paths:
        try:
            path = (folder / each).resolve(strict=True)
            if not path.is_relative_to(folder.resolve()) or path.stat().st_size > room:
                continue
            data = path.read_bytes()
        except OSError:
            continue
        room -= len(data)
        found.append((path.name, data))
    return found


def build_mail(
    message: Message,
    sender: Address,
    recipient: str,
    *,
    message_id: str,
    thread_id: str,
    files: Sequence[tuple[str, bytes]] = (),
) -> EmailMessage:
    """Write the mail: text and HTML twins, a stable Message-ID, and what keeps robots from answering (RFC 3834).

    Raises ValueError for a recipient that is not a plain ASCII address or a header with a line break in it.
    """
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = Address(SENDER_NAME, sender.username, sender.domain)
    mail["To"] = _address(recipient)
    mail["Subject"] = message.subject
    mail["Date"] = datetime.fromtimestamp(message.composed_at, UTC)
    mail["Message-ID"] = f"<{message_id}@{sender.domain}>"
    if thread_id != message_id:
        mail["In-Reply-To"] = f"<{thread_id}@{sender.domain}>"
        mail["References"] = f"<{thread_id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"<canh-bao.{sender.domain}>"
    if message.severity == 1 and message.kind not in {NotificationKind.RESOLVED, NotificationKind.BULLETIN}:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.set_content(f"{message.body}\n")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    for name, data in files:
        main, _, sub = _TYPES.get(name.rpartition(".")[2], _BYTES).partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail


async def _transmit(client: _Session, mail: EmailMessage, sender: Address, recipient: str) -> str:
    """Send the mail; return the server's answer to it."""
    try:
        _, answer = await client.hand_over(mail, sender=sender.addr_spec, recipient=recipient)
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _recipient_error(error.recipients[0]) from None
    except aiosmtplib.SMTPSenderRefused as error:
        if error.code == _TOO_LARGE:  # announced by SIZE (RFC 1870, 6.1): about the mail, not about us
            text = f"message too large: {error.code}"
            raise DeliveryError(text, DeliveryFailure.REJECTED, permanent=True) from None
        raise DeliveryError(f"sender refused: {error.code}", DeliveryFailure.SENDER) from None
    except aiosmtplib.SMTPResponseException as error:
        if error.code >= _PERMANENT:
            text = f"message refused: {error.code} {error.message}"
            raise DeliveryError(text, DeliveryFailure.REJECTED, permanent=True) from None
        raise DeliveryError(f"deferred: {error.code} {error.message}", DeliveryFailure.DEFERRED) from None
    except TimeoutError:
        in_doubt = client.is_handed_over
        raise DeliveryError("no answer in time", DeliveryFailure.TIMEOUT, in_doubt=in_doubt) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        text = f"connection broke: {type(error).__name__}"
        in_doubt = client.is_handed_over
        raise DeliveryError(text, DeliveryFailure.DISCONNECTED, in_doubt=in_doubt) from None
    return answer


def _recipient_error(refusal: aiosmtplib.SMTPRecipientRefused) -> DeliveryError:
    text = f"recipient refused: {refusal.code} {refusal.message}"
    is_ours = refusal.code == _AUTHENTICATION_REQUIRED or _POLICY_REFUSAL.match(refusal.message)
    if refusal.code >= _PERMANENT and not is_ours:
        return DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
    return DeliveryError(text, DeliveryFailure.SENDER if is_ours else DeliveryFailure.DEFERRED)


def _connect_error(error: aiosmtplib.SMTPException | OSError) -> DeliveryError:
    """Name the step that failed; a server's text at AUTH may echo what was sent, so only its code is told."""
    chain = (error, error.__cause__)
    certificate = next((one for one in chain if isinstance(one, ssl.SSLError)), None)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return DeliveryError(f"authentication failed: {error.code}", DeliveryFailure.AUTH)
    if certificate is not None:
        reason = getattr(certificate, "verify_message", "") or certificate.reason or "handshake failed"
        return DeliveryError(f"no secure connection: {reason}", DeliveryFailure.TLS)
    if isinstance(error, TimeoutError):
        return DeliveryError("no answer in time", DeliveryFailure.TIMEOUT)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return DeliveryError(f"server not ready: {error.code}", DeliveryFailure.CONNECT)
    if isinstance(error, OSError):
        return DeliveryError(f"connection broke: {_cause(error)}", DeliveryFailure.CONNECT)
    return DeliveryError(f"session refused: {error.message}", DeliveryFailure.CONNECT)


def _cause(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _address(text: str) -> Address:
    """Parse a bare address; raise ValueError for anything else."""
    if not is_plain_address(text):  # the standard library's parser lets line breaks and worse through
        raise ValueError("not a plain address")
    username, _, domain = text.partition("@")
    return Address(username=username, domain=domain)
