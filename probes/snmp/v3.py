"""SNMPv3 with one device (RFC 3412, RFC 3414): finds its engine, signs and encrypts, checks every answer's digest.

Reports tell what the device did not like. An unknown engine and a clock out of step are put right, each once in a request
(a device restarts); the second time it is an error. Every message has an identifier nobody guesses, so a signed answer to
it is a fresh one: its clock is believed without the window of RFC 3414 3.2, 7b. Unsigned, nothing is believed but the
engine's identifier and first clock, and why the device rejects us. `snmpget -v3 -l authPriv ...` produces the traffic.
"""

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from probes.reading import FailureReason
from probes.snmp.ber import INTEGER, OCTETS, SEQUENCE, BerError, encode_oid, expect, integer, signed, tlv
from probes.snmp.keys import KeyRing
from probes.snmp.message import GET, REPORT, new_id, read_pdu, request_pdu
from probes.snmp.model import Answer, SnmpRequestError, UsmUser, Wire
from probes.snmp.usm import Security

_AUTHENTIC, _ENCRYPTED, _REPORTABLE = 1, 2, 4
_USM = 3
_MOST_OCTETS = 65_507  # of a UDP datagram over IPv4
_MOST_ENGINE_ID = 32  # RFC 3411 5
_MOST_TIME = 2**31 - 1
_UNSUPPORTED_LEVEL, _NOT_IN_TIME_WINDOW, _UNKNOWN_USER, _UNKNOWN_ENGINE, _WRONG_DIGEST, _CANNOT_DECRYPT = (
    encode_oid(f"1.3.6.1.6.3.15.1.1.{counter}.0")
    for counter in range(1, 7)  # usmStats, RFC 3414 5
)
_REJECTED = {
    _UNSUPPORTED_LEVEL: "thiết bị không hỗ trợ mức bảo mật SNMPv3 này cho tài khoản (auth, priv)",
    _UNKNOWN_USER: "thiết bị không có tài khoản SNMPv3 này",
    _WRONG_DIGEST: "sai mật khẩu hoặc thuật toán xác thực SNMPv3",
    _CANNOT_DECRYPT: "sai mật khẩu hoặc thuật toán mã hóa SNMPv3",
}
_ODD = {
    _UNKNOWN_ENGINE: "thiết bị không nhận mã engine SNMPv3 của chính nó",
    _NOT_IN_TIME_WINDOW: "đồng hồ SNMPv3 của thiết bị không nhất quán (engineBoots, engineTime)",
}


@dataclass(frozen=True, slots=True)
class _Engine:
    """The device's engine; its clock ran on since `heard_mono`."""

    id: bytes
    boots: int
    time_s: int
    heard_mono: float


@dataclass(frozen=True, slots=True)
class _Message:
    """A message whose outside was read. `digest_at`: where its digest lies, if it is signed."""

    flags: int
    engine: _Engine
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    body: bytes


