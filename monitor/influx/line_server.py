"""A server that takes line protocol through the v2 API (InfluxDB 2 and 3, VictoriaMetrics), by influxdb-client.

Its asynchronous write() neither batches nor retries: what a failure means is decided by the forwarder.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Self

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.rest import ApiException

from monitor.influx.lines import one_line

TIMEOUT_S = 30.0
CONNECT_S = 5.0
WHY_CHARS = 300

_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_SERVER_ERROR = 500


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


class LineServer:
    """One bucket on one server."""

    def __init__(self, api: WriteApiAsync, *, bucket: str, org: str) -> None:
        self._api = api
        self._bucket = bucket
        self._org = org

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, org: str, bucket: str, token: str | None) -> AsyncIterator[Self]:
        """Prepare to write to `bucket`; nothing is sent yet. `url` is the base address."""
        client = InfluxDBClientAsync(
            url=url,
            # The client insists on a token; VictoriaMetrics ignores it.
            token=token or "none",
            org=org,
            enable_gzip=True,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_S),
            # A redirect would carry the token to wherever it points.
            allow_redirects=False,
        )
        async with client:
            yield cls(client.write_api(), bucket=bucket, org=org)

    async def write(self, lines: Sequence[str]) -> Reply:
        """Send lines with nanosecond times in one request. Failures are replies, not exceptions."""
        body = "\n".join(lines).encode()
        try:
            done = await self._api.write(bucket=self._bucket, org=self._org, record=body)
        except ApiException as error:
            return _reply(error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Reply(Answer.UNAVAILABLE, _one_line(f"{type(error).__name__}: {error}"))
        if not done:
            return Reply(
                Answer.DENIED, "máy chủ trả lời không như InfluxDB (không phải 204): kiểm tra địa chỉ"
            )
        return Reply(Answer.ACCEPTED)


def _reply(error: ApiException) -> Reply:
    status = error.status or 0
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else ""
    why = _one_line(f"HTTP {status} {error.reason or ''}: {body}")
    if status in _REFUSED:
        return Reply(Answer.REFUSED, why)
    if status in _BUSY or status >= _SERVER_ERROR:
        return Reply(Answer.UNAVAILABLE, why, error.headers.get("Retry-After", "") if error.headers else "")
    return Reply(Answer.DENIED, why)


def _one_line(text: str) -> str:
    return one_line(text).strip()[:WHY_CHARS]
