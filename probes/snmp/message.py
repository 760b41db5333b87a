"""SNMP messages of v1 and v2c (RFC 1157, RFC 3416) and the PDUs that v3 shares with them. No I/O.

`snmpget -v2c -c public 127.0.0.1 1.3.6.1.2.1.1.3.0` produces the traffic.
"""

import secrets
from collections.abc import Sequence
from functools import lru_cache

from probes.snmp.ber import (
    END_OF_VIEW,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    BerError,
    element,
    expect,
    integer,
    signed,
    tlv,
    value,
)
from probes.snmp.model import Answer, Binding, Community, Wire

GET, GETNEXT, RESPONSE, GETBULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
MOST_OBJECTS = 60
"""Objects that one question asks for at most, about what an Ethernet frame holds; an answer with more is none."""
TOO_BIG, NO_SUCH_NAME = 1, 2
NO_RIGHTS = frozenset({6, 16})  # noAccess, authorizationError
_VERSIONS = {"1": 0, "2c": 1}
_NO_ERROR = b"\x02\x01\x00\x02\x01\x00"


def new_id() -> int:
    """Return an identifier nobody guesses, always four octets long."""
    return 0x0100_0000 + secrets.randbits(30)


def request_pdu(kind: int, request_id: int, oids: Sequence[bytes], repetitions: int = 0) -> bytes:
    """Return the PDU of a request; `repetitions` is for GETBULK."""
    parameters = b"\x02\x01\x00" + integer(repetitions) if kind == GETBULK else _NO_ERROR
    bindings = _asked_again(tuple(oids)) if kind == GET else _asked(oids)
    return tlv(kind, integer(request_id) + parameters + bindings)


@lru_cache(maxsize=4_096)
def _asked_again(oids: tuple[bytes, ...]) -> bytes:
    """Return the list of bindings; a check asks for the same objects again and again."""
    return _asked(oids)


def _asked(oids: Sequence[bytes]) -> bytes:
    return tlv(SEQUENCE, b"".join(tlv(SEQUENCE, tlv(OID, oid) + bytes((NULL, 0))) for oid in oids))


def read_pdu(data: bytes, at: int, end: int, request_id: int) -> tuple[int, Answer] | None:
    """Return type and contents of the PDU at `at` if it answers this request; BerError when it is none.

    A Report may have no request to speak of: the device could not read it (RFC 3412 7.1.3).
    """
    kind, at, end = element(data, at, end)
    if kind not in {RESPONSE, REPORT}:
        return None
    start, at = expect(data, at, end, INTEGER)
    if kind == RESPONSE and signed(data, start, at) != request_id:
        return None
    if data.startswith(_NO_ERROR, at):  # nearly always
        error, error_index = 0, 0
        at += len(_NO_ERROR)
    else:
        start, at = expect(data, at, end, INTEGER)
        error = signed(data, start, at)
        start, at = expect(data, at, end, INTEGER)
        error_index = signed(data, start, at)
    at, stop = expect(data, at, end, SEQUENCE)
    return kind, Answer(error, error_index, _bindings(data, at, stop))


def _bindings(data: bytes, at: int, end: int) -> list[Binding]:
    found: list[Binding] = []
    while at < end:
        if len(found) == MOST_OBJECTS:
            raise BerError("more than any question asks for")
        outer, start, at = element(data, at, end)
        name, oid, middle = element(data, start, at)
        tag, first, stop = element(data, middle, at)
        if outer != SEQUENCE or name != OID or stop != at:
            raise BerError("not a name and a value")
        found.append(Binding(data[oid:middle], value(data, tag, first, stop), tag == END_OF_VIEW))
    return found


class CommunitySpeaker:
    """Speaks v1 or v2c."""

    def __init__(self, credentials: Community) -> None:
        self._version = _VERSIONS[credentials.version]
        self._community = credentials.name.encode()
        self._start = integer(self._version) + tlv(OCTETS, self._community)

    async def ask(self, wire: Wire, kind: int, oids: Sequence[bytes], repetitions: int = 0) -> Answer:
        """Send one request; return its Response."""
        request_id = new_id()
        datagram = tlv(SEQUENCE, self._start + request_pdu(kind, request_id, oids, repetitions))
        return await wire.exchange(datagram, lambda data: self._read(data, request_id))

    def _read(self, data: bytes, request_id: int) -> Answer | None:
        at, end = expect(data, 0, len(data), SEQUENCE)
        is_ours = data.startswith(self._start, at)
        if is_ours:
            at += len(self._start)
        else:
            # The same may be written at greater length.
            start, at = expect(data, at, end, INTEGER)
            version = signed(data, start, at)
            start, at = expect(data, at, end, OCTETS)
            is_ours = version == self._version and data[start:at] == self._community
        found = read_pdu(data, at, end, request_id)
        if not is_ours or found is None:
            return None
        kind, answer = found
        return answer if kind == RESPONSE else None
