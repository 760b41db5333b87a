"""Keys of v3 users at engines. A password's digest takes some milliseconds, so a thread makes them, one at a time.

The thread is of this alone: the default one's may be busy for half a minute (path traces).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from probes.reading import FailureReason
from probes.snmp.model import SnmpRequestError, UsmUser
from probes.snmp.usm import MasterKeys, Security, master_keys

USERS_MAX = 256
"""Whose digests are remembered."""


class KeyRing:
    """Makes keys and remembers the passwords' digests, which are the same for all devices of a user."""

    def __init__(self) -> None:
        self._masters: dict[UsmUser, MasterKeys] = {}
        self._thread: ThreadPoolExecutor | None = None

    async def security(self, user: UsmUser, engine_id: bytes, *, ends_at: float) -> Security:
        """Return the keys of a user with passwords at an engine; SnmpRequestError when time runs out."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="snmp-keys")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(ends_at):
                return await loop.run_in_executor(self._thread, self._security, user, engine_id)
        except (TimeoutError, RuntimeError) as error:  # RuntimeError: no thread can be started
            raise SnmpRequestError(
                FailureReason.LOCAL, "máy giám sát không kịp tính khóa SNMPv3 từ mật khẩu"
            ) from error

    def close(self) -> None:
        """Let the thread end; what it does now it still finishes."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    def _security(self, user: UsmUser, engine_id: bytes) -> Security:
        """Make the keys; only the one thread comes here."""
        masters = self._masters.get(user)
        if masters is None:
            if len(self._masters) >= USERS_MAX:
                self._masters.clear()
            masters = self._masters[user] = master_keys(user)
        return Security(user, masters, engine_id)
