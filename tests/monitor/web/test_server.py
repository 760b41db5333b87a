"""The server around pages and API: whom it answers, what goes with every answer, what strangers may have of it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, TCPConnector, UnixConnector, web
from prometheus_client.parser import text_string_to_metric_families

from monitor.certificates import server_context
from monitor.people.principal import Principal, Way
from monitor.people.rights import Right
from monitor.settings.web import WebSettings
from monitor.storage.errors import StorageError, StorageFault
from monitor.web import listener as listeners
from monitor.web.door import origin
from monitor.web.door.base import SocketDoor
from monitor.web.door.origin import client_address, is_ours
from monitor.web.headers import security_headers
from monitor.web.listener import ConnectionLimits, Listener, bound_socket
from monitor.web.server import make_app, make_runner
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon, settings_of
from tests.monitor.web.page import read
from tests.servers.smtp import make_certificate

URL = "https://giam-sat.tinh.example"
PATHS = ("/", "/healthz", "/metrics", "/api/v1/overview", "/static/site.css", "/khong-co", "/api/v1/khong-co")


class OpenDoor(SocketDoor):
    """Lets everybody do everything, and tells from where they come."""

    async def principal(self, request: web.Request) -> Principal:
        rights = frozenset(Right) - {Right.OWN}
        return Principal(name="an", way=Way.SESSION, rights=rights, source=request.remote or "")


class ClosedDoor(SocketDoor):
    """Everybody is a guest."""

    async def principal(self, request: web.Request) -> Principal:
        return Principal(source=request.remote or "")


@dataclass
class Served:
    daemon: HeldDaemon
    port: int
    session: ClientSession
    scheme: str = "http"

    async def get(self, path: str, **more: Any) -> ClientResponse:
        return await self.ask("GET", path, **more)

    async def ask(self, method: str, path: str, **more: Any) -> ClientResponse:
        url = f"{self.scheme}://127.0.0.1:{self.port}{path}"
        response = await self.session.request(method, url, allow_redirects=False, **more)
        await response.read()
        return response

    async def raw(self, content: bytes) -> bytes:
        """Send bytes; return what comes back until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(content)
        try:
            return await reader.read()
        finally:
            writer.close()


def calm() -> HeldDaemon:
    return HeldDaemon(samples.snapshot_of(samples.province(communes=3)))


