"""What each model of the simulated devices tells over SNMP: a table of objects. Pure: no clock, no I/O.

Objects of RFC 3418 (system), RFC 2863 (interfaces), RFC 1628 (UPS), POLYCOM-MCU-MIB and POLYCOM-ENDPOINT-MIB.
"""

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from monitor.demo import ber
from monitor.demo.states import StateName, States

Model = Literal["cpe", "rmx", "polycom-endpoint", "ups"]
"""All but the first are named after the data file that a check reads them with."""
MCU_PORTS: Final = 100
MODELS: Final[tuple[Model, ...]] = get_args(Model)


@dataclass(frozen=True, slots=True)
class Device:
    """One device at one instant. `now` is in the seconds of its states."""

    address: str
    uptime_s: float
    states: States
    now: float

    def state(self, name: StateName, usual: float = 0.0) -> float:
        """Return what the story made of it, `usual` when it left it alone."""
        return self.states.value(self.address, name, usual)

    def on_battery_s(self) -> float:
        """Return for how long a UPS has had no mains; 0 while it has."""
        state = self.states.find(self.address, StateName.ON_BATTERY)
        return 0.0 if state is None or not state.value else max(0.0, self.now - state.since)


Value = Callable[[Device], bytes]
"""Makes one BER value."""
Objects = Mapping[ber.Oid, Value]

_UINT32: Final = 1 << 32
_TICKS_PER_SECOND: Final = 100
_SYSTEM: Final = (1, 3, 6, 1, 2, 1, 1)
_INTERFACES: Final = (1, 3, 6, 1, 2, 1, 2)
_IF_X_TABLE: Final = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_NET_SNMP_LINUX: Final = (1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)
_LINE_BPS: Final = 100_000_000
_ETHERNET: Final = 6
_PACKET_BYTES: Final = 700
_LEAST_BYTES_PER_S: Final = 150_000
_MOST_BYTES_PER_S: Final = 650_000
"""With the wave 8.3 Mbit/s: a line of 10 Mbit/s is never full."""
_WAVE_S: Final = 900.0
_WAVE: Final = 0.6
"""How far the traffic swings around its mean."""

_MCU: Final = (1, 3, 6, 1, 4, 1, 13885, 110, 1)
_MCU_USUAL_PORTS: Final = 24
_PORTS_A_CONFERENCE: Final = 48
_VOICE_PART: Final = 4
"""One port in so many carries voice only."""

_ENDPOINT: Final = (1, 3, 6, 1, 4, 1, 13885, 101, 1)
_CALL: Final = (1, 1)
"""Index of the one call: call and stream."""

_UPS: Final = (1, 3, 6, 1, 2, 1, 33)
_DRAIN_RATIO_PER_S: Final = 0.005
_BATTERY_LOW_RATIO: Final = 0.2
_RUNTIME_MINUTES: Final = 40
_NORMAL, _ON_BATTERY = 3, 5  # upsOutputSource
_BATTERY_NORMAL, _BATTERY_LOW = 2, 3  # upsBatteryStatus

_OK: Final = 2  # of Poly's states: disabled 1, ok 2, failed 3


def objects_of(model: Model) -> Objects:
    """Return the objects of a model, in the order of a walk."""
    tables: Mapping[Model, Callable[[], Objects]] = {
        "cpe": _cpe,
        "rmx": _rmx,
        "polycom-endpoint": _endpoint,
        "ups": _ups,
    }
    return dict(sorted(tables[model]().items()))


def _system(title: str, object_id: ber.Oid, name: str) -> Objects:
    return {
        (*_SYSTEM, 1, 0): _text(f"{title} (simulated)"),
        (*_SYSTEM, 2, 0): lambda _: ber.encode_oid(object_id),
        (*_SYSTEM, 3, 0): lambda device: _encode(device.uptime_s * _TICKS_PER_SECOND, ber.TIME_TICKS),
        (*_SYSTEM, 4, 0): _text(""),
        (*_SYSTEM, 5, 0): lambda device: _encode_text(f"{name}-{device.address.replace('.', '-')}"),
        (*_SYSTEM, 6, 0): _text(""),
    }


