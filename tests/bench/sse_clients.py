"""Browsers that listen, in a process of their own: python -m tests.bench.sse_clients PORT CLIENTS.

Writes a line for everything that arrives: client, name of the event, its id, Unix seconds. Comes back as app.js does.
"""

import asyncio
import random
import sys
import time

import aiohttp


async def listen(session: aiohttp.ClientSession, port: int, number: int) -> None:
    tries = 0
    while True:
        wait_s = min(10.0, 1.5 * 2**tries)
        try:
            async with session.get(f"http://127.0.0.1:{port}/song?trang=/") as answer:
                name = event_id = ""
                async for raw in answer.content:
                    key, _, value = raw.decode().rstrip("\n").partition(": ")
                    if key == "event":
                        name = value
                    elif key == "id":
                        event_id = value
                    elif key == "data":
                        print(number, name, event_id or "-", f"{time.time():.3f}", flush=False)  # noqa: TID251 (beside the server)
                        tries = 0
                        if name == "bye":
                            wait_s = 2.0
        except (aiohttp.ClientError, OSError):
            tries += 1
        sys.stdout.flush()
        await asyncio.sleep(wait_s * (0.5 + random.random()))  # noqa: S311 (spreads them, no secret)


async def flush() -> None:
    while True:
        await asyncio.sleep(0.2)
        sys.stdout.flush()


async def main(port: int, clients: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, read_bufsize=2**20) as session:
        await asyncio.gather(flush(), *(listen(session, port, number) for number in range(clients)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
