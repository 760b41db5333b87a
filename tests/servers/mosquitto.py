"""A real mosquitto with the configuration that we ship, its ports and files replaced."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.certificates import Authority, make_authority
from tests.servers.running import READY_S, STOP_S, free_port

DEPLOYED = Path(__file__).parents[2] / "deploy" / "mosquitto"
MONITOR, KIOSK = "tslcd-monitor", "kiosk-01"
PASSWORDS = {MONITOR: "mat-khau-giam-sat", KIOSK: "mat-khau-kiosk", "kiosk-02": "mat-khau-kiosk-02"}


@dataclass
class Mosquitto:
    """A running broker on 127.0.0.1: `port` without TLS, `tls_port` with a certificate of `authority`."""

    port: int
    tls_port: int
    authority: Authority
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def publish(
        self, topic: str, message: str | bytes, *, user: str = KIOSK, retain: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run mosquitto_pub over TLS, as an asset does; returns how it ended and what it said."""
        return subprocess.run(
            [
                *("mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(self.tls_port)),
                *("--cafile", str(self.authority.file), "-u", user, "-P", PASSWORDS[user]),
                *("-q", "1", "-t", topic, "-s", *(["-r"] if retain else [])),
            ],
            input=message if isinstance(message, str) else message.decode("latin-1"),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_S)

    def start_again(self) -> None:
        self.process = _started(self.folder, self.port)


@contextmanager
def running_mosquitto(folder: Path, *, extra: str = "") -> Iterator[Mosquitto]:
    """Run the broker; `extra` are further lines of configuration, `folder` takes its files."""
    authority = make_authority(folder, "mosquitto-authority")
    authority.server("mosquitto")
    broker: Mosquitto | None = None
    for _ in range(5):  # a free port may be taken again before the broker binds it
        port, tls_port = free_port(), free_port()
        _write(folder, port=port, tls_port=tls_port, authority=authority, extra=extra)
        with contextlib.suppress(RuntimeError):
            broker = Mosquitto(port, tls_port, authority, folder, _started(folder, port))
            break
    if broker is None:
        raise RuntimeError(f"mosquitto did not start: {(folder / 'mosquitto.log').read_text()[-2_000:]}")
    try:
        yield broker
    finally:
        if broker.process.poll() is None:
            broker.stop()


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with running_mosquitto(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker


def _write(folder: Path, *, port: int, tls_port: int, authority: Authority, extra: str) -> None:
    certificate = folder / "mosquitto.pem"
    replaced: Mapping[str, str] = {
        "listener 1883 127.0.0.1": f"listener {port} 127.0.0.1",
        "listener 8883": f"listener {tls_port} 127.0.0.1",
        "/etc/mosquitto/certs/ca.crt": str(authority.file),
        "/etc/mosquitto/certs/server.crt": str(certificate),
        "/etc/mosquitto/certs/server.key": str(certificate),
        "/etc/mosquitto/tslcd.passwd": str(folder / "passwd"),
        "/etc/mosquitto/tslcd.acl": str(folder / "acl"),
    }
    lines = []
    for line in (DEPLOYED / "tslcd.conf").read_text().splitlines():
        text = line.partition("#")[0] if line.startswith("#") else line
        for old, new in replaced.items():
            text = text.replace(old, new)
        lines.append(text)
    # As root it would give its rights away and not reach files that are only root's.
    own = ["user root", f"log_dest file {folder / 'mosquitto.log'}", "log_type all"]
    (folder / "mosquitto.conf").write_text("\n".join([*own, *lines, extra]) + "\n")
    (folder / "acl").write_text((DEPLOYED / "tslcd.acl").read_text())
    (folder / "passwd").write_text("")
    for user, password in PASSWORDS.items():
        subprocess.run(["mosquitto_passwd", "-b", folder / "passwd", user, password], check=True)


def _started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ends_at = time.monotonic() + READY_S
    while time.monotonic() < ends_at and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    process.kill()
    process.wait(STOP_S)
    raise RuntimeError("mosquitto is not ready")
