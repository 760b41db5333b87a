"""The `snmp` probe: read a few scalar objects with one GET."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Self

from pydantic import Field, model_validator

from probes.connection import own_deadline
from probes.kind import Kind, Metric, Options, Probe, Secrets, Shared
from probes.reading import FailureReason, Reading, failed
from probes.resolve import ResolveError, Resolver, open_resolver
from probes.snmp.access import SnmpAccess, credentials, dialect
from probes.snmp.session import Sessions, SnmpRequestError, Value

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
_DEFAULT_SCALE = {"sys_uptime_s": 0.01}  # TimeTicks are hundredths of a second (RFC 2578 7.1.8)

METRICS = {
    "answer_s": Metric("thời gian trả lời SNMP", "Time between question and answer"),
    "sys_uptime_s": Metric(
        "thời gian đã chạy", "sysUpTime; begins anew when the device or its SNMP agent restarts"
    ),
}

MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Oid = Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,9})){2,127}$")]


class SnmpOptions(SnmpAccess):
    """Options of `snmp`. The address is an IP address or a host name."""

    oids: Annotated[dict[MetricName, Oid], Field(min_length=1, max_length=20)] = {"sys_uptime_s": SYS_UPTIME}  # noqa: RUF012 (pydantic copies defaults)
    """Metric name -> OID of a scalar (with its `.0`); default: sysUpTime. At most 20: answers must stay small."""
    scale: dict[MetricName, float] = {}  # noqa: RUF012 (pydantic copies defaults)
    """Metric name -> factor that turns the agent's number into the metric's unit; `sys_uptime_s` has 0.01 by itself."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(self.oids) | {"answer_s"}

    @model_validator(mode="after")
    def _check_scale(self) -> Self:
        unknown = self.scale.keys() - self.oids.keys()
        if unknown:
            raise ValueError(f"scale có số đo không nằm trong oids: {', '.join(sorted(unknown))}")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    sessions = Sessions()
    async with open_resolver() as resolver:
        try:
            yield _SnmpProbe(shared.secrets, resolver, sessions)
        finally:
            sessions.close()


class _SnmpProbe:
    def __init__(self, secrets: Secrets, resolver: Resolver, sessions: Sessions) -> None:
        self._secrets = secrets
        self._resolver = resolver
        self._sessions = sessions

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Send one GET for all objects; objects the agent does not have are missing metrics."""
        if not isinstance(options, SnmpOptions):
            raise TypeError("snmp needs SnmpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            account = credentials(options, self._secrets)
        except KeyError as error:
            return failed(FailureReason.LOCAL, f"thiếu bí mật {error.args[0]!r} cho SNMP")
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            asked_at = loop.time()
            oids = list(dict.fromkeys(options.oids.values()))
            answer = await self._sessions.get(
                ip, options.port, account, oids, ends_at=ends_at, dialect=dialect(options)
            )
        except (ResolveError, SnmpRequestError) as error:
            return failed(error.reason, error.detail)
        return reading(options, answer, answer_s=loop.time() - asked_at)


def reading(options: SnmpOptions, answer: Mapping[str, Value], *, answer_s: float) -> Reading:
    """Turn an answer into metrics in their units. Nothing at all is `unexpected_answer`."""
    metrics = {"answer_s": answer_s}
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
    if len(metrics) == 1 and not not_numbers:
        return failed(
            FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời nhưng không có đối tượng nào được hỏi"
        )
    return Reading(
        ok=True, metrics=metrics, detail=f"không phải số: {', '.join(not_numbers)}" if not_numbers else ""
    )


def _number(value: float | str | bytes) -> float | None:
    """Return the finite number in a value; agents also send numbers as text."""
    if isinstance(value, int):
        return float(value)
    try:
        number = float(value.decode("ascii") if isinstance(value, bytes) else value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


KIND = Kind("snmp", "Read scalar objects with one GET.", SnmpOptions, METRICS, connect)