class UserSpeaker:
    """Speaks v3 with one device."""

    def __init__(self, user: UsmUser, keys: KeyRing) -> None:
        self._user = user
        self._keys = keys
        self._engine: _Engine | None = None
        self._security: Security | None = None
        self._salt = secrets.randbits(64)
        self._has_answered = False

    async def ask(self, wire: Wire, kind: int, oids: Sequence[bytes], repetitions: int = 0) -> Answer:
        """Send one request; return its Response. SnmpRequestError when the device rejects the user."""
        if self._security is None:
            await self._discover(wire)
        can_put_right = {_UNKNOWN_ENGINE, _NOT_IN_TIME_WINDOW}
        while True:
            found, answer = await self._send(wire, kind, oids, repetitions)
            if found != REPORT:
                self._has_answered = True
                return answer
            told = _told(answer)
            if told not in can_put_right:
                raise _rejected(told)
            can_put_right.remove(told)
            if told == _UNKNOWN_ENGINE:
                await self._discover(wire)

    @property
    def is_ignored(self) -> bool:
        """Whether the device told its engine and nothing since: many are silent when they cannot decrypt."""
        return self._engine is not None and not self._has_answered

    async def _discover(self, wire: Wire) -> None:
        """Learn the engine's id and clock from the Report to an unsigned, empty request (RFC 3414 4)."""
        self._engine = self._security = None
        found, answer = await self._send(wire, GET, ())
        if found != REPORT or _told(answer) != _UNKNOWN_ENGINE or self._engine is None:
            raise SnmpRequestError(
                FailureReason.UNEXPECTED_ANSWER, "thiết bị không cho biết mã engine SNMPv3 của nó"
            )
        self._security = await self._keys.security(self._user, self._engine.id, ends_at=wire.ends_at)

    async def _send(
        self, wire: Wire, kind: int, oids: Sequence[bytes], repetitions: int = 0
    ) -> tuple[int, Answer]:
        message_id, request_id = new_id(), new_id()
        pdu = request_pdu(kind, request_id, oids, repetitions)
        datagram = self._sealed(message_id, pdu)
        return await wire.exchange(datagram, lambda data: self._read(data, message_id, request_id))

    def _sealed(self, message_id: int, pdu: bytes) -> bytes:
        """Return the message, signed and encrypted as far as the user and what is known of the engine allow."""
        engine = self._engine or _Engine(b"", 0, 0, 0.0)
        security = self._security
        clock_s = (
            min(_MOST_TIME, engine.time_s + int(time.monotonic() - engine.heard_mono)) if security else 0
        )
        scoped = tlv(SEQUENCE, tlv(OCTETS, engine.id) + b"\x04\x00" + pdu)
        flags, salt, digest = _REPORTABLE, b"", b""
        if security is not None and security.digest_octets:
            flags |= _AUTHENTIC
            digest = bytes(security.digest_octets)
        if security is not None and security.is_encrypting:
            flags |= _ENCRYPTED
            self._salt = (self._salt + 1) % 2**64
            fresh = self._salt.to_bytes(8, "big")
            data, salt = security.encrypt(scoped, boots=engine.boots, time_s=clock_s, salt=fresh)
            scoped = tlv(OCTETS, data)
        name = self._user.name.encode() if security is not None else b""
        header = tlv(
            SEQUENCE,
            integer(message_id) + integer(_MOST_OCTETS) + tlv(OCTETS, bytes((flags,))) + integer(_USM),
        )
        clock = tlv(OCTETS, engine.id) + integer(engine.boots) + integer(clock_s) + tlv(OCTETS, name)
        usm = tlv(OCTETS, tlv(SEQUENCE, clock + tlv(OCTETS, digest) + tlv(OCTETS, salt)))
        message = tlv(SEQUENCE, integer(3) + header + usm + scoped)
        if security is None or not digest:
            return message
        at = len(message) - len(scoped) - len(tlv(OCTETS, salt)) - len(digest)
        return message[:at] + security.digest(message) + message[at + len(digest) :]

    def _read(self, data: bytes, message_id: int, request_id: int) -> tuple[int, Answer] | None:
        message = _opened(data, message_id)
        if message is None:
            return None
        security = self._security
        is_authentic = self._is_authentic(data, message)
        if message.flags & (_AUTHENTIC | _ENCRYPTED) and not is_authentic:
            return None  # of what is encrypted and not signed anybody may have turned bits (RFC 3412 7.2, 5)
        body = message.body
        if message.flags & _ENCRYPTED:
            if security is None or not security.is_encrypting:
                return None
            their = message.engine
            body = security.decrypt(body, boots=their.boots, time_s=their.time_s, salt=message.salt)
        found = _scoped_pdu(body, request_id)
        if found is None:
            return None
        kind, answer = found
        return self._judged(message, kind, answer, is_authentic=is_authentic)

    def _judged(
        self, message: _Message, kind: int, answer: Answer, *, is_authentic: bool
    ) -> tuple[int, Answer] | None:
        """Pass over what is protected less than it should be; learn the engine's clock from the rest."""
        security = self._security
        if security is None:
            if kind == REPORT and message.engine.id:
                self._engine = message.engine
            return kind, answer
        if kind == REPORT:
            # Only this one changes what we believe of the engine, so it must be signed (RFC 3414 3.2, 7a).
            if _told(answer) == _NOT_IN_TIME_WINDOW and not is_authentic:
                return None
        elif not self._is_protected(message, is_authentic=is_authentic):
            return None
        if is_authentic:
            self._engine = message.engine
        return kind, answer

    def _is_protected(self, message: _Message, *, is_authentic: bool) -> bool:
        """Whether a Response comes from our engine, for our user, at our level of security."""
        security, engine = self._security, self._engine
        if security is None or engine is None:
            return False
        return (
            (is_authentic or not security.digest_octets)
            and (bool(message.flags & _ENCRYPTED) or not security.is_encrypting)
            and message.user == self._user.name.encode()
            and message.engine.id == engine.id
        )

    def _is_authentic(self, data: bytes, message: _Message) -> bool:
        security, engine = self._security, self._engine
        if security is None or engine is None or message.engine.id != engine.id:
            return False
        if not security.digest_octets or len(message.digest) != security.digest_octets:
            return False
        end = message.digest_at + len(message.digest)
        blank = data[: message.digest_at] + bytes(len(message.digest)) + data[end:]
        return hmac.compare_digest(security.digest(blank), message.digest)


