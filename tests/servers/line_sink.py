"""An HTTP server that takes line protocol and answers as the test says: outages, refusals, redirects."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Judge = Callable[[list[str]], web.Response]


def accept(_lines: list[str]) -> web.Response:
    return web.Response(status=204)


class LineSink:
    """`stored` holds every line of every accepted request; `requests` the lines of each request."""

    def __init__(self) -> None:
        self.judge: Judge = accept
        self.stored: list[str] = []
        self.requests: list[list[str]] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, request: web.Request) -> web.Response:
        lines = (await request.text()).split("\n")
        self.requests.append(lines)
        self.headers.append({**request.headers, "query": request.query_string})
        response = self.judge(lines)
        if response.status == 204:
            self.stored += lines
        return response


@asynccontextmanager
async def line_sink(sink: LineSink, port: int = 0) -> AsyncIterator[LineSink]:
    """Serve `sink` on loopback until the end of the block."""
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/api/v2/write", sink.take)
    app.router.add_post("/write", sink.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        sink.port = runner.addresses[0][1]
        yield sink
    finally:
        await runner.cleanup()
