"""A secret of every kind is planted, every server tells it back as its reason to refuse: none is in what we write.

Searched: standard output and error, log, databases and all other files of the state folder, pages, API, metrics, what
was sent as messages and series, what commands print, the file of `diag`, the processes' command lines and environments.
"""

import asyncio
import base64
import io
import re
import secrets
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from monitor.cli import main
from monitor.demo.processes import module_environment
from monitor.inputs.beat_http import PATH as BEATS
from monitor.inputs.heartbeats import key_of, make_token
from tests.monitor.daemons import Running, running, write_config
from tests.probes.servers import refused_port
from tests.scenarios.echoes import Echoes, echoing
from tests.servers.smtp import Certificate, make_certificate

KINDS = (
    "smtp-password",
    "influx-token",
    "hook-secret",
    "dead-man-token",
    "zalo-bot-token",
    "zalo-app-secret",
    "snmp-community",
    "snmp-range",
    "snmp-auth",
    "snmp-priv",
    "trap-community",
    "http-token",
    "proxy-account",
    "videoos-user",
    "videoos-password",
    "mqtt-password",
    "heartbeat-key",
    "oidc-client",
)
PREFIXES = {"proxy-account": "giam-sat:", "zalo-bot-token": "123456789:"}
PAGES = (
    "/",
    "/su-co",
    "/may-giam-sat",
    "/healthz",
    "/metrics",
    "/trang-thai",
    "/dang-nhap",
    "/khong-co-trang-nay",
)
API = (
    "health",
    "incidents",
    "targets",
    "checks",
    "overview",
    "units",
    "oncall",
    "silences",
    "inventory",
    "outbox",
    "khong-co",
)


def plant(folder: Path) -> dict[str, str]:
    """Write a secret of each kind into the folder; each is unlike everything else."""
    folder.mkdir(mode=0o700)
    planted = {}
    for kind in KINDS:
        value = f"planted-{kind}-{secrets.token_hex(8)}"
        planted[kind] = PREFIXES.get(kind, "") + value
        path = folder / kind
        path.write_text(planted[kind] + "\n")
        path.chmod(0o600)
    return planted