@asynccontextmanager
async def serving(
    daemon: HeldDaemon | None = None,
    *,
    door: SocketDoor | None = None,
    tls: ssl.SSLContext | None = None,
    limits: ConnectionLimits | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    daemon = daemon or calm()
    daemon.settings = settings_of("Quảng Ngãi").model_copy(update={"web": WebSettings(**settings)})
    runner = make_runner(make_app(daemon, door or OpenDoor()))
    await runner.setup()
    sock = bound_socket("127.0.0.1", 0)
    listener = Listener(runner, tls, daemon.settings.web.proxies, limits or ConnectionLimits())
    try:
        async with (
            listener.listening(sock) as (_, port),
            ClientSession(connector=TCPConnector(ssl=False, limit=0)) as session,
        ):
            yield Served(daemon, port, session, "https" if tls else "http")
    finally:
        await runner.cleanup()


def missing_headers(response: ClientResponse, *, is_secure: bool = False) -> Mapping[str, str]:
    wanted = security_headers(is_secure=is_secure)
    return {name: value for name, value in wanted.items() if response.headers.get(name) != value}


async def test_every_answer_carries_the_security_headers_and_no_version() -> None:
    async with serving() as at:
        answers = [await at.get(path) for path in PATHS]
        answers += [await at.ask("PUT", "/"), await at.ask("BREW", "/"), await at.get("/%00%0d%0a..%2f")]
        tag = (await at.get("/api/v1/overview")).headers["ETag"]
        answers.append(await at.get("/api/v1/overview", headers={"If-None-Match": tag}))
        answers.append(await at.get("/", headers={"Host": "evil.example"}))

    assert {200, 304, 404, 405, 421} <= {answer.status for answer in answers}
    assert [answer.url.path for answer in answers if missing_headers(answer)] == []
    assert {answer.headers["Server"] for answer in answers} == {"tslcd-monitor"}
    assert "Strict-Transport-Security" not in answers[0].headers


def test_the_policy_lets_in_nothing_but_our_own_files() -> None:
    policy = security_headers(is_secure=False)["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    assert (
        parts["default-src"]
        == parts["object-src"]
        == parts["frame-ancestors"]
        == parts["base-uri"]
        == "'none'"
    )
    assert (
        parts["script-src"] == parts["style-src"] == parts["connect-src"] == parts["form-action"] == "'self'"
    )
    assert "unsafe" not in policy


async def test_a_bug_is_answered_in_vietnamese_with_a_number_to_look_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(HeldDaemon):
        is_broken = False

        def snapshot(self) -> "samples.Snapshot":
            if self.is_broken:
                self.is_broken = False
                raise ZeroDivisionError("secret detail")
            return self.held

    daemon = Broken(calm().held)
    async with serving(daemon) as at:
        daemon.is_broken = True
        response = await at.get("/")
        text = read(await response.text()).one("main").text

    assert response.status == 500
    assert missing_headers(response) == {}
    assert "secret detail" not in text
    assert [record.message.partition(" ")[0] for record in caplog.records if record.levelname == "ERROR"] == [
        "web_bug"
    ]


@pytest.mark.parametrize(
    ("host", "own", "is_us"),
    [
        ("127.0.0.1:8080", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("LocalHost.:80", "127.0.0.1", True),
        ("[::1]:8080", "127.0.0.1", True),
        ("127.9.9.9", "127.0.0.1", True),
        ("giam-sat.tinh.example", "10.1.1.1", True),
        ("GIAM-SAT.tinh.example.:443", "10.1.1.1", True),
        ("10.1.1.1:8443", "10.1.1.1", True),
        ("10.1.1.2", "10.1.1.1", False),
        ("evil.example", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("giam-sat.tinh.example.evil.example", "127.0.0.1", False),
        ("giam-sat.tinh.example@evil.example", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("[::1", "127.0.0.1", False),
        ("127.0.0.1:x", "127.0.0.1", False),
        ("127.0.0.1\u0661", "127.0.0.1", False),
    ],
)
def test_only_our_own_names_are_ours(host: str, own: str, *, is_us: bool) -> None:
    assert is_ours(host, "giam-sat.tinh.example", own) is is_us


def test_without_an_address_in_the_settings_an_empty_name_is_not_ours() -> None:
    assert not is_ours("", "", "")
    assert not is_ours(".", "", "")


async def test_a_name_of_somebody_else_that_leads_here_is_refused() -> None:
    async with serving(url=URL) as at:
        known = await at.get("/api/v1/overview", headers={"Host": "giam-sat.tinh.example"})
        foreign = await at.get("/api/v1/overview", headers={"Host": "evil.example"})
        page = await at.get("/", headers={"Host": "evil.example"})

        assert known.status == 200
        assert foreign.status == page.status == 421
        assert (await foreign.json())["hint"] == f"mở {URL}"
        assert "evil.example" not in await page.text()


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", " 203.0.113.7 "], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7", "10.9.0.2"], "203.0.113.7"),
        ("127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("127.0.0.1", ["203.0.113.7", "<script>"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7", "10.9.0.2", ""], "127.0.0.1"),
        ("127.0.0.1", ["10.9.0.1", "10.9.0.2"], "10.9.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
    ],
)
def test_of_what_proxies_say_the_last_hop_that_is_none_of_ours_counts(
    peer: str, forwarded: list[str], expected: str
) -> None:
    proxies = [ip_network("127.0.0.1/32"), ip_network("10.9.0.0/24")]

    assert client_address(peer, forwarded, proxies) == expected


