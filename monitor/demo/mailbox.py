"""A mail server for one folder: every mail it accepts becomes one .eml file. RFC 5321 through aiosmtpd.

Runs as `python -m monitor.demo.mailbox --folder DIR`, prints its port as one line, and serves loopback only. A file
appears complete or not at all (written beside, then renamed, as Maildir does). `X-Envelope-To` says who got it.
"""

import argparse
import asyncio
import contextlib
import email
import email.policy
import functools
import itertools
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail. `text` is its plain part."""

    message_id: str
    recipients: tuple[str, ...]
    subject: str
    text: str


def read_mails(folder: Path) -> list[Mail]:
    """Return the mails of a folder in the order of their arrival; none while the folder does not exist."""
    return [_parse(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_serve(options.folder, options.port))


async def _serve(folder: Path, port: int) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    session = functools.partial(
        SMTP, _Folder(folder), enable_SMTPUTF8=True, hostname="mailbox.demo", loop=loop
    )
    server = await loop.create_server(session, _HOST, port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()
    server.close()


class _Folder:
    """aiosmtpd's handler: the folder that takes the mails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        name = f"{time.monotonic_ns():020d}-{next(self._numbers):06d}"
        content = envelope.original_content or b""
        head = f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        beside = self._folder / f".{name}.part"
        beside.write_bytes(head + content)
        beside.rename(self._folder / f"{name}.eml")
        return "250 OK"


def _parse(content: bytes) -> Mail:
    message = email.message_from_bytes(content, policy=email.policy.default)
    text = ""
    if isinstance(message, EmailMessage):
        part = message.get_body(("plain",))
        with contextlib.suppress(LookupError):  # an unknown character set
            text = part.get_content().replace("\r\n", "\n") if part is not None else ""
    recipients = tuple(
        name.strip() for name in str(message["X-Envelope-To"] or "").split(",") if name.strip()
    )
    return Mail(str(message["Message-ID"] or ""), recipients, str(message["Subject"] or ""), text)


if __name__ == "__main__":
    main()
