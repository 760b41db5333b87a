"""Traps as the daemon uses them: its settings become a receiver, understood traps become looks at the device."""

import asyncio
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from inventory.model import Inventory
from monitor.clock import Clock
from monitor.inputs.source_gate import Bucket
from monitor.inputs.traps import EngineIdentity, Trap, TrapReceiver, TrapUser, listening
from monitor.listeners import NotOpenError
from monitor.settings.inputs import TrapsSettings
from monitor.wording import os_words
from probes.kind import Secrets
from probes.resolve import ip_literal

log = logging.getLogger(__name__)

LOOKS = (0.1, 2.0)
"""Looks at one device that traps may cause: a second, burst. A port that flaps must not have the device probed for ever."""
_PASSWORD_CHARACTERS = 8
"""The least that a v3 password may have (RFC 3414 11.2)."""
_MOST_CHARACTERS = 255
_IDENTITY_FILE = "snmp-engine"
_NO_ENTERPRISE = "8000000005"  # RFC 3411 5, SnmpEngineID: enterprise 0, format 5 (octets of our own)


class TrapInputError(NotOpenError):
    """Traps cannot be received; the text says why and what to do."""


class TrapInput:
    """Turns traps into looks. `look(check ids)` is called in the daemon's event loop."""

    def __init__(self, look: Callable[[frozenset[str]], None], *, clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._checks: Mapping[str, frozenset[str]] = {}
        self._buckets: dict[str, Bucket] = {}
        self.receiver = TrapReceiver(self._on_trap)

    @property
    def counts(self) -> Mapping[str, int]:
        """Datagrams by what became of them."""
        return dict(self.receiver.counts)  # the receiver's thread goes on counting

    def adopt(self, inventory: Inventory) -> None:
        """Listen to the addresses of this inventory's checks, and no others."""
        self._checks = checks_by_address(inventory)
        self._buckets = {address: b for address, b in self._buckets.items() if address in self._checks}
        self.receiver.admit_only(frozenset(self._checks))

    def _on_trap(self, trap: Trap) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hint, trap)
        except RuntimeError:  # the daemon's loop is closed: nobody is left to look
            return

    def _hint(self, trap: Trap) -> None:
        mono = self._clock.monotonic()
        bucket = self._buckets.setdefault(trap.source, Bucket.full(*LOOKS, mono=mono))
        if not bucket.take(mono=mono):
            return
        checks = self._checks.get(trap.source, frozenset())
        log.info(
            "trap source=%s oid=%s meaning=%s looks=%d", trap.source, trap.oid, trap.meaning, len(checks)
        )
        self._look(checks)


def checks_by_address(inventory: Inventory) -> dict[str, frozenset[str]]:
    """Return which checks an IP address has: those of every target that is addressed by it."""
    found: dict[str, set[str]] = {}
    of_target: dict[str, set[str]] = {}
    for check in inventory.checks.values():
        of_target.setdefault(check.target_id, set()).add(check.id)
    for target_id, check_ids in of_target.items():
        address = ip_literal(inventory.targets[target_id].address)
        if address is not None:
            found.setdefault(address, set()).update(check_ids)
    return {address: frozenset(check_ids) for address, check_ids in found.items()}


@asynccontextmanager
async def receiving(
    trap_input: TrapInput,
    settings: TrapsSettings,
    secrets_: Secrets,
    state_dir: Path,
    given: socket.socket | None = None,
) -> AsyncIterator[None]:
    """Receive until the block ends, on the UDP socket that was `given` or else at the settings' address.

    Raises TrapInputError when the address, a secret or a user cannot be used.
    """
    try:
        communities = [_usable(secrets_, name, least=1) for name in settings.community_secrets]
        users = [
            TrapUser(
                user.name,
                user.auth,
                _usable(secrets_, user.auth_secret, least=_PASSWORD_CHARACTERS),
                _usable(secrets_, user.priv_secret, least=_PASSWORD_CHARACTERS),
                tuple(user.engine_ids),
            )
            for user in settings.users
        ]
    except KeyError as error:
        raise TrapInputError(f"{error}; {getattr(error, 'remedy', 'đặt tệp bí mật rồi chạy lại')}") from error
    # A duplicate: what was handed over stays open for another attempt.
    with given.dup() if given is not None else _bound(settings.host, settings.port) as sock:
        host, port = sock.getsockname()[:2]
        receiver, identity = trap_input.receiver, next_identity(state_dir)
        try:
            async with listening(receiver, sock, communities=communities, users=users, identity=identity):
                log.info("traps host=%s port=%d", host, port)
                yield
        except TimeoutError as error:
            raise TrapInputError("bộ nhận trap không khởi động được trong thời gian cho phép") from error


def _usable(secrets_: Secrets, name: str, *, least: int) -> str:
    """Return a secret that SNMP can use; KeyError, or TrapInputError, which does not show it."""
    text = secrets_.get(name)
    if not least <= len(text) <= _MOST_CHARACTERS or not text.isascii() or not text.isprintable():
        raise TrapInputError(
            f"bí mật '{name}' phải có từ {least} đến {_MOST_CHARACTERS} ký tự, không dấu; sửa tệp bí mật rồi chạy lại"
        )
    return text


def next_identity(state_dir: Path) -> EngineIdentity:
    """Return who we are to senders of informs, one start later than last time (RFC 3414 2.2.2).

    A disk that does not take it is no reason not to listen; informs may then have to be sent twice after a start.
    """
    path = state_dir / _IDENTITY_FILE
    try:
        engine_id, boots = path.read_text(encoding="ascii").split()
        identity = EngineIdentity(bytes.fromhex(engine_id).hex(), int(boots) + 1)
    except (OSError, ValueError):
        identity = EngineIdentity(_NO_ENTERPRISE + secrets.token_hex(8), 1)
    temporary = path.with_suffix(".new")
    try:
        temporary.write_text(f"{identity.engine_id} {identity.boots}\n", encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        log.warning("trap_identity_not_saved error=%s", os_words(error))
    return identity


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        remedy = (
            "dừng dịch vụ, systemctl enable --now tslcd-monitor-traps.socket, chạy lại; hoặc đổi traps.port (như 1162)"
            if isinstance(error, PermissionError)
            else "đổi traps.host hoặc traps.port"
        )
        raise TrapInputError(f"không nhận trap được ở {host}:{port} ({os_words(error)}); {remedy}") from error
    return sock


__all__ = ["TrapInput", "TrapInputError", "checks_by_address", "next_identity", "receiving"]
