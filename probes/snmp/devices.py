"""Which objects of which device make which metric: the data files in probes/snmp/vendors, and the choice among them.

Reads nothing but those files, once. A file's vocabulary is fixed: a value or a ratio, of a scalar or of a table's rows.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from probes.snmp.ber import encode_oid
from probes.snmp.names import NAMES

DeviceName = Literal[
    "cisco-ios",
    "cisco-nx",
    "cisco-smb",
    "d-link",
    "fortigate",
    "h3c-comware",
    "hdx",
    "hikvision",
    "host",
    "huawei-vrp",
    "juniper",
    "mikrotik",
    "net-snmp",
    "polycom-endpoint",
    "printer",
    "rmx",
    "tp-link",
    "ups",
    "zte-m6000",
    "zte-zxr10",
]
"""Names of the files in probes/snmp/vendors."""


def _encodable(oid: str) -> str:
    try:
        encode_oid(oid)
    except ValueError:
        raise ValueError(
            f"không có OID {oid}: mỗi số không quá 4294967295, và số thứ hai sau 0 hoặc 1 không quá 39"
        ) from None
    return oid


Oid = Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,9})){2,127}$"), AfterValidator(_encodable)]
"""An OID in numbers, without a leading dot."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_texts(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, list) else value


_Oids = Annotated[tuple[Oid, ...], BeforeValidator(_as_list)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Where(_Form):
    """Only rows in which `column` is one of `equals`, begins with one of `begins`, or with none of `not_begins`."""

    column: Oid
    equals: _Texts = ()
    begins: _Texts = ()
    not_begins: _Texts = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len([words for words in (self.equals, self.begins, self.not_begins) if words]) != 1:
            raise ValueError("needs exactly one of equals, begins, not_begins")
        return self


class Source(_Form):
    """One way to measure a metric: `value`, or a ratio of `used` and `size`, `used` and `free`, or `free` and `size`.

    An OID that ends in `.0` is a scalar; any other is the column of a table, and its rows are aggregated. Several OIDs of
    a `value` are aggregated like rows; several of a ratio's part are added.
    """

    value: _Oids = ()
    used: _Oids = ()
    free: _Oids = ()
    size: _Oids = ()
    aggregate: Literal["max", "min", "mean", "sum"] | None = None
    where: tuple[Where, ...] = ()
    bit: Annotated[int, Field(ge=0, le=63)] | None = None
    """Position in a bit string, the most significant bit of the first octet is 0 (RFC 2790, RFC 2578 BITS)."""
    states: dict[int, float] = {}
    """Enumerated value -> number; values that are not listed are absent."""
    scale: float = 1.0
    offset: float = 0.0
    least: float | None = None
    """Numbers below, as the agent sends them, mean that there is none (-1, 0 ...)."""
    most: float | None = None
    """Numbers above, as the agent sends them, mean that there is none (65535, 2147483647 ...)."""
    unsigned: bool = False
    """Negative numbers are 32-bit numbers that the agent took for signed ones."""

    @property
    def oids(self) -> tuple[str, ...]:
        """Every OID it needs."""
        conditions = tuple(condition.column for condition in self.where)
        return self.value + self.used + self.free + self.size + conditions

    @property
    def table(self) -> str | None:
        """The table's entry (the column without its last number), None for scalars."""
        return None if is_scalar(self.oids[0]) else table_of(self.oids[0])

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = {name for name in ("value", "used", "free", "size") if getattr(self, name)}
        if parts not in ({"value"}, {"used", "size"}, {"used", "free"}, {"free", "size"}):
            raise ValueError("needs value, or used and size, or used and free, or free and size")
        if len({None if is_scalar(oid) else table_of(oid) for oid in self.oids}) != 1:
            raise ValueError("all OIDs must be scalars (ending in .0), or columns of one table")
        if (self.aggregate is not None) != (self.table is not None or len(self.value) > 1):
            raise ValueError("aggregate belongs to columns and to several values, and must be there")
        plain = self.bit is None and not self.states and self.scale == 1 and self.offset == 0
        if parts != {"value"} and not (plain and self.least is None and self.most is None):
            raise ValueError("bit, states, scale, offset, least and most belong to a value")
        return self


class Device(_Form):
    """One data file: how to tell the device, and what of it can be measured."""

    vi: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    sys_object_ids: tuple[Oid, ...] = ()
    """Beginnings of sysObjectID by which `auto` knows the device."""
    metrics: Annotated[dict[str, Annotated[tuple[Source, ...], Field(min_length=1)]], Field(min_length=1)]
    """Metric -> sources in order; the first that the device has is taken."""

    def scalars(self) -> list[str]:
        """Return the scalars of all sources, each once."""
        return self._oids(None)

    def columns(self, table: str) -> list[str]:
        """Return the columns of `table` that any source needs, each once."""
        return self._oids(table)

    def _oids(self, table: str | None) -> list[str]:
        needed = (source for sources in self.metrics.values() for source in sources if source.table == table)
        return list(dict.fromkeys(oid for source in needed for oid in source.oids))

    @model_validator(mode="after")
    def _check(self) -> Self:
        unknown = self.metrics.keys() - NAMES.keys()
        if unknown:
            raise ValueError(f"no such metric in probes/snmp/names.py: {', '.join(sorted(unknown))}")
        return self


def is_scalar(oid: str) -> bool:
    """Whether the OID is a scalar's, with its `.0`."""
    return oid.endswith(".0")


def table_of(column: str) -> str:
    """Return the OID of the entry that the column belongs to."""
    return column.rpartition(".")[0]


def parse_device(name: str, text: str) -> Device:
    """Read one data file; ValueError names the file, the place in it and what is wrong."""
    try:
        data: Any = yaml.load(text, Loader=yaml.CSafeLoader)
        return Device.model_validate(data)
    except yaml.YAMLError as error:
        raise ValueError(f"{name}.yaml: {error}") from error
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, details['loc']))}: {details['msg'].removeprefix('Value error, ')}"
            for details in error.errors(include_url=False)
        ]
        raise ValueError(f"{name}.yaml: {'; '.join(wrong)}") from error


@cache
def devices() -> Mapping[DeviceName, Device]:
    """Return the data of every device; the files are read at the first call."""
    folder = files("probes.snmp") / "vendors"
    names: Sequence[DeviceName] = get_args(DeviceName)
    return MappingProxyType(
        {name: parse_device(name, (folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in names}
    )


def device_for(object_id: str) -> DeviceName | None:
    """Return the device whose longest beginning of sysObjectID matches, None when none does."""
    found = [
        (len(beginning), name)
        for name, device in devices().items()
        for beginning in device.sys_object_ids
        if f"{object_id}.".startswith(f"{beginning}.")
    ]
    return max(found)[1] if found else None