def _opened(data: bytes, message_id: int) -> _Message | None:
    """Read everything outside the scoped PDU; None: an answer to another message."""
    at, end = expect(data, 0, len(data), SEQUENCE)
    start, at = expect(data, at, end, INTEGER)
    version = signed(data, start, at)
    start, at = expect(data, at, end, SEQUENCE)
    first, next_at = expect(data, start, at, INTEGER)
    found_id = signed(data, first, next_at)
    _, next_at = expect(data, next_at, at, INTEGER)
    first, next_at = expect(data, next_at, at, OCTETS)
    flags = data[first] if next_at - first == 1 else 0
    if version != _USM or found_id != message_id:
        return None
    start, body_at = expect(data, at, end, OCTETS)
    at, stop = expect(data, start, body_at, SEQUENCE)
    first, at = expect(data, at, stop, OCTETS)
    engine_id = data[first:at]
    first, at = expect(data, at, stop, INTEGER)
    boots = signed(data, first, at)
    first, at = expect(data, at, stop, INTEGER)
    time_s = signed(data, first, at)
    first, at = expect(data, at, stop, OCTETS)
    user = data[first:at]
    digest_at, at = expect(data, at, stop, OCTETS)
    digest = data[digest_at:at]
    first, at = expect(data, at, stop, OCTETS)
    if len(engine_id) > _MOST_ENGINE_ID or not (0 <= boots <= _MOST_TIME and 0 <= time_s <= _MOST_TIME):
        raise BerError("absurd engine")
    engine = _Engine(engine_id, boots, time_s, time.monotonic())
    body = data[body_at:end]
    if flags & _ENCRYPTED:
        start, stop = expect(body, 0, len(body), OCTETS)
        body = body[start:stop]
    return _Message(flags, engine, user, digest, digest_at, data[first:at], body)


def _scoped_pdu(body: bytes, request_id: int) -> tuple[int, Answer] | None:
    at, end = expect(body, 0, len(body), SEQUENCE)
    _, at = expect(body, at, end, OCTETS)
    _, at = expect(body, at, end, OCTETS)
    return read_pdu(body, at, end, request_id)


def _told(answer: Answer) -> bytes:
    """Return the encoded OID of the counter that a Report carries."""
    return answer.bindings[0].oid if answer.bindings else b""


def _rejected(told: bytes) -> SnmpRequestError:
    if told in _REJECTED:
        return SnmpRequestError(FailureReason.AUTH, _REJECTED[told])
    return SnmpRequestError(
        FailureReason.UNEXPECTED_ANSWER, _ODD.get(told, "thiết bị trả lời bằng báo lỗi SNMPv3 lạ")
    )
