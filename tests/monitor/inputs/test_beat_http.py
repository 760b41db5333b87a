"""Beats over HTTP(S), sent with curl and with sockets of our own."""

import asyncio
import contextlib
import resource
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.inputs.beat_http import BeatListener, Limits, source_of
from monitor.inputs.beat_input import BeatInputError, listening_socket, server_context
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import BEAT_BYTES
from monitor.settings.inputs import BeatHttpSettings
from tests.monitor.inputs.beats import assets, beat, intake_of, token
from tests.probes.certificates import Authority, make_authority
from tests.probes.servers import lateness
from tests.probes.test_contract import descriptors

GOOD = token("kiosk-01")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("beats"))


@asynccontextmanager
async def listening(
    tls: ssl.SSLContext | None = None, **limits: float
) -> AsyncIterator[tuple[BeatIntake, int]]:
    """Yield the intake behind a listener on loopback, and the listener's port."""
    intake = intake_of(assets(kiosk_01=1, kiosk_02=1))
    with listening_socket(BeatHttpSettings(port=0)) as sock:
        task = asyncio.create_task(BeatListener(intake, sock, tls, replace(Limits(), **limits)).run())
        try:
            yield intake, sock.getsockname()[1]
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def curl(url: str, *arguments: str, body: bytes | None = None) -> tuple[int, str]:
    """Run curl; return its exit code and the status it got."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sS", "-m", "8", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}"),
        *(() if body is None else ("--data-binary", "@-")),
        *(*arguments, url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(body)
    return process.returncode or 0, said.decode()


def bearer(word: str) -> tuple[str, str]:
    return "-H", f"Authorization: Bearer {word}"


async def test_a_beat_sent_with_curl_over_https_is_kept(authority: Authority) -> None:
    async with listening(authority.server("listener")) as (intake, port):
        body = beat(uptime_s=86_400, disk_free_ratio=0.31, app_alive=True)
        url = f"https://127.0.0.1:{port}/beat"
        told = await curl(url, *bearer(GOOD), "--cacert", str(authority.file), body=body)

    assert told == (0, "204")
    last = intake.beats.last("kiosk-01")
    assert last is not None
    assert last.metrics == {"uptime_s": 86_400.0, "disk_free_ratio": 0.31, "app_alive": 1.0}


@pytest.mark.parametrize(
    ("path", "arguments", "body", "status", "result"),
    [
        ("/beat", bearer("A" * 52), beat(), "401", "bad_token"),
        ("/beat", bearer("A" * 52), beat("kiosk-99"), "401", "bad_token"),
        ("/beat", bearer("A" * 9_999), beat(), "400", None),
        ("/beat", (), beat(), "401", "bad_token"),
        ("/beat", ("-u", "kiosk-01:x"), beat(), "401", "bad_token"),
        ("/beat", bearer(token("kiosk-99")), beat("kiosk-99"), "404", "unknown_asset"),
        ("/beat", bearer(GOOD), b"{", "400", "malformed"),
        ("/beat", bearer(GOOD), beat(user="an"), "400", "unknown_key"),
        ("/beat", bearer(GOOD), beat(token=GOOD), "400", "unknown_key"),
        ("/beat", bearer(GOOD), b" " * (BEAT_BYTES + 1), "413", "too_large"),
        (
            "/beat",
            (*bearer(GOOD), "-H", "Transfer-Encoding: chunked"),
            b" " * (BEAT_BYTES + 1),
            "413",
            "too_large",
        ),
        ("/beat", (*bearer(GOOD), "-X", "PUT"), beat(), "404", "not_a_beat"),
        ("/beat", bearer(GOOD), None, "404", "not_a_beat"),
        ("/", bearer(GOOD), beat(), "404", "not_a_beat"),
        ("/beat/../metrics", (*bearer(GOOD), "--path-as-is"), beat(), "404", "not_a_beat"),
        ("/metrics", (), None, "404", "not_a_beat"),
    ],
)
async def test_everything_else_is_refused(
    path: str, arguments: tuple[str, ...], body: bytes | None, status: str, result: str | None
) -> None:
    async with listening() as (intake, port):
        _, told = await curl(f"http://127.0.0.1:{port}{path}", *arguments, body=body)

    assert told == status
    assert intake.counts == ({} if result is None else {("http", result): 1})
    assert intake.beats.last("kiosk-01") is None


async def test_an_asset_that_beats_too_fast_is_told_so() -> None:
    async with listening() as (_, port):
        told = [await curl(f"http://127.0.0.1:{port}/beat", *bearer(GOOD), body=beat()) for _ in range(7)]

    assert [status for _, status in told] == ["204"] * 5 + ["429"] * 2


async def test_a_client_that_does_not_trust_us_ends_nothing(authority: Authority) -> None:
    async with listening(authority.server("listener-2")) as (intake, port):
        code, _ = await curl(f"https://127.0.0.1:{port}/beat", *bearer(GOOD), body=beat())
        plain, _ = await curl(f"http://127.0.0.1:{port}/beat", *bearer(GOOD), body=beat())
        url = f"https://127.0.0.1:{port}/beat"
        good = await curl(url, *bearer(GOOD), "--cacert", str(authority.file), body=beat())

    assert code == 60  # curl's: the certificate cannot be verified
    assert plain != 0
    assert good == (0, "204")
    assert intake.counts == {("http", "accepted"): 1}


@pytest.mark.alone
@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"POST /beat HTTP/1.1\r\nHost: x\r\n",
        b"POST /beat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + GOOD.encode() + b"\r\n"
        b"Content-Length: 100\r\n\r\n{",
        b"POST /beat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + GOOD.encode() + b"\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=["silent", "half a header", "half a body", "half the chunks"],
)
async def test_a_slow_client_is_dropped(words: bytes) -> None:
    async with listening(connection_s=0.3) as (intake, port):
        before = descriptors()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(words)
        started_at = time.monotonic()
        with contextlib.suppress(OSError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        took_s = time.monotonic() - started_at
        writer.close()
        for _ in range(50):
            if descriptors() <= before:
                break
            await asyncio.sleep(0.02)

        assert 0.2 < took_s < 2
        assert descriptors() <= before
        assert intake.beats.last("kiosk-01") is None


async def test_a_handshake_that_never_ends_is_dropped(authority: Authority) -> None:
    async with listening(authority.server("listener-3"), handshake_s=0.3) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_one_source_holds_only_so_many_connections() -> None:
    async with listening(of_one_source=3) as (intake, port):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        ends = [asyncio.wait_for(reader.read(), 0.5) for reader, _ in held]
        told = await asyncio.gather(*ends, return_exceptions=True)
        for _, writer in held:
            writer.close()

    assert sum(isinstance(each, TimeoutError) for each in told) == 3
    assert intake.counts["http", "flooded"] == 2


FLOOD = """
import asyncio, contextlib, ssl, sys
async def one(port, context):
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            writer.write(b"POST /beat HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n")
            writer.transport.abort()
