"""The composition root: opens everything in order, runs it, closes it in reverse. Decides nothing itself."""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from alerts import engine
from alerts.model.decision import Decision
from inventory.problem import ProblemsError
from monitor.asked import END_WITHIN_S, Asked
from monitor.clock import Clock, SystemClock
from monitor.daemon import Daemon
from monitor.device_turns import DeviceTurns
from monitor.duty.desk import with_swaps
from monitor.first_plan import FirstPlan, first_plan
from monitor.handed_over import HandedOver, HandedOverError, handed_over
from monitor.incoming import attending_to_zalo, receiving_beats, receiving_traps, taking_replies
from monitor.logs import LoopTroubles, configure_logging
from monitor.outgoing import OutgoingError, close_channels, secret_of
from monitor.own.self_watch import watching_itself
from monitor.problem_words import told
from monitor.process_hardening import forgo_core_dumps, ignore_surroundings
from monitor.process_memory import keep_little
from monitor.runner import Runner, ask_nothing
from monitor.series.log import RESERVE_BYTES, ResultLog
from monitor.serving import ServeError, serving
from monitor.settings.settings import Settings
from monitor.state_lock import StateLock, StateLockError
from monitor.storage.ballast import Ballast
from monitor.storage.duty import select_swaps
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from monitor.surroundings import surroundings
from monitor.systemd import Systemd
from monitor.watchdogs import watched_over
from monitor.web.status_copy import published
from monitor.wording import os_words
from probes.kind import Probe, Shared
from probes.kinds import KINDS
from probes.path import trace

log = logging.getLogger(__name__)

LAST_WORDS_S = 5.0
"""How long the last savings may take at a stop."""


class StartError(Exception):
    """The daemon cannot start; the text says why and what to do."""


