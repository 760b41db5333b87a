"""The province's devices in one process: web servers, TCP services and SNMP agents for every address it is given.

Started by the box inside the province namespace, where 0.0.0.0 stands for every address of the province (the kernel
answers pings for them). In front of loopback addresses the demo names each address, so nothing is reachable from
outside. Ends with its parent.
"""

import argparse
import asyncio
import errno
import functools
import json
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from monitor.demo import namespaces
from monitor.demo.agent import Agent
from monitor.demo.control import MESSAGE_BYTES, Control, serve_one
from monitor.demo.links import network_of
from monitor.demo.processes import start_module, until_readable

IP_PKTINFO = 8
"""ip(7): the address a datagram was sent to, and the one an answer comes from."""
_PKTINFO = struct.Struct("=I4s4s")
_DATAGRAM_BYTES = 4_096
_BACKLOG = 1_024
_IDLE_S = 30.0
_PAGE = "<!doctype html><html lang=vi><meta charset=utf-8><title>TSLCD</title><h1>Hệ thống mô phỏng {}</h1></html>"


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What answers in the province, as "address:port"; 0.0.0.0 is every address of the province's own namespace.

    `community_file` holds the SNMP community (absent: "public").
    """

    http: tuple[str, ...] = ("0.0.0.0:80",)
    tcp: tuple[str, ...] = ("0.0.0.0:1720", "0.0.0.0:5060")
    snmp: tuple[str, ...] = ("0.0.0.0:161",)
    community_file: Path | None = None


async def start_devices(
    plan: DevicePlan, *, entry: Sequence[str]
) -> tuple[asyncio.subprocess.Process, Control, list[str]]:
    """Start the devices' process; return it, its control and what could not be opened ("address:port: reason")."""
    kinds = (("http", plan.http), ("tcp", plan.tcp), ("snmp", plan.snmp))
    arguments = [f"--{kind}={place}" for kind, places in kinds for place in places]
    if plan.community_file is not None:
        arguments.append(f"--community-file={plan.community_file}")
    process, end = await start_module("monitor.demo.devices", arguments, entry=entry)
    await until_readable(end)
    ready = json.loads(end.recv(MESSAGE_BYTES) or b'{"failed": ["the process ended while starting"]}')
    return process, Control(end), ready["failed"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Open everything, say so on the control socket, serve until the box is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--tcp", action="append", default=[], metavar="ADDRESS:PORT")
    parser.add_argument("--http", action="append", default=[], metavar="ADDRESS:PORT")
    parser.add_argument("--snmp", action="append", default=[], metavar="ADDRESS:PORT")
    parser.add_argument("--community-file", type=Path)
    options = parser.parse_args(arguments)
    namespaces.die_with_parent(options.parent)
    control = socket.socket(fileno=options.control_fd)
    asyncio.run(_serve(options, control))


async def _serve(options: argparse.Namespace, control: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    community = (
        options.community_file.read_text(encoding="utf-8").strip() if options.community_file else "public"
    )
    devices = Devices(Agent(community, now=loop.time()), loop.time)
    failed: list[str] = []
    openers = (
        (options.http, devices.open_http),
        (options.tcp, devices.open_tcp),
        (options.snmp, devices.open_snmp),
    )
    for places, open_one in openers:
        for place in places:
            address, _, port = place.rpartition(":")
            try:
                await open_one(address, int(port))
            except OSError as error:
                failed.append(f"{place}: {errno.errorcode.get(error.errno or 0, error)}")
    control.send(json.dumps({"failed": failed}).encode())
    gone = asyncio.Event()
    operations: Mapping[str, Callable[..., object]] = {"boot": devices.boot, "slow": devices.slow}

    def obey() -> None:
        if not serve_one(control, operations):
            loop.remove_reader(control)
            gone.set()

    loop.add_reader(control, obey)
    await gone.wait()


class Devices:
    """The listeners and what can be changed about them."""

    def __init__(self, agent: Agent, now: Callable[[], float]) -> None:
        self._agent = agent
        self._now = now
        self._delays_s: dict[str, float] = {}
        self._http = web.Server(self._respond, access_log=None)
        self._open: list[object] = []

    def boot(self, prefix: str) -> None:
        """Restart the devices of a prefix: sysUpTime begins at zero."""
        self._agent.boot(prefix, now=self._now())

    def slow(self, prefix: str, delay_s: float) -> None:
        """Answer HTTP requests to the prefix late; 0 ends it."""
        network_of(prefix)
        if delay_s > 0:
            self._delays_s[prefix] = delay_s
        else:
            self._delays_s.pop(prefix, None)

    async def open_http(self, address: str, port: int) -> None:
        """Serve one small page at every path."""
        loop = asyncio.get_running_loop()
        self._open.append(await loop.create_server(self._http, address, port, backlog=_BACKLOG))

    async def open_tcp(self, address: str, port: int) -> None:
        """Accept connections and wait for the other side to close them."""
        self._open.append(await asyncio.start_server(_hold, address, port, backlog=_BACKLOG))

    async def open_snmp(self, address: str, port: int) -> None:
        """Answer SNMP from the very address that was asked."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        udp.bind((address, port))
        asyncio.get_running_loop().add_reader(udp, functools.partial(self._answer_snmp, udp))
        self._open.append(udp)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        address: str = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        host = network_of(address)
        delays = [delay_s for prefix, delay_s in self._delays_s.items() if host.subnet_of(network_of(prefix))]
        if delays:
            await asyncio.sleep(max(delays))
        return web.Response(text=_PAGE.format(address), content_type="text/html", charset="utf-8")

    def _answer_snmp(self, udp: socket.socket) -> None:
        try:
            datagram, ancillary, _, sender = udp.recvmsg(_DATAGRAM_BYTES, socket.CMSG_SPACE(_PKTINFO.size))
        except OSError:  # a late ICMP error of an earlier answer, or nothing there any more
            return
        _, _, asked = _PKTINFO.unpack(ancillary[0][2][: _PKTINFO.size])
        answer = self._agent.answer(datagram, socket.inet_ntoa(asked), now=self._now())
        if answer is None:
            return
        source = (socket.IPPROTO_IP, IP_PKTINFO, _PKTINFO.pack(0, asked, bytes(4)))
        try:
            udp.sendmsg([answer], [source], 0, sender)
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
