"""Hashing of passwords (argon2id) in two threads of their own: slow on purpose, so never many at once, never on the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.people.passwords import normal
from monitor.people.refusals import PeopleError, PeopleRefusal

THREADS: Final = 2
WAITING_LIMIT: Final = 16
"""How many may wait or be hashed; one more is told to come back."""
BUSY_WAIT_S: Final = 5.0
_T = TypeVar("_T")


class Hashing:
    """OWASP's least parameters for argon2id: 19 MB each, so that a crowd does not exhaust the service's memory."""

    def __init__(self, *, passes: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """Return the hash. Raises PeopleError (BUSY)."""
        return await self._run(lambda: self._hasher.hash(normal(password)))

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password; None takes as long as any other and is never right. Raises PeopleError (BUSY)."""
        return await self._run(lambda: self._verify(password, password_hash))

    async def is_any(self, password: str, hashes: tuple[str, ...]) -> bool:
        """Whether it is one of several. Raises PeopleError (BUSY)."""
        return await self._run(lambda: any(self._verify(password, each) for each in hashes))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, password_hash: str | None) -> bool:
        if password_hash is None and not self._nobodys:
            self._nobodys = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(password_hash or self._nobodys, normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _run(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= WAITING_LIMIT:
            raise PeopleError(PeopleRefusal.BUSY, wait_s=BUSY_WAIT_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
