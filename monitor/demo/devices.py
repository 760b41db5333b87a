"""The province's devices in one process: web servers, TCP services, SIP and SNMP for every address it is given.

Started by the box inside the province namespace, where 0.0.0.0 stands for every address of the province (the kernel
answers pings for them). In front of loopback addresses the demo names each address, so nothing is reachable from
outside. Kiosks and PCs send their beats from here too. Ends with its parent.
"""

import argparse
import asyncio
import errno
import functools
import json
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from monitor.demo import namespaces, sip
from monitor.demo.agent import Agent
from monitor.demo.beats import BeatPlan, send_beats
from monitor.demo.control import MESSAGE_BYTES, Control, serve_one
from monitor.demo.models import MODELS, Model
from monitor.demo.processes import start_module, until_readable
from monitor.demo.states import StateName, States

IP_PKTINFO = 8
"""ip(7): the address a datagram was sent to, and the one an answer comes from."""
_PKTINFO = struct.Struct("=I4s4s")
_DATAGRAM_BYTES = 4_096
_BACKLOG = 1_024
_IDLE_S = 30.0
_PAGE = "<!doctype html><html lang=vi><meta charset=utf-8><title>TSLCD</title><h1>Hệ thống mô phỏng {}</h1></html>"

Answer = Callable[[bytes, str, tuple[str, int]], bytes | None]
"""(datagram, address it was sent to, sender) -> answer; None: silence."""


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What answers in the province, as "address:port"; 0.0.0.0 is every address of the province's own namespace."""

    http: tuple[str, ...] = ("0.0.0.0:80",)
    tcp: tuple[str, ...] = ("0.0.0.0:1720",)
    sip: tuple[str, ...] = ("0.0.0.0:5060",)
    """Over UDP."""
    snmp: tuple[str, ...] = ("0.0.0.0:161",)
    models: Mapping[str, Model] = field(default_factory=dict)
    """Address -> what it is for SNMP; all others are CPEs."""
    community_file: Path | None = None
    """Holds the SNMP community; absent: "public"."""
    beats_file: Path | None = None
    """Holds a BeatPlan; absent: nobody beats."""