def _cpe() -> Objects:
    """A router with two interfaces: what comes in by one goes out by the other."""
    return {
        **_system("TSLCD CPE", _NET_SNMP_LINUX, "cpe"),
        (*_INTERFACES, 1, 0): _number(lambda _: 2),
        **_interface(1, "wan0", into="down", out="up"),
        **_interface(2, "lan0", into="up", out="down"),
    }


def _interface(index: int, name: str, *, into: str, out: str) -> Objects:
    """One row of ifTable and ifXTable: up, 100 Mbit/s, without errors."""
    row, extra = (*_INTERFACES, 2, 1), _IF_X_TABLE

    def packets(way: str) -> Callable[[Device], float]:
        return lambda device: octets(device, way) // _PACKET_BYTES

    objects: dict[ber.Oid, Value] = {
        (*row, 1, index): _number(lambda _: index),
        (*row, 2, index): _text(name),
        (*row, 3, index): _number(lambda _: _ETHERNET),
        (*row, 5, index): _number(lambda _: _LINE_BPS, ber.GAUGE32),
        (*row, 7, index): _number(lambda _: 1),
        (*row, 8, index): _number(lambda _: 1),
        (*row, 10, index): _number(lambda device: octets(device, into), ber.COUNTER32),
        (*row, 16, index): _number(lambda device: octets(device, out), ber.COUNTER32),
        (*extra, 1, index): _text(name),
        (*extra, 6, index): _wide(lambda device: octets(device, into)),
        (*extra, 7, index): _wide(packets(into)),
        (*extra, 10, index): _wide(lambda device: octets(device, out)),
        (*extra, 11, index): _wide(packets(out)),
        (*extra, 15, index): _number(lambda _: _LINE_BPS / 1e6, ber.GAUGE32),
        (*extra, 19, index): _number(lambda _: 0, ber.TIME_TICKS),
    }
    # Discards and errors, in and out.
    for column in (13, 14, 19, 20):
        objects[(*row, column, index)] = _number(lambda _: 0, ber.COUNTER32)
    return objects


def octets(device: Device, way: str) -> int:
    """Return what has gone through since the boot: a mean rate of its own for each address and way, in slow waves."""
    spread = zlib.crc32(f"{device.address} {way}".encode()) / _UINT32
    mean = _LEAST_BYTES_PER_S + spread * (_MOST_BYTES_PER_S - _LEAST_BYTES_PER_S)
    turn = 2 * math.pi / _WAVE_S
    # The integral of mean * (1 + wave * sin(turn * t)): it never falls.
    return int(mean * (device.uptime_s + _WAVE / turn * (1 - math.cos(turn * device.uptime_s))))


def _rmx() -> Objects:
    """An MCU of 100 ports, of which each participant takes one."""

    def used(device: Device) -> float:
        return min(device.state(StateName.MCU_PORTS_USED, _MCU_USUAL_PORTS), MCU_PORTS)

    def voice(device: Device) -> float:
        return used(device) // _VOICE_PART

    def video(device: Device) -> float:
        return used(device) - voice(device)

    voice_ports = MCU_PORTS // _VOICE_PART
    video_ports = MCU_PORTS - voice_ports
    ports: Mapping[int, Callable[[Device], float]] = {
        1: lambda _: MCU_PORTS,
        2: lambda _: voice_ports,
        3: lambda _: video_ports,
        4: used,
        5: lambda device: 100 * used(device) / MCU_PORTS,
        6: voice,
        7: lambda device: 100 * voice(device) / voice_ports,
        8: video,
        9: lambda device: 100 * video(device) / video_ports,
        10: used,
    }
    # Of the MCU, H.323, SIP; the hardware as a whole, fans, power supplies, boards.
    well = ((1, 6), (2, 7, 1), (2, 8, 1), (3, 1), (3, 2, 1), (3, 3, 1), (3, 4, 1))
    return {
        **_system("Polycom RMX", _MCU[:-1], "mcu"),
        **{(*_MCU, 2, 17, column, 0): _number(count) for column, count in ports.items()},
        **{(*_MCU, *part, 0): _number(lambda _: _OK) for part in well},
        **{(*_MCU, 4, 2, column, 0): _number(lambda _: 0) for column in (1, 2, 3)},
        (*_MCU, 4, 4, 1, 1, 0): _number(voice),
        (*_MCU, 4, 4, 2, 1, 0): _number(video),
        (*_MCU, 5, 1, 0): _number(lambda device: math.ceil(used(device) / _PORTS_A_CONFERENCE)),
    }


