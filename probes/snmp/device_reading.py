"""Reads what a data file says from one device: one GET for all scalars, then each table that is needed, once.

With `auto` the file is chosen by sysObjectID, asked once for each device and again after its sysUpTime went back: it may
have been replaced.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from probes.snmp.devices import Device, DeviceName, device_for, devices
from probes.snmp.identify import SYS_DESCR, SYS_UPTIME, identify
from probes.snmp.model import Credentials, Dialect, Value
from probes.snmp.session import Sessions
from probes.snmp.values import Table, evaluate
from probes.wording import one_line

Choice = Literal["auto", DeviceName]
REMEMBERED_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Agent:
    """Whom to ask and how. `ends_at` is loop time."""

    ip: str
    port: int
    account: Credentials
    dialect: Dialect
    ends_at: float


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What one device told."""

    scalars: Mapping[str, Value]
    metrics: Mapping[str, float]
    device: DeviceName | None
    """The data file that was used; None: no file knows the sysObjectID."""
    answer_s: float
    """Of the first request."""
    notes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What `auto` remembers of a device."""

    device: DeviceName | None
    uptime: int
    """sysUpTime in hundredths of a second, when it was last seen."""
    notes: Mapping[str, str] = field(default_factory=dict)


class DeviceReader:
    """Reads devices; remembers which file fits which."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()

    async def read(self, agent: Agent, choice: Choice, extra: Sequence[str]) -> DeviceAnswer:
        """Read the device once, with the scalars `extra` in the same GET. SnmpRequestError says why it could not."""
        if choice != "auto":
            return await self._read(agent, choice, extra, {})
        key = (agent.ip, agent.port)
        known = self._known.get(key)
        identify_s = None
        if known is None:
            known, identify_s = await self._identify(agent)
        answer = await self._read(agent, known.device, extra, known.notes)
        if _uptime(answer.scalars) < known.uptime:
            known, _ = await self._identify(agent)
            if known.device != answer.device:
                answer = await self._read(agent, known.device, extra, known.notes)
        self._remember(key, _Known(known.device, _uptime(answer.scalars), known.notes))
        return answer if identify_s is None else replace(answer, answer_s=identify_s)

    async def _identify(self, agent: Agent) -> tuple[_Known, float]:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        identity = await identify(
            self._sessions,
            agent.ip,
            agent.port,
            agent.account,
            dialect=agent.dialect,
            ends_at=agent.ends_at,
        )
        object_id = identity.object_id or ""
        notes = {"sys_descr": identity.description or "", "sys_object_id": object_id}
        return _Known(device_for(object_id), 0, notes), loop.time() - asked_at

    async def _read(
        self, agent: Agent, name: DeviceName | None, extra: Sequence[str], notes: Mapping[str, str]
    ) -> DeviceAnswer:
        loop = asyncio.get_running_loop()
        device = None if name is None else devices()[name]
        wanted = [SYS_UPTIME, *extra, *(device.scalars() if device else ())]
        if "sys_descr" not in notes:
            wanted.append(SYS_DESCR)
        asked_at = loop.time()
        scalars = await self._sessions.get(
            agent.ip,
            agent.port,
            agent.account,
            list(dict.fromkeys(wanted)),
            ends_at=agent.ends_at,
            dialect=agent.dialect,
        )
        answer_s = loop.time() - asked_at
        description = scalars.get(SYS_DESCR)
        if isinstance(description, bytes):
            notes = {**notes, "sys_descr": one_line(description.decode("utf-8", "replace"))}
        title = "không có dữ liệu cho sysObjectID này" if device is None else f"{name}: {device.vi}"
        metrics = await self._metrics(agent, device, scalars) if device else {}
        return DeviceAnswer(scalars, metrics, name, answer_s, {"device": title, **notes})

    async def _metrics(
        self, agent: Agent, device: Device, scalars: Mapping[str, Value]
    ) -> Mapping[str, float]:
        """Take the first source that the device has of each metric; a table is read when a source needs it."""
        tables: dict[str, Table] = {}
        metrics = {}
        for name, sources in device.metrics.items():
            for source in sources:
                table = source.table
                if table is not None and table not in tables:
                    tables[table] = await self._sessions.table(
                        agent.ip,
                        agent.port,
                        agent.account,
                        device.columns(table),
                        dialect=agent.dialect,
                        ends_at=agent.ends_at,
                    )
                number = evaluate(source, scalars, tables)
                if number is not None:
                    metrics[name] = number
                    break
        return metrics

    def _remember(self, key: tuple[str, int], known: _Known) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)


def _uptime(scalars: Mapping[str, Value]) -> int:
    value = scalars.get(SYS_UPTIME)
    return value if isinstance(value, int) else 0