async def start_devices(
    plan: DevicePlan, *, entry: Sequence[str]
) -> tuple[asyncio.subprocess.Process, Control, list[str]]:
    """Start the devices' process; return it, its control and what could not be opened ("address:port: reason")."""
    kinds = (("http", plan.http), ("tcp", plan.tcp), ("sip", plan.sip), ("snmp", plan.snmp))
    arguments = [f"--{kind}={place}" for kind, places in kinds for place in places]
    arguments += [f"--{model}={address}" for address, model in plan.models.items()]
    for name, path in (("community", plan.community_file), ("beats", plan.beats_file)):
        if path is not None:
            arguments.append(f"--{name}-file={path}")
    process, end = await start_module("monitor.demo.devices", arguments, entry=entry)
    await until_readable(end)
    ready = json.loads(end.recv(MESSAGE_BYTES) or b'{"failed": ["the process ended while starting"]}')
    return process, Control(end), ready["failed"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Open everything, say so on the control socket, serve until the box is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--control-fd", type=int, required=True)
    for kind in ("http", "tcp", "sip", "snmp"):
        parser.add_argument(f"--{kind}", action="append", default=[], metavar="ADDRESS:PORT")
    for model in MODELS:
        parser.add_argument(
            f"--{model}", action="append", default=[], metavar="ADDRESS", dest=f"model {model}"
        )
    parser.add_argument("--community-file", type=Path)
    parser.add_argument("--beats-file", type=Path)
    options = parser.parse_args(arguments)
    namespaces.die_with_parent(options.parent)
    control = socket.socket(fileno=options.control_fd)
    asyncio.run(_serve(options, control))


async def _serve(options: argparse.Namespace, control: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    community = (
        options.community_file.read_text(encoding="utf-8").strip() if options.community_file else "public"
    )
    models = {address: model for model in MODELS for address in vars(options)[f"model {model}"]}
    states = States()
    agent = Agent(community, now=loop.time(), models=models, states=states)
    devices = Devices(agent, states, loop.time)
    failed = await _open_all(devices, options)
    control.send(json.dumps({"failed": failed}).encode())
    gone = asyncio.Event()
    operations: Mapping[str, Callable[..., object]] = {"boot": devices.boot, "change": devices.change}

    def obey() -> None:
        if not serve_one(control, operations):
            loop.remove_reader(control)
            gone.set()

    loop.add_reader(control, obey)
    if options.beats_file is None:
        await gone.wait()
        return
    plan = BeatPlan.from_json(options.beats_file.read_text(encoding="utf-8"))
    async with asyncio.TaskGroup() as group:
        beats = group.create_task(send_beats(plan, states, devices.uptime_s), name="beats")
        await gone.wait()
        beats.cancel()


async def _open_all(devices: "Devices", options: argparse.Namespace) -> list[str]:
    """Open every listener; return what could not be opened."""
    failed = []
    openers = (
        (options.http, devices.open_http),
        (options.tcp, devices.open_tcp),
        (options.sip, devices.open_sip),
        (options.snmp, devices.open_snmp),
    )
    for places, open_one in openers:
        for place in places:
            address, _, port = place.rpartition(":")
            try:
                await open_one(address, int(port))
            except OSError as error:
                failed.append(f"{place}: {errno.errorcode.get(error.errno or 0, error)}")
    return failed


class Devices:
    """The listeners and what can be changed about them."""

    def __init__(self, agent: Agent, states: States, now: Callable[[], float]) -> None:
        self._agent = agent
        self._states = states
        self._now = now
        self._http = web.Server(self._respond, access_log=None)
        self._open: list[object] = []

    def boot(self, prefix: str) -> None:
        """Restart the devices of a prefix: sysUpTime begins at zero."""
        self._agent.boot(prefix, now=self._now())

    def change(self, prefix: str, states: Mapping[str, float]) -> None:
        """Set states (states.StateName) of the devices of a prefix."""
        self._states.set(prefix, states, now=self._now())

    def uptime_s(self, address: str) -> float:
        """Return how long the device at an address has been running."""
        return self._agent.uptime_s(address, now=self._now())

    async def open_http(self, address: str, port: int) -> None:
        """Serve one small page at every path."""
        loop = asyncio.get_running_loop()
        self._open.append(await loop.create_server(self._http, address, port, backlog=_BACKLOG))

    async def open_tcp(self, address: str, port: int) -> None:
        """Accept connections and wait for the other side to close them."""
        self._open.append(await asyncio.start_server(_hold, address, port, backlog=_BACKLOG))

    async def open_snmp(self, address: str, port: int) -> None:
        """Answer SNMP."""
        self._open_udp(address, port, lambda data, asked, _: self._agent.answer(data, asked, now=self._now()))

    async def open_sip(self, address: str, port: int) -> None:
        """Answer SIP OPTIONS."""
        self._open_udp(address, port, sip.answer)

    def _open_udp(self, address: str, port: int, answer: Answer) -> None:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        udp.bind((address, port))
        asyncio.get_running_loop().add_reader(udp, functools.partial(_answer_datagram, udp, answer))
        self._open.append(udp)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        address: str = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        delay_s = self._states.value(address, StateName.WEB_DELAY_S) if address else 0.0
        if delay_s:
            await asyncio.sleep(delay_s)
        return web.Response(text=_PAGE.format(address), content_type="text/html", charset="utf-8")


def _answer_datagram(udp: socket.socket, answer: Answer) -> None:
    """Answer one datagram from the very address that it was sent to."""
    try:
        datagram, ancillary, _, sender = udp.recvmsg(_DATAGRAM_BYTES, socket.CMSG_SPACE(_PKTINFO.size))
    except OSError:  # a late ICMP error of an earlier answer, or nothing there any more
        return
    _, _, asked = _PKTINFO.unpack(ancillary[0][2][: _PKTINFO.size])
    said = answer(datagram, socket.inet_ntoa(asked), sender)
    if said is None:
        return
    source = (socket.IPPROTO_IP, IP_PKTINFO, _PKTINFO.pack(0, asked, bytes(4)))
    try:
        udp.sendmsg([said], [source], 0, sender)
    except OSError:  # UDP may lose it; the asker will time out
        return


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(_IDLE_S):
            while await reader.read(_DATAGRAM_BYTES):
                pass
    except OSError:  # TimeoutError included
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    main()
