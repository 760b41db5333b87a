"""A daemon that watches doors of this machine: ports of loopback addresses that a test opens and shuts."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from monitor.clock import SystemClock
from tests.monitor.daemons import write_config
from tests.servers.running import free_port

CLOCK = SystemClock()
MESSAGES = "tin.jsonl"
TIMING = {
    "interval_s": 1,
    "retry_interval_s": 1,
    "timeout_s": 0.5,
    "failures_to_down": 2,
    "successes_to_up": 1,
}


class Doors:
    """One port of many loopback addresses. `knocks` counts who came, `heard_mono` says when, by address."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.port = free_port()
        self.addresses = list(addresses)
        self.knocks = dict.fromkeys(self.addresses, 0)
        self.heard_mono: dict[str, list[float]] = {address: [] for address in self.addresses}
        self._open: dict[str, asyncio.Server] = {}

    async def open(self, *addresses: str) -> None:
        for address in addresses:

            async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter, at: str = address) -> None:
                self.knocks[at] += 1
                self.heard_mono[at].append(CLOCK.monotonic())
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

            self._open[address] = await asyncio.start_server(greet, address, self.port)

    async def shut(self, *addresses: str) -> None:
        for address in addresses:
            server = self._open.pop(address)
            server.close()
            await server.wait_closed()


@asynccontextmanager
async def doors(*addresses: str) -> AsyncIterator[Doors]:
    """Open a door at each address; all are shut at the end of the block."""
    found = Doors(addresses)
    async with AsyncExitStack() as stack:
        await found.open(*addresses)
        stack.push_async_callback(lambda: found.shut(*found._open))
        yield found


def watch(folder: Path, found: Doors, *, timing: dict[str, Any] | None = None, **settings: Any) -> Path:
    """Write settings and an inventory of the doors: `u.<number>/tcp` is the one of that place in `addresses`."""
    everything: dict[str, Any] = {
        "file": {"path": MESSAGES},
        "alerting": {
            "group_wait_s": 0.2,
            "recovery_wait_s": 0.2,
            "maintenance_messages": False,
            "policies": {"default": {"steps": [{"to": ["file:so-tay"]}]}},
            # Each door is alone, and each time it is shut another story.
            "flaps": {"reopen_s": 0.1, "begin": 100},
            "groups": {"least": 1_000, "storm_least": 1_000, "gather_s": 0.1},
        },
    }
    config = write_config(folder, port=found.port, **{**everything, **settings})
    file = folder / "danh-muc" / "tinh.yaml"
    land = yaml.safe_load(file.read_text())
    land["profiles"]["any"]["checks"]["tcp"] |= {**TIMING, **(timing or {})}
    land["targets"] = {
        door(number): {"name": f"Cửa {number}", "unit": "u", "profile": "any", "address": address}
        for number, address in enumerate(found.addresses)
    }
    file.write_text(yaml.safe_dump(land, allow_unicode=True))
    return config


def door(number: int) -> str:
    return f"u.d{number}"


def messages(folder: Path) -> list[dict[str, Any]]:
    """Return what arrived in the file channel."""
    path = folder / MESSAGES
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def statuses(ledger_statuses: dict[str, str]) -> dict[str, int]:
    """Count statuses."""
    return {name: list(ledger_statuses.values()).count(name) for name in set(ledger_statuses.values())}
