"""How aiohttp is set up for one hostile server after another. Judges nothing."""

from contextvars import ContextVar

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace

from probes.http.opening import HEADER_BYTES, Hop

UNDER_WAY: ContextVar[Hop] = ContextVar("http_hop")
"""The request of the current task: aiohttp's connector is shared and is told nothing of its caller."""


class HopConnector(aiohttp.BaseConnector):
    """Opens what the hop under way says: the addresses that were looked up (and, for a redirect, checked) before.

    aiohttp's own connector times nothing, and its tracing costs a tenth of a whole probe.
    """

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,  # noqa: ARG002 (aiohttp's signature)
        traces: list[Trace],  # noqa: ARG002 (aiohttp's signature)
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 (aiohttp's signature)
    ) -> ResponseHandler:
        """Do what aiohttp leaves to each kind of connector."""
        return await UNDER_WAY.get().open(self._factory)


def open_session() -> aiohttp.ClientSession:
    """Open a session without cookies, reuse, or compression but gzip; `UNDER_WAY` is set before each request."""
    session = aiohttp.ClientSession(
        connector=HopConnector(force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        # The deadline of the whole run is the probe's; aiohttp's own timers would only cost.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": "tslcd-monitor", "Accept": "*/*", "Accept-Encoding": "gzip"},
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
    )
    ask_once(session)
    return session


def ask_once(session: aiohttp.ClientSession) -> None:
    """Keep a session from asking again over a second connection: aiohttp does so whenever the first breaks."""
    session._retry_connection = False  # noqa: SLF001 (there is no other way: aiohttp 3.14.5)
