"""The `interfaces` probe: state, traffic, errors and discards of a device's interfaces (IF-MIB, RFC 2863).

The sample before lives here, so the first run after a start gives no rates. `snmpwalk -v2c -c public 127.0.0.1 IF-MIB::ifXTable`
produces the traffic of the first run, one GET an interface that of the later ones.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Self

from pydantic import Field, model_validator

from probes.connection import own_deadline
from probes.kind import Kind, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import Resolver, open_resolver
from probes.snmp.access import SnmpAccess, dialect, login
from probes.snmp.counters import NoRate
from probes.snmp.interface_rates import Capacity, Figures, Sample, figures, sample
from probes.snmp.interface_report import ONE, SEVERAL, Seen, report_one, report_several
from probes.snmp.interface_table import TABLE_COLUMNS, TABLE_LAST_CHANGE, Choice, Interface, NotFound, choose
from probes.snmp.model import Credentials, SnmpRequestError, Value
from probes.snmp.session import Sessions

MOST_INTERFACES = 64
_TABLE_VALID_S = 3_600.0
_DEVICES_MAX = 8_192

METRICS = {**ONE, **SEVERAL}

Bandwidth = Annotated[float, Field(ge=1_000, le=10**13)]
Name = Annotated[str, Field(min_length=1, max_length=255)]


class InterfacesOptions(SnmpAccess):
    """Options of `interfaces`. The address is an IP address or a host name. Ask every 300 s: agents count in steps.

    With exactly one name the metrics are that interface's (a CPE's WAN port is the usual case) and the reading fails
    while it is down or missing. With several names the metrics are sums and worst values over them, and the reading
    fails while one of them is down or missing. Without names all interfaces that are switched on and no loopback are
    watched, and those that are down are only counted: an unused port of a switch is no fault.
    """

    interfaces: Annotated[tuple[Name, ...], Field(max_length=MOST_INTERFACES)] = ()
    """Names of the interfaces as the device gives them: ifName (`Gi0/1`), or ifDescr where no ifName matches.
    Default: none, which means all that are switched on, the first 64."""
    contracted_bps: Bandwidth | None = None
    """Contracted bandwidth of the line behind the one interface, both directions, in bit/s. Default: that of the
    target's circuit. Without any there are no `in_use_ratio` and `out_use_ratio`."""
    contracted_in_bps: Bandwidth | None = None
    """The same for what the interface receives (at the customer's end: download). Default: `contracted_bps`."""
    contracted_out_bps: Bandwidth | None = None
    """The same for what the interface sends (at the customer's end: upload). Default: `contracted_bps`."""
    line_bps: Bandwidth | None = None
    """Speed of the one interface in bit/s, when what the device says of it is wrong (tunnels, virtual ports): rates
    beyond 1.1 times the speed are dropped. Default: ifHighSpeed or ifSpeed."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(ONE if len(self.interfaces) == 1 else SEVERAL)

    @property
    def contract(self) -> Mapping[str, float]:
        """Contracted bandwidth by direction (`in`, `out`), in bit/s; empty when none is stated."""
        both = self.contracted_bps
        stated = {"in": self.contracted_in_bps or both, "out": self.contracted_out_bps or both}
        return {direction: bps for direction, bps in stated.items() if bps is not None}

    @model_validator(mode="after")
    def _check_interfaces(self) -> Self:
        if len(set(self.interfaces)) < len(self.interfaces):
            raise ValueError("interfaces có tên lặp lại")
        if len(self.interfaces) != 1 and (self.contract or self.line_bps is not None):
            raise ValueError("contracted_bps và line_bps chỉ dùng khi interfaces có đúng một tên")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    with shared.snmp.in_use() as sessions:
        async with open_resolver(shared.places) as resolver:
            yield _InterfacesProbe(shared, resolver, sessions)


@dataclass(slots=True)
class _Device:
    """What is known of one device between runs. `table_at` is loop time; None: read the table again."""

    ip: str
    choice: Choice = Choice(())  # noqa: RUF009 (frozen)
    table_at: float | None = None
    table_changed: Value = None
    needed: dict[Interface, tuple[str, ...]] = field(default_factory=dict)
    samples: dict[Interface, Sample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Agent:
    """One device, as it is asked in one run."""

    sessions: Sessions
    ip: str
    options: InterfacesOptions
    credentials: Credentials
    ends_at: float

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        return await self.sessions.get(
            self.ip,
            self.options.port,
            self.credentials,
            oids,
            ends_at=self.ends_at,
            dialect=dialect(self.options),
        )

    async def table(self, columns: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        return await self.sessions.table(
            self.ip,
            self.options.port,
            self.credentials,
            columns,
            dialect=dialect(self.options),
            ends_at=self.ends_at,
        )


class _MovedError(Exception):
    """An index is not the interface it was."""


class _InterfacesProbe:
    def __init__(self, shared: Shared, resolver: Resolver, sessions: Sessions) -> None:
        self._secrets = shared.secrets
        self._ranges = shared.snmp_ranges
        self._resolver = resolver
        self._sessions = sessions
        self._devices: OrderedDict[tuple[str, InterfacesOptions], _Device] = OrderedDict()

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Ask for each interface once; read the table first when it is not known or has changed."""
        if not isinstance(options, InterfacesOptions):
            raise TypeError("interfaces needs InterfacesOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            account = login(options, self._secrets, self._ranges, ip)
            device = self._device(address, options, ip)
            agent = _Agent(self._sessions, ip, options, account, ends_at)
            seen = await _seen(device, agent)
        except ProbeError as error:
            return failed(error.reason, error.detail)
        except NotFound as error:
            return failed(FailureReason.UNEXPECTED_ANSWER, str(error))
        if len(options.interfaces) == 1:
            return report_one(seen[0])
        return report_several(seen, left_out=device.choice.left_out, all_must_be_up=bool(options.interfaces))

    def _device(self, address: str, options: InterfacesOptions, ip: str) -> _Device:
        key = (address, options)
        device = self._devices.get(key)
        if device is None or device.ip != ip:
            device = self._devices[key] = _Device(ip)
            if len(self._devices) > _DEVICES_MAX:
                self._devices.popitem(last=False)
        self._devices.move_to_end(key)
        return device


async def _seen(device: _Device, agent: _Agent) -> list[Seen]:
    """Ask for all interfaces; once more when the table turns out to be another one."""
    now = asyncio.get_running_loop().time()
    if device.table_at is not None and now - device.table_at < _TABLE_VALID_S:
        try:
            return await _ask_all(device, agent)
        except _MovedError:
            pass
    await _read_table(device, agent)
    try:
        return await _ask_all(device, agent)
    except _MovedError:
        device.table_at = None
        detail = "bảng giao diện của thiết bị đổi ngay trong lúc đọc"
        raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, detail) from None


