"""InfluxDB 1.x, by `POST /write`. Its own /api/v2/write came with 1.8; what Debian ships is 1.6.

https://docs.influxdata.com/influxdb/v1/tools/api/#write-http-endpoint
"""

import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self

import aiohttp

from monitor.diagnosis.masking import Mask
from monitor.influx.line_server import TIMEOUT, BriefResponse, Reply, no_reply, reply_to

_GZIP: Final = 16 + zlib.MAX_WBITS


class ServerV1:
    """One database, and one of its retention policies, on one server. `bucket`: `database` or `database/policy`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, *, bucket: str, mask: Mask) -> None:
        self._session = session
        self._mask = mask
        self._url = url.rstrip("/") + "/write"
        self._bucket = bucket
        database, _, policy = bucket.partition("/")
        self._query = {"db": database, "precision": "ns"} | ({"rp": policy} if policy else {})

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, bucket: str, user: str | None, within: aiohttp.ClientTimeout = TIMEOUT
    ) -> AsyncIterator[Self]:
        """Prepare to write; nothing is sent yet. `user` is `user:password`, None where the server asks for none."""
        headers = {}
        if user is not None:
            headers["Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        # ThreadedResolver would hang in the default executor when DNS is dead.
        connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
        async with aiohttp.ClientSession(
            connector=connector, headers=headers, timeout=within, response_class=BriefResponse
        ) as session:
            password = None if user is None else user.partition(":")[2]
            yield cls(session, url, bucket=bucket, mask=Mask.of_secrets(user, password))

    async def write(self, lines: Sequence[str]) -> Reply:
        """Send lines with nanosecond times in one request. Failures are replies, not exceptions."""
        packer = zlib.compressobj(wbits=_GZIP)
        body = packer.compress("\n".join(lines).encode()) + packer.flush()
        try:
            async with self._session.post(
                self._url,
                params=self._query,
                data=body,
                headers={"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"},
                # A redirect would carry the password to wherever it points.
                allow_redirects=False,
            ) as response:
                text = (await response.read()).decode(errors="replace")
                reason, told = self._mask(response.reason or ""), self._mask(text)
                return reply_to(response.status, reason, told, response.headers, bucket=self._bucket)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return no_reply(error)
