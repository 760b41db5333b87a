"""What all of SNMP polling talks about: values, credentials, a device's dialect, a request that failed. No I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from probes.reading import ProbeError

Value = int | float | str | bytes | None
"""Numbers as int (Opaque floats as float), OCTET STRING as bytes, OIDs and IP addresses as text, nothing as None."""

Result = TypeVar("Result")


class SnmpRequestError(ProbeError):
    """A request without a usable answer."""


@dataclass(frozen=True, slots=True)
class Community:
    """Credentials of v1 and v2c."""

    version: str
    """`1` or `2c`."""
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsmUser:
    """Credentials of v3 (RFC 3414, RFC 7860, RFC 3826)."""

    name: str
    auth: str
    """`sha256` and so on, or `none`: see probes.snmp.usm.AUTHENTICATION."""
    auth_password: str = field(repr=False)
    priv_password: str = field(repr=False)
    priv: str = "aes128"
    """`aes128` and so on, or `none`: see probes.snmp.usm.PRIVACY."""

    @property
    def lacks_password(self) -> bool:
        """Whether a password that the algorithms need is empty."""
        needed = ((self.auth, self.auth_password), (self.priv, self.priv_password))
        return any(algorithm != "none" and not password for algorithm, password in needed)


Credentials = Community | UsmUser


class Dialect(NamedTuple):
    """How a device wants to be asked."""

    bulk: bool = True
    """GETBULK for tables; otherwise GETNEXT."""
    max_repetitions: int = 10
    """Rows a GETBULK."""
    max_oids: int = 20
    """Objects a request, at most probes.snmp.message.MOST_OBJECTS."""
    any_source: bool = False
    """Whether the answer may come from another address than the one asked (same port)."""


class Binding(NamedTuple):
    """One object of an answer. `oid` is the contents of its BER encoding."""

    oid: bytes
    value: Value
    is_end: bool = False
    """endOfMibView: there is nothing behind this OID."""


class Answer(NamedTuple):
    """A Response or Report. `error` is the error-status of RFC 3416 3, `error_index` counts from 1."""

    error: int
    error_index: int
    bindings: Sequence[Binding]


class Wire(Protocol):
    """Takes datagrams to one device and brings its answers."""

    ends_at: float
    """Until when an answer is waited for; loop time."""

    async def exchange(self, datagram: bytes, accept: Callable[[bytes], Result | None]) -> Result:
        """Send, and wait for the datagram that `accept` returns something for.

        None means: not an answer to this; a BerError: not SNMP at all. Both are passed over. OSError: the socket's,
        TimeoutError among them.
        """
        ...


class Speaker(Protocol):
    """Speaks one version of SNMP with one device."""

    async def ask(self, wire: Wire, kind: int, oids: Sequence[bytes], repetitions: int = 0) -> Answer:
        """Send one request of this PDU type; return its Response. SnmpRequestError when the device rejects us."""
        ...
