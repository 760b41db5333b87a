"""SNMP requests: one outstanding per device and account, sessions reused, begun anew after silence or a socket's error.

An answer is believed only when it names the request and, of v3, its digest is right; its OIDs are compared with the
question's. What a device does not cope with (GETBULK, big answers) is remembered for as long as it is asked.
RFC 3416 (v2c), RFC 3414 (v3 USM). `snmpget -v2c -c public 127.0.0.1 1.3.6.1.2.1.1.3.0` produces the traffic.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from probes.connection import connect_failure
from probes.reading import FailureReason
from probes.snmp import message
from probes.snmp.ber import encode_oid, oid_text
from probes.snmp.keys import KeyRing
from probes.snmp.message import CommunitySpeaker
from probes.snmp.model import (
    Answer,
    Community,
    Credentials,
    Dialect,
    SnmpRequestError,
    Speaker,
    UsmUser,
    Value,
)
from probes.snmp.pacing import AgentPace
from probes.snmp.tables import TableWalk
from probes.snmp.v3 import UserSpeaker
from probes.snmp.wire import UdpWire

__all__ = [
    "Community",
    "Credentials",
    "Dialect",
    "Sessions",
    "SnmpRequestError",
    "TableWalk",
    "UsmUser",
    "Value",
]

SESSIONS_MAX = 4_096  # a descriptor each
_ERRORS = ("noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr")


class _Account(NamedTuple):
    """Whom to ask, as whom. Each has its own turns: a wrong account's silence does not hold up the right one."""

    ip: str
    port: int
    credentials: Credentials
    any_source: bool


@dataclass(slots=True)
class _Device:
    """Everything kept about one account."""

    account: _Account
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """Runs under way; each holds the lock for one request at a time."""
    answers: int = 0
    wire: UdpWire | None = None
    speaker: Speaker | None = None
    most_objects: int = message.MOST_OBJECTS
    """Objects an answer may have: halved when the device finds one too big."""
    is_without_bulk: bool = False

    def close(self) -> None:
        if self.wire is not None:
            self.wire.close()
        self.wire = self.speaker = None