async def test_whoever_is_no_proxy_of_ours_is_not_believed() -> None:
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    seen: list[str] = []

    class Watching(OpenDoor):
        async def principal(self, request: web.Request) -> Principal:
            seen.append(f"{request.remote} {request.scheme}")
            return await super().principal(request)

    async with serving(door=Watching()) as at:
        plain = await at.get("/api/v1/overview", headers=forged)
    async with serving(door=Watching(), proxies=[ip_network("127.0.0.0/8")]) as at:
        behind = await at.get("/api/v1/overview", headers=forged)

    assert seen == ["127.0.0.1 http", "203.0.113.7 https"]
    assert "Strict-Transport-Security" not in plain.headers
    assert missing_headers(behind, is_secure=True) == {}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_over_tls_browsers_are_told_to_stay_there_and_old_versions_are_refused(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    tls = server_context(certificate.certificate_file, certificate.key_file)
    async with serving(tls=tls) as at:
        response = await at.get("/healthz")
        assert missing_headers(response, is_secure=True) == {}

        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.open_connection("127.0.0.1", at.port, ssl=old)
        assert b"HTTP" not in await at.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


async def test_what_is_no_http_or_too_long_is_answered_shortly_and_in_our_words() -> None:
    async with serving() as at:
        for content in (
            b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: 1\r\n" * 500 + b"\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        ):
            answer = (await at.raw(content)).decode()
            assert answer.split(" ")[1] == "400", answer
            assert "Content-Security-Policy: default-src 'none'" in answer
            assert answer.endswith("Yêu cầu không hợp lệ hoặc quá dài.\n")
            assert "aiohttp" not in answer


async def test_large_and_packed_bodies_are_refused() -> None:
    async with serving() as at:
        body = json.dumps({"name": "x" * 70_000})
        large = await at.ask(
            "POST", "/api/v1/accounts", data=body, headers={"Content-Type": "application/json"}
        )
        packed = await at.ask(
            "POST",
            "/api/v1/accounts",
            data=b"\x1f\x8b\x08\x00",
            headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
        )

        assert large.status == 413
        assert packed.status == 415
        assert (await packed.json())["detail"] == "không nhận nội dung nén"


async def test_who_never_finishes_a_request_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "BODY_S", 0.1)
    monkeypatch.setattr(listeners, "KEEPALIVE_S", 0.1)
    async with serving() as at, asyncio.timeout(5):
        assert await at.raw(b"GET / HTTP/1.1\r\nHost: local") == b""
        assert await at.raw(b"") == b""
        started = b"POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        assert await at.raw(started + b"Content-Length: 100\r\n\r\n{") == b""


async def test_idle_connections_make_room_for_those_that_ask() -> None:
    async with serving(limits=ConnectionLimits(connections=50)) as at:
        idle = [await asyncio.open_connection("127.0.0.1", at.port) for _ in range(60)]

        async with asyncio.timeout(5):
            response = await at.get("/healthz")
            assert response.status == 200
            assert await idle[0][0].read() == b""
        for _, writer in idle:
            writer.close()


async def test_one_source_has_only_so_many_connections() -> None:
    runner = make_runner(make_app(calm(), SocketDoor()))
    await runner.setup()
    proxies = [ip_network("203.0.113.0/24")]
    listener = Listener(runner, None, proxies, ConnectionLimits(connections=100, of_one_source=2))
    assert runner.server is not None

    def admitted(address: str) -> tuple[bool, listeners.Connection]:
        assert runner.server is not None
        connection = listeners.Connection(runner.server, listener)
        return listener.admits(connection, address), connection

    first, second, third = (admitted("198.51.100.7") for _ in range(3))
    assert [first[0], second[0], third[0]] == [True, True, False]
    assert admitted("198.51.100.8")[0]
    assert all(admitted("203.0.113.1")[0] for _ in range(5))
    assert all(admitted("127.0.0.1")[0] for _ in range(5))

    listener.forget(third[1])
    assert not admitted("198.51.100.7")[0]
    listener.forget(first[1])
    assert admitted("198.51.100.7")[0]
    await runner.cleanup()


async def test_strangers_hear_only_whether_the_monitor_is_well() -> None:
    daemon = calm()
    daemon.held = replace(daemon.held, health=replace(samples.HEALTH, outbox_dead=1))
    async with serving(daemon, door=ClosedDoor()) as at:
        health = await at.get("/healthz")
        metrics = await at.get("/metrics")

        assert (health.status, await health.json()) == (200, {"status": "degraded"})
        assert metrics.status == 401
        assert metrics.content_type == "application/problem+json"


async def test_healthz_says_ok_degraded_or_fails() -> None:
    daemon = calm()
    async with serving(daemon) as at:

        async def ask(**change: object) -> tuple[int, str, list[str]]:
            daemon.held = replace(daemon.held, health=replace(samples.HEALTH, **change))  # type: ignore[arg-type]
            response = await at.get("/healthz")
            body = await response.json()
            return response.status, body["status"], [reason["code"] for reason in body["reasons"]]

        assert await ask() == (200, "ok", [])
        assert await ask(outbox_dead=1) == (200, "degraded", ["dead_letters"])
        assert await ask(certificate_fault="x") == (200, "degraded", ["certificate_kept"])
        assert await ask(last_result_at=samples.NOW - 130) == (503, "failing", ["results_stopped"])
        assert await ask(state_fault="x", state_failing_for_s=61.0) == (503, "failing", ["state_store"])


async def test_metrics_can_be_scraped_and_carry_units() -> None:
    inventory = samples.province(communes=96)
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[samples.cut(inventory, 1, "21003")]))
    daemon.held = replace(
        daemon.held,
        health=replace(
            daemon.held.health,
            outbox_pending=3,
            missed_slots=4,
            notifications={("email", "sent"): 1},
            messages_in_doubt={"zalo_bot": 2},
            messages_elsewhere={"zalo_oa": 5},
        ),
    )
    daemon.metrics.ran("icmp", None)
    daemon.metrics.lag(0.002)
    daemon.metrics.blind(1.5)
    async with serving(daemon) as at:
        response = await at.get("/metrics")
        families = {f.name: f for f in text_string_to_metric_families(await response.text())}

    samples_found = [sample for family in families.values() for sample in family.samples]

    def value(name: str, **labels: str) -> float:
        (found,) = [s.value for s in samples_found if s.name == name and labels.items() <= s.labels.items()]
        return found

    assert value("tslcd_probe_runs_total", kind="icmp", reason="ok") == 1
    assert value("tslcd_schedule_lag_seconds_count") == 1
    assert value("tslcd_slots_missed_total") == 4
    assert value("tslcd_outbox_pending") == 3
    assert value("tslcd_notifications_total", channel="email", result="sent") == 1
    assert value("tslcd_notifications_in_doubt_total", channel="zalo_bot") == 2
    assert value("tslcd_notifications_elsewhere_total", channel="zalo_oa") == 5
    assert value("tslcd_blind_seconds_total") == 1.5
    assert value("tslcd_targets", layer="tslcd", state="down") == 1
    assert value("tslcd_incidents_open") == 1
    assert "tslcd_influx_lag_rows" not in families


