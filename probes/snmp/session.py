"""SNMP sessions through gufo-snmp: one outstanding request per device, sessions reused, dropped on any error.

gufo's socket is connected, so an answer from another address never arrives. What gufo 0.13 does not do is done
here: the OIDs of an answer are compared with the question, and ICMP "port unreachable" (which gufo reports as a
time-out at once) is told apart from silence. Answers over about 4 kB fail to decode: keep requests small.
RFC 3416 (v2c), RFC 3414 (v3 USM). `snmpget -v2c -c public 127.0.0.1 1.3.6.1.2.1.1.3.0` produces the traffic.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gufo.snmp import Aes128Key, Sha1Key, Sha256Key, SnmpAuthError, SnmpError, SnmpVersion, User
from gufo.snmp.aio import SnmpSession

from probes.connection import connect_failure
from probes.reading import FailureReason

SESSIONS_MAX = 4_096  # a descriptor each
_REFRESH_AFTER_S = 120.0  # RFC 3414 2.2.3: agents accept times up to 150 s off
_AUTH_KEYS = {"sha1": Sha1Key, "sha256": Sha256Key}

Value = int | float | str | bytes | None


class SnmpRequestError(Exception):
    """A request without a usable answer."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Community:
    """Credentials of v1 and v2c."""

    version: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsmUser:
    """Credentials of v3, level authPriv (RFC 3414, RFC 7860, RFC 3826: AES-128)."""

    name: str
    auth: str
    """`sha1` or `sha256`."""
    auth_password: str = field(repr=False)
    priv_password: str = field(repr=False)
    priv: str = "aes128"


Credentials = Community | UsmUser


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a device wants to be asked."""

    bulk: bool = True
    """GETBULK for tables; otherwise GETNEXT."""
    max_repetitions: int = 10
    """Rows a GETBULK."""
    max_oids: int = 20
    """Objects a request."""


@dataclass(slots=True)
class _Device:
    """Everything kept about one address and port."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    credentials: Credentials | None = None
    session: SnmpSession | None = None
    answered_at: float = 0.0


class Sessions:
    """All sessions of the process."""

    def __init__(self) -> None:
        self._devices: OrderedDict[tuple[str, int], _Device] = OrderedDict()

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
        """GET `oids`; return what the agent has of them. SnmpRequestError says why not. `ends_at` is loop time."""
        device = self._device(ip, port)
        device.users += 1
        is_asked = False
        try:
            async with asyncio.timeout_at(ends_at) as deadline, device.lock:
                is_asked = True
                answer: dict[str, Value] = {}
                for start in range(0, len(oids), dialect.max_oids):
                    some = oids[start : start + dialect.max_oids]
                    answer |= await self._ask(device, ip, port, credentials, some)
                return answer
        except TimeoutError as error:
            raise _silence(is_asked=is_asked, is_expired=deadline.expired()) from error
        finally:
            device.users -= 1

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
        """Walk the columns of one table; return column OID -> index (dotted text) -> value."""
        device = self._device(ip, port)
        device.users += 1
        found: dict[str, dict[str, Value]] = {column: {} for column in columns}
        try:
            async with asyncio.timeout_at(ends_at) as deadline, device.lock:
                session = await _session(device, ip, port, credentials)
                for column in columns:
                    rows = (
                        session.getbulk(column, dialect.max_repetitions)
                        if dialect.bulk
                        else session.getnext(column)
                    )
                    async for oid, value in rows:
                        found[column][oid.removeprefix(f"{column}.")] = value
                        if len(found[column]) > most_rows:
                            raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "bảng SNMP quá dài")
        except SnmpError as error:
            raise SnmpRequestError(FailureReason.PROTOCOL, "câu trả lời không giải mã được") from error
        except TimeoutError as error:
            raise _silence(is_asked=True, is_expired=deadline.expired()) from error
        finally:
            device.users -= 1
        return found

    def close(self) -> None:
        """Drop all sessions; each closes its socket when it is freed."""
        self._devices.clear()

    async def _ask(
        self, device: _Device, ip: str, port: int, credentials: Credentials, oids: Sequence[str]
    ) -> Mapping[str, Value]:
        is_fine = False
        try:
            with _without_panic():
                session = await _session(device, ip, port, credentials)
                answer = await session.get_many(oids)
            is_fine = True
        except SnmpAuthError as error:
            raise SnmpRequestError(FailureReason.AUTH, "thiết bị không chấp nhận tài khoản SNMPv3") from error
        except SnmpError as error:
            raise SnmpRequestError(
                FailureReason.PROTOCOL, "câu trả lời không giải mã được thành SNMP"
            ) from error
        except TimeoutError:
            raise
        except OSError as error:
            reason, detail = connect_failure(error, ip)
            raise SnmpRequestError(reason, detail) from error
        finally:
            if not is_fine:
                device.session = None
        device.answered_at = time.monotonic()
        if not all(oid in oids for oid in answer):
            device.session = None
            raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời OID không được hỏi")
        return answer

    def _device(self, ip: str, port: int) -> _Device:
        key = (ip, port)
        device = self._devices.get(key)
        if device is None:
            device = self._devices[key] = _Device()
            if len(self._devices) > SESSIONS_MAX:
                self._evict()
        self._devices.move_to_end(key)
        return device

    def _evict(self) -> None:
        for key, device in self._devices.items():
            if device.users == 0:
                del self._devices[key]
                return


@contextmanager
def _without_panic() -> Iterator[None]:
    """Turn gufo's panic at an answer that ends within a header (a BaseException without a public name) into SnmpError."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise SnmpError("panic") from error


async def _session(device: _Device, ip: str, port: int, credentials: Credentials) -> SnmpSession:
    """Return the device's session, made or made anew when the credentials changed."""
    session = device.session
    is_new = session is None or device.credentials != credentials
    if session is None or is_new:
        session = _open(ip, port, credentials)
        device.session, device.credentials = session, credentials
    if isinstance(credentials, UsmUser) and (
        is_new or time.monotonic() - device.answered_at > _REFRESH_AFTER_S
    ):
        await session.refresh()
    return session


def _open(ip: str, port: int, credentials: Credentials) -> SnmpSession:
    # The deadline is ours; gufo's own timer is asyncio.wait_for, which takes None for "no timer".
    no_timeout: Any = None
    if isinstance(credentials, UsmUser):
        user = User(
            credentials.name,
            auth_key=_AUTH_KEYS[credentials.auth](credentials.auth_password.encode()),
            priv_key=Aes128Key(credentials.priv_password.encode()),
        )
        return SnmpSession(ip, port, user=user, timeout=no_timeout)
    version = SnmpVersion.v1 if credentials.version == "1" else SnmpVersion.v2c
    return SnmpSession(ip, port, community=credentials.name, version=version, timeout=no_timeout)


def _silence(*, is_asked: bool, is_expired: bool) -> SnmpRequestError:
    if not is_expired:
        # gufo turns ECONNREFUSED into a TimeoutError of its own, long before any deadline.
        return SnmpRequestError(FailureReason.REFUSED, "cổng SNMP đóng (ICMP port unreachable)")
    if not is_asked:
        return SnmpRequestError(
            FailureReason.LOCAL, "chưa hỏi: lần hỏi SNMP trước của thiết bị này chưa xong"
        )
    return SnmpRequestError(
        FailureReason.TIMEOUT,
        "SNMP không trả lời (có thể bị lọc, sai community hoặc chưa cho phép địa chỉ máy giám sát)",
    )
