"""Heartbeats as a whole daemon takes them: settings, beats by curl and by our agent, silence, a new inventory."""

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory.model import Inventory
from monitor.inputs.beat_input import BeatInput, BeatInputError
from monitor.listeners import Listeners
from monitor.settings.inputs import BeatHttpSettings, BeatMqttSettings, HeartbeatSettings
from monitor.settings.settings import SettingsError, load_settings
from probes.beats import BeatBook
from tests.clock import FakeClock
from tests.monitor.daemons import Running, running, write_config
from tests.monitor.inputs.beats import SECRET, beat, token
from tests.monitor.inputs.test_beat_http import bearer, curl
from tests.probes.certificates import make_authority
from tests.probes.secrets import FixedSecrets
from tests.probes.servers import mute, serving
from tests.servers.running import free_port

AGENT = Path(__file__).parents[3] / "deploy" / "agents" / "tslcd-beat.sh"


def write_secret(folder: Path, name: str, text: str) -> None:
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    (folder / "secrets" / name).write_text(text)
    (folder / "secrets" / name).chmod(0o600)


def write_assets(folder: Path, *codes: str) -> None:
    checks = {
        "beat": {
            "kind": "heartbeat",
            "interval_s": 1,
            "retry_interval_s": 1,
            "failures_to_down": 2,
            "options": {"max_age_s": 2},
        }
    }
    inventory = {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": {"u": {"name": "Xã Thử", "kind": "xã", "area": "qn"}},
        "profiles": {"counter": {"layer": "kiosk", "checks": checks}},
        "targets": {code: {"name": code, "unit": "u", "profile": "counter"} for code in codes},
    }
    beside = folder / "moi.yaml"
    beside.write_text(yaml.safe_dump(inventory, allow_unicode=True))
    beside.rename(folder / "danh-muc" / "tinh.yaml")


def config_in(folder: Path, port: int, **more: Any) -> Path:
    write_secret(folder, "heartbeat-key", SECRET)
    heartbeats = {"http": {"port": port}, **more}
    config = write_config(folder, port=1, secrets_dir="secrets", heartbeats=heartbeats)
    write_assets(folder, "kiosk-01")
    return config


def status(daemon: Running, check: str) -> str | None:
    with closing(sqlite3.connect(f"file:{daemon.state_dir / 'state.db'}?mode=ro", uri=True)) as database:
        row = database.execute("select status from check_state where check_id = ?", (check,)).fetchone()
    return None if row is None else str(row[0])


async def until_status(daemon: Running, check: str, wanted: str) -> None:
    async def agrees() -> bool:
        return await asyncio.to_thread(status, daemon, check) == wanted

    await daemon.until(agrees, f"{check} {wanted}")