class Sessions:
    """All sessions of the process, in one event loop; the `most` latest asked devices keep theirs open."""

    def __init__(self, *, most: int = SESSIONS_MAX, requests_per_s: float | None = None) -> None:
        self._most = most
        self.pace = AgentPace(requests_per_s)
        self._devices: OrderedDict[_Account, _Device] = OrderedDict()
        self._keys = KeyRing()
        self._users = 0

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """Hold the sessions open: several kinds ask the same devices, one at a time. The last one closes them."""
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                self.close()

    async def get(
        self,
        ip: str,
        port: int,
        credentials: Credentials,
        oids: Sequence[str],
        *,
        ends_at: float,
        dialect: Dialect,
    ) -> Mapping[str, Value]:
        """GET `oids`; return what the agent has of them. SnmpRequestError says why not. `ends_at` is loop time.

        More than `dialect.max_oids` are asked in turn. A v1 agent that lacks one is asked again without it.
        """
        answer: dict[str, Value] = {}
        left = list(oids)
        with self._run(_Account(ip, port, credentials, dialect.any_source), ends_at) as run:
            while left:
                some = left[: min(dialect.max_oids, run.device.most_objects)]
                left = left[len(some) :] + await _get(run, some, answer)
        return answer

    async def table(
        self,
        ip: str,
        port: int,
        credentials: Credentials,
        columns: Sequence[str],
        *,
        dialect: Dialect,
        ends_at: float,
        most_rows: int = 4_096,
    ) -> Mapping[str, Mapping[str, Value]]:
        """Walk the columns of one table together; return column OID -> index in dotted text -> value.

        SnmpRequestError also when OIDs do not increase or there are more rows than `most_rows`.
        """
        walk = TableWalk(columns, most_rows=most_rows)
        await self.fill(walk, ip, port, credentials, dialect=dialect, ends_at=ends_at)
        return walk.found

    async def fill(
        self,
        walk: TableWalk,
        ip: str,
        port: int,
        credentials: Credentials,
        *,
        dialect: Dialect,
        ends_at: float,
    ) -> None:
        """Walk to the end; after a SnmpRequestError `walk.found` is as far as it came."""
        with self._run(_Account(ip, port, credentials, dialect.any_source), ends_at) as run:
            while oids := walk.next_oids(min(dialect.max_oids, run.device.most_objects)):
                await _advance(run, walk, oids, dialect)

    def notes(self, ip: str, port: int, credentials: Credentials, dialect: Dialect) -> Mapping[str, str]:
        """Return what was learned about how the device wants to be asked, in words; empty: nothing special."""
        device = self._devices.get(_Account(ip, port, credentials, dialect.any_source))
        if device is None:
            return {}
        notes = {}
        if device.most_objects < message.MOST_OBJECTS:
            notes["snmp_objects"] = f"thiết bị chỉ trả lời được {device.most_objects} đối tượng một lần"
        if device.is_without_bulk:
            notes["snmp_bulk"] = "thiết bị không hiểu GETBULK: đọc bảng bằng GETNEXT"
        return notes

    def close(self) -> None:
        """Close all sessions."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()
        self._keys.close()

    @contextmanager
    def _run(self, account: _Account, ends_at: float) -> Iterator["_Run"]:
        """Keep the device from making room for others while several requests are made of it."""
        device = self._devices.get(account)
        if device is None:
            if len(self._devices) >= self._most:
                self._evict()
            device = self._devices[account] = _Device(account)
        self._devices.move_to_end(account)
        device.users += 1
        try:
            yield _Run(device, self._keys, self.pace, ends_at)
        finally:
            device.users -= 1

    def _evict(self) -> None:
        for account, device in self._devices.items():
            if device.users == 0:
                device.close()
                del self._devices[account]
                return


@dataclass(frozen=True, slots=True)
class _Run:
    """The requests of one run to one device; between two of them others have their turn."""

    device: _Device
    keys: KeyRing
    pace: AgentPace
    ends_at: float

    async def ask(self, kind: int, oids: Sequence[bytes], repetitions: int = 0) -> Answer:
        """Send one request; what goes wrong is a SnmpRequestError, and the session begins anew after it."""
        device = self.device
        await self._take_turn()
        try:
            await self.pace.turn(device.account[:2], self.ends_at)
            wire, speaker = self._opened()
            wire.ends_at = self.ends_at
            answer = await speaker.ask(wire, kind, oids, repetitions)
        except BaseException as error:
            silence = _silence(device)
            device.close()
            if isinstance(error, TimeoutError):
                raise silence from error
            if isinstance(error, OSError):
                raise _socket_failure(error, device.account.ip) from error
            raise
        finally:
            device.lock.release()
        device.answers += 1
        return answer

    async def _take_turn(self) -> None:
        """Wait until nobody else asks the device.

        Who waits in vain while it answers nobody has seen a dead device too: the others ask as the same account.
        """
        device = self.device
        if device.users == 1:
            await device.lock.acquire()  # this does not wait, so it needs no deadline, which would cost more
            return
        before = device.answers
        try:
            async with asyncio.timeout_at(self.ends_at):
                await device.lock.acquire()
        except TimeoutError as error:
            if device.answers == before:
                raise SnmpRequestError(
                    FailureReason.TIMEOUT, "SNMP không trả lời lần hỏi đang chờ của một phép đo khác"
                ) from error
            raise SnmpRequestError(
                FailureReason.LOCAL, "chưa hỏi: các phép đo SNMP khác của thiết bị này chưa xong"
            ) from error

    def _opened(self) -> tuple[UdpWire, Speaker]:
        device = self.device
        if device.wire is None or device.speaker is None:
            ip, port, credentials, any_source = device.account
            if isinstance(credentials, UsmUser) and credentials.lacks_password:
                raise SnmpRequestError(FailureReason.LOCAL, "mật khẩu SNMPv3 trống")
            device.wire = UdpWire.open(ip, port, any_source=any_source)
            if isinstance(credentials, UsmUser):
                device.speaker = UserSpeaker(credentials, self.keys)
            else:
                device.speaker = CommunitySpeaker(credentials)
        return device.wire, device.speaker


async def _get(run: _Run, some: Sequence[str], found: dict[str, Value]) -> list[str]:
    """GET once and add to `found`; return what is to be asked again."""
    asked = {encode_oid(oid): oid for oid in some}
    answer = await run.ask(message.GET, list(asked))
    if answer.error == message.NO_SUCH_NAME and 1 <= answer.error_index <= len(asked):
        missing = list(asked.values())[answer.error_index - 1]
        return [oid for oid in some if oid != missing]
    if answer.error == message.TOO_BIG and len(asked) > 1:
        run.device.most_objects = len(asked) // 2
        return list(some)
    if answer.error:
        raise _refusal(answer, list(asked))
    if not answer.bindings:
        raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời rỗng")
    for binding in answer.bindings:
        oid = asked.get(binding.oid)
        if oid is None:
            raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời OID không được hỏi")
        if binding.value is not None:
            found[oid] = binding.value
    return []


async def _advance(run: _Run, walk: TableWalk, oids: list[bytes], dialect: Dialect) -> None:
    """Take the walk one request further, or learn what the device cannot do."""
    device = run.device
    is_bulk = dialect.bulk and not device.is_without_bulk
    repetitions = min(dialect.max_repetitions, max(1, device.most_objects // len(oids))) if is_bulk else 1
    answer = await run.ask(
        message.GETBULK if is_bulk else message.GETNEXT, oids, repetitions if is_bulk else 0
    )
    if not answer.error:
        walk.take(answer.bindings)
    elif answer.error == message.TOO_BIG and repetitions * len(oids) > 1:
        device.most_objects = repetitions * len(oids) // 2
    elif is_bulk and answer.error not in message.NO_RIGHTS:
        device.is_without_bulk = True
    elif answer.error != message.NO_SUCH_NAME:
        raise _refusal(answer, oids)
    elif not walk.finish(answer.error_index):
        device.most_objects = 1


def _refusal(answer: Answer, asked: Sequence[bytes]) -> SnmpRequestError:
    if answer.error in message.NO_RIGHTS:
        return SnmpRequestError(FailureReason.AUTH, "thiết bị không cho tài khoản này đọc")
    name = _ERRORS[answer.error] if 0 < answer.error < len(_ERRORS) else str(answer.error)
    where = (
        f" ở OID {oid_text(asked[answer.error_index - 1])}" if 1 <= answer.error_index <= len(asked) else ""
    )
    return SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, f"thiết bị báo lỗi {name}{where}")


def _silence(device: _Device) -> SnmpRequestError:
    """Say what no answer in time means."""
    if device.wire is not None and device.wire.has_rubbish:
        return SnmpRequestError(
            FailureReason.PROTOCOL, "chỉ nhận được câu trả lời không giải mã được thành SNMP"
        )
    if isinstance(device.speaker, UserSpeaker) and device.speaker.is_ignored:
        return SnmpRequestError(
            FailureReason.TIMEOUT,
            "thiết bị có SNMPv3 nhưng im lặng với tài khoản này: có thể sai mật khẩu hoặc thuật toán mã hóa (priv)",
        )
    return SnmpRequestError(
        FailureReason.TIMEOUT,
        "SNMP không trả lời (có thể bị lọc, sai community hoặc chưa cho phép địa chỉ máy giám sát)",
    )


def _socket_failure(error: OSError, ip: str) -> SnmpRequestError:
    if isinstance(error, ConnectionRefusedError):
        return SnmpRequestError(FailureReason.REFUSED, "cổng SNMP đóng (ICMP port unreachable)")
    return SnmpRequestError(*connect_failure(error, ip))