async def main(port, ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    async with asyncio.timeout(60):
        await asyncio.gather(*(one(port, context) for _ in range(30)))
asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.alone
async def test_a_flood_starves_neither_the_loop_nor_other_sources(authority: Authority) -> None:
    async with listening(authority.server("listener-4")) as (intake, port):
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FLOOD, str(port), str(authority.file)
        )
        async with asyncio.timeout(40):
            while not intake.counts["http", "flooded"]:
                # The burst is used up for it: on a busy machine the flood itself would not get that far.
                while intake.admits("127.0.0.1"):
                    pass
                await asyncio.sleep(0.05)
        async with lateness() as late:
            told = await curl(
                f"https://127.0.0.1:{port}/beat",
                *bearer(GOOD),
                *("--cacert", str(authority.file), "--interface", "127.0.0.2"),
                body=beat(),
            )
        flood.kill()
        await flood.wait()

    assert told == (0, "204")
    assert late.most_s < 0.5


async def test_without_descriptors_no_asset_is_to_blame_and_the_waiting_starts_anew() -> None:
    async with listening() as (intake, port):
        intake.beats.open_way("http", now_mono=0.0)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as caller:
            caller.setblocking(False)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
            try:
                caller.connect_ex(("127.0.0.1", port))
                await until(lambda: intake.beats.ways["http"].open_since_mono is None)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            assert "LimitNOFILE" in intake.beats.ways["http"].trouble
            await until(lambda: intake.beats.ways["http"].open_since_mono is not None)
        reopened_mono = intake.beats.ways["http"].open_since_mono

    assert reopened_mono is not None
    assert reopened_mono > 0.0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_stop_ends_what_is_under_way() -> None:
    async with listening() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /beat HTTP/1.1\r\nHost: x\r\n")
        await asyncio.sleep(0.05)
    with contextlib.suppress(OSError):
        assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8::4", "2001:db8::/64"),
        ("", ""),
    ],
)
def test_a_source_is_an_address_or_the_network_of_a_site(address: str, source: str) -> None:
    assert source_of(address) == source


def test_a_taken_address_is_named_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BeatInputError, match=r"đổi heartbeats\.http\.host"):
            listening_socket(BeatHttpSettings(port=taken.getsockname()[1]))


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "chung-thu.pem"
    settings = BeatHttpSettings(tls_cert=file, tls_key=file)
    with pytest.raises(BeatInputError, match="không đọc được"):
        server_context(settings)
    file.write_text("not PEM")
    with pytest.raises(BeatInputError, match=r"không phải một cặp .*; ghi đúng heartbeats\.http\.tls_cert"):
        server_context(settings)
