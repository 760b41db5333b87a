"""What comes in by itself, joined to the daemon: beats, traps, people's answers. None of it keeps the watch from its work."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from alerts.model.incident import Incident
from alerts.world import World
from monitor.audit_notes import AuditNotes
from monitor.clock import Clock
from monitor.daemon import Daemon
from monitor.handed_over import HandedOver
from monitor.inputs.beat_input import BeatInput
from monitor.inputs.trap_input import TrapInput, receiving
from monitor.inputs.zalo_updates import HandOn
from monitor.plan import open_secrets
from monitor.replies.deeds import Deeds
from monitor.replies.listener import Replies
from monitor.settings.inputs import HeartbeatSettings
from monitor.storage.link_key import link_key
from monitor.storage.used_once import is_used
from monitor.zalo import ZaloInput
from probes.beats import BeatBook

log = logging.getLogger(__name__)


@asynccontextmanager
async def receiving_beats(daemon: Daemon, book: BeatBook, clock: Clock) -> AsyncIterator[None]:
    """Take beats until the block ends, if the settings say how."""
    async with AsyncExitStack() as stack:
        settings = daemon.settings.heartbeats
        if settings is not None:
            beats = partial(_beats, daemon, settings, book, clock)
            await stack.enter_async_context(daemon.listeners.kept_open("beats", beats))
        yield


@asynccontextmanager
async def _beats(
    daemon: Daemon, settings: HeartbeatSettings, book: BeatBook, clock: Clock
) -> AsyncIterator[None]:
    beats = BeatInput(book, settings, open_secrets(daemon.settings), clock=clock)
    daemon.attach(beats)
    daemon.metrics.count_beats(beats.intake.counts)
    async with beats.receiving(daemon.listeners):
        yield


@asynccontextmanager
async def receiving_traps(daemon: Daemon, given: HandedOver, clock: Clock) -> AsyncIterator[None]:
    """Take traps until the block ends, if the settings say how."""
    settings = daemon.settings
    async with AsyncExitStack() as stack:
        if given.traps is not None:
            stack.callback(given.traps.close)
        if settings.traps is None:
            if given.traps is not None:
                log.warning("traps_socket_unused remedy=thêm phần traps vào cấu hình")
            yield
            return
        traps = TrapInput(daemon.look, clock=clock)
        daemon.attach(traps)
        daemon.metrics.count_traps(lambda: traps.counts)
        listening = partial(
            receiving, traps, settings.traps, open_secrets(settings), settings.state_dir, given.traps
        )
        await stack.enter_async_context(daemon.listeners.kept_open("traps", listening))
        yield


@asynccontextmanager
async def taking_replies(daemon: Daemon, world: World, clock: Clock) -> AsyncIterator[Replies]:
    """Act on what people send back, by links and in chats."""
    settings, state = daemon.settings, daemon.state

    async def find(incident_id: str) -> Incident | None:
        record = await state.incident(incident_id)
        return None if record is None else record.incident

    async def is_known(token: str) -> bool:
        return await state.database.read(partial(is_used, token=token))

    deeds = Deeds(daemon.do, find, AuditNotes(state).note, is_known)
    replies = Replies(settings, world, deeds, await link_key(state.database), clock=clock)
    daemon.attach(replies)
    # Also while the listener is closed: it opens by itself, and people follow links later.
    daemon.composer.links = replies.link_for
    async with AsyncExitStack() as stack:
        if settings.replies is not None:
            listening = partial(replies.listening, open_secrets(settings))
            await stack.enter_async_context(daemon.listeners.kept_open("replies", listening))
        yield replies


@asynccontextmanager
async def attending_to_zalo(daemon: Daemon, hand_on: HandOn, clock: Clock) -> AsyncIterator[None]:
    """Hear what people write to the Zalo bot until the block ends."""
    zalo = ZaloInput(daemon.channels, daemon.guard, daemon.settings, hand_on, clock=clock)
    daemon.attend(zalo)
    async with zalo.running():
        yield