async def test_beats_by_curl_make_a_check_up_and_their_absence_down(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/beat"
    async with running(config_in(tmp_path, port)) as daemon:
        await daemon.until_answers()
        assert await asyncio.to_thread(status, daemon, "kiosk-01/beat") in {None, "unknown"}

        sending = asyncio.create_task(beat_every(1.0, url))
        await until_status(daemon, "kiosk-01/beat", "up")
        assert 'tslcd_beats_total{result="accepted",via="http"}' in await daemon.metrics()
        sending.cancel()
        await until_status(daemon, "kiosk-01/beat", "down")

        assert await curl(url, *bearer(token("kiosk-02")), body=beat("kiosk-02")) == (0, "404")
        write_assets(tmp_path, "kiosk-01", "kiosk-02")
        daemon.process.send_signal(signal.SIGHUP)

        async def known() -> bool:
            return (await curl(url, *bearer(token("kiosk-02")), body=beat("kiosk-02")))[1] == "204"

        await daemon.until(known, "the new asset is known")
        assert SECRET not in await asyncio.to_thread(daemon.log.read_text)
        assert token("kiosk-01") not in await asyncio.to_thread(daemon.log.read_text)
        assert await daemon.end() == 0


async def beat_every(seconds: float, url: str) -> None:
    while True:
        await curl(url, *bearer(token("kiosk-01")), body=beat(uptime_s=5, app_alive=True))
        await asyncio.sleep(seconds)


async def test_a_fresh_daemon_blames_no_asset_and_a_new_key_is_used_after_sighup(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/beat"
    async with running(config_in(tmp_path, port)) as daemon:
        await daemon.until_answers()
        write_secret(tmp_path, "heartbeat-key", "mot-khoa-khac-9876543210")
        daemon.process.send_signal(signal.SIGHUP)

        async def revoked() -> bool:
            return (await curl(url, *bearer(token("kiosk-01")), body=beat()))[1] == "401"

        await daemon.until(revoked, "tokens of the old key are wrong")
        assert await asyncio.to_thread(status, daemon, "kiosk-01/beat") != "down"


TRIPPING_INPUT = """
import sys
from monitor.inputs.beat_input import BeatInput
whole, adopted = BeatInput.adopt, []
def adopt(self, inventory):
    adopted.append(1)
    if len(adopted) == 2:
        raise RuntimeError("a bug")
    whole(self, inventory)
BeatInput.adopt = adopt
from monitor.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The daemon with a bug in an input that shows at the first reload."""


async def test_an_input_that_trips_over_a_reload_does_not_end_the_watch(tmp_path: Path) -> None:
    async with running(config_in(tmp_path, free_port()), program=("-c", TRIPPING_INPUT)) as daemon:
        await daemon.until_answers()
        daemon.process.send_signal(signal.SIGHUP)

        async def reloaded() -> bool:
            return 'tslcd_reloads_total{result="unchanged"} 1.0' in await daemon.metrics()

        await daemon.until(reloaded, "the reload")
        assert await daemon.end() == 0


async def test_our_agent_for_linux_beats(tmp_path: Path) -> None:
    port = free_port()
    async with running(config_in(tmp_path, port)) as daemon:
        await daemon.until_answers()
        agent = tmp_path / "tslcd-beat.conf"
        agent.write_text(
            f"ASSET=kiosk-01\nTOKEN={token('kiosk-01')}\nURL=http://127.0.0.1:{port}/beat\nAPP=no-such-app\n"
        )
        process = await asyncio.create_subprocess_exec(
            *("sh", str(AGENT), str(agent)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "no_proxy": "*", "USER": "nguyen-van-a"},
        )
        said, _ = await process.communicate()

        assert process.returncode == 0, said
        assert 'tslcd_beats_total{result="accepted",via="http"} 1.0' in await daemon.metrics()


async def test_a_beat_of_the_agent_says_what_it_should_and_no_more(tmp_path: Path) -> None:
    agent = tmp_path / "tslcd-beat.conf"
    agent.write_text("ASSET=kiosk-01\nTOKEN=ABC\nURL=http://127.0.0.1:1/beat\nAPP=sh\n")
    shell = shutil.which("sh") or "sh"
    process = await asyncio.create_subprocess_exec(
        *(shell, str(AGENT), "--show", str(agent)), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()

    beat_said = yaml.safe_load(said)
    assert set(beat_said) == {"asset", "uptime_s", "disk_free_ratio", "app_alive"}
    assert beat_said["asset"] == "kiosk-01"
    assert beat_said["app_alive"] is True
    assert 0 <= beat_said["disk_free_ratio"] <= 1
    assert beat_said["uptime_s"] > 0
    assert b"ABC" not in said


async def test_a_daemon_whose_beats_cannot_come_in_watches_all_the_same_and_says_why(tmp_path: Path) -> None:
    config = config_in(tmp_path, free_port(), key_secret="khong-co")
    async with running(config) as daemon:
        await daemon.until_answers()
        health = await daemon.health()
        assert health is not None
        (reason,) = (each for each in health["reasons"] if each["code"] == "listener_closed")
        assert "bí mật 'khong-co': không có tệp này" in reason["text"]


async def test_a_taken_port_and_a_broken_certificate_keep_no_beat_of_the_broker_out(tmp_path: Path) -> None:
    clock, book = FakeClock(), BeatBook(opened_mono=0.0)
    file = tmp_path / "chung-thu.pem"
    file.write_text("not PEM")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        http = BeatHttpSettings(port=taken.getsockname()[1], tls_cert=file, tls_key=file)
        mqtt = BeatMqttSettings(port=free_port())
        beats = BeatInput(
            book,
            HeartbeatSettings(http=http, mqtt=mqtt),
            FixedSecrets(heartbeat_key=SECRET),
            clock=clock,
        )
        listeners = Listeners(clock=clock)
        async with beats.receiving(listeners):
            assert "không phải một cặp" in listeners.faults["beats:http"]
            way = book.ways["http"]
            assert way.open_since_mono is None
            assert way.trouble.startswith("máy này không nhận được nhịp: heartbeats.http")

            authority = make_authority(tmp_path)
            authority.server("good")
            file.write_text((tmp_path / "good.pem").read_text())
            await clock.advance(6.0)
            assert "đổi heartbeats.http.host hoặc heartbeats.http.port" in listeners.faults["beats:http"]

            taken.close()
            await clock.advance(11.0)
            assert listeners.faults == {"beats:http": ""}
            assert book.ways["http"].open_since_mono == clock.monotonic() - 2.0


@pytest.mark.parametrize(
    ("heartbeats", "words"),
    [
        ({}, "cần http, mqtt hoặc cả hai"),
        ({"http": {"host": "0.0.0.0"}}, "không mã hóa chỉ được nghe trên chính máy này"),
        ({"http": {"tls_cert": "a.pem"}}, "tls_cert và tls_key phải đi cùng nhau"),
        ({"http": {"host": "may-chu"}}, "cần địa chỉ IP của máy này"),
        ({"mqtt": {"host": "10.51.250.5"}}, "không mã hóa chỉ được dùng với broker trên chính máy này"),
        ({"mqtt": {"username": "a"}}, "username và password_secret phải đi cùng nhau"),
        ({"mqtt": {"topic": "tslcd/beats/#"}}, "cần chủ đề MQTT kết thúc bằng /+"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    tmp_path: Path, heartbeats: dict[str, Any], words: str
) -> None:
    config = write_config(tmp_path, port=1, heartbeats=heartbeats)
    with pytest.raises(SettingsError) as caught:
        load_settings(config)

    assert words in str(caught.value)


def test_paths_start_at_the_settings_folder_and_secrets_are_known(tmp_path: Path) -> None:
    settings = load_settings(
        write_config(
            tmp_path,
            port=1,
            heartbeats={
                "http": {"tls_cert": "a.crt", "tls_key": "a.key"},
                "mqtt": {"tls": True, "ca_file": "ca.crt", "username": "a", "password_secret": "broker"},
            },
        )
    )

    assert settings.heartbeats is not None
    assert settings.heartbeats.http is not None
    assert settings.heartbeats.mqtt is not None
    assert settings.heartbeats.http.tls_key == tmp_path / "a.key"
    assert settings.heartbeats.mqtt.ca_file == tmp_path / "ca.crt"
    assert settings.secrets() == {
        "heartbeats.key_secret": "heartbeat-key",
        "heartbeats.mqtt.password_secret": "broker",
    }


async def test_a_certificate_without_its_key_leaves_the_old_pair_in_use(tmp_path: Path) -> None:
    """Somebody copied the new certificate, reloaded, and forgot the key."""
    authority = make_authority(tmp_path)
    for name in ("old", "new"):
        authority.server(name)
    used, key = tmp_path / "used.pem", tmp_path / "used.key"
    old, new = (tmp_path.joinpath(f"{name}.pem").read_text() for name in ("old", "new"))
    used.write_text(old)
    key.write_text(old)
    clock = FakeClock()
    http = BeatHttpSettings(port=0, tls_cert=used, tls_key=key)
    beats = BeatInput(
        BeatBook(opened_mono=0.0),
        HeartbeatSettings(http=http),
        FixedSecrets(heartbeat_key=SECRET),
        clock=clock,
    )
    trusting = ssl.create_default_context(cafile=str(authority.file))
    async with beats.receiving(Listeners(clock=clock)):
        used.write_text(new)
        beats.adopt(Inventory(units={}, targets={}, checks={}))

        async with serving(mute, tls=beats.tls) as port, asyncio.timeout(5):
            _, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=trusting, server_hostname="localhost"
            )
            writer.close()


def test_a_short_key_is_refused_with_what_to_do() -> None:
    with pytest.raises(BeatInputError, match="openssl rand"):
        BeatInput(
            BeatBook(opened_mono=0.0),
            HeartbeatSettings(),
            FixedSecrets(heartbeat_key="ngan"),
            clock=FakeClock(),
        )
