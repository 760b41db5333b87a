"""SNMP requests: one outstanding per device, sessions reused, closed on any error.

An answer is believed only when it names the request and, of v3, its digest is right; its OIDs are compared with the
question's. What a device does not cope with (GETBULK, big answers) is remembered for as long as it is asked.
RFC 3416 (v2c), RFC 3414 (v3 USM). `snmpget -v2c -c public 127.0.0.1 1.3.6.1.2.1.1.3.0` produces the traffic.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from probes.connection import connect_failure
from probes.reading import FailureReason
from probes.snmp import message
from probes.snmp.ber import encode_oid, oid_text
from probes.snmp.message import CommunitySpeaker
from probes.snmp.model import (
    Answer,
    Community,
    Credentials,
    Dialect,
    Result,
    SnmpRequestError,
    Speaker,
    UsmUser,
    Value,
)
from probes.snmp.tables import TableWalk
from probes.snmp.usm import MasterKeys, master_keys
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
_USERS_MAX = 256
_OBJECTS_AN_ANSWER = 60
"""Objects asked for with one GETBULK, all columns together: about what one Ethernet frame holds."""
_ERRORS = ("noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr")


@dataclass(slots=True)
class _Device:
    """Everything kept about one address and port."""

    ip: str
    port: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    opened_for: tuple[Credentials, bool] | None = None
    wire: UdpWire | None = None
    speaker: Speaker | None = None
    most_objects: int = 1_000
    """Objects an answer may have: halved when the device finds one too big."""
    is_without_bulk: bool = False

    def close(self) -> None:
        if self.wire is not None:
            self.wire.close()
        self.wire = self.speaker = None


class Sessions:
    """All sessions of the process, in one event loop; the `most` latest asked devices keep theirs open."""

    def __init__(self, *, most: int = SESSIONS_MAX) -> None:
        self._most = most
        self._devices: OrderedDict[tuple[str, int], _Device] = OrderedDict()
        self._masters: dict[UsmUser, MasterKeys] = {}
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
        device = self._device(ip, port)

        async def work() -> Mapping[str, Value]:
            answer: dict[str, Value] = {}
            left = list(oids)
            while left:
                some = left[: min(dialect.max_oids, device.most_objects)]
                left = left[len(some) :] + await _get(device, some, answer)
            return answer

        return await self._alone(device, credentials, work, ends_at=ends_at, any_source=dialect.any_source)

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
        device = self._device(ip, port)

        async def work() -> None:
            while oids := walk.next_oids(min(dialect.max_oids, device.most_objects)):
                await _advance(device, walk, oids, dialect)

        await self._alone(device, credentials, work, ends_at=ends_at, any_source=dialect.any_source)

    def notes(self, ip: str, port: int) -> Mapping[str, str]:
        """Return what was learned about how the device wants to be asked, in words; empty: nothing special."""
        device = self._devices.get((ip, port))
        if device is None:
            return {}
        notes = {}
        if device.most_objects < _OBJECTS_AN_ANSWER:
            notes["snmp_objects"] = f"thiết bị chỉ trả lời được {device.most_objects} đối tượng một lần"
        if device.is_without_bulk:
            notes["snmp_bulk"] = "thiết bị không hiểu GETBULK: đọc bảng bằng GETNEXT"
        return notes

    def close(self) -> None:
        """Close all sessions."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()

    async def _alone(
        self,
        device: _Device,
        credentials: Credentials,
        work: Callable[[], Awaitable[Result]],
        *,
        ends_at: float,
        any_source: bool,
    ) -> Result:
        """Do the work with the device held alone, open, until `ends_at`; what goes wrong is a SnmpRequestError."""
        is_asked = is_fine = has_rubbish = is_ignored = False
        device.users += 1
        try:
            await _take_turn(device, ends_at)
            is_asked = True
            try:
                self._open(device, credentials, any_source=any_source).ends_at = ends_at
                result = await work()
                is_fine = True
                return result
            finally:
                has_rubbish = device.wire is not None and device.wire.has_rubbish
                is_ignored = isinstance(device.speaker, UserSpeaker) and device.speaker.is_ignored
                if not is_fine:
                    device.close()
                device.lock.release()
        except TimeoutError as error:
            raise _silence(is_asked=is_asked, has_rubbish=has_rubbish, is_ignored=is_ignored) from error
        except ConnectionRefusedError as error:
            raise SnmpRequestError(FailureReason.REFUSED, "cổng SNMP đóng (ICMP port unreachable)") from error
        except OSError as error:
            raise SnmpRequestError(*connect_failure(error, device.ip)) from error
        finally:
            device.users -= 1

    def _open(self, device: _Device, credentials: Credentials, *, any_source: bool) -> UdpWire:
        wanted = (credentials, any_source)
        if device.wire is not None and device.opened_for == wanted:
            return device.wire
        device.close()
        if isinstance(credentials, UsmUser):
            device.speaker = UserSpeaker(credentials, self._master_keys(credentials))
        else:
            device.speaker = CommunitySpeaker(credentials)
        device.wire = UdpWire.open(device.ip, device.port, any_source=any_source)
        device.opened_for = wanted
        return device.wire

    def _master_keys(self, user: UsmUser) -> MasterKeys:
        keys = self._masters.get(user)
        if keys is None:
            if (user.auth != "none" and not user.auth_password) or (
                user.priv != "none" and not user.priv_password
            ):
                raise SnmpRequestError(FailureReason.LOCAL, "mật khẩu SNMPv3 trống")
            if len(self._masters) >= _USERS_MAX:
                self._masters.clear()
            keys = self._masters[user] = master_keys(user)
        return keys

    def _device(self, ip: str, port: int) -> _Device:
        key = (ip, port)
        device = self._devices.get(key)
        if device is None:
            if len(self._devices) >= self._most:
                self._evict()
            device = self._devices[key] = _Device(ip, port)
        self._devices.move_to_end(key)
        return device

    def _evict(self) -> None:
        for key, device in self._devices.items():
            if device.users == 0:
                device.close()
                del self._devices[key]
                return


