"""The running daemon: its long-lived tasks, stop, reload, and the view that pages and commands have of it."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from alerts import engine
from alerts.channels.zalo_text import Guard
from alerts.delivery.straight import StraightWay
from alerts.delivery.worker import Deliverer
from alerts.model.decision import Decision
from alerts.world import World
from inventory.model import Check, Inventory
from monitor.accounting.desk import CorrectionDesk
from monitor.agenda import Agenda
from monitor.audit_notes import AuditNotes, clock_step_entry
from monitor.bug_fence import Fence
from monitor.clock import Clock
from monitor.compacting import build_compactor
from monitor.composer import Composer
from monitor.delivering import DeliveryDesk, delivery_rules
from monitor.duty.desk import Desk, with_swaps
from monitor.ending import run_until
from monitor.evidence import PathEvidence, Trace
from monitor.first_plan import FirstPlan
from monitor.incidents.desk import IncidentDesk
from monitor.inputs.follower import Input
from monitor.lanes import open_lanes
from monitor.listeners import Listeners
from monitor.muting.desk import MutingDesk
from monitor.outgoing import build_channels, open_forwarder
from monitor.people.desk import PeopleDesk
from monitor.pipeline import Pipeline, Saver
from monitor.plan import Plan
from monitor.plan_reader import InReader
from monitor.reloading import Reloading
from monitor.report.reporting import plan_reports
from monitor.runner import Runner, asks_the_same
from monitor.scheduler import Scheduler
from monitor.series.log import ResultLog
from monitor.settings.settings import Settings
from monitor.sign_of_life import SignOfLife
from monitor.storage.done_book import DoneBook
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from monitor.storing import StorageDesk
from monitor.ticker import EVERY_S, Ticker
from monitor.upkeep import plan_upkeep
from monitor.vital_signs import VitalSigns
from monitor.web.live.changes import Changes
from monitor.web.memory import WebMemory
from monitor.web.metrics import Metrics
from monitor.web.view import Snapshot, build_snapshot
from monitor.zalo import ZaloInput

log = logging.getLogger(__name__)

SAVED_WITHIN_S = 7.0
"""How long a person's command waits for the disk, which itself waits 5 s for other writers."""


