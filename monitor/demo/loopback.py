"""The poor cousin of the box: the same devices on 127.0.0.0/8 of this machine, without WAN, cuts or power failures."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from monitor.demo.control import Control
from monitor.demo.devices import DevicePlan, start_devices
from monitor.demo.processes import STOP_GRACE_S, Streams, start, stop


class Loopback:
    """What the demo needs of a box, where no namespace can be made. `unopened` names services that could not listen."""

    def __init__(
        self, process: asyncio.subprocess.Process, devices: Control, unopened: Sequence[str]
    ) -> None:
        self.unopened = tuple(unopened)
        self._vital = process
        self._devices = devices
        self._processes: list[asyncio.subprocess.Process] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, *, devices: DevicePlan) -> AsyncIterator["Loopback"]:
        """Start the devices; on leaving, stop all processes. The plan's addresses must lie in 127.0.0.0/8."""
        places = (*devices.http, *devices.tcp, *devices.sip, *devices.snmp)
        if not all(place.startswith("127.") for place in places):
            raise ValueError("only loopback addresses: anything else could be reached from outside")
        process, control, unopened = await start_devices(devices, entry=())
        stage = cls(process, control, unopened)
        try:
            yield stage
        finally:
            for child in reversed(stage._processes):
                await stop(child, grace_s=STOP_GRACE_S)
            control.close()
            await stop(process, grace_s=STOP_GRACE_S)

    def change(self, prefix: str, **states: float) -> None:
        """Change what the devices of an address or prefix do (see states.StateName)."""
        self._devices.request("change", prefix=prefix, states=states)

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        inside: Literal["monitor"],  # noqa: ARG002 (as a box; here everything is in one place)
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        stdout: int | Any = None,
        stderr: int | Any = None,
    ) -> asyncio.subprocess.Process:
        """Start a program that ends with us; leaving stops it."""
        streams = Streams(stdout=stdout, stderr=stderr)
        process = await start(argv, env=env, pass_fds=pass_fds, streams=streams)
        self._processes.append(process)
        return process

    async def broken(self) -> str:
        """Wait until the devices are gone; return "devices"."""
        await self._vital.wait()
        return "devices"