def _endpoint() -> Objects:
    """A Group Series that is registered and in one call."""

    def lost_percent(device: Device) -> float:
        return 100 * device.state(StateName.CALL_LOSS_RATIO)

    # The whole, H.323 registered, SIP registered (a table), the hardware, microphones, camera, network.
    well = ((1, 6, 0), (2, 7, 2, 0), (2, 8, 3, 1, 2, 1), (3, 1, 0), (3, 5, 1, 0), (3, 6, 1, 0), (3, 10, 1, 0))
    # Loss, latency and jitter, received and sent: percent and milliseconds.
    call = {
        16: lost_percent,
        17: lambda _: 0,
        18: lambda _: 38,
        19: lambda _: 41,
        20: lambda _: 6,
        21: lambda _: 7,
    }
    return {
        **_system("Polycom RealPresence Group 500", _ENDPOINT[:-1], "vcs"),
        **{(*_ENDPOINT, *part): _number(lambda _: _OK) for part in well},
        **{(*_ENDPOINT, 4, 1, 1, column, *_CALL): _number(value) for column, value in call.items()},
        (*_ENDPOINT, 5, 1, 0): _number(lambda _: 1),
    }


def _ups() -> Objects:
    """A UPS whose battery drains while there is no mains."""

    def charge(device: Device) -> float:
        return max(0.0, 1.0 - device.on_battery_s() * _DRAIN_RATIO_PER_S)

    def has_mains(device: Device) -> bool:
        return not device.state(StateName.ON_BATTERY)

    def battery(device: Device) -> float:
        return _BATTERY_LOW if charge(device) < _BATTERY_LOW_RATIO else _BATTERY_NORMAL

    scalars: Mapping[ber.Oid, Callable[[Device], float]] = {
        (1, 2, 1): battery,
        (1, 2, 2): lambda device: device.on_battery_s(),
        (1, 2, 3): lambda device: charge(device) * _RUNTIME_MINUTES,
        (1, 2, 4): lambda device: 100 * charge(device),
        (1, 2, 7): lambda _: 31,
        (1, 4, 1): lambda device: _NORMAL if has_mains(device) else _ON_BATTERY,
        (1, 6, 1): lambda device: 0 if has_mains(device) else 1,
        (1, 7, 3): lambda _: 1,
    }
    return {
        **_system("UPS 1500 VA", _UPS, "ups"),
        **{(*_UPS, *oid, 0): _number(value) for oid, value in scalars.items()},
        (*_UPS, 1, 4, 4, 1, 5, 1): _number(lambda _: 35),
    }


def _text(text: str) -> Value:
    return lambda _: _encode_text(text)


def _number(value: Callable[[Device], float], tag: int = ber.INTEGER) -> Value:
    """Make an object of 32 bits."""
    return lambda device: _encode(value(device), tag)


def _wide(value: Callable[[Device], float]) -> Value:
    """Make a Counter64."""
    return lambda device: ber.encode_integer(int(value(device)), ber.COUNTER64)


def _encode(value: float, tag: int) -> bytes:
    return ber.encode_integer(int(value) % _UINT32, tag)


def _encode_text(text: str) -> bytes:
    return ber.encode(ber.OCTET_STRING, text.encode())