async def _take_turn(device: _Device, ends_at: float) -> None:
    """Wait until nobody else asks the device; TimeoutError."""
    if device.users == 1:
        await device.lock.acquire()  # this does not wait, so it needs no deadline, which would cost more
        return
    async with asyncio.timeout_at(ends_at):
        await device.lock.acquire()


async def _ask(device: _Device, kind: int, oids: Sequence[bytes], repetitions: int = 0) -> Answer:
    if device.wire is None or device.speaker is None:
        raise RuntimeError("the device is not open")
    return await device.speaker.ask(device.wire, kind, oids, repetitions)


async def _get(device: _Device, some: Sequence[str], found: dict[str, Value]) -> list[str]:
    """GET once and add to `found`; return what is to be asked again."""
    asked = {encode_oid(oid): oid for oid in some}
    answer = await _ask(device, message.GET, list(asked))
    if answer.error == message.NO_SUCH_NAME and 1 <= answer.error_index <= len(asked):
        missing = list(asked.values())[answer.error_index - 1]
        return [oid for oid in some if oid != missing]
    if answer.error == message.TOO_BIG and len(asked) > 1:
        device.most_objects = len(asked) // 2
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


async def _advance(device: _Device, walk: TableWalk, oids: list[bytes], dialect: Dialect) -> None:
    """Take the walk one request further, or learn what the device cannot do."""
    is_bulk = dialect.bulk and not device.is_without_bulk
    most = min(_OBJECTS_AN_ANSWER, device.most_objects)
    repetitions = min(dialect.max_repetitions, max(1, most // len(oids))) if is_bulk else 1
    answer = await _ask(
        device, message.GETBULK if is_bulk else message.GETNEXT, oids, repetitions if is_bulk else 0
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


def _silence(*, is_asked: bool, has_rubbish: bool, is_ignored: bool) -> SnmpRequestError:
    if not is_asked:
        return SnmpRequestError(
            FailureReason.LOCAL, "chưa hỏi: lần hỏi SNMP trước của thiết bị này chưa xong"
        )
    if has_rubbish:
        return SnmpRequestError(
            FailureReason.PROTOCOL, "chỉ nhận được câu trả lời không giải mã được thành SNMP"
        )
    if is_ignored:
        return SnmpRequestError(
            FailureReason.TIMEOUT,
            "thiết bị có SNMPv3 nhưng im lặng với tài khoản này: có thể sai mật khẩu hoặc thuật toán mã hóa (priv)",
        )
    return SnmpRequestError(
        FailureReason.TIMEOUT,
        "SNMP không trả lời (có thể bị lọc, sai community hoặc chưa cho phép địa chỉ máy giám sát)",
    )
