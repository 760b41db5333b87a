"""A small SNMPv2c agent for many addresses, each with its own boot time and model (RFC 3416). Pure: `now` is given.

net-snmp's snmpd has one sysUpTime for all addresses, so a site's reboot could not be told; this one can. It answers
GET, GETNEXT and GETBULK on what models.py has. Try: `snmpget -v2c -c COMMUNITY ADDRESS 1.3.6.1.2.1.1.3.0`.
"""

import bisect
import ipaddress
import zlib
from collections.abc import Mapping, Sequence

from monitor.demo import ber
from monitor.demo.links import network_of
from monitor.demo.models import MODELS, Device, Model, Objects, objects_of
from monitor.demo.states import States

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
_VERSION_2C = 1
_NO_SUCH_OBJECT, _END_OF_MIB_VIEW = 0x80, 0x82
_MOST_VARBINDS = 100
_OLDEST_BOOT_S = 90 * 86_400


class _Table:
    """The objects of one model, to be looked up and walked."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._oids = list(objects)

    def after(self, oid: ber.Oid) -> ber.Oid | None:
        """Return the object that follows `oid` in a walk."""
        position = bisect.bisect_right(self._oids, oid)
        return self._oids[position] if position < len(self._oids) else None

    def bulk(
        self, asked: Sequence[ber.Oid], *, once: int, times: int
    ) -> list[tuple[ber.Oid, ber.Oid | None]]:
        """Return what GETBULK finds: `once` of the objects asked for, and `times` after each of the others."""
        found = [(oid, self.after(oid)) for oid in asked[:once]]
        columns = list(asked[once:])
        for _ in range(times):
            row = [(oid, self.after(oid)) for oid in columns]
            found += row
            columns = [following or oid for oid, following in row]
            if len(found) >= _MOST_VARBINDS or not any(following for _, following in row):
                break
        return found


class Agent:
    """Answers requests for any address, as the model that `models` has for it or else as a CPE.

    `now` is monotonic seconds everywhere; `states` may change at any time.
    """

    def __init__(
        self,
        community: str,
        *,
        now: float,
        models: Mapping[str, Model] | None = None,
        states: States | None = None,
    ) -> None:
        self._community = community.encode()
        self._started_at = now
        self._booted_at: dict[ipaddress.IPv4Network, float] = {}
        self._models = models or {}
        self._states = states or States()
        self._tables = {model: _Table(objects_of(model)) for model in MODELS}

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
            uptime_s = self.uptime_s(address, now=now)
            return self._answer(datagram, Device(address, uptime_s, self._states, now))
        except (ber.BerError, ValueError):
            return None

    def _answer(self, datagram: bytes, device: Device) -> bytes | None:
        (_, version), (_, community), (kind, pdu) = ber.decode(ber.decode_one(datagram, ber.SEQUENCE))
        if int.from_bytes(version, "big") != _VERSION_2C or community != self._community:
            return None
        (_, request_id), (_, second), (_, third), (_, varbinds) = ber.decode(pdu)
        asked = [
            ber.decode_oid(ber.decode_one(item, ber.OBJECT_IDENTIFIER)) for _, item in ber.decode(varbinds)
        ]
        table = self._tables[self._models.get(device.address, "cpe")]
        found: list[tuple[ber.Oid, ber.Oid | None]]
        match kind:
            case 0xA0:
                found = [(oid, oid) if oid in table.objects else (oid, None) for oid in asked]
            case 0xA1:
                found = [(oid, table.after(oid)) for oid in asked]
            case 0xA5:
                found = table.bulk(
                    asked, once=int.from_bytes(second, "big"), times=int.from_bytes(third, "big")
                )
            case _:
                return None
        missing = _NO_SUCH_OBJECT if kind == GET else _END_OF_MIB_VIEW
        rows = []
        for oid, present in found[:_MOST_VARBINDS]:
            value = ber.encode(missing, b"") if present is None else table.objects[present](device)
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
