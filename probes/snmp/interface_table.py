"""Which rows of the interface table are watched, and which of their objects are asked (IF-MIB, RFC 2863). Pure.

A row's index may change whenever the device restarts or a card is plugged in, so interfaces are known by name, and
every answer is checked to be of the interface that was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from probes.snmp.model import Value
from probes.wording import one_line

SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
ENGINE_BOOTS: Final = "1.3.6.1.6.3.10.2.1.2.0"
TABLE_LAST_CHANGE: Final = "1.3.6.1.2.1.31.1.5.0"
_IF: Final = "1.3.6.1.2.1.2.2.1."
_IFX: Final = "1.3.6.1.2.1.31.1.1.1."
DESCR, TYPE, ADMIN_STATUS, OPER_STATUS = f"{_IF}2", f"{_IF}3", f"{_IF}7", f"{_IF}8"
SPEED: Final = f"{_IF}5"
NAME, HIGH_SPEED, DISCONTINUITY = f"{_IFX}1", f"{_IFX}15", f"{_IFX}19"
TABLE_COLUMNS: Final = (NAME, DESCR, TYPE, ADMIN_STATUS)

UP: Final = 1
_LOOPBACK: Final = 24  # IANAifType softwareLoopback
_NAME_CHARACTERS: Final = 255  # DisplayString
_NAMES_TOLD: Final = 6
_LEAST_HIGH_SPEED: Final = 10  # Mbit/s
_MOST_GAUGE: Final = 2**32 - 1


class Column(NamedTuple):
    """A counter's column."""

    oid: str
    bits: Literal[32, 64]


COUNTERS: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        "in_octets": (Column(f"{_IFX}6", 64), Column(f"{_IF}10", 32)),
        "out_octets": (Column(f"{_IFX}10", 64), Column(f"{_IF}16", 32)),
        "in_discards": (Column(f"{_IF}13", 32),),
        "in_errors": (Column(f"{_IF}14", 32),),
        "out_discards": (Column(f"{_IF}19", 32),),
        "out_errors": (Column(f"{_IF}20", 32),),
        "in_unicast": (Column(f"{_IFX}7", 64), Column(f"{_IF}11", 32)),
        "in_multicast": (Column(f"{_IFX}8", 64), Column(f"{_IF}12", 32)),
        "in_broadcast": (Column(f"{_IFX}9", 64),),
        "out_unicast": (Column(f"{_IFX}11", 64), Column(f"{_IF}17", 32)),
        "out_multicast": (Column(f"{_IFX}12", 64), Column(f"{_IF}18", 32)),
        "out_broadcast": (Column(f"{_IFX}13", 64),),
    }
)
"""Counter -> its columns, the best first. The 32-bit stand-in for multicast counts broadcast too (ifInNUcastPkts)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A row of the table."""

    index: str
    name: str
    """Its name, cleaned for people."""
    name_oid: str
    raw_name: Value
    """What the device says at `name_oid` as long as this index is this interface."""

    def candidates(self, *, version: str) -> tuple[str, ...]:
        """Return everything worth asking once, what belongs to one instant first.

        Version 1 knows no 64-bit counters, and its agents seldom more than the first interface table.
        """
        columns = [DISCONTINUITY, *(column.oid for columns in COUNTERS.values() for column in columns)]
        columns += [OPER_STATUS, ADMIN_STATUS, HIGH_SPEED, SPEED]
        rows = [f"{column}.{self.index}" for column in columns]
        device = (SYS_UPTIME, ENGINE_BOOTS, TABLE_LAST_CHANGE)
        if version == "1":
            return (SYS_UPTIME, self.name_oid, *(oid for oid in rows if oid.startswith(_IF)))
        return (*device, self.name_oid, *rows)

    def needed(self, answer: Mapping[str, Value]) -> tuple[str, ...]:
        """Return what of the candidates' answer is worth asking again: of each thing the best that is there."""
        best = {
            next((f"{c.oid}.{self.index}" for c in columns if _has(answer, f"{c.oid}.{self.index}")), "")
            for columns in COUNTERS.values()
        }
        high, low = f"{HIGH_SPEED}.{self.index}", f"{SPEED}.{self.index}"
        best |= {high} if speed_bps(answer.get(high), None) else {high, low}
        others = {SYS_UPTIME, ENGINE_BOOTS, TABLE_LAST_CHANGE, self.name_oid}
        others |= {f"{column}.{self.index}" for column in (DISCONTINUITY, OPER_STATUS, ADMIN_STATUS)}
        return tuple(oid for oid in answer if oid in best | others and _has(answer, oid))

    def is_outdated(self, needed: Sequence[str], answer: Mapping[str, Value]) -> bool:
        """Whether the answer to what was needed shows that something else is now."""
        high, low = f"{HIGH_SPEED}.{self.index}", f"{SPEED}.{self.index}"
        is_speed_lost = low not in needed and speed_bps(answer.get(high), None) is None
        return is_speed_lost or any(answer.get(oid) is None for oid in needed)