async def _read_table(device: _Device, agent: _Agent) -> None:
    device.table_at = None
    table = await agent.table(TABLE_COLUMNS)
    device.choice = choose(table, agent.options.interfaces, most=MOST_INTERFACES)
    # Only what is still the same interface at the same index goes on: a series never continues with another's counters.
    known = set(device.choice.interfaces)
    device.samples = {interface: kept for interface, kept in device.samples.items() if interface in known}
    device.needed.clear()  # a port that was down may have got its counters and its speed since
    device.table_changed = None
    device.table_at = asyncio.get_running_loop().time()


async def _ask_all(device: _Device, agent: _Agent) -> list[Seen]:
    seen = []
    fresh = {}
    for interface in device.choice.interfaces:
        answer = await _ask(device, agent, interface)
        new = sample(interface, answer, mono_s=asyncio.get_running_loop().time())
        measured = figures(device.samples.get(interface), new, _capacity(agent.options))
        if measured.no_rate is not NoRate.TOO_SOON:
            fresh[interface] = new
        _note_changes(device, answer, measured)
        seen.append(Seen(interface.name, new, measured))
    # All at once: a run that is begun again must not measure from its own first half.
    device.samples |= fresh
    return seen


async def _ask(device: _Device, agent: _Agent, interface: Interface) -> Mapping[str, Value]:
    """Ask for one interface; what its agent does not have is asked only the first time."""
    needed = device.needed.get(interface)
    answer = await agent.get(needed or interface.candidates(version=agent.options.version))
    if answer.get(interface.name_oid) != interface.raw_name:
        raise _MovedError
    if needed is None:
        device.needed[interface] = interface.needed(answer)
    elif interface.is_outdated(needed, answer):
        device.needed.pop(interface, None)
    return answer


def _note_changes(device: _Device, answer: Mapping[str, Value], measured: Figures) -> None:
    """Plan to read the table again when the device says that it changed or began anew."""
    changed = answer.get(TABLE_LAST_CHANGE)
    if device.table_changed is not None and changed is not None and changed != device.table_changed:
        device.table_at = None
    device.table_changed = changed
    if measured.no_rate in {NoRate.RESTARTED, NoRate.ANOTHER_CLOCK}:
        device.table_at = None
        device.needed.clear()


def _capacity(options: InterfacesOptions) -> Capacity:
    return Capacity(options.line_bps, options.contract)


KIND = Kind(
    "interfaces",
    "Read state, traffic, errors and discards of interfaces by SNMP.",
    InterfacesOptions,
    METRICS,
    connect,
)
