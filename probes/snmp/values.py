"""Numbers out of SNMP answers, as a device's data file says. Pure.

What is not there, out of range, or not a number is None: an absent metric, never 0.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from probes.snmp.devices import Source, Where
from probes.snmp.model import Value

Table = Mapping[str, Mapping[str, Value]]
"""Column -> row's index -> value."""

_Lookup = Callable[[str], Value]
_NUMBER = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%]*)\s*", re.ASCII)
_LONGEST = 64
_WRAP = 2**32


class _Amount(NamedTuple):
    number: float
    unit: str
    """What follows the number in a text: `256 MB`."""


def evaluate(source: Source, scalars: Mapping[str, Value], tables: Mapping[str, Table]) -> float | None:
    """Return what the source measures, None when the device does not tell it."""
    table = source.table
    rows = [scalars.get] if table is None else _rows(source, tables[table])
    found = [number for row in rows for number in _row_numbers(source, row) if number is not None]
    if not found:
        return None
    match source.aggregate:
        case "min":
            return min(found)
        case "mean":
            return sum(found) / len(found)
        case "sum":
            return sum(found)
        case _:
            return max(found)


def _rows(source: Source, table: Table) -> Iterator[_Lookup]:
    """Yield a look-up by column for each row that the source wants."""
    indices = dict.fromkeys(index for oid in source.oids for index in table.get(oid, ()))
    for index in indices:

        def lookup(oid: str, index: str = index) -> Value:
            return table.get(oid, {}).get(index)

        if all(_holds(condition, lookup(condition.column)) for condition in source.where):
            yield lookup


def _holds(condition: Where, value: Value) -> bool:
    if value is None:
        return False
    text = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip("\0 ")
    if condition.equals:
        return text in condition.equals
    if condition.begins:
        return text.startswith(condition.begins)
    return not text.startswith(condition.not_begins)


def _row_numbers(source: Source, row: _Lookup) -> Iterator[float | None]:
    if source.value:
        for oid in source.value:
            yield _value(source, row(oid))
    else:
        yield _ratio(source, row)


def _value(source: Source, value: Value) -> float | None:
    if source.bit is not None:
        return _bit(value, source.bit)
    amount = _amount(value, unsigned=source.unsigned)
    if amount is None:
        return None
    number = amount.number
    if source.states:
        return source.states.get(int(number)) if number.is_integer() else None
    if (source.least is not None and number < source.least) or (
        source.most is not None and number > source.most
    ):
        return None
    # Rounded, so that 35 % is 0.35 and not a little more: limits are compared with it.
    return round(number * source.scale + source.offset, 9)


def _bit(value: Value, position: int) -> float | None:
    """Return 1 or 0; octets that an agent left out at the end are zero (RFC 2578 7.1.4)."""
    if not isinstance(value, bytes):
        return None
    octet, within = divmod(position, 8)
    return float(octet < len(value) and bool(value[octet] & (0x80 >> within)))


def _ratio(source: Source, row: _Lookup) -> float | None:
    """Return used / size, at most 1: a device may count more in use than it has. Negative parts mean none."""
    units: set[str] = set()
    used = _sum(source.used, row, units, unsigned=source.unsigned)
    free = _sum(source.free, row, units, unsigned=source.unsigned)
    size = _sum(source.size, row, units, unsigned=source.unsigned)
    if len(units) != 1:  # nothing there, or parts that cannot be compared
        return None
    match used, free, size:
        case float(), None, float():
            part, whole = used, size
        case float(), float(), None:
            part, whole = used, used + free
        case None, float(), float():
            part, whole = max(0.0, size - free), size
        case _:
            return None
    return min(part / whole, 1.0) if whole > 0 else None


def _sum(oids: Collection[str], row: _Lookup, units: set[str], *, unsigned: bool) -> float | None:
    """Add the parts up; None when one is missing. The units they come in are added to `units`."""
    total = 0.0
    for oid in oids:
        amount = _amount(row(oid), unsigned=unsigned)
        if amount is None or amount.number < 0:
            return None
        units.add(amount.unit)
        total += amount.number
    return total if oids else None


def _amount(value: Value, *, unsigned: bool) -> _Amount | None:
    """Return the finite number in a value; agents also send numbers as text, and with a unit."""
    if isinstance(value, bytes):
        value = value[:_LONGEST].decode("ascii", "replace").rstrip("\0")
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        amount = _Amount(float(match[1]), match[2]) if match else None
    else:
        amount = None if value is None else _Amount(float(value), "")
    if amount is None or not math.isfinite(amount.number):
        return None
    return amount._replace(number=amount.number + _WRAP) if unsigned and amount.number < 0 else amount
