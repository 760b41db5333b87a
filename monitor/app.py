"""The composition root: opens everything in order, runs it, closes it in reverse. Decides nothing itself."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from alerts import engine
from inventory.problem import ProblemsError
from monitor.clock import Clock, SystemClock
from monitor.daemon import Daemon
from monitor.plan import Plan, open_secrets
from monitor.runner import Runner
from monitor.storage.errors import StorageError
from monitor.storage.results import ResultLog
from monitor.storage.state import StateStore
from monitor.web.server import make_app, make_local_app, make_runner
from probes import KINDS
from probes.kind import Probe, Secrets

log = logging.getLogger(__name__)

LAST_WORDS_S = 5.0
"""How long the last savings may take at a stop."""


class StartError(Exception):
    """The daemon cannot start; the text says why and what to do."""


def run_daemon(config: Path, listen_fd: int | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code (0 stopped, 1 could not start, 70 a bug).

    `listen_fd`: an inherited listening socket for the page, in place of the settings' address.
    """
    _configure_logging()
    _raise_descriptor_limit()
    try:
        plan = Plan.read(config)
    except ProblemsError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)  # noqa: T201 (before there is anything else to tell it to)
        return 1
    try:
        return asyncio.run(_main(plan, listen_fd))
    except (StartError, StorageError) as error:
        print(f"lỗi: {error}", file=sys.stderr)  # noqa: T201
        return 1


async def _main(plan: Plan, listen_fd: int | None) -> int:
    clock = SystemClock()
    async with open_daemon(plan, clock=clock) as daemon, AsyncExitStack() as stack:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, daemon.stop)
        loop.add_signal_handler(signal.SIGINT, daemon.stop)
        loop.add_signal_handler(signal.SIGHUP, daemon.request_reload)
        await stack.enter_async_context(_serve(daemon, plan, listen_fd))
        log.info(
            "started targets=%d checks=%d inventory=%s",
            len(plan.inventory.targets),
            len(plan.inventory.checks),
            plan.inventory.digest[:12],
        )
        return await daemon.run()


@asynccontextmanager
async def open_daemon(plan: Plan, *, clock: Clock) -> AsyncIterator[Daemon]:
    """Lock the state folder, open the stores, rebuild the world and connect the probes; close all of it in reverse.

    Silences, acknowledgements and open incidents are loaded before the first probe. Raises StartError, StorageError.
    """
    settings = plan.settings
    async with AsyncExitStack() as stack:
        _prepare_state_dir(settings.state_dir)
        stack.enter_context(_Lock(settings.state_dir / "lock"))
        state = await stack.enter_async_context(
            StateStore.open(settings.state_dir / "state.db", now=clock.now())
        )
        results = await stack.enter_async_context(
            ResultLog.open(settings.state_dir / "results.db", now=clock.now())
        )
        for database in (state.database, results.database):
            if database.replaced is not None:
                log.error("database_was_damaged set_aside=%s", database.replaced)
        saved = await state.load()
        world, decision = engine.start(
            plan.inventory, plan.alerting, saved, now=clock.now(), mono=clock.monotonic()
        )
        await state.commit(decision)
        # Or a crash before the first tick would date the blind time by an earlier life, or not at all.
        await state.mark_alive(clock.now())
        probes = await _connect(stack, open_secrets(settings))
        # Its own thread: the default executor may be full of look-ups that hang.
        reader = ThreadPoolExecutor(1, thread_name_prefix="inventory-reader")
        stack.callback(reader.shutdown, wait=False)
        loop = asyncio.get_running_loop()

        async def read_plan(config: Path) -> Plan:
            return await loop.run_in_executor(reader, Plan.read, config)

        daemon = Daemon(
            plan,
            world,
            clock=clock,
            state=state,
            results=results,
            runner=Runner(probes, clock=clock, vantage=settings.vantage),
            read_plan=read_plan,
        )
        yield daemon
        async with asyncio.timeout(LAST_WORDS_S):
            await daemon.last_words()


async def _connect(stack: AsyncExitStack, secrets: Secrets) -> dict[str, Probe]:
    return {name: await stack.enter_async_context(kind.connect(secrets)) for name, kind in KINDS.items()}


@asynccontextmanager
async def _serve(daemon: Daemon, plan: Plan, listen_fd: int | None) -> AsyncIterator[None]:
    """Serve the page on loopback TCP and the local API on the Unix socket of the state folder."""
    async with AsyncExitStack() as stack:
        local = make_runner(make_local_app(daemon))
        await local.setup()
        stack.push_async_callback(local.cleanup)
        path = plan.settings.state_dir / "api.sock"
        path.unlink(missing_ok=True)  # ours: the lock is held
        await web.UnixSite(local, str(path)).start()
        path.chmod(0o660)
        stack.callback(path.unlink, missing_ok=True)

        page = make_runner(make_app(daemon))
        await page.setup()
        stack.push_async_callback(page.cleanup)
        settings = plan.settings.web
        if listen_fd is not None:
            listener = socket.socket(fileno=listen_fd)
            listener.setblocking(False)
            await web.SockSite(page, listener).start()
        elif settings.enabled:
            try:
                await web.TCPSite(page, settings.host, settings.port).start()
            except OSError as error:
                raise StartError(
                    f"không mở được trang web ở {settings.host}:{settings.port} ({error.strerror}); "
                    "đổi web.port hoặc đặt web.enabled: false"
                ) from error
        for address in page.addresses:
            log.info("page url=http://%s:%s/", *address[:2])
        yield


class _Lock:
    """One daemon per state folder: a second one would tell everybody twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> None:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise StartError(
                f"một tiến trình khác đang dùng {self._path.parent}; dừng tiến trình đó trước (systemctl status tslcd-monitor)"
            ) from error

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


def _prepare_state_dir(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"không tạo được {path} ({error.strerror}); sửa state_dir hoặc quyền thư mục"
        ) from error


def _raise_descriptor_limit() -> None:
    """Thousands of probes may wait at once, each on a socket; the soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _OneLine(logging.Formatter):
    """Keeps remote text from forging lines or steering the terminal; a traceback stays readable."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        text = super().formatMessage(record)
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _configure_logging() -> None:
    handler = logging.StreamHandler()
    under_systemd = "JOURNAL_STREAM" in os.environ
    stamp = "" if under_systemd else "%(asctime)s "
    handler.setFormatter(_OneLine(f"{stamp}%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


__all__ = ["Daemon", "StartError", "open_daemon", "run_daemon"]
