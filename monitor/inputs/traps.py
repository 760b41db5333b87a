"""The trap receiver: SNMP v1 and v2c traps, v2c and v3 informs and traps (RFC 3416, RFC 3414), through pysnmp.

Only known sources are read, at a bounded rate; what is understood becomes a hint ("look at this device now"), because
anybody can forge a v2c trap. pysnmp needs milliseconds a message, so it has a thread and an event loop of its own.
`snmptrap -v2c -c COMMUNITY HOST:PORT '' 1.3.6.1.6.3.1.1.5.3` produces the traffic.
"""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.proto.rfc1902 import OctetString

from monitor.inputs.source_gate import SourceGate
from monitor.inputs.trap_meanings import MEANINGS
from probes.resolve import ip_literal

log = logging.getLogger(__name__)

_PER_SOURCE = (5.0, 20.0)
"""Datagrams a second and burst: a switch that loses power says linkDown for each port."""
_TOGETHER = (50.0, 200.0)
_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"  # snmpTrapOID.0 (RFC 3418)
_START_S = 30.0
_TELL_EVERY_S = 3_600.0
_STOP_S = 2.0
_RECEIVE_BYTES = 1 << 20
_AUTH = {
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrapUser:
    """A v3 user, authPriv with AES-128. `engine_ids`: of the senders of traps; informs need none."""

    name: str
    auth: str
    auth_password: str = field(repr=False)
    priv_password: str = field(repr=False)
    engine_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineIdentity:
    """Who we are to those that send informs: `engine_id` in hex never changes, `boots` grows with every start."""

    engine_id: str
    boots: int


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification that was understood. `source` is where the datagram came from."""

    source: str
    oid: str
    meaning: str


class TrapReceiver:
    """Counts and hints. `counts` is by result: `hint`, `ignored`, `rejected` or a Refusal; read it from any thread."""

    def __init__(self, on_trap: Callable[[Trap], None]) -> None:
        self.counts: Counter[str] = Counter()
        self._on_trap = on_trap
        self._gate = SourceGate(per_source=_PER_SOURCE, together=_TOGETHER, mono=time.monotonic())
        self._understood: str | None = None
        self._told_mono: dict[str, float] = {}

    def admit_only(self, sources: AbstractSet[str]) -> None:
        """Set which IP addresses are listened to."""
        self._gate.admit_only(sources)

    def take(self, datagram: bytes, source: str, process: Callable[[], None]) -> None:
        """Let `process` (pysnmp) read the datagram of an admitted source, and tell what came of it."""
        refusal = self._gate.refusal(source, len(datagram), mono=time.monotonic())
        if refusal is not None:
            self.counts[refusal.value] += 1
        else:
            self.judge(source, process)

    def judge(self, source: str, process: Callable[[], None]) -> None:
        """Let `process` read a datagram that was admitted, whatever it holds, and tell what came of it."""
        self._understood = None
        # Hostile bytes: whatever pysnmp makes of them must not end the receiver. It names no common base.
        with contextlib.suppress(Exception):
            process()
        oid = self._understood
        if oid is None:
            self.counts["rejected"] += 1
            self._tell_rejected(source)
        elif (meaning := MEANINGS.get(oid)) is None:
            self.counts["ignored"] += 1
        else:
            self._on_trap(Trap(source, oid, meaning))
            self.counts["hint"] += 1

    def _tell_rejected(self, source: str) -> None:
        """Log it once an hour for each source: an inform of v3 begins with a message that is no notification."""
        now = time.monotonic()
        if now - self._told_mono.get(source, float("-inf")) >= _TELL_EVERY_S:
            self._told_mono[source] = now
            log.warning("trap_rejected source=%s cause=wrong_community_or_user_or_discovery", source)

    def understood(self, bindings: Sequence[tuple[Any, Any]]) -> None:
        """Take note of a notification's objects, which pysnmp hands over while `process` runs."""
        for name, value in bindings:
            if str(name) == _TRAP_OID:
                self._understood = str(value)
                return


@asynccontextmanager
async def listening(
    receiver: TrapReceiver,
    sock: socket.socket,
    *,
    communities: Sequence[str],
    users: Sequence[TrapUser],
    identity: EngineIdentity,
) -> AsyncIterator[None]:
    """Receive on a bound UDP socket until the block ends. ValueError when pysnmp refuses something of it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    pysnmp = _PysnmpLoop(receiver, sock, communities, users, identity, started)
    pysnmp.start()
    try:
        async with asyncio.timeout(_START_S):
            await started
        yield
    finally:
        await pysnmp.stop()


class _PysnmpLoop:
    """pysnmp in an event loop and a thread of its own."""

    def __init__(
        self,
        receiver: TrapReceiver,
        sock: socket.socket,
        communities: Sequence[str],
        users: Sequence[TrapUser],
        identity: EngineIdentity,
        started: asyncio.Future[None],
    ) -> None:
        self._receiver = receiver
        self._sock = sock
        self._communities = communities
        self._users = users
        self._identity = identity
        self._started = started
        self._caller = asyncio.get_running_loop()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="trap-receiver", daemon=True)

    def start(self) -> None:
        """Begin; `started` is told when datagrams are read."""
        self._thread.start()

    async def stop(self) -> None:
        """End, and wait for it a while: a thread that hangs must not keep the daemon from its last words."""
        with contextlib.suppress(RuntimeError):  # its loop is closed already
            self._loop.call_soon_threadsafe(self._stopping.set)
        ends_at = self._caller.time() + _STOP_S
        while self._thread.is_alive() and self._caller.time() < ends_at:  # noqa: ASYNC110 (a thread has no event)
            await asyncio.sleep(0.01)
        if self._thread.is_alive():
            log.error("trap_receiver_hangs within_s=%g", _STOP_S)

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._receive())

    async def _receive(self) -> None:
        try:
            engine = new_engine(self._receiver, self._communities, self._users, self._identity)
            engine.register_transport_dispatcher(AsyncioDispatcher(loop=self._loop))
            transport = _transport(self._receiver, self._sock, self._loop)
            config.add_transport(engine, transport.DOMAIN, transport.open_server_mode(sock=self._sock))
        except Exception as error:  # noqa: BLE001 (told to whoever waits for the start; pysnmp raises many kinds)
            # Not the error itself: pysnmp quotes the passwords in it.
            self._tell(ValueError(f"pysnmp refuses: {type(error).__name__}"))
            return
        self._tell(None)
        await self._stopping.wait()
        engine.close_dispatcher()
        await asyncio.sleep(0)  # the transport closes its socket in the loop's next turn

    def _tell(self, error: Exception | None) -> None:
        def tell() -> None:
            if self._started.done():
                return
            if error is None:
                self._started.set_result(None)
            else:
                self._started.set_exception(error)

        with contextlib.suppress(RuntimeError):  # nobody waits any more
            self._caller.call_soon_threadsafe(tell)


def new_engine(
    receiver: TrapReceiver,
    communities: Sequence[str],
    users: Sequence[TrapUser],
    identity: EngineIdentity,
) -> SnmpEngine:
    """Return pysnmp's engine, which tells `receiver` what it understood; it has no transport yet."""
    engine = SnmpEngine()
    _set_identity(engine, identity)
    for number, community in enumerate(communities):
        config.add_v1_system(engine, f"community-{number}", community)
    for user in users:
        for engine_id in (None, *user.engine_ids):
            config.add_v3_user(
                engine,
                user.name,
                _AUTH[user.auth],
                user.auth_password,
                config.USM_PRIV_CFB128_AES,
                user.priv_password,
                securityEngineId=None if engine_id is None else OctetString(hexValue=engine_id),
            )

    def hear(_engine: object, _state: object, _id: object, _name: object, bindings: Any, _: object) -> None:
        receiver.understood(bindings)

    ntfrcv.NotificationReceiver(engine, hear)
    return engine


def _set_identity(engine: SnmpEngine, identity: EngineIdentity) -> None:
    """Set engine id and boots ourselves: pysnmp would keep them in a folder below /tmp."""
    builder = engine.get_mib_builder()
    engine_id, boots = builder.import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
    engine_id.syntax = engine_id.syntax.clone(hexValue=identity.engine_id)
    boots.syntax = boots.syntax.clone(identity.boots)
    engine.snmpEngineID = engine_id.syntax


def _transport(receiver: TrapReceiver, sock: socket.socket, loop: asyncio.AbstractEventLoop) -> Any:
    is_v6 = sock.family == socket.AF_INET6
    base: Any = udp6.Udp6AsyncioTransport if is_v6 else udp.UdpAsyncioTransport

    class GatedTransport(base):  # type: ignore[misc]  # pysnmp is untyped
        """Asks the gate before pysnmp sees a datagram, and lets it work at once instead of later."""

        DOMAIN = udp6.DOMAIN_NAME if is_v6 else udp.DOMAIN_NAME

        def datagram_received(self, datagram: bytes, address: tuple[Any, ...]) -> None:
            source = ip_literal(str(address[0]).removeprefix("::ffff:")) or ""
            receiver.take(datagram, source, lambda: self._callback_function(self, address, datagram))

    return GatedTransport(loop=loop)
