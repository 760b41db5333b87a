"""Where an Official Account's tokens are kept: one small file, replaced durably, and a lock that other processes heed.

A refresh token is good for one use. Whoever renews it must hold the lock, and must have the new pair on the disk before
anybody needs it: between Zalo's answer and the file lies the only copy of the grant.
"""

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from alerts.channels.base import DeliveryError, DeliveryFailure

_LOCK_TRIES: Final = 900
_LOCK_PAUSE_S: Final = 0.1
_MOST_BYTES: Final = 65_536

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What one login or renewal gave. Times are Unix seconds UTC."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float
    saved_at: float


class TokenFile:
    """The file and its lock (`<name>.lock`). Blocking work runs in one thread of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="zalo-token")

    async def read(self) -> TokenPair | None:
        """Return the pair; None when there is none, or what is there is none. Raises DeliveryError (DISK)."""
        return await self._run(partial(_read, self.path))

    async def save(self, pair: TokenPair) -> None:
        """Replace the pair: on the disk when this returns. Raises ValueError for an empty token, DeliveryError (DISK)."""
        if not pair.access_token or not pair.refresh_token:
            raise ValueError("an empty token never replaces one")
        await self._run(partial(_save, self.path, pair))

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Keep other processes from renewing. Raises DeliveryError when another one does not end."""
        descriptor = await self._run(partial(_open_lock, self.path.with_name(self.path.name + ".lock")))
        try:
            for _ in range(_LOCK_TRIES):
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                await asyncio.sleep(_LOCK_PAUSE_S)
            else:
                raise DeliveryError("another process keeps renewing the token", DeliveryFailure.TIMEOUT)
            yield
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let the thread end once it has done what was asked of it."""
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except OSError as error:
            cause = error.strerror or type(error).__name__
        raise DeliveryError(f"the token file cannot be used: {cause}", DeliveryFailure.DISK)


def _read(path: Path) -> TokenPair | None:
    try:
        with path.open("rb") as stream:
            body = json.loads(stream.read(_MOST_BYTES))
        pair = TokenPair(
            access_token=str(body["access_token"]),
            refresh_token=str(body["refresh_token"]),
            expires_at=float(body["expires_at"]),
            saved_at=float(body["saved_at"]),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return pair if pair.refresh_token else None


def _save(path: Path, pair: TokenPair) -> None:
    content = json.dumps(asdict(pair)).encode()
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            os.fchmod(descriptor, 0o600)
            _give_to_owner(descriptor, path.parent)
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _open_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _give_to_owner(descriptor, path.parent)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _give_to_owner(descriptor: int, folder: Path) -> None:
    """Let root, who logs in by hand, leave files that the service, whose folder it is, can read and replace."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
