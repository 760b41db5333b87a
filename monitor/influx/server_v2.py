"""InfluxDB 2 and 3 and VictoriaMetrics, through the v2 API by influxdb-client.

Its asynchronous write() neither batches nor retries: what a failure means is decided by the forwarder. What a server says
of a refusal is shown to people, so the token is taken out of it: some answer with the whole request.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Self

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.rest import ApiException

from monitor.diagnosis.masking import Mask
from monitor.influx.line_server import TIMEOUT, BriefResponse, Reply, no_reply, reply_to


class ServerV2:
    """One bucket on one server."""

    def __init__(self, api: WriteApiAsync, *, bucket: str, org: str, mask: Mask) -> None:
        self._api = api
        self._mask = mask
        self._bucket = bucket
        self._org = org

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, org: str, bucket: str, token: str | None, within: aiohttp.ClientTimeout = TIMEOUT
    ) -> AsyncIterator[Self]:
        """Prepare to write to `bucket`; nothing is sent yet. `url` is the base address."""
        client = InfluxDBClientAsync(
            url=url,
            # The client insists on a token; VictoriaMetrics ignores it.
            token=token or "none",
            org=org,
            enable_gzip=True,
            timeout=within,
            # A redirect would carry the token to wherever it points.
            allow_redirects=False,
            client_session_kwargs={"response_class": BriefResponse},
        )
        async with client:
            yield cls(client.write_api(), bucket=bucket, org=org, mask=Mask.of_secrets(token))

    async def write(self, lines: Sequence[str]) -> Reply:
        """Send lines with nanosecond times in one request. Failures are replies, not exceptions."""
        try:
            done = await self._api.write(bucket=self._bucket, org=self._org, record="\n".join(lines).encode())
        except ApiException as error:
            body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else ""
            reason = self._mask(error.reason or "")
            return reply_to(
                error.status or 0, reason, self._mask(body), error.headers or {}, bucket=self._bucket
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return no_reply(error)
        # It says only whether the status was one of success.
        return reply_to(HTTPStatus.NO_CONTENT if done else HTTPStatus.OK, "", "", {}, bucket=self._bucket)
