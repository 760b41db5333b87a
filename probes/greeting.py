"""The first words of servers that speak first, and a polite end. Reads nothing but what is bounded.

SMTP: RFC 5321 3.1, 4.2. FTP: RFC 959 5.4. POP3: RFC 1939 3. IMAP: RFC 9051 7.1. SSH: RFC 4253 4.2.
`swaks --quit-after CONNECT --server 127.0.0.1` produces the traffic of SMTP.
"""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from types import MappingProxyType

from probes.dial import StreamError
from probes.reading import FailureReason
from probes.wording import one_line

LINE_BYTES = 1_024
_LINES = 50
_GOODBYE_S = 1.0
_BANNER_CHARACTERS = 150

GOODBYES: Mapping[str, bytes] = MappingProxyType(
    {
        "smtp": b"QUIT\r\n",
        "ftp": b"QUIT\r\n",
        "pop3": b"QUIT\r\n",
        "imap": b"a1 LOGOUT\r\n",
        "ssh": b"",
    }
)
"""Protocols that are known by name, and how one says good-bye in them before anything else."""

_REPLY = re.compile(rb"[1-5][0-9][0-9]([ -]|$)")


async def hear(reader: asyncio.StreamReader, expected: str) -> str:
    """Wait for a protocol's greeting, or for the plain text that `expected` is; return its first line, cleaned.

    StreamError: `unexpected_answer` when the server greets otherwise (554, `* BYE`), `protocol` when it does not speak
    the protocol or goes. The caller owns the deadline; the reader's limit is LINE_BYTES.
    """
    try:
        match expected:
            case "smtp" | "ftp":
                line = await _reply(reader)
            case "pop3":
                line = await _status(reader, fine=(b"+OK",), other=(b"-ERR",))
            case "imap":
                line = await _status(
                    reader, fine=(b"* OK", b"* PREAUTH"), other=(b"* BYE", b"* NO", b"* BAD")
                )
            case "ssh":
                line = await _ssh(reader)
            case _:
                line = await _plain(reader, expected.encode())
    except asyncio.LimitOverrunError:
        raise StreamError(FailureReason.PROTOCOL, "lời chào dài quá mức") from None
    except asyncio.IncompleteReadError as error:
        said = f" (mới nói: {_clean(error.partial)})" if error.partial.strip() else ""
        raise StreamError(FailureReason.PROTOCOL, f"máy chủ ngắt kết nối trước khi chào xong{said}") from None
    except OSError as error:
        raise StreamError(FailureReason.PROTOCOL, "kết nối bị cắt trước khi máy chủ chào xong") from error
    return _clean(line)


async def say_goodbye(
    reader: asyncio.StreamReader, transport: asyncio.Transport, expected: str, *, within_s: float
) -> None:
    """End the dialogue as its protocol wants, and give the server a moment to go first."""
    goodbye = GOODBYES.get(expected, b"")
    if goodbye:
        transport.write(goodbye)
        with contextlib.suppress(OSError):  # TimeoutError among them
            async with asyncio.timeout(min(within_s, _GOODBYE_S)):
                await reader.read(LINE_BYTES)


async def _line(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readuntil(b"\n")).rstrip(b"\r\n")


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """Read a reply of SMTP or FTP, which may have several lines; return the first."""
    first = await _line(reader)
    line = first
    for _ in range(_LINES):
        if not _REPLY.match(line):
            raise StreamError(FailureReason.PROTOCOL, f"lời chào không đúng giao thức: {_clean(line)}")
        if not line.startswith(b"220"):
            raise _other(line)
        if line[3:4] != b"-":
            return first
        line = await _line(reader)
    raise StreamError(FailureReason.PROTOCOL, "lời chào dài quá mức")


async def _status(
    reader: asyncio.StreamReader, *, fine: tuple[bytes, ...], other: tuple[bytes, ...]
) -> bytes:
    line = await _line(reader)
    word = line.upper()
    if word.startswith(other):
        raise _other(line)
    if not word.startswith(fine):
        raise StreamError(FailureReason.PROTOCOL, f"lời chào không đúng giao thức: {_clean(line)}")
    return line


async def _ssh(reader: asyncio.StreamReader) -> bytes:
    """Read the identification; a server may say other lines before it."""
    for _ in range(_LINES):
        line = await _line(reader)
        if line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            return line
        if line.startswith(b"SSH-"):
            raise _other(line)
    raise StreamError(FailureReason.PROTOCOL, "lời chào dài quá mức")


async def _plain(reader: asyncio.StreamReader, prefix: bytes) -> bytes:
    """Read at least the prefix, and of its line what has come with it."""
    said = b""
    while len(said) < len(prefix):
        more = await reader.read(len(prefix) - len(said))
        if not more:
            raise asyncio.IncompleteReadError(said, len(prefix))
        said += more
        if not prefix.startswith(said):
            raise _other(said)
    return said


def _other(line: bytes) -> StreamError:
    return StreamError(FailureReason.UNEXPECTED_ANSWER, f"máy chủ chào khác mong đợi: {_clean(line)}")


def _clean(line: bytes) -> str:
    return one_line(line.decode("utf-8", "replace"), _BANNER_CHARACTERS)