def run_daemon(config: Path, listen_fd: int | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code (0 stopped, 1 could not start, 70 a bug).

    `listen_fd`: an inherited listening socket for the page, in place of the settings' address.
    """
    configure_logging()
    forgo_core_dumps()
    keep_little()
    if dropped := ignore_surroundings(os.environ):
        log.warning("environment_ignored names=%s", ",".join(dropped))
    _raise_descriptor_limit()
    asked, systemd = Asked(), Systemd()
    asked.listen(signal.signal)
    systemd.status("đang khởi động: đọc cấu hình và danh mục")
    try:
        first = first_plan(config)
    except ProblemsError as error:
        for line in told(error.problems):
            print(line, file=sys.stderr)  # noqa: T201 (before there is anything else to tell it to)
        systemd.status(f"không khởi động được, cấu hình có lỗi: {error.problems[0]}")
        return 1
    try:
        systemd.status("đang khởi động: nạp trạng thái đã lưu")
        return asyncio.run(_main(first, handed_over(listen_fd), asked, systemd))
    except (
        StartError,
        HandedOverError,
        StateLockError,
        OutgoingError,
        ServeError,
        StorageError,
    ) as error:
        print(_last_word(error), file=sys.stderr)  # noqa: T201
        systemd.status(f"không khởi động được: {_last_word(error)}")
        return 1


def _last_word(error: Exception) -> str:
    """Return why it does not start, and under it what to do."""
    what, _, remedy = str(error).partition("; ")
    if isinstance(error, StorageError):
        what, remedy = error.what, error.remedy
    return f"lỗi: {what}" + (f"\n  cách sửa: {remedy}" if remedy else "")


async def _main(first: FirstPlan, given: HandedOver, asked: Asked, systemd: Systemd) -> int:
    loop, clock, plan = asyncio.get_running_loop(), SystemClock(), first.plan
    loop.set_exception_handler(LoopTroubles(clock))
    asked.listen(loop.add_signal_handler)
    async with open_daemon(first, clock=clock) as daemon, AsyncExitStack() as stack:
        await stack.enter_async_context(serving(daemon, given, clock=clock))
        await stack.enter_async_context(published(daemon, clock=clock))
        await stack.enter_async_context(receiving_traps(daemon, given, clock))
        dead_man = plan.settings.dead_man
        url = None if dead_man is None else secret_of(plan.settings, dead_man.url_secret)
        watching = watched_over(daemon, plan.settings, url, systemd, clock=clock)
        await stack.enter_async_context(watching)
        log.info(
            "started targets=%d checks=%d inventory=%s",
            len(plan.inventory.targets),
            len(plan.inventory.checks),
            plan.inventory.digest[:12],
        )
        asked.tell(daemon)
        code = await daemon.run()
        asked.end_within(END_WITHIN_S, code)
        return code


@asynccontextmanager
async def open_daemon(first: FirstPlan, *, clock: Clock) -> AsyncIterator[Daemon]:
    """Lock the state folder, open the stores, rebuild the world and connect the probes; close all of it in reverse.

    Silences, acknowledgements and open incidents are loaded before the first probe. Raises StartError, StateLockError,
    StorageError.
    """
    plan, settings = first.plan, first.plan.settings
    async with AsyncExitStack() as stack:
        _prepare_state_dir(settings.state_dir)
        stack.enter_context(StateLock(settings.state_dir))
        state = await stack.enter_async_context(
            StateStore.open(settings.state_dir / "state.db", now=clock.now(), ballast=_ballast(settings))
        )
        results = await stack.enter_async_context(
            ResultLog.open(settings.state_dir / "results.db", now=clock.now())
        )
        for database in (state.database, results.database):
            if database.replaced is not None:
                log.error("database_was_damaged set_aside=%s", database.replaced)
        saved = await state.load()
        swaps = await state.database.read(partial(select_swaps, from_at=clock.now()))
        alerting = with_swaps(plan.alerting, swaps)
        world, decision = engine.start(
            plan.inventory, alerting, saved, now=clock.now(), mono=clock.monotonic()
        )
        is_saved = await _save_start(state, decision, now=clock.now())
        shared = surroundings(settings, clock)
        turns = DeviceTurns(clock, settings.devices.at_once, settings.devices.runs_per_s)
        probes = await _connect(stack, shared, settings)
        # Its own thread: the default executor may be full of look-ups that hang.
        reader = ThreadPoolExecutor(1, thread_name_prefix="inventory-reader")
        stack.callback(reader.shutdown, wait=False)
        daemon = Daemon(
            first,
            world,
            clock=clock,
            state=state,
            results=results,
            runner=Runner(probes, clock=clock, vantage=settings.vantage, turns=turns),
            in_reader=partial(asyncio.get_running_loop().run_in_executor, reader),
            trace=trace,
        )
        daemon.metrics.count_waits(
            lambda: {
                "run": turns.waited + daemon.signs.scheduler.stood_aside,
                "request": shared.snmp.pace.waited,
            }
        )
        stack.push_async_callback(close_channels, daemon.channels)
        stack.callback(daemon.people.close)
        await daemon.people.load()
        if not is_saved:
            daemon.carry_out(decision)
        await daemon.reloading.begin()
        await stack.enter_async_context(watching_itself(daemon, shared.own, clock=clock))
        await stack.enter_async_context(receiving_beats(daemon, shared.beats, clock))
        replies = await stack.enter_async_context(taking_replies(daemon, world, clock))
        await stack.enter_async_context(attending_to_zalo(daemon, replies.hear, clock))
        yield daemon
        await daemon.last_words(within_s=LAST_WORDS_S)


def _ballast(settings: Settings) -> Ballast:
    return Ballast(
        settings.state_dir / "ballast",
        size_bytes=settings.ballast_mb * 2**20,
        keep_free_bytes=2 * RESERVE_BYTES,  # or results would stop because of it
    )


async def _save_start(state: StateStore, decision: Decision, *, now: float) -> bool:
    """Save what the start decided, and that we live; False when the disk is full: watching does not wait for it."""
    try:
        await state.commit(decision)
        # Or a crash before the first tick would date the blind time by an earlier life, or not at all.
        await state.mark_alive(now)
        # The clock may have been set while nobody watched it.
        await state.outbox.bring_forward(now)
    except StorageError as error:
        if error.fault is not StorageFault.FULL:
            raise
        log.error("start_not_saved error=%s", error)  # noqa: TRY400 (the text says it all)
        return False
    return True


async def _connect(stack: AsyncExitStack, shared: Shared, settings: Settings) -> dict[str, Probe]:
    if not settings.measuring:
        return dict.fromkeys(KINDS, ask_nothing)
    return {name: await stack.enter_async_context(kind.connect(shared)) for name, kind in KINDS.items()}


def _prepare_state_dir(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"không tạo được {path} ({os_words(error)}); sửa state_dir hoặc quyền thư mục"
        ) from error


def _raise_descriptor_limit() -> None:
    """Thousands of probes may wait at once, each on a socket; the soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


__all__ = ["Daemon", "StartError", "open_daemon", "run_daemon"]
