"""The WAN emulator's process: makes both namespaces, then carries IP packets between their TUN devices.

Started by box.py as `python -m monitor.demo.wan`; it ends with its parent. The only clock is the monotonic one, the
packet logic is in packets.py.
"""

import argparse
import array
import contextlib
import dataclasses
import gc
import json
import os
import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence

from monitor.demo import namespaces
from monitor.demo.control import serve_one
from monitor.demo.links import LinkTable
from monitor.demo.packets import PacketQueue

MONITOR_ADDRESS = "10.50.255.1"
"""The monitor's address on the WAN; the province sees its traffic come from there."""
_READS_IN_A_ROW = 64
_NICE = -10
_EVERYBODY = ("0 2147483647", "0 0")
"""Groups that may open ICMP sockets: all, or the one group a user namespace has."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the namespaces, hand their descriptors to the parent, carry packets until it is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--network", action="append", required=True)
    options = parser.parse_args(arguments)
    control = socket.socket(fileno=options.control_fd)
    try:
        descriptors, monitor_tun, province_tun = build(options.network)
    except namespaces.NamespaceUnavailable as error:
        control.send(json.dumps({"lack": error.lack, "detail": error.detail}).encode())
        return
    # Entering a user namespace may clear the tie to the parent, so it is made afterwards.
    namespaces.die_with_parent(options.parent)
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    control.sendmsg([b"{}"], [rights])
    for descriptor in descriptors:
        os.close(descriptor)
    carry(control, monitor_tun, province_tun, seed=options.seed)


def build(networks: Sequence[str]) -> tuple[list[int], int, int]:
    """Make the namespaces; return descriptors of (monitor, province[, user namespace]) and the two TUN devices."""
    users: list[int] = []
    try:
        monitor = namespaces.new_network()
    except namespaces.NamespaceUnavailable as error:
        if error.lack is not namespaces.Lack.PERMISSION:
            raise
        namespaces.become_user_namespace_root()
        users.append(os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC))
        monitor = namespaces.new_network()
    monitor_tun = namespaces.open_tun()
    namespaces.write_sysctl("net.ipv4.ping_group_range", *_EVERYBODY)
    namespaces.run_ip(
        *_device_commands(), f"addr add {MONITOR_ADDRESS}/32 dev {namespaces.TUN_NAME}", *_route()
    )
    province = namespaces.new_network()
    province_tun = namespaces.open_tun()
    # Unreachable messages of closed ports are evidence of a living host; the kernel would allow one a second.
    namespaces.write_sysctl("net.ipv4.icmp_ratelimit", "0")
    local = [f"route add local {network} dev lo" for network in networks]
    namespaces.run_ip(*_device_commands(), *_route(), *local)
    return [monitor, province, *users], monitor_tun, province_tun


def _device_commands() -> list[str]:
    name, mtu, length = namespaces.TUN_NAME, namespaces.MTU, namespaces.TX_QUEUE_PACKETS
    return ["link set lo up", f"link set {name} mtu {mtu} txqueuelen {length} up"]


def _route() -> list[str]:
    # Everything goes into the WAN: what the province does not answer is lost in silence, and nothing leaves the box.
    return [f"route add default dev {namespaces.TUN_NAME}"]


def carry(control: socket.socket, monitor_tun: int, province_tun: int, *, seed: int) -> None:
    """Carry packets and obey commands until the parent closes its end."""
    table = LinkTable()
    queue = PacketQueue(table, seed=seed)
    operations: Mapping[str, Callable[..., object]] = {
        "set_link": table.set_link,
        "cut": table.cut,
        "restore": table.restore,
        "power_off": table.power_off,
        "power_on": table.power_on,
        "counts": lambda: dataclasses.asdict(queue.counts),
    }
    _prepare_for_timing()
    readable: list[int] = []
    sources = [monitor_tun, province_tun, control.fileno()]
    while True:
        for descriptor in readable:
            if descriptor == control.fileno():
                if not serve_one(control, operations):
                    return
            else:
                _read(descriptor, queue, outward=descriptor == monitor_tun)
        for outward, packet in queue.pop_due(time.monotonic()):
            # A full receive queue loses the packet, as a real line would.
            with contextlib.suppress(OSError):
                os.write(province_tun if outward else monitor_tun, packet)
        due_at = queue.next_due_at
        wait_s = None if due_at is None else max(0.0, due_at - time.monotonic())
        # select() waits in microseconds; epoll in Python rounds up to a whole millisecond.
        readable = select.select(sources, (), (), wait_s)[0]


def _read(tun: int, queue: PacketQueue, *, outward: bool) -> None:
    for _ in range(_READS_IN_A_ROW):
        try:
            packet = os.read(tun, namespaces.MTU)
        except BlockingIOError:
            return
        queue.push(packet, outward=outward, now=time.monotonic())


def _prepare_for_timing() -> None:
    gc.collect()
    gc.freeze()
    gc.disable()
    namespaces.sharpen_timers()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)


if __name__ == "__main__":
    main()
