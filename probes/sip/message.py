"""SIP messages as bytes: one OPTIONS request out, the heads of responses in. Pure: no clock, no I/O, nothing random.

RFC 3261 7 (messages), 7.3.1 (folded lines), 7.3.3 (compact forms), 11 (OPTIONS), 18.2.1 and RFC 3581 (rport).
What is read is bounded by HEAD_BYTES; nothing here raises on any bytes. `sipsak -s sip:127.0.0.1` makes such traffic.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEAD_BYTES = 16_384
"""Longest start line and header fields that are read; devices need about 500."""
LONGEST_BODY_BYTES = 65_536
HEAD_END = re.compile(rb"\r?\n\r?\n")
"""Where a message's body begins."""
_LINE_CHARACTERS = 2_048

_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: (.*))?", re.IGNORECASE)
_REQUEST_LINE = re.compile(r"[A-Z]{1,16} \S{1,1024} SIP/2\.0", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z0-9.!%*_+`'~-]{1,64})[ \t]*:[ \t]*(.*)")
_LINE_END = re.compile(r"\r?\n")
_CSEQ = re.compile(r"([0-9]{1,10})[ \t]+([A-Za-z]{1,16})")
_BRANCH = re.compile(r";[ \t]*branch[ \t]*=[ \t]*([^;,\s]{1,128})", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")
_LONG_NAMES: Mapping[str, str] = {"i": "call-id", "l": "content-length", "v": "via"}
_KEPT = frozenset({"call-id", "content-length", "cseq", "server", "user-agent", "via"})
_BEGINNINGS = re.compile(r"[A-Z]{1,16}|[A-Z]{1,16} .*", re.DOTALL)
_VERSION = "SIP/2.0 "


@dataclass(frozen=True, slots=True)
class Question:
    """What makes an answer ours: it has to repeat all three."""

    call_id: str
    branch: str
    """Via parameter of our request, unique for all time: `z9hG4bK` and something random (RFC 3261 8.1.1.7)."""
    cseq: int = 1


@dataclass(frozen=True, slots=True)
class Response:
    """The head of a response."""

    status: int
    """100 to 699."""
    reason: str
    """Reason phrase as it came: not clean."""
    call_id: str
    cseq: int
    method: str
    branch: str
    server: str
    """Server or User-Agent field as it came, "" without one."""
    body_bytes: int
    """What Content-Length says; 0 without one."""

    def answers(self, question: Question) -> bool:
        """Whether it is a response to our OPTIONS (RFC 3261 17.1.3, and its Call-ID)."""
        return (
            self.call_id == question.call_id
            and self.branch.lower() == question.branch.lower()
            and self.cseq == question.cseq
            and self.method == "OPTIONS"
        )


def options_request(
    question: Question, *, uri: str, transport: str, our_host: str, our_port: int, tag: str
) -> bytes:
    """Return an OPTIONS request to `uri` (`sip:host[:port]`), as it leaves from our address.

    `transport` is `UDP`, `TCP` or `TLS`; `our_host` an IPv4 address or an IPv6 address in brackets.
    """
    lines = (
        f"OPTIONS {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport} {our_host}:{our_port};branch={question.branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:tslcd-monitor@{our_host}>;tag={tag}",
        f"To: <{uri}>",
        f"Call-ID: {question.call_id}",
        f"CSeq: {question.cseq} OPTIONS",
        f"Contact: <sip:tslcd-monitor@{our_host}:{our_port}>",
        "Accept: application/sdp",
        "User-Agent: tslcd-monitor",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii", "replace")


def parse_response(message: bytes) -> Response | None:
    """Read the head of a response; None when it is none, is cut off, or lacks what identifies its request."""
    lines = _head_lines(message)
    start = _STATUS_LINE.fullmatch(lines[0]) if lines else None
    if start is None:
        return None
    fields = _fields(lines[1:])
    if fields is None:
        return None
    cseq = _CSEQ.fullmatch(fields.get("cseq", ""))
    branch = _BRANCH.search(fields.get("via", "").partition(",")[0])
    length = fields.get("content-length", "0")
    if cseq is None or branch is None or "call-id" not in fields or _NUMBER.fullmatch(length) is None:
        return None
    return Response(
        status=int(start[1]),
        reason=start[2] or "",
        call_id=fields["call-id"],
        cseq=int(cseq[1]),
        method=cseq[2].upper(),
        branch=branch[1],
        server=fields.get("server") or fields.get("user-agent", ""),
        body_bytes=int(length),
    )


def request_body_bytes(message: bytes) -> int | None:
    """Return how long the body of a request is that the other side sends us; None when it is no SIP request."""
    lines = _head_lines(message)
    if not lines or _REQUEST_LINE.fullmatch(lines[0]) is None:
        return None
    fields = _fields(lines[1:])
    length = "" if fields is None else fields.get("content-length", "0")
    return int(length) if _NUMBER.fullmatch(length) else None


def may_begin(data: bytes) -> bool:
    """Whether a SIP message may begin with these bytes: a stream that does not is something else at once."""
    text = data[:_LINE_CHARACTERS].decode("utf-8", "replace").upper()
    line, end, _ = text.partition("\n")
    if end:
        line = line.removesuffix("\r")
        return bool(_STATUS_LINE.fullmatch(line) or _REQUEST_LINE.fullmatch(line))
    if len(data) >= _LINE_CHARACTERS:
        return False
    return _VERSION.startswith(text) or text.startswith(_VERSION) or bool(_BEGINNINGS.fullmatch(text))


def _head_lines(message: bytes) -> list[str]:
    """Return the start line and the fields, folded lines joined; [] when the empty line after them is missing."""
    message = message[:HEAD_BYTES].lstrip(b"\r\n")
    end = HEAD_END.search(message)
    if end is None:
        return []
    lines: list[str] = []
    for line in _LINE_END.split(message[: end.start()].decode("utf-8", "replace")):
        if line[:1] in {" ", "\t"} and lines:
            # The whole is bounded, yet joining thousands of folds one by one would take the square of their number.
            if len(lines[-1]) < _LINE_CHARACTERS:
                lines[-1] += " " + line.strip(" \t")
        else:
            lines.append(line)
    return lines


def _fields(lines: list[str]) -> dict[str, str] | None:
    """Return the first of each field that matters here; None when a line is no field."""
    fields: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        name = field[1].lower()
        name = _LONG_NAMES.get(name, name)
        if name in _KEPT:
            fields.setdefault(name, field[2].strip(" \t"))
    return fields