class Daemon:
    """Ties the parts together and satisfies what the web needs (`monitor.web.port.DaemonPort`)."""

    def __init__(
        self,
        first: FirstPlan,
        world: World,
        *,
        clock: Clock,
        state: StateStore,
        results: ResultLog,
        runner: Runner,
        in_reader: InReader,
        trace: Trace,
    ) -> None:
        plan = self.plan = first.plan
        self.state = state
        self.results = results
        self.metrics = Metrics(CollectorRegistry())
        self.changes = Changes()
        self.web = WebMemory()
        self.people = PeopleDesk(state.database, clock=clock, plan=lambda: self.plan)
        self._clock = clock
        self._fence = Fence(clock)
        self.world = world
        self._runner = runner
        self.reloading = Reloading(first, self, clock=clock, audit=state, in_reader=in_reader)
        self._saver = Saver(state, clock=clock, saved=lambda: self._deliverer.wake())  # noqa: PLW0108 (it comes later)
        self._notes = AuditNotes(state)
        self._sign_of_life = SignOfLife(state, self._saver, clock=clock)
        self._pipeline = Pipeline(world, results=results, saver=self._saver, clock=clock)
        self._scheduler = Scheduler(
            clock=clock,
            run=self._measure,
            lanes=open_lanes(plan.settings),
            checks=plan.inventory.checks.values(),
            on_lag=self.metrics.lag,
        )
        self._pipeline.rescheduler = self._scheduler
        self._evidence = PathEvidence(trace, self._saver.put, clock=clock)
        self._pipeline.on_decision = self._on_decision
        self._prepare_to_tell(plan)
        self._ticker = Ticker(
            clock=clock, tick=self._tick, mark_alive=self._mark_alive, on_step=self._on_step
        )
        self._agenda = Agenda(plan.settings.timezone, clock=clock, book=DoneBook(state.database))
        self._compactor = build_compactor(results, lambda: self.plan, clock=clock)
        self._open_desks(plan)
        self._stopping = asyncio.Event()
        self.listeners = Listeners(clock=clock)
        self.signs.listener_faults = lambda: self.listeners.faults
        self._inputs: list[Input] = [self.listeners]
        self.zalo: ZaloInput | None = None

    @property
    def ticks(self) -> int:
        """How often time has had its consequences."""
        return self._ticker.ticks

    def _prepare_to_tell(self, plan: Plan) -> None:
        """Open what carries messages out."""
        composer = self.composer = Composer(lambda: self.plan, self.world, self.state, clock=self._clock)
        self.guard = Guard()
        self.channels = build_channels(plan, self.guard)
        self._deliverer = Deliverer(
            self.state.outbox,
            self.channels,
            composer.compose,
            self._clock,
            hold_of=composer.hold_of,
            directory=lambda: self.world.settings.directory,
            rules=delivery_rules(plan.settings),
        )
        self.delivering = DeliveryDesk(
            self.world,
            self.state,
            self._deliverer,
            clock=self._clock,
            carry_out=self.carry_out,
            settings=lambda: self.settings,
        )
        self._storing = StorageDesk(
            self.world,
            self.state,
            self.results,
            StraightWay(self.channels, composer.compose_unsaved, lambda: self._deliverer.failing_since),
            clock=self._clock,
            carry_out=self.carry_out,
            state_fault=lambda: self._saver.fault or self._sign_of_life.fault,
        )

    def _open_desks(self, plan: Plan) -> None:
        """Open what people ask, and what tells how the daemon is."""
        self.desk = Desk(
            self, self.world, self.state.database, clock=self._clock, zone=ZoneInfo(plan.settings.timezone)
        )
        self._agenda.minutely("duty", self.desk.look)
        self.nightly = plan_upkeep(self._agenda, self, self._deliverer, clock=self._clock)
        self.reports = plan_reports(self._agenda, self, self._deliverer, clock=self._clock)
        self.incident_desk = IncidentDesk(self.world, self.state, clock=self._clock, do=self.do)
        self.corrections = CorrectionDesk(
            self.state.database,
            clock=self._clock,
            inventory=lambda: self.plan.inventory,
            settings=lambda: self.settings.accounting,
        )
        self.muting = MutingDesk(
            self.world, self.state, clock=self._clock, carry_out=self.carry_out, saved_soon=self._saved_soon
        )
        self.signs = VitalSigns(
            clock=self._clock,
            world=self.world,
            scheduler=self._scheduler,
            pipeline=self._pipeline,
            saver=self._saver,
            sign_of_life=self._sign_of_life,
            fence=self._fence,
            state=self.state,
            results=self.results,
            compactor=self._compactor,
            deliverer=self._deliverer,
            reloading=self.reloading,
            started_at=self._clock.now(),
            channels=self.channels,
            backup=lambda: self.nightly.facts,
        )

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.plan.settings

    def attach(self, source: Input) -> None:
        """Let an input follow the inventory from now on."""
        source.adopt(self.plan.inventory)
        self._inputs.append(source)

    def attend(self, zalo: ZaloInput) -> None:
        """Let Zalo follow the inventory, and ask it how well it hears."""
        self.attach(zalo)
        self.zalo = zalo
        self.signs.hearing_fault = lambda: zalo.fault

    def look(self, check_ids: frozenset[str]) -> None:
        """Probe these checks soon: somebody hinted that they changed."""
        self._scheduler.recheck(check_ids)

    def stop(self) -> None:
        """Ask the daemon to end."""
        self._stopping.set()

    def request_reload(self) -> None:
        """Ask for settings and inventory to be read again."""
        self.reloading.ask()

    async def run(self) -> int:
        """Work until asked to stop (0) or until one of the long-lived tasks dies of a bug (70)."""
        async with AsyncExitStack() as stack:
            await self.nightly.look()
            await stack.enter_async_context(self._agenda.running())
            self.signs.forwarder = await open_forwarder(
                stack, self.plan, self.world, self.results, self.state, clock=self._clock
            )
            loops = {
                "scheduler": self._scheduler.run(),
                "saver": self._saver.run(),
                "results": self.results.run(self._clock),
                "compactor": self._compactor.run(),
                "ticker": self._ticker.run(),
                "delivery": self._deliverer.run(),
                "evidence": self._evidence.run(),
                "reload": self.reloading.run(),
                "watch": self.reloading.watch(),
            }
            if self.signs.forwarder is not None:
                loops["influx"] = self.signs.forwarder.run()
            return await run_until(self._stopping, loops)

    async def last_words(self, *, within_s: float) -> None:
        """Save what is decided and note until when we watched; what the disk does not take in time is said so."""
        try:
            async with asyncio.timeout(within_s):
                await self._saver.drain()
                await self._sign_of_life.leave(self._clock.now())
        except TimeoutError:
            log.error("last_words_not_saved within_s=%g waiting=%d", within_s, self._saver.waiting)  # noqa: TRY400
        if self._sign_of_life.fault is not None:
            log.error("last_sign_of_life_not_saved error=%s", self._sign_of_life.fault)
        log.info("stopped")

    def carry_out(self, decision: Decision) -> None:
        """Take over a decision made elsewhere: it is saved, and told, like every other."""
        self._pipeline.carry_out(decision)

    async def do(self, decision: Decision) -> None:
        """Carry out what a person asked for; it is on the disk when this returns (StorageError: not yet)."""
        self._pipeline.carry_out(decision)
        await self._saved_soon()

    def snapshot(self) -> Snapshot:
        """Return what is known now, from memory."""
        return build_snapshot(self.world, self.signs.facts(), self._clock.now())

    async def _saved_soon(self) -> None:
        try:
            async with asyncio.timeout(SAVED_WITHIN_S):
                await self._saver.all_saved()
        except TimeoutError:
            what = f"state.db chưa trả lời trong {SAVED_WITHIN_S:g} giây"
            raise StorageError(StorageFault.IO, what, "kiểm tra ổ đĩa (dmesg)") from None

    async def _measure(self, check: Check) -> None:
        result = await self._runner.run(check)
        self.metrics.ran(check.kind, result.reading.reason)
        if not asks_the_same(check, self.plan.inventory.checks.get(check.id)):
            return  # reloaded meanwhile: what was asked there says nothing of what is watched now
        if result.reading.reason is not None and result.reading.reason.is_ours:
            self.signs.our_faults[check.id] = result.reading.detail
        else:
            self.signs.our_faults.pop(check.id, None)
        with self._fence.around(check.id):
            self._pipeline.handle(result)

    def _on_decision(self, decision: Decision) -> None:
        self._evidence.note(decision, self.world.inventory)
        self.changes.note()

    def _tick(self) -> None:
        with self._fence.around("tick"):
            self._pipeline.tick()
        if self.world.isolated_since_at is not None:
            self.metrics.blind(EVERY_S)

    async def _mark_alive(self, now: float) -> None:
        await self._sign_of_life.leave(now)
        await self._storing.look()
        with suppress(StorageError):  # told by then
            self.signs.outbox = await self.state.outbox.stats(now)
            await self.delivering.look()

    async def _on_step(self, step_s: float) -> None:
        now = self._clock.now()
        with self._fence.around("clock-step"):
            mono = self._clock.monotonic()
            self.carry_out(engine.on_clock_step(self.world, step_s=step_s, now=now, mono=mono))
        self._agenda.replan()
        self.delivering.clock_stepped()
        self.nightly.clock_stepped()
        try:
            await self.state.outbox.bring_forward(self._clock.now(), step_s=step_s)
            await self.muting.clock_stepped()
        except StorageError as error:
            log.warning("not_replanned error=%s", error)
        self._deliverer.clock_stepped(step_s)
        await self._notes.note(clock_step_entry(step_s, now))

    def refresh(self, inventory: Inventory) -> None:
        """Let the inputs read keys and certificates anew, and listen to what this inventory names."""
        for source in self._inputs:
            with self._fence.around("reload"):
                source.adopt(inventory)

    def swap(self, plan: Plan) -> None:
        """Put another plan into force; states, acknowledgements, incidents and unchanged checks' slots stay."""
        alerting = with_swaps(plan.alerting, self.desk.directory.swaps)
        decision = engine.on_reload(
            self.world, plan.inventory, alerting, now=self._clock.now(), mono=self._clock.monotonic()
        )
        self.plan = plan
        self._scheduler.adopt(plan.inventory.checks.values())
        self.signs.our_faults = {
            c: why for c, why in self.signs.our_faults.items() if c in plan.inventory.checks
        }
        self._pipeline.carry_out(decision)
        self.changes.note()

    def count_reload(self, outcome: str) -> None:
        """Count one reload."""
        self.metrics.reloaded(outcome)