async def test_static_files_are_cached_by_content_and_nothing_else_is_served() -> None:
    async with serving() as at:
        page = read(await (await at.get("/")).text())
        href = next(e.attributes["href"] for e in page.all("link") if "site.css" in e.attributes["href"])
        versioned = await at.get(href)
        bare = await at.get("/static/site.css")
        whole = await at.get(href, headers={"Accept-Encoding": "identity"})
        same = await versioned.read() == await whole.read()
        outside = [await at.get(f"/static/{path}") for path in ("..%2fserver.py", "%2e%2e/server.py", "//x")]

    assert "immutable" in versioned.headers["Cache-Control"]
    assert versioned.content_type == "text/css"
    assert bare.headers["Cache-Control"] == "no-store"
    assert versioned.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in whole.headers
    assert {answer.headers["Vary"] for answer in (versioned, whole)} == {"Accept-Encoding"}
    assert same
    assert {answer.status for answer in outside} == {404}


async def test_the_page_lives_while_the_store_does_not() -> None:
    daemon = calm()
    daemon.fault = StorageError(StorageFault.LOCKED, "state.db", "wait")
    async with serving(daemon) as at:
        assert (await at.get("/")).status == 200


async def test_twenty_readers_at_once_are_served() -> None:
    async with serving() as at:
        responses = await asyncio.gather(*(at.get("/") for _ in range(20)))

    assert {response.status for response in responses} == {200}


async def test_the_unix_socket_asks_for_no_name_and_shows_everything(tmp_path: Path) -> None:
    runner = make_runner(make_app(calm(), SocketDoor()))
    await runner.setup()
    try:
        await web.UnixSite(runner, str(tmp_path / "s")).start()
        async with ClientSession(connector=UnixConnector(str(tmp_path / "s"))) as session:
            response = await session.get("http://whatever/healthz")
            assert "reasons" in await response.json()
            assert (await session.get("http://whatever/metrics")).status == 200
    finally:
        await runner.cleanup()
