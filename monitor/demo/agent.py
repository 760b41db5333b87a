"""A small SNMPv2c agent for many addresses, each with its own boot time (RFC 3416, RFC 3418). Pure: `now` is given.

net-snmp's snmpd has one sysUpTime for all addresses, so a site's reboot could not be told; this one can. It answers
GET, GETNEXT and GETBULK on the system group and two interfaces. Try: `snmpget -v2c -c COMMUNITY ADDRESS 1.3.6.1.2.1.1.3.0`.
"""

import bisect
import ipaddress
import zlib
from collections.abc import Callable, Sequence

from monitor.demo import ber
from monitor.demo.links import network_of

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
_VERSION_2C = 1
_NO_SUCH_OBJECT, _END_OF_MIB_VIEW = 0x80, 0x82
_MOST_VARBINDS = 100
_TICKS_PER_SECOND = 100
_OLDEST_BOOT_S = 90 * 86_400
_UINT32 = 1 << 32

_SYSTEM = (1, 3, 6, 1, 2, 1, 1)
_INTERFACES = (1, 3, 6, 1, 2, 1, 2)
_IF_X_TABLE = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_NET_SNMP_LINUX = (1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)
_LINE_BPS = 100_000_000
_TRAFFIC_BYTES_PER_S = 180_000

Value = Callable[[str, float], bytes]
"""(address, uptime in seconds) -> one BER value."""


class Agent:
    """Answers requests for any address. `now` is monotonic seconds everywhere."""

    def __init__(self, community: str, *, now: float) -> None:
        self._community = community.encode()
        self._started_at = now
        self._booted_at: dict[ipaddress.IPv4Network, float] = {}
        self._objects = dict(sorted(_objects().items()))
        self._oids = list(self._objects)

    def boot(self, prefix: str, *, now: float) -> None:
        """Restart the devices of a prefix: their sysUpTime begins at zero."""
        self._booted_at[network_of(prefix)] = now

    def uptime_s(self, address: str, *, now: float) -> float:
        """Return how long the device at an address has been running; days, unless it was booted."""
        host = ipaddress.IPv4Address(address)
        booted = [at for network, at in self._booted_at.items() if host in network]
        if booted:
            return now - max(booted)
        return now - self._started_at + zlib.crc32(address.encode()) % _OLDEST_BOOT_S

    def answer(self, datagram: bytes, address: str, *, now: float) -> bytes | None:
        """Answer a request sent to `address`; None (silence) for a wrong community or anything malformed."""
        try:
            return self._answer(datagram, address, self.uptime_s(address, now=now))
        except (ber.BerError, ValueError):
            return None

    def _answer(self, datagram: bytes, address: str, uptime_s: float) -> bytes | None:
        (_, version), (_, community), (kind, pdu) = ber.decode(ber.decode_one(datagram, ber.SEQUENCE))
        if int.from_bytes(version, "big") != _VERSION_2C or community != self._community:
            return None
        (_, request_id), (_, second), (_, third), (_, varbinds) = ber.decode(pdu)
        asked = [
            ber.decode_oid(ber.decode_one(item, ber.OBJECT_IDENTIFIER)) for _, item in ber.decode(varbinds)
        ]
        found: list[tuple[ber.Oid, ber.Oid | None]]
        match kind:
            case 0xA0:
                found = [(oid, oid) if oid in self._objects else (oid, None) for oid in asked]
            case 0xA1:
                found = [(oid, self._after(oid)) for oid in asked]
            case 0xA5:
                found = self._bulk(
                    asked, once=int.from_bytes(second, "big"), times=int.from_bytes(third, "big")
                )
            case _:
                return None
        missing = _NO_SUCH_OBJECT if kind == GET else _END_OF_MIB_VIEW
        rows = []
        for oid, present in found[:_MOST_VARBINDS]:
            value = ber.encode(missing, b"") if present is None else self._objects[present](address, uptime_s)
            rows.append(ber.encode_sequence([ber.encode_oid(present or oid), value]))
        response = ber.encode_sequence(
            [
                ber.encode(ber.INTEGER, request_id),
                ber.encode_integer(0),
                ber.encode_integer(0),
                ber.encode_sequence(rows),
            ],
            RESPONSE,
        )
        return ber.encode_sequence(
            [ber.encode_integer(_VERSION_2C), ber.encode(ber.OCTET_STRING, community), response]
        )

    def _after(self, oid: ber.Oid) -> ber.Oid | None:
        position = bisect.bisect_right(self._oids, oid)
        return self._oids[position] if position < len(self._oids) else None

    def _bulk(
        self, asked: Sequence[ber.Oid], *, once: int, times: int
    ) -> list[tuple[ber.Oid, ber.Oid | None]]:
        found = [(oid, self._after(oid)) for oid in asked[:once]]
        columns = list(asked[once:])
        for _ in range(times):
            row = [(oid, self._after(oid)) for oid in columns]
            found += row
            columns = [following or oid for oid, following in row]
            if len(found) >= _MOST_VARBINDS or not any(following for _, following in row):
                break
        return found


