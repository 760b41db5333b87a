"""The dialogues in the clear that end in a TLS handshake. Nothing but the request for TLS is said.

SMTP: RFC 3207. IMAP: RFC 9051 6.2.1. POP3: RFC 2595 4. LDAP: RFC 4511 4.14.
"""

import asyncio
import socket
from typing import Literal

from probes.dial import StreamError
from probes.reading import FailureReason
from probes.wording import one_line

StartTls = Literal["smtp", "imap", "pop3", "ldap"]

_LINE_BYTES = 2_048
_LINES = 64
# ExtendedRequest 1.3.6.1.4.1.1466.20037 with message number 1
_LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_LDAP_RESPONSE = b"\x02\x01\x01\x78"
_LDAP_SUCCESS = b"\x0a\x01\x00"


async def ask_for_tls(sock: socket.socket, protocol: StartTls) -> None:
    """Talk until the server is ready for a handshake. StreamError tells why it is not; the caller owns the deadline."""
    dialogue = _Dialogue(sock)
    try:
        match protocol:
            case "smtp":
                await _smtp(dialogue)
            case "imap":
                await _imap(dialogue)
            case "pop3":
                await _pop3(dialogue)
            case "ldap":
                await _ldap(dialogue)
    except OSError as error:
        raise StreamError(FailureReason.PROTOCOL, "kết nối bị cắt trước khi bắt tay TLS") from error
    if dialogue.pending:
        # RFC 3207 5: what came in the clear must not be taken for part of the secured dialogue.
        raise StreamError(FailureReason.PROTOCOL, "máy chủ gửi thừa dữ liệu trước khi bắt tay TLS")


class _Dialogue:
    """Bounded lines over a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.pending = b""

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def line(self) -> str:
        while b"\n" not in self.pending and len(self.pending) < _LINE_BYTES:
            await self.more()
        line, newline, self.pending = self.pending.partition(b"\n")
        if not newline or len(line) > _LINE_BYTES:
            raise StreamError(FailureReason.PROTOCOL, "dòng trả lời dài quá mức")
        return line.decode("utf-8", "replace").removesuffix("\r")

    async def more(self) -> None:
        received = await asyncio.get_running_loop().sock_recv(self._sock, 1_024)
        if not received:
            raise StreamError(FailureReason.PROTOCOL, "kết nối bị cắt trước khi bắt tay TLS")
        self.pending += received

    def own_address(self) -> str:
        """Return our end as an SMTP address literal (RFC 5321 4.1.3)."""
        ip = str(self._sock.getsockname()[0]).partition("%")[0]
        return f"[IPv6:{ip}]" if ":" in ip else f"[{ip}]"


async def _smtp(dialogue: _Dialogue) -> None:
    await _smtp_reply(dialogue, "220")
    await dialogue.say(f"EHLO {dialogue.own_address()}\r\n".encode("ascii"))
    extensions = await _smtp_reply(dialogue, "250")
    if not any(line[4:].strip().upper() == "STARTTLS" for line in extensions):
        raise _refused("máy chủ không có STARTTLS")
    await dialogue.say(b"STARTTLS\r\n")
    await _smtp_reply(dialogue, "220")


async def _smtp_reply(dialogue: _Dialogue, code: str) -> list[str]:
    """Return the lines of one reply, which must have this code."""
    lines: list[str] = []
    while len(lines) < _LINES:
        line = await dialogue.line()
        if not (line[:3].isascii() and line[:3].isdigit() and line[3:4] in {"", " ", "-"}):
            raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức SMTP")
        lines.append(line)
        if line[3:4] != "-":
            if line[:3] != code:
                raise _refused(f"máy chủ trả lời {one_line(line, 80)}")
            return lines
    raise StreamError(FailureReason.PROTOCOL, "câu trả lời có quá nhiều dòng")


async def _imap(dialogue: _Dialogue) -> None:
    greeting = await dialogue.line()
    if not greeting.startswith("* "):
        raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức IMAP")
    if not greeting[2:].upper().startswith("OK"):
        raise _refused(f"máy chủ trả lời {one_line(greeting, 80)}")
    await dialogue.say(b"a1 STARTTLS\r\n")
    for _ in range(_LINES):
        line = await dialogue.line()
        if line.startswith("* "):
            continue
        if line.upper().startswith("A1 OK"):
            return
        if line.upper().startswith(("A1 NO", "A1 BAD")):
            raise _refused("máy chủ không có STARTTLS")
        break
    raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức IMAP")


async def _pop3(dialogue: _Dialogue) -> None:
    for command in (b"", b"STLS\r\n"):
        await dialogue.say(command)
        line = await dialogue.line()
        if line.startswith("-ERR"):
            raise _refused(f"máy chủ trả lời {one_line(line, 80)}")
        if not line.startswith("+OK"):
            raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức POP3")


async def _ldap(dialogue: _Dialogue) -> None:
    await dialogue.say(_LDAP_REQUEST)
    while len(dialogue.pending) < 2 or len(dialogue.pending) < 2 + dialogue.pending[1]:  # noqa: PLR2004 (tag, length)
        await dialogue.more()
        # A long form of the length is either a referral of many words or no LDAP at all.
        if dialogue.pending[:1] != b"\x30" or (len(dialogue.pending) > 1 and dialogue.pending[1] > 0x7F):  # noqa: PLR2004 (X.690 8.1.3)
            raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức LDAP")
    end = 2 + dialogue.pending[1]
    message, dialogue.pending = dialogue.pending[2:end], dialogue.pending[end:]
    if not message.startswith(_LDAP_RESPONSE):
        raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức LDAP")
    if message[5:8] != _LDAP_SUCCESS:
        raise _refused("máy chủ không có STARTTLS")


def _refused(detail: str) -> StreamError:
    return StreamError(FailureReason.UNEXPECTED_ANSWER, detail)
