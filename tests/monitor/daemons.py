"""The daemon as a process of its own, for stories about it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from monitor.clock import SystemClock
from monitor.demo.processes import module_environment
from tests.monitor.warm import WarmProcess, start_warm

CLOCK = SystemClock()
WAIT_S = 40.0
"""A start takes four seconds of CPU, of which a busy machine has little."""
STOP_S = 10.0
"""The promise: exit within this, with 0."""


class Running:
    def __init__(self, process: asyncio.subprocess.Process | WarmProcess, folder: Path) -> None:
        self.process = process
        self.state_dir = folder / "state"
        self.log = folder / "daemon.log"

    async def until(self, condition: Any, what: str) -> None:
        ends_at = CLOCK.monotonic() + WAIT_S
        while not await condition():
            assert self.process.returncode is None, self.log.read_text()
            assert CLOCK.monotonic() < ends_at, f"{what}: {self.log.read_text()}"
            await asyncio.sleep(0.05)

    async def health(self) -> dict[str, Any] | None:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(self.state_dir / "api.sock"))
                ) as session,
                session.get("http://localhost/healthz") as response,
            ):
                found: dict[str, Any] = await response.json()
                return found
        except (aiohttp.ClientError, OSError):
            return None

    async def metrics(self) -> str:
        connector = aiohttp.UnixConnector(str(self.state_dir / "api.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get("http://localhost/metrics") as response,
        ):
            return await response.text()

    async def post(self, path: str, body: Mapping[str, object]) -> int:
        connector = aiohttp.UnixConnector(str(self.state_dir / "api.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://localhost{path}", json=body) as response,
        ):
            return response.status

    async def until_answers(self) -> None:
        async def answers() -> bool:
            return await self.health() is not None

        await self.until(answers, "answers")

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; return its exit code, failing when it takes too long."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self, *, within_s: float = STOP_S) -> int:
        async with asyncio.timeout(within_s):
            return await self.process.wait()


def write_config(folder: Path, *, port: int, interval_s: float = 1, **settings: Any) -> Path:
    inventory = {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": {"u": {"name": "Xã Thử", "kind": "xã", "area": "qn"}},
        "profiles": {
            "any": {
                "layer": "tslcd",
                "checks": {
                    "tcp": {
                        "kind": "tcp",
                        "interval_s": interval_s,
                        "retry_interval_s": 1,
                        "timeout_s": 0.5,
                        "failures_to_down": 2,
                        "options": {"port": port},
                    }
                },
            }
        },
        "targets": {"u.may": {"name": "Máy", "unit": "u", "profile": "any", "address": "127.0.0.1"}},
    }
    (folder / "danh-muc").mkdir(exist_ok=True)
    (folder / "danh-muc" / "tinh.yaml").write_text(yaml.safe_dump(inventory, allow_unicode=True))
    config = folder / "giam-sat.yaml"
    everything: dict[str, Any] = {
        "province": "Tỉnh Thử",
        "inventory": ["danh-muc"],
        "state_dir": "state",
        "ballast_mb": 1,
        "web": {"enabled": False},
    }
    everything |= settings
    # A story is the same at any hour.
    everything["alerting"] = {"night": None, "brief": None, **everything.get("alerting", {})}
    config.write_text(yaml.safe_dump(everything, allow_unicode=True))
    return config


@asynccontextmanager
async def running(
    config: Path,
    *,
    program: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    cold: bool = False,
) -> AsyncIterator[Running]:
    """Run the daemon until the end of the block. Its log is added to.

    `program` (-c and code) runs it another way. It is a process that has loaded the program already (warm.py), but an
    interpreter of its own from the first instruction on with `env`, which is added to its environment, and with
    `cold`, for who looks at the start itself.
    """
    folder = config.parent
    arguments = ("daemon", "--config", str(config))
    process: asyncio.subprocess.Process | WarmProcess
    with (folder / "daemon.log").open("ab") as log:
        if cold or env:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *(program or ("-m", "monitor.cli")), *arguments),
                stdout=log,
                stderr=log,
                env={**module_environment(), **(env or {})},
            )
        else:
            process = await start_warm((*program, *arguments), out=log)
    try:
        yield Running(process, folder)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
