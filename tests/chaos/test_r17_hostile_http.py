"""R17: a web server that answers with malice spoils its own check and nothing else: bounded time and memory."""

import asyncio
import gzip
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

import pytest

from monitor.demo.processes import module_environment
from tests.chaos import promise
from tests.effort import sized
from tests.probes.servers import (
    Script,
    answering,
    dripping,
    endless,
    mute,
    page,
    resetting,
    saying,
    serving,
)

pytestmark = pytest.mark.alone

TIMEOUT_S = 2.0
AT_MOST_S = TIMEOUT_S + 1.0
GROWTH_MB = 20.0
HEAD = b"HTTP/1.1 200 OK\r\n"


def malice() -> dict[str, Script]:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    packed = "Content-Encoding: gzip\r\n"
    return {
        "a bomb in gzip": answering(page(bomb, headers=packed), stay_s=5),
        "a bomb in a bomb": answering(
            page(gzip.compress(bomb, 9), headers="Content-Encoding: gzip, gzip\r\n"), stay_s=5
        ),
        "a body without end": endless(b"x" * 65_536, start=HEAD + b"\r\n"),
        "chunks without end": endless(
            b"10000\r\n" + b"x" * 65_536 + b"\r\n", start=HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        ),
        "a body that drips": dripping(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1_000, every_s=0.05),
        "a head that drips": dripping(HEAD + b"X: " + b"x" * 1_000, every_s=0.05),
        "200,000 headers": answering(HEAD + b"X: y\r\n" * 200_000 + b"\r\n", stay_s=5),
        "a header of 20 MB": answering(HEAD + b"X: " + b"y" * 20_000_000 + b"\r\n\r\n", stay_s=5),
        "100,000 times Continue": answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000, stay_s=5),
        "10,000 cookies": answering(page(b"x", headers="Set-Cookie: a=b\r\n" * 10_000), stay_s=5),
        "silence": mute,
        "a reset in the body": resetting(HEAD + b"Content-Length: 1000\r\n\r\nxin"),
        "a banner of SSH": saying(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", stay_s=5),
        "a length below zero": answering(HEAD + b"Content-Length: -1\r\n\r\nxin", stay_s=5),
        "two framings": answering(
            HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxin\r\n0\r\n\r\n", stay_s=5
        ),
        "bytes that are no text": answering(
            page(bytes(range(256)) * 400, headers="Content-Type: text/html; charset=khong-co\r\n"), stay_s=5
        ),
    }


async def test_r17_a_hostile_web_server_costs_its_own_check_only(capfd: Any) -> None:
    rounds = sized(short=1, long=20)
    scripts = malice()
    async with AsyncExitStack() as stack:
        urls = {
            f"http://127.0.0.1:{await stack.enter_async_context(serving(script))}/": name
            for name, script in scripts.items()
        }
        well = await stack.enter_async_context(serving(answering(page("xin chào".encode()))))
        prober = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.prober", str(rounds), str(TIMEOUT_S)),
            *(f"http://127.0.0.1:{well}/", *urls),
            stdout=asyncio.subprocess.PIPE,
            env=module_environment(),
        )
        printed, _ = await prober.communicate()
    first, *told, last = [json.loads(line) for line in printed.decode().splitlines()]

    assert prober.returncode == 0
    assert first["ok"]
    assert len(told) == rounds * len(scripts)
    assert [urls[each["url"]] for each in told if each["ok"] or each["reason"] in {"internal", "local"}] == []
    slowest = max(told, key=lambda each: float(each["took_s"]))
    assert slowest["took_s"] <= AT_MOST_S, urls[slowest["url"]]
    assert last["grown_mb"] <= GROWTH_MB
    assert "Traceback" not in capfd.readouterr().err
    promise.told(
        17,
        f"a hostile web server ends its check within timeout + 1 s, memory +{GROWTH_MB:g} MB at most",
        f"{len(told)} checks of {len(scripts)} kinds of malice at once, slowest {slowest['took_s']:.2f} s "
        f"(timeout {TIMEOUT_S:g} s), memory +{last['grown_mb']:.1f} MB at its peak",
    )
