"""What a server that takes line protocol says to a batch, and what that means. What to do about it is the forwarder's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

import aiohttp

from monitor.influx.lines import one_line
from monitor.wording import os_words

TIMEOUT: Final = aiohttp.ClientTimeout(total=30.0, sock_connect=5.0)
WHY_CHARS: Final = 300
_BODY_BYTES: Final = 4_096

_REFUSED: Final = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_BUSY: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_SERVER_ERROR: Final = 500
_TOO_OLD: Final = "points beyond retention policy"
"""InfluxDB 1.x (400) and 2.x (422) keep the rest of such a batch; what is too old for them they would drop anyway."""
_NO_DATABASE: Final = "database not found"
_NOT_INFLUX: Final = "máy chủ trả lời không như InfluxDB (không phải 204): kiểm tra địa chỉ"


class Answer(StrEnum):
    """What became of a batch."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """At least one of the lines is wrong, or they are too many at once."""
    DENIED = "denied"
    """The request itself: token, organisation, bucket, address. A person must act."""
    UNAVAILABLE = "unavailable"
    """Not now: no connection, overload, server error."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `why` is one line for people, `retry_after` the header of that name, both "" when absent."""

    answer: Answer
    why: str = ""
    retry_after: str = ""


class LineServer(Protocol):
    """One bucket or database on one server."""

    async def write(self, lines: Sequence[str]) -> Reply:
        """Send lines with nanosecond times in one request. Failures are replies, not exceptions."""
        ...


class BriefResponse(aiohttp.ClientResponse):
    """An answer of which only the beginning is read: the server may be anybody's, and its answer endless."""

    async def read(self) -> bytes:
        """Return what came first of the body; leave the rest, and the connection with it."""
        if self._body is None:
            self._body = await self.content.read(_BODY_BYTES)
            if self.content.at_eof():
                self.release()
            else:
                self.close()
        return self._body


def reply_to(status: int, reason: str, body: str, headers: Mapping[str, str], *, bucket: str) -> Reply:
    """Say what an HTTP answer to a write of lines into `bucket` means."""
    if status == HTTPStatus.NO_CONTENT or (status in _REFUSED and _TOO_OLD in body):
        return Reply(Answer.ACCEPTED)
    why = _one_line(f"HTTP {status} {reason}: {body}")
    if status in _REFUSED:
        return Reply(Answer.REFUSED, why)
    if status in _BUSY or status >= _SERVER_ERROR:
        return Reply(Answer.UNAVAILABLE, why, headers.get("Retry-After", ""))
    if status // 100 == 2:  # noqa: PLR2004 (success, but not the one of a write)
        return Reply(Answer.DENIED, _NOT_INFLUX)
    remedy = _remedy(status, body, bucket)
    return Reply(Answer.DENIED, f"{why}; {remedy}" if remedy else why)


def no_reply(error: Exception) -> Reply:
    """Say what it means that no answer came, or not in time."""
    return Reply(Answer.UNAVAILABLE, _one_line(_why_silent(error)))


def _why_silent(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "không tìm được địa chỉ của máy chủ trong influx.url"
        case aiohttp.ServerDisconnectedError():
            return "máy chủ ngắt kết nối"
        case OSError():
            return os_words(error)
        case _:
            return f"{type(error).__name__}: {error}"


def _remedy(status: int, body: str, bucket: str) -> str:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return "kiểm tra influx.token_secret và quyền ghi của nó"
    if status == HTTPStatus.NOT_FOUND and _NO_DATABASE in body:
        database = bucket.partition("/")[0]
        return f"tạo cơ sở dữ liệu: influx -execute 'CREATE DATABASE \"{database}\"'"
    if status == HTTPStatus.NOT_FOUND:
        return "kiểm tra influx.url, influx.org, influx.bucket; InfluxDB 1.x cần influx.api: v1"
    return ""


def _one_line(text: str) -> str:
    return one_line(text).strip()[:WHY_CHARS]