def spellings(planted: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield what must be nowhere: each secret as it is, in a URL, in Basic authentication, in hex."""
    for kind, secret in planted.items():
        bare = secret.removeprefix(PREFIXES.get(kind, ""))
        for form in {bare, quote(bare, safe=""), bare.encode().hex()}:
            yield kind, form.encode()
        yield kind, base64.b64encode(secret.encode()).rstrip(b"=")[4:-4]


def everything(
    folder: Path, echoes: Echoes, certificate: Certificate, port: int, traps: int, beats: int
) -> Path:
    """Write settings and an inventory that use each of the secrets."""
    smtp = {"host": "127.0.0.1", "port": echoes.smtp, "security": "none", "sender": "a@tinh.example"}
    config = write_config(
        folder,
        port=refused_port(),
        secrets_dir="secrets",
        public_url="http://127.0.0.1/",
        email={**smtp, "username": "giam-sat", "password_secret": "smtp-password", "timeout_s": 3},
        file={"path": "tin.jsonl"},
        influx={"url": f"http://127.0.0.1:{echoes.http}", "token_secret": "influx-token"},
        webhooks={
            "so": {
                "url": f"http://127.0.0.1:{echoes.http}/so",
                "secret_secret": "hook-secret",
                "timeout_s": 2,
            }
        },
        dead_man={"url_secret": "dead-man-url", "interval_s": 5},
        zalo_bot={"base_url": f"http://127.0.0.1:{echoes.http}/bot"},
        zalo_oa={
            "app_id": "123",
            "base_url": f"http://127.0.0.1:{echoes.http}/oa",
            "oauth_url": f"http://127.0.0.1:{echoes.http}/oauth",
        },
        mqtt_out={
            "port": echoes.tcp,
            "username": "giam-sat",
            "password_secret": "mqtt-password",
            "timeout_s": 2,
        },
        traps={"port": traps, "community_secrets": ["trap-community"], "users": [{"name": "may"}]},
        heartbeats={"http": {"port": beats}},
        web={
            "port": port,
            "url": f"http://127.0.0.1:{port}",
            "oidc": {
                "issuer": f"http://127.0.0.1:{echoes.http}",
                "client_id": "giam-sat",
                "client_secret_name": "oidc-client",
            },
        },
        alerting={
            "group_wait_s": 0.1,
            "policies": {
                "default": {
                    "steps": [
                        {
                            "to": [
                                "email:truc@tinh.example",
                                "file:so-tay",
                                "webhook:so",
                                "zalo_bot:6ede9afa66b88fe6d6a9",
                                "zalo_oa:user:123456789",
                                "mqtt:truc",
                            ]
                        }
                    ]
                }
            },
        },
    )
    fast = {"interval_s": 1, "retry_interval_s": 1, "timeout_s": 0.8, "failures_to_down": 1}
    host = f"http://127.0.0.1:{echoes.http}"
    checks = {
        "trang": {
            "kind": "http",
            "address": f"{host}/trang",
            "options": {"header_secrets": {"Authorization": "http-token"}},
        },
        "tu-khoa": {
            "kind": "http",
            "address": f"{host}/tu-khoa",
            "options": {
                "expected_statuses": "401",
                "header_secrets": {"X-Token": "http-token"},
                "expected_json": {"message": "khác"},
                "expected_headers": {"X-Echo": "other"},
            },
        },
        "qua-proxy": {
            "kind": "http",
            "address": "http://127.0.0.1:9/",
            "options": {"proxy": host, "proxy_secret": "proxy-account"},
        },
        "v2c": {"kind": "snmp", "options": {"port": echoes.udp, "community_secret": "snmp-community"}},
        "cong": {
            "kind": "interfaces",
            "interval_s": 300,
            "options": {"port": echoes.udp, "community_secret": "snmp-range"},
        },
        "v3": {"kind": "snmp", "options": {"port": echoes.udp, "version": 3, "user": "may"}},
        "nhip": {"kind": "heartbeat"},
        "phong": {"kind": "videoos", "options": {"port": echoes.https, "verify_tls": False}},
    }
    path = folder / "danh-muc" / "may.yaml"
    targets = {
        "u.het": {
            "name": "Máy thứ hai",
            "unit": "u",
            "profile": "any",
            "address": "127.0.0.1",
            "layer": "shared",
            "checks": {label: {**fast, **check} for label, check in checks.items()},
        }
    }
    path.write_text(yaml.safe_dump({"targets": targets}, allow_unicode=True))
    return config


def hostile_surroundings(folder: Path, proxy_port: int) -> dict[str, str]:
    """Return the environment of an account with a proxy and a netrc file of its own."""
    home = folder / "secrets" / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login planted password planted-netrc-1c7d\n")
    proxy = f"http://planted:planted-proxy-55e0@127.0.0.1:{proxy_port}"
    keys = str(folder / "secrets" / "tls-keys")
    return {
        "http_proxy": proxy,
        "HTTPS_PROXY": proxy,
        "ALL_PROXY": proxy,
        "HOME": str(home),
        "SSLKEYLOGFILE": keys,
    }


async def beat(port: int, token: str) -> list[int]:
    """Send the asset's beat as it should be, and for another asset; return the answers' statuses."""
    statuses = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as agent:
        for asset in ("u.het", "u.khong-co"):
            async with agent.post(f"http://127.0.0.1:{port}{BEATS}", json={"asset": asset}) as response:
                statuses.append(response.status)
    return statuses


async def signed_in(port: int, name: str, password: str) -> tuple[str, list[str]]:
    """Sign in over TCP; return the session cookie and what pages and API say to whoever has it."""
    base = f"http://127.0.0.1:{port}"
    said = []
    async with aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get("/dang-nhap") as response:
            mark = re.search(r'name="csrf" value="([^"]*)"', await response.text())
        assert mark is not None
        form = {"csrf": mark[1], "ten": name, "mat-khau": password}
        headers = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
        async with browser.post("/dang-nhap", data=form, headers=headers, allow_redirects=False) as response:
            assert response.status == 303
        cookie = {each.key: each.value for each in browser.cookie_jar}["tslcd"]
        for path in ("/", "/tai-khoan-cua-toi", "/khong-co-trang-nay", "/api/v1/me", "/api/v1/khong-co"):
            async with browser.get(path) as response:
                said.append(await response.text(errors="replace"))
    return cookie, said


async def ask(port: int, daemon: Running) -> list[str]:
    """Return what pages and API say, over TCP as a stranger and over the socket as whoever sits at the machine."""
    said = []
    connector = aiohttp.UnixConnector(str(daemon.state_dir / "api.sock"))
    async with aiohttp.ClientSession(connector=connector) as local, aiohttp.ClientSession() as stranger:
        for session, base in ((local, "http://localhost"), (stranger, f"http://127.0.0.1:{port}")):
            for path in (*PAGES, *(f"/api/v1/{name}" for name in API)):
                async with session.get(base + path, allow_redirects=False) as response:
                    said.append(str(response.headers) + await response.text(errors="replace"))
    return said


async def commands(told: Iterator[tuple[str, ...]], capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Run commands in this process; return all they printed."""
    for arguments in told:
        await asyncio.to_thread(main, arguments)
    return list(capfd.readouterr())


def process_files(daemon: Running) -> Iterator[bytes]:
    """Yield command line and environment of the daemon and of its children."""
    ids = [daemon.process.pid]
    for task in Path(f"/proc/{daemon.process.pid}/task").iterdir():
        ids += [int(child) for child in (task / "children").read_text().split()]
    for process_id in ids:
        for name in ("cmdline", "environ"):
            try:
                yield Path(f"/proc/{process_id}/{name}").read_bytes()
            except OSError:
                continue


def written(folder: Path, config: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file that the program wrote: all but settings, inventory and the secrets themselves."""
    ours = {config, *(folder / "secrets").rglob("*"), *(folder / "danh-muc").iterdir()}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in ours and path.suffix not in {".pem", ".gz"}:
            yield str(path.relative_to(folder)), path.read_bytes()
    for path in folder.glob("*.gz"):
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member)
                yield member.name, file.read() if file is not None else b""


async def test_no_planted_secret_is_in_anything_the_program_writes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    planted = plant(tmp_path / "secrets")
    async with echoing(certificate) as echoes, echoing(certificate) as proxy:
        url = tmp_path / "secrets" / "dead-man-url"
        url.write_text(f"http://127.0.0.1:{echoes.http}/ping/{planted['dead-man-token']}")
        url.chmod(0o600)
        port, traps, beats = refused_port(), refused_port(), refused_port()
        config = everything(tmp_path, echoes, certificate, port, traps, beats)
        texts: dict[str, list[Any]] = {}
        async with running(config, env=hostile_surroundings(tmp_path, proxy.http)) as daemon:
            await daemon.until_answers()

            async def is_told() -> bool:
                heard = "\n".join(echoes.heard)
                needed = ("/so", "AUTH", "/bot", "/ping/", "/api/v2/write", "Proxy-Authorization")
                return all(word in heard for word in needed) and (tmp_path / "tin.jsonl").exists()

            await daemon.until(is_told, "every server was told something")
            typed = f"planted-typed-{secrets.token_hex(8)}"
            planted["typed-password"] = typed
            who = ("--socket", str(daemon.state_dir / "api.sock"))
            path = str(config)
            monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
            texts["commands"] = await commands(
                iter(
                    (
                        ("check-config", path),
                        ("probe", "u.het", "--trace", "--config", path),
                        (
                            "diag",
                            "--config",
                            path,
                            "--out",
                            str(tmp_path / "diag.tar.gz"),
                            "--with-addresses",
                        ),
                        ("user", "add", "an", "--name", "An", "--role", "duty", "--password-stdin", *who),
                        ("status", *who, "-o", "json"),
                    )
                ),
                capfd,
            )
            planted["asset-token"] = make_token(key_of(planted["heartbeat-key"]), "u.het", 1)
            assert await beat(beats, planted["asset-token"]) == [204, 401]
            planted["session"], texts["own pages"] = await signed_in(port, "an", typed)
            texts["pages"] = await ask(port, daemon)
            texts["processes"] = list(process_files(daemon))
            limits = Path(f"/proc/{daemon.process.pid}/limits").read_text()  # noqa: ASYNC240 (the kernel's)
            assert await daemon.end(signal.SIGTERM) == 0
    assert proxy.heard == [], "what the surroundings say leads no request elsewhere"
    assert next(line.split()[4] for line in limits.splitlines() if line.startswith("Max core file")) == "0"
    texts["told others"] = [
        _without_credentials(head) for head in echoes.heard if head.startswith("POST /so")
    ]
    found = {
        (kind, where, _around(content, form))
        for kind, form in spellings(planted)
        for where, content in [
            *written(tmp_path, config),
            *((name, _octets(text)) for name, several in texts.items() for text in several),
        ]
        if form in content
    }
    assert not found, "\n".join(map(str, sorted(found)))
    assert "planted-netrc" not in "\n".join(echoes.heard)
    log = (tmp_path / "daemon.log").read_text()
    assert "environment_ignored names=ALL_PROXY,HTTPS_PROXY,http_proxy" in log
    assert not (tmp_path / "secrets" / "tls-keys").exists(), "the keys of TLS connections"
    assert "planted-proxy" not in log
    assert len(texts["processes"]) >= 2
    assert (tmp_path / "daemon.log").stat().st_size > 500
    everything_sent = "\n".join(echoes.heard)
    for kind in ("influx-token", "http-token", "snmp-community", "zalo-bot-token", "dead-man-token"):
        assert planted[kind].removeprefix(PREFIXES.get(kind, "")) in everything_sent, (
            f"{kind} was never used: the test proves nothing of it"
        )


def test_a_hardened_process_leaves_no_core_behind() -> None:
    """PR_GET_DUMPABLE (prctl(2)) is 0: neither a file nor a collector behind a pipe gets its memory."""
    script = (
        "import ctypes\n"
        "from monitor.process_hardening import forgo_core_dumps\n"
        "ask = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "before = ask(); forgo_core_dumps(); print(before, ask())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=module_environment()
    )
    assert done.stdout.split() == [b"1", b"0"]


def _without_credentials(head: str) -> str:
    return "\n".join(
        line for line in head.split("\r\n") if not line.lower().startswith(("authorization", "x-tslcd"))
    )


def _around(content: bytes, form: bytes) -> str:
    at = content.index(form)
    return content[max(0, at - 120) : at + len(form) + 40].decode("utf-8", "replace")


def _octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="replace")
