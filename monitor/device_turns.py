"""How much one address is asked by all checks together: what is beyond waits for its turn. Sends nothing.

A hundred checks of one address that are due in the same second (a trap, a line that came back, a portal of thirty
services) are a burst that an old switch answers late or not at all, and its silence would look like its failure. A run
that waits has not begun: neither its deadline nor its times count yet.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.clock import Clock

_MOST_KEPT = 8_192
"""Addresses remembered; beyond it the idle ones are forgotten."""


@dataclass(slots=True)
class _Device:
    gate: asyncio.Semaphore
    full_mono: float = float("-inf")
    """Until when the starts given so far use up the allowance (generic cell rate algorithm, ITU-T I.371)."""
    users: int = 0


@dataclass(slots=True)
class DeviceTurns:
    """Hands out turns by address. Belongs to one event loop."""

    clock: Clock
    at_once: int
    runs_per_s: float
    waited: int = 0
    """Runs that had to wait, since the start."""
    _devices: dict[str, _Device] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait until the address may be asked once more, and hold the place while it is."""
        device = self._device(address)
        device.users += 1
        try:
            has_waited = device.gate.locked()
            async with device.gate:
                wait_s = self._reserved_s(device)
                if wait_s > 0:
                    await self.clock.sleep(wait_s)
                self.waited += has_waited or wait_s > 0
                yield
        finally:
            device.users -= 1

    def _reserved_s(self, device: _Device) -> float:
        """Take the next start; return how far away it is, in seconds."""
        now = self.clock.monotonic()
        allowance_s = max(1.0, self.runs_per_s) / self.runs_per_s
        begins = max(now, device.full_mono)
        device.full_mono = begins + 1 / self.runs_per_s
        return max(0.0, device.full_mono - allowance_s - now)

    def _device(self, address: str) -> _Device:
        device = self._devices.get(address)
        if device is None:
            if len(self._devices) >= _MOST_KEPT:
                self._forget_idle()
            device = self._devices[address] = _Device(asyncio.Semaphore(self.at_once))
        return device

    def _forget_idle(self) -> None:
        now = self.clock.monotonic()
        idle = [name for name, each in self._devices.items() if not each.users and each.full_mono <= now]
        for name in idle:
            del self._devices[name]
