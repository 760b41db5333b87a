"""A running local API for client commands, and a small configuration in files."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from monitor.cli import main
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.web.held_daemon import HeldDaemon

STARTING_S = 10.0

INVENTORY = """
areas: {qn: {name: Quảng Ngãi (cũ)}, kt: {name: Kon Tum (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "23308": {name: Xã Đăk Rơ Wa, kind: xã, area: kt, former_district: Thành phố Kon Tum}
  core: {name: Trung tâm dữ liệu tỉnh, kind: cơ quan, area: province}
profiles:
  any:
    layer: tslcd
    checks:
      icmp: {kind: icmp, options: {count: 2, spacing_s: 0.01}}
targets:
  core.gateway: {name: Cổng tỉnh, unit: core, profile: any, layer: infra, address: 127.0.0.1, anchor: true}
  core.edge: {name: Biên nhà mạng, unit: core, profile: any, layer: infra, address: 127.0.0.2, anchor: true}
  21484.cpe: {name: CPE Ba Tơ, unit: "21484", profile: any, address: 127.0.0.3}
  21523.cpe: {name: CPE Ba Tô, unit: "21523", profile: any, address: 127.0.0.4}
  23308.cpe: {name: CPE Đăk Rơ Wa, unit: "23308", profile: any, address: 127.0.0.5}
  23308.off: {name: Máy chưa lắp, unit: "23308", profile: any, equipped: no}
"""
SETTINGS = """
province: Quảng Ngãi
inventory: [danh-muc]
state_dir: state
secrets_dir: secrets
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A settings file with an inventory beside it."""
    (tmp_path / "danh-muc").mkdir()
    (tmp_path / "danh-muc" / "10.yaml").write_text(INVENTORY)
    path = tmp_path / "tslcd-monitor.yaml"
    path.write_text(SETTINGS)
    return path


@dataclass
class Told:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


Run = Callable[..., Told]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in process."""
    for name in ("TSLCD_MONITOR_CONFIG", "TSLCD_MONITOR_URL", "TSLCD_MONITOR_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*arguments: object) -> Told:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        out, err = capfd.readouterr()
        return Told(int(code), out, err)

    return run_command


@pytest.fixture
def serve() -> Iterator[Callable[[HeldDaemon], Path]]:
    """Serve a daemon's local API on a Unix socket, on a loop of its own: commands block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-api")
    thread.start()
    # Socket paths are limited to 108 bytes; pytest's own folders may be longer.
    folder = Path(tempfile.mkdtemp(prefix="tslcd"))
    runners: list[web.AppRunner] = []

    async def start(daemon: HeldDaemon) -> Path:
        runner = make_runner(make_app(daemon, SocketDoor()))
        await runner.setup()
        runners.append(runner)
        path = folder / "api.sock"
        await web.UnixSite(runner, str(path)).start()
        return path

    async def stop() -> None:
        for runner in runners:
            await runner.cleanup()

    yield lambda daemon: asyncio.run_coroutine_threadsafe(start(daemon), loop).result(STARTING_S)
    asyncio.run_coroutine_threadsafe(stop(), loop).result(STARTING_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    shutil.rmtree(folder)
