"""Asks a server whether it would take our lines; writes nothing."""

from typing import Final

import aiohttp

from monitor.influx.line_server import Answer
from monitor.influx.opening import open_server
from monitor.settings.influx import InfluxSettings
from monitor.wording import os_words

_NOTHING: Final = "# tslcd-monitor doctor"
"""A comment: the server checks address, rights and database, and finds no point in it."""
_SERVER_ERROR: Final = 500


async def why_not(influx: InfluxSettings, secret: str | None, *, within_s: float) -> str:
    """Return why it would not, one line for people with what to do where that is known; "" when it would."""
    timeout = aiohttp.ClientTimeout(total=within_s)
    try:
        # ThreadedResolver would hang in the default executor when DNS is dead; the session uses aiodns.
        connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            # InfluxDB 1, 2 and 3 and VictoriaMetrics have it.
            session.get(influx.url.rstrip("/") + "/ping", allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return os_words(error) if isinstance(error, OSError) else f"trả lời không hiểu được: {error}"
    if status >= _SERVER_ERROR:
        return f"báo lỗi {status}"
    async with open_server(influx, secret) as server:
        reply = await server.write([_NOTHING])
    # Some refuse a write without points: they looked at everything else first.
    return "" if reply.answer in {Answer.ACCEPTED, Answer.REFUSED} else reply.why
