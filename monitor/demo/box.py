"""The province in a box: a monitor and a province on real kernel network stacks with an emulated WAN between them.

    async with Box.open() as box:
        daemon = await box.spawn([...], inside="monitor")
        box.cut("10.51.3.0/24")

Its own processes are the WAN emulator (wan.py) and the devices (devices.py). All die with the opener, whatever kills
it, and the namespaces go with them. No packet leaves the machine.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

from monitor.demo import namespaces
from monitor.demo.control import MESSAGE_BYTES, Control, ControlError
from monitor.demo.devices import DevicePlan, start_devices
from monitor.demo.processes import STOP_GRACE_S, Streams, start, start_module, stop, until_readable
from monitor.demo.wan import MONITOR_ADDRESS

Place = Literal["monitor", "province", "host"]
T = TypeVar("T")

PROVINCE_NETWORK = "10.51.0.0/16"
_WAN_GRACE_S = 1.0


class Box:
    """An open box. Commands take effect before they return, for packets already under way too."""

    monitor_address = MONITOR_ADDRESS
    """Where the monitor's traffic comes from, as the province sees it."""

    def __init__(self, wan: Control, descriptors: Sequence[int]) -> None:
        monitor, province, *users = descriptors
        self._wan = wan
        self._devices: Control | None = None
        self._networks: dict[Place, int] = {
            "monitor": monitor,
            "province": province,
            "host": namespaces.current_network(),
        }
        self._users = users[0] if users else None
        self._processes: list[asyncio.subprocess.Process] = []
        self._vital: dict[str, asyncio.subprocess.Process] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        *,
        networks: Sequence[str] = (PROVINCE_NETWORK,),
        devices: DevicePlan | None = None,
        seed: int = 1,
    ) -> AsyncIterator["Box"]:
        """Build the box (about 0.5 s with devices); on leaving, stop all its processes.

        `networks`: prefixes whose every address the province answers. `devices` None: it answers pings only.
        `seed` fixes which packets are lost. Raises NamespaceUnavailable where the machine does not allow it.
        """
        for command in ("ip", "nsenter", "setpriv"):
            namespaces.find_command(command)
        arguments = [f"--seed={seed}", *(f"--network={network}" for network in networks)]
        process, end = await start_module("monitor.demo.wan", arguments)
        try:
            box = cls(Control(end), await _receive_namespaces(end))
            box._vital["wan"] = process
            try:
                if devices is not None:
                    await box._start_devices(devices)
                yield box
            finally:
                await box._close()
        finally:
            end.close()
            await stop(process, grace_s=_WAN_GRACE_S)

    def cut(self, *prefixes: str) -> None:
        """Drop everything to and from these addresses or prefixes, silently."""
        for prefix in prefixes:
            self._wan.request("cut", prefix=prefix)

    def restore(self, *prefixes: str) -> None:
        """End the cuts of these prefixes and of everything in them."""
        for prefix in prefixes:
            self._wan.request("restore", prefix=prefix)

    def set_link(
        self,
        prefix: str,
        *,
        latency_s: float | None = None,
        jitter_s: float | None = None,
        loss_ratio: float | None = None,
    ) -> None:
        """Set what a round trip to the prefix meets (see links.Link); None leaves a value as it is."""
        self._wan.request(
            "set_link", prefix=prefix, latency_s=latency_s, jitter_s=jitter_s, loss_ratio=loss_ratio
        )

    def power_off(self, prefix: str) -> None:
        """Silence a site until `power_on`."""
        self._wan.request("power_off", prefix=prefix)

    def power_on(self, prefix: str) -> None:
        """End a power failure: the site's devices start anew, their sysUpTime from zero."""
        if self._devices is not None:
            self._devices.request("boot", prefix=prefix)
        self._wan.request("power_on", prefix=prefix)

    def change(self, prefix: str, **states: float) -> None:
        """Change what the devices of an address or prefix do (see states.StateName); others are left alone."""
        if self._devices is None:
            raise ControlError("change: the box was opened without devices")
        self._devices.request("change", prefix=prefix, states=states)

    def counts(self) -> Mapping[str, int]:
        """Return how many packets were carried, lost, cut and foreign since the start (packets.Counts)."""
        counts: Mapping[str, int] = self._wan.request("counts")
        return counts

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        inside: Place,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        stdin: int | Any = asyncio.subprocess.DEVNULL,
        stdout: int | Any = None,
        stderr: int | Any = None,
        cwd: Path | None = None,
    ) -> asyncio.subprocess.Process:
        """Start a program in a namespace, in a process group of its own; about 5 ms. `pid` is the program's own.

        The kernel kills it when the thread that spawned it ends; leaving the box stops it (SIGTERM, then SIGKILL).
        `env` None: as ours.
        """
        process = await start(
            argv,
            entry=self._entry(inside),
            env=env,
            pass_fds=pass_fds,
            streams=Streams(stdin, stdout, stderr),
            cwd=cwd,
        )
        self._processes = [known for known in self._processes if known.returncode is None]
        self._processes.append(process)
        return process

    def entered(self, inside: Place) -> contextlib.AbstractContextManager[None]:
        """Keep the calling thread in a namespace: sockets opened meanwhile belong to it for life.

        As root only; otherwise NamespaceUnavailable (a thread cannot enter a user namespace): use `spawn`.
        """
        if self._users is not None:
            raise namespaces.NamespaceUnavailable(namespaces.Lack.PERMISSION, "only root can move a thread")
        return namespaces.entered(self._networks[inside])

    async def call(self, function: Callable[[], T], *, inside: Place) -> T:
        """Run a blocking function in a namespace, in a thread of its own (as root only, like `entered`).

        For a coroutine: `await box.call(lambda: asyncio.run(probe()), inside="monitor")`.
        """

        def call_inside() -> T:
            with self.entered(inside):
                return function()

        with ThreadPoolExecutor(1, thread_name_prefix=f"box-{inside}") as pool:
            return await asyncio.get_running_loop().run_in_executor(pool, call_inside)

    async def broken(self) -> str:
        """Wait until a process the box cannot do without is gone; return which ("wan" or "devices")."""
        waits = {asyncio.create_task(process.wait(), name=name) for name, process in self._vital.items()}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return done.pop().get_name()

    def namespace_id(self, place: Place) -> int:
        """Return the inode number of a namespace, as in the links of /proc/PID/ns."""
        return os.fstat(self._networks[place]).st_ino

    def _entry(self, inside: Place) -> list[str]:
        if inside == "host" and self._users is not None:
            return []
        descriptors = f"/proc/{os.getpid()}/fd"
        entry = [namespaces.find_command("nsenter"), f"--net={descriptors}/{self._networks[inside]}"]
        if self._users is not None:
            entry += [f"--user={descriptors}/{self._users}", "--preserve-credentials"]
        return [*entry, "--"]

    async def _start_devices(self, plan: DevicePlan) -> None:
        process, self._devices, failed = await start_devices(plan, entry=self._entry("province"))
        self._processes.append(process)
        self._vital["devices"] = process
        if failed:
            raise ControlError(f"devices: {'; '.join(failed)}")

    async def _close(self) -> None:
        # The last one first: a daemon may still talk to the mail server that was started before it.
        for process in reversed(self._processes):
            await stop(process, grace_s=STOP_GRACE_S)
        if self._devices is not None:
            self._devices.close()
        for descriptor in (*self._networks.values(), *([] if self._users is None else [self._users])):
            os.close(descriptor)


async def _receive_namespaces(end: socket.socket) -> list[int]:
    await until_readable(end)
    message, descriptors, _, _ = socket.recv_fds(end, MESSAGE_BYTES, 3)
    answer = json.loads(message or b'{"lack": "kernel", "detail": "the emulator ended while starting"}')
    if "lack" in answer:
        raise namespaces.NamespaceUnavailable(namespaces.Lack(answer["lack"]), answer["detail"])
    return list(descriptors)
