"""A daemon whose ports are taken and whose certificates are broken: it watches, alerts, says so, and mends by itself."""

import asyncio
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.monitor.daemons import Running, running, write_config
from tests.monitor.inputs.beats import SECRET
from tests.probes.certificates import make_authority
from tests.probes.servers import refused_port
from tests.servers.running import free_port

OWN = "u.giam-sat/listeners"


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            sock.listen()
        yield sock


def own_target(folder: Path) -> None:
    """Add a target for the monitor itself whose check of the listeners runs every second."""
    target = {
        "name": "Hệ thống giám sát",
        "unit": "u",
        "profile": "monitor",
        "checks": {"listeners": {"interval_s": 1, "retry_interval_s": 1}},
    }
    text = yaml.safe_dump({"targets": {"u.giam-sat": target}}, allow_unicode=True)
    (folder / "danh-muc" / "giam-sat.yaml").write_text(text)


async def closed(daemon: Running) -> list[str]:
    """Return what /healthz says of listeners that are closed."""
    health = await daemon.health()
    assert health is not None
    assert health["status"] in {"ok", "degraded"}
    return [reason["text"] for reason in health["reasons"] if reason["code"] == "listener_closed"]


async def open_listeners(daemon: Running) -> dict[str, float]:
    """Return what /metrics says of each listener."""
    return {
        sample.labels["name"]: sample.value
        for family in text_string_to_metric_families(await daemon.metrics())
        for sample in family.samples
        if sample.name == "tslcd_listener_open"
    }


def told(daemon: Running, check_id: str) -> list[tuple[str, str]]:
    """Return kind and address of what people are told of a check (of what is degraded: within five minutes)."""
    with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
        return reading.execute(
            "select outbox.kind, outbox.recipient from outbox join incident on incident.id = outbox.about_id "
            "where incident.root_check_id = ?",
            (check_id,),
        ).fetchall()


async def test_taken_ports_and_a_broken_certificate_keep_nobody_from_watching_and_alerting(
    tmp_path: Path, manager: socket.socket
) -> None:
    authority = make_authority(tmp_path)
    authority.server("good")
    authority.server("other")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text((tmp_path / "good.pem").read_text())
    key.write_text((tmp_path / "other.pem").read_text())
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "heartbeat-key").write_text(SECRET)
    (secrets / "heartbeat-key").chmod(0o600)
    with ExitStack() as stack:
        beats, replies = (stack.enter_context(taken(socket.SOCK_STREAM)) for _ in range(2))
        traps = stack.enter_context(taken(socket.SOCK_DGRAM))
        web_port = free_port()
        config = write_config(
            tmp_path,
            port=refused_port(),
            secrets_dir="secrets",
            web={"port": web_port, "tls_cert": "chain.pem", "tls_key": "key.pem"},
            heartbeats={"http": {"port": beats.getsockname()[1]}},
            traps={"port": traps.getsockname()[1]},
            public_url="https://giam-sat.example",
            replies={"port": replies.getsockname()[1]},
            file={"path": str(tmp_path / "tin.jsonl")},
            alerting={
                "group_wait_s": 0.1,
                "degraded_wait_s": 0.5,
                "policies": {"default": {"steps": [{"to": ["file:truc"]}]}, "record-only": {}},
            },
        )
        own_target(tmp_path)
        async with running(config, env={"NOTIFY_SOCKET": manager.getsockname()}) as daemon:
            await daemon.until_answers()
            texts = await closed(daemon)
            assert len(texts) == 4
            assert any(
                text.startswith("trang web chưa mở: web: ") and "web.tls_key" in text for text in texts
            )
            assert any(
                text.startswith("cổng nhận trap chưa mở: ") and "đổi traps.host" in text for text in texts
            )
            assert any(text.startswith("cổng nhận nhịp báo HTTPS chưa mở: ") for text in texts)
            assert any(text.startswith("cổng nhận trả lời chưa mở: ") for text in texts)
            assert all("sửa xong nó tự mở" in text and "phải systemctl restart" in text for text in texts)
            assert await open_listeners(daemon) == {
                "web": 0.0,
                "beats": 1.0,
                "beats:http": 0.0,
                "replies": 0.0,
                "traps": 0.0,
            }

            async def told_both() -> bool:
                return bool(told(daemon, OWN)) and bool(told(daemon, "u.may/tcp"))

            await daemon.until(told_both, "the listeners' incident, and that of the target")

            beats.close()
            traps.close()
            replies.close()
            key.write_text((tmp_path / "good.pem").read_text())
            daemon.process.send_signal(signal.SIGHUP)  # nobody has to wait for the pause

            async def all_open() -> bool:
                return not await closed(daemon)

            await daemon.until(all_open, "all listeners are open")
            assert set((await open_listeners(daemon)).values()) == {1.0}
            _, writer = await asyncio.open_connection("127.0.0.1", web_port)
            writer.close()

            async def over() -> bool:
                with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                    query = "select resolved_at from incident where root_check_id = ?"
                    return reading.execute(query, (OWN,)).fetchall()[0][0] is not None

            await daemon.until(over, "the listeners' incident is over")
            assert await daemon.end() == 0
    log = (tmp_path / "daemon.log").read_text()
    assert "Traceback" not in log
    for name in ("web", "traps", "beats:http", "replies"):
        assert f"listener_closed name={name} " in log
        assert f"listener_opened name={name}" in log
    assert "Máy giám sát cần xem: " in "".join(statuses(manager))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Systemd's end of the notifications."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        yield listener


def statuses(manager: socket.socket) -> Iterator[str]:
    while True:
        try:
            yield manager.recv(65_536).decode()
        except BlockingIOError:
            return


async def test_a_taken_port_of_the_pages_is_served_soon_after_it_is_free(tmp_path: Path) -> None:
    with taken(socket.SOCK_STREAM) as holder:
        port = holder.getsockname()[1]
        async with running(write_config(tmp_path, port=refused_port(), web={"port": port})) as daemon:
            await daemon.until_answers()
            (text,) = await closed(daemon)
            assert f"không mở được trang web ở 127.0.0.1:{port}" in text
            assert f"ss -ltnp 'sport = :{port}'" in text
            holder.close()

            async def is_open() -> bool:
                return not await closed(daemon)

            await daemon.until(is_open, "opens by itself")
            assert await daemon.end() == 0


async def test_pages_whose_central_sign_on_cannot_be_trusted_stay_closed_and_say_why(tmp_path: Path) -> None:
    (tmp_path / "tinh.pem").write_text("not PEM")
    oidc = {"issuer": "https://sso.example", "client_id": "giam-sat", "ca_file": "tinh.pem"}
    web = {"port": free_port(), "url": "https://giam-sat.example", "oidc": oidc}
    async with running(write_config(tmp_path, port=refused_port(), web=web)) as daemon:
        await daemon.until_answers()
        (text,) = await closed(daemon)
        assert f"web.oidc.ca_file: {tmp_path / 'tinh.pem'} không đọc được hoặc không phải PEM" in text
        assert "ghi đúng tệp PEM" in text
        assert await daemon.end() == 0
