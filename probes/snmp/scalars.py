"""The `snmp` probe: read what a device's data file says, or a few scalar objects with one GET."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from probes.connection import own_deadline
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import Resolver, open_resolver
from probes.snmp.access import SnmpAccess, dialect, login
from probes.snmp.device_reading import Agent, Choice, DeviceAnswer, DeviceReader
from probes.snmp.devices import Oid, devices
from probes.snmp.identify import SYS_UPTIME
from probes.snmp.model import Value
from probes.snmp.names import NAMES
from probes.snmp.session import Sessions

_DEFAULT_SCALE = {"sys_uptime_s": 0.01}  # TimeTicks are hundredths of a second (RFC 2578 7.1.8)

METRICS = {
    "answer_s": Metric("thời gian trả lời SNMP", "Time between question and answer"),
    "sys_uptime_s": Metric(
        "thời gian đã chạy", "sysUpTime; begins anew when the device or its SNMP agent restarts"
    ),
    **NAMES,
}

MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class SnmpOptions(SnmpAccess):
    """Options of `snmp`. The address is an IP address or a host name."""

    device: Choice | None = None
    """Data file that says what to read of this kind of device; `auto`: the one that fits its sysObjectID. Default: none,
    only `oids`."""
    oids: Annotated[dict[MetricName, Oid], Field(min_length=1, max_length=20)] = {"sys_uptime_s": SYS_UPTIME}  # noqa: RUF012 (pydantic copies defaults)
    """Metric name -> OID of a scalar (with its `.0`); default: sysUpTime. At most 20. With `device`: what to read
    besides; a metric of the same name is taken from here."""
    scale: dict[MetricName, float] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Metric name -> factor that turns the agent's number into the metric's unit; `sys_uptime_s` has 0.01 by itself."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        own = frozenset(self.oids) | {"answer_s"}
        if self.device is None:
            return own
        chosen = devices().values() if self.device == "auto" else [devices()[self.device]]
        return own.union({"sys_uptime_s"}, *(device.metrics for device in chosen))

    @model_validator(mode="after")
    def _check_scale(self) -> Self:
        unknown = self.scale.keys() - self.oids.keys()
        if unknown:
            raise ValueError(f"scale có số đo không nằm trong oids: {', '.join(sorted(unknown))}")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    with shared.snmp.in_use() as sessions:
        async with open_resolver(shared.places) as resolver:
            yield _SnmpProbe(shared, resolver, sessions)


class _SnmpProbe:
    def __init__(self, shared: Shared, resolver: Resolver, sessions: Sessions) -> None:
        self._secrets = shared.secrets
        self._ranges = shared.snmp_ranges
        self._resolver = resolver
        self._sessions = sessions
        self._reader = DeviceReader(sessions)

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Read the device once; objects it does not have are missing metrics."""
        if not isinstance(options, SnmpOptions):
            raise TypeError("snmp needs SnmpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            account = login(options, self._secrets, self._ranges, ip)
            agent = Agent(ip, options.port, account, dialect(options), ends_at)
            seen = await self._ask(agent, options)
        except ProbeError as error:
            return failed(error.reason, error.detail)
        learned = self._sessions.notes(ip, options.port, account, agent.dialect)
        return replace(seen, notes={**seen.notes, **learned})

    async def _ask(self, agent: Agent, options: SnmpOptions) -> Reading:
        oids = list(dict.fromkeys(options.oids.values()))
        if options.device is not None:
            return device_reading(options, await self._reader.read(agent, options.device, oids))
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        answer = await self._sessions.get(
            agent.ip, agent.port, agent.account, oids, ends_at=agent.ends_at, dialect=agent.dialect
        )
        return reading(options, answer, answer_s=loop.time() - asked_at)


def reading(options: SnmpOptions, answer: Mapping[str, Value], *, answer_s: float) -> Reading:
    """Turn an answer into metrics in their units. Nothing at all is `unexpected_answer`."""
    metrics, not_numbers = _scalar_metrics(options, answer)
    if not metrics and not not_numbers:
        return failed(
            FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời nhưng không có đối tượng nào được hỏi"
        )
    return Reading(ok=True, metrics={"answer_s": answer_s, **metrics}, detail=_detail(not_numbers))


def device_reading(options: SnmpOptions, answer: DeviceAnswer) -> Reading:
    """Put a device's metrics and those of the option `oids` together.

    Nothing of what the data file names is `unexpected_answer`: it is the wrong file, or the agent's view leaves it out.
    With `auto` nobody has asked for that file, so the device is fine and the detail says what it lacks.
    """
    own, not_numbers = _scalar_metrics(options, answer.scalars)
    lack = ""
    if answer.device is not None and not answer.metrics:
        lack = f"thiết bị trả lời nhưng không có đối tượng nào của dữ liệu '{answer.device}'"
    if lack and options.device != "auto":
        return Reading(ok=False, reason=FailureReason.UNEXPECTED_ANSWER, detail=lack, notes=answer.notes)
    metrics = {"answer_s": answer.answer_s, **answer.metrics}
    uptime = answer.scalars.get(SYS_UPTIME)
    if isinstance(uptime, int):
        metrics["sys_uptime_s"] = uptime * _DEFAULT_SCALE["sys_uptime_s"]
    return Reading(ok=True, metrics=metrics | own, detail=lack or _detail(not_numbers), notes=answer.notes)


def _scalar_metrics(options: SnmpOptions, answer: Mapping[str, Value]) -> tuple[dict[str, float], list[str]]:
    """Return the metrics of the option `oids`, and the names of those whose value is no number."""
    metrics: dict[str, float] = {}
    not_numbers = []
    for name, oid in options.oids.items():
        value = answer.get(oid)
        if value is None:
            continue
        number = _number(value)
        if number is None:
            not_numbers.append(name)
        else:
            metrics[name] = number * options.scale.get(name, _DEFAULT_SCALE.get(name, 1.0))
    return metrics, not_numbers


def _detail(not_numbers: Sequence[str]) -> str:
    return f"không phải số: {', '.join(not_numbers)}" if not_numbers else ""


def _number(value: float | str | bytes) -> float | None:
    """Return the finite number in a value; agents also send numbers as text."""
    if isinstance(value, int):
        return float(value)
    try:
        number = float(value.decode("ascii") if isinstance(value, bytes) else value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


KIND = Kind("snmp", "Read a device by its data file, or scalar objects.", SnmpOptions, METRICS, connect)