def _objects() -> dict[ber.Oid, Value]:
    objects: dict[ber.Oid, Value] = {
        (*_SYSTEM, 1, 0): lambda _address, _uptime_s: _text("TSLCD CPE (simulated)"),
        (*_SYSTEM, 2, 0): lambda _address, _uptime_s: ber.encode_oid(_NET_SNMP_LINUX),
        (*_SYSTEM, 3, 0): lambda _address, uptime_s: _number(uptime_s * _TICKS_PER_SECOND, ber.TIME_TICKS),
        (*_SYSTEM, 4, 0): lambda _address, _uptime_s: _text(""),
        (*_SYSTEM, 5, 0): lambda address, _uptime_s: _text(f"cpe-{address.replace('.', '-')}"),
        (*_SYSTEM, 6, 0): lambda _address, _uptime_s: _text(""),
        (*_INTERFACES, 1, 0): lambda _address, _uptime_s: ber.encode_integer(2),
    }
    for index, name in ((1, "wan0"), (2, "lan0")):
        objects |= _interface(index, name)
    return objects


def _interface(index: int, name: str) -> dict[ber.Oid, Value]:
    """One row of ifTable and ifXTable (RFC 2863): up, 100 Mbit/s, steady traffic."""
    row, extra = (*_INTERFACES, 2, 1), _IF_X_TABLE
    octets = _TRAFFIC_BYTES_PER_S * index
    return {
        (*row, 1, index): lambda _address, _uptime_s: ber.encode_integer(index),
        (*row, 2, index): lambda _address, _uptime_s: _text(name),
        (*row, 5, index): lambda _address, _uptime_s: _number(_LINE_BPS, ber.GAUGE32),
        (*row, 7, index): lambda _address, _uptime_s: ber.encode_integer(1),
        (*row, 8, index): lambda _address, _uptime_s: ber.encode_integer(1),
        (*row, 10, index): lambda _address, uptime_s: _number(uptime_s * octets, ber.COUNTER32),
        (*row, 16, index): lambda _address, uptime_s: _number(uptime_s * octets, ber.COUNTER32),
        (*extra, 1, index): lambda _address, _uptime_s: _text(name),
        (*extra, 6, index): lambda _address, uptime_s: ber.encode_integer(
            int(uptime_s * octets), ber.COUNTER64
        ),
        (*extra, 10, index): lambda _address, uptime_s: ber.encode_integer(
            int(uptime_s * octets), ber.COUNTER64
        ),
        (*extra, 15, index): lambda _address, _uptime_s: _number(_LINE_BPS / 1e6, ber.GAUGE32),
    }


def _text(text: str) -> bytes:
    return ber.encode(ber.OCTET_STRING, text.encode())


def _number(value: float, tag: int) -> bytes:
    return ber.encode_integer(int(value) % _UINT32, tag)
