"""A page of 2 kB on a free loopback port, whose number is the first line of output. Ends with its input.

With an argument, a file of key and certificate (PEM), it speaks TLS.
"""

import asyncio
import ssl
import sys

_BODY = b"<html>" + b"x" * 2_036 + b"</html>"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    % len(_BODY)
    + _BODY
)


class Page(asyncio.Protocol):
    """Answers the first bytes with the page and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, _data: bytes) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(_ANSWER)
            self.transport.close()


async def main(pem: str | None = None) -> None:
    loop = asyncio.get_running_loop()
    tls = None
    if pem is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(pem)
    server = await loop.create_server(Page, "127.0.0.1", 0, backlog=1_024, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