def _has(answer: Mapping[str, Value], oid: str) -> bool:
    return answer.get(oid) is not None


class NotFound(Exception):  # noqa: N818 (a finding about the device, not an error)
    """The interfaces asked for are not in the table, or not once. `str()` says which, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The interfaces to watch, in the order of the table; `left_out` more would have qualified."""

    interfaces: tuple[Interface, ...]
    left_out: int = 0


def choose(table: Mapping[str, Mapping[str, Value]], names: Sequence[str], *, most: int) -> Choice:
    """Return the interfaces of these names; without names those in use that are no loopback, at most `most`.

    `table` maps TABLE_COLUMNS to index -> value. A name is ifName, or ifDescr of what no ifName matches. Raises NotFound.
    """
    named = _named(table[NAME], NAME)
    described = _named(table[DESCR], DESCR)
    if names:
        return Choice(tuple(_only(name, named, described) for name in names))
    known = {interface.index: interface for interface in [*described, *named]}
    chosen = [
        interface
        for index, interface in sorted(known.items(), key=lambda item: _order(item[0]))
        if table[ADMIN_STATUS].get(index) == UP and table[TYPE].get(index) != _LOOPBACK
    ]
    if not chosen:
        raise NotFound("thiết bị không có giao diện nào đang bật")
    return Choice(tuple(chosen[:most]), max(0, len(chosen) - most))


def _named(column: Mapping[str, Value], oid: str) -> list[Interface]:
    found = []
    for index, value in column.items():
        name = clean_name(value)
        if name:
            found.append(Interface(index, name, f"{oid}.{index}", value))
    return found


def _only(name: str, named: Sequence[Interface], described: Sequence[Interface]) -> Interface:
    for rows in (named, described):
        matching = [interface for interface in rows if interface.name == name]
        if len(matching) > 1:
            indexes = ", ".join(interface.index for interface in matching[:_NAMES_TOLD])
            raise NotFound(f"có {len(matching)} giao diện cùng tên {name} (chỉ số {indexes})")
        if matching:
            return matching[0]
    known = list(dict.fromkeys(interface.name for interface in [*named, *described]))
    told = ", ".join(known[:_NAMES_TOLD]) + (", …" if len(known) > _NAMES_TOLD else "")
    raise NotFound(f"không có giao diện {name}" + (f"; thiết bị có: {told}" if known else ""))


def clean_name(value: Value) -> str:
    """Return what a device calls something, as clean text; "" when it is no text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return one_line(value, _NAME_CHARACTERS) if isinstance(value, str) else ""


def _order(index: str) -> tuple[int, str]:
    return (int(index) if index.isdecimal() else 0, index)


def speed_bps(high: Value, low: Value) -> float | None:
    """Return a line's speed from ifHighSpeed (Mbit/s, rounded) or ifSpeed (bit/s, saturates); None: not told.

    Below 10 Mbit/s rounding would be more than 5 % off: then ifHighSpeed does not count. 2**32 - 1 is no speed of either.
    """
    if isinstance(high, int) and _LEAST_HIGH_SPEED <= high < _MOST_GAUGE:
        return high * 1e6
    if isinstance(low, int) and 0 < low < _MOST_GAUGE:
        return float(low)
    return None
