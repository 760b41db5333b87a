"""How the monitor itself is: what its parts know of themselves, gathered for pages, /healthz and /metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from alerts.channels.base import Channel, Watched
from alerts.delivery.sending import DeliveryCounts
from alerts.delivery.worker import Deliverer
from alerts.world import World
from monitor.backup.facts import BackupFacts
from monitor.bug_fence import Fence
from monitor.clock import Clock
from monitor.dead_man import DeadMan
from monitor.influx.forwarder import Forwarder
from monitor.own.news import Lately, News
from monitor.own.self_watch import SelfWatch
from monitor.own_health import LaneFacts, OwnHealth
from monitor.pipeline import Pipeline, Saver
from monitor.reloading import Reloading
from monitor.scheduler import Scheduler
from monitor.series.compactor import Compactor
from monitor.series.log import ResultLog
from monitor.sign_of_life import SignOfLife
from monitor.storage.outbox_view import OutboxStats
from monitor.storage.state import StateStore
from monitor.version import VERSION
from monitor.web.view import ForwarderFacts, HealthFacts


@dataclass(slots=True)
class VitalSigns:
    """The parts that are asked, and what the daemon notes. `our_faults`: check id -> why its latest run failed on our side.

    The `fence` counts results and ticks from which a bug of ours let nothing be concluded.
    """

    clock: Clock
    world: World
    scheduler: Scheduler
    pipeline: Pipeline
    saver: Saver
    sign_of_life: SignOfLife
    fence: Fence
    state: StateStore
    results: ResultLog
    compactor: Compactor
    deliverer: Deliverer
    reloading: Reloading
    started_at: float
    channels: Mapping[str, Channel]
    hearing_fault: Callable[[], str] = str
    certificate_fault: Callable[[], str] = str
    listener_faults: Callable[[], Mapping[str, str]] = dict
    lately: Lately = field(default_factory=Lately)
    backup: Callable[[], BackupFacts | None] = lambda: None
    forwarder: Forwarder | None = None
    dead_man: DeadMan | None = None
    self_watch: SelfWatch | None = None
    outbox: OutboxStats = field(
        default_factory=lambda: OutboxStats(
            waiting=0, due=0, oldest_due_age_s=None, sent=0, dead=0, cancelled=0
        )
    )
    our_faults: dict[str, str] = field(default_factory=dict)

    def facts(self) -> HealthFacts:
        """Return what is known now, from memory."""
        stats, saver, forwarder = self.scheduler.stats, self.saver, self.forwarder
        fault = saver.fault or self.sign_of_life.fault
        since_monos = (saver.fault_since_mono, self.sign_of_life.fault_since_mono)
        failing_since = min((mono for mono in since_monos if mono is not None), default=None)
        return HealthFacts(
            version=VERSION,
            started_at=self.started_at,
            last_result_at=self.pipeline.last_result_at,
            checks=len(self.world.inventory.checks),
            running=self.scheduler.running,
            lag_p50_s=stats.lag_s(0.5) if stats.started else None,
            lag_p99_s=stats.lag_s(0.99) if stats.started else None,
            missed_slots=stats.missed,
            overruns=stats.overruns,
            results_queued=self.results.queued,
            results_dropped=self.results.dropped,
            results_fault="" if self.results.fault is None else str(self.results.fault),
            compaction=replace(self.compactor.facts),
            wal_bytes={
                "state": self.state.database.wal_bytes,
                "results": self.results.database.wal_bytes,
            },
            has_ballast=self.state.database.ballast is None or self.state.database.ballast.is_there,
            state_unsaved=saver.waiting,
            state_fault="" if fault is None else str(fault),
            state_failing_for_s=None if failing_since is None else self.clock.monotonic() - failing_since,
            outbox_pending=self.outbox.waiting,
            outbox_oldest_age_s=self.outbox.oldest_due_age_s,
            outbox_dead=self.outbox.dead,
            notifications=_attempts(self.deliverer.counts),
            messages_in_doubt=dict(self.deliverer.counts.doubtful),
            messages_elsewhere=dict(self.deliverer.counts.elsewhere),
            decisions_refused=saver.refused,
            conclusion_bugs=self.fence.bugs,
            our_faults=len(self.our_faults),
            our_fault=next(reversed(self.our_faults.values()), ""),
            forwarder=None if forwarder is None else _forwarding(forwarder),
            inventory=self.reloading.facts,
            channels={
                name: channel.health(self.clock.now())
                for name, channel in self.channels.items()
                if isinstance(channel, Watched)
            },
            hearing_fault=self.hearing_fault(),
            certificate_fault=self.certificate_fault(),
            listener_faults=self.listener_faults(),
            news=self._news(),
            backup=self.backup(),
        )

    def _news(self) -> News:
        forwarder = self.forwarder
        return self.lately.news(
            News(
                conclusion_bugs=self.fence.bugs,
                decisions_refused=self.saver.refused,
                lines_refused=0 if forwarder is None else forwarder.refused,
                chunks_damaged=self.compactor.facts.damaged,
            ),
            self.clock.monotonic(),
        )

    def details(self, *, is_copying: bool) -> OwnHealth:
        """Return what only the page of the monitor's health shows."""
        lanes = self.scheduler.lanes.items()
        dead_man, own = self.dead_man, self.self_watch
        return OwnHealth(
            lanes=tuple(LaneFacts(kind, lane.width, lane.running, len(lane.waiting)) for kind, lane in lanes),
            file_bytes={
                "state": self.state.database.file_bytes,
                "results": self.results.database.file_bytes,
            },
            signs_sent_at=None if dead_man is None else dead_man.sent_at,
            machine=None if own is None else own.machine,
            loop_lag_s=None if own is None else own.loop_lag_s,
            signs_failed={} if dead_man is None else dict(dead_man.failures),
            is_copying=is_copying,
        )


def _forwarding(forwarder: Forwarder) -> ForwarderFacts:
    behind = forwarder.behind
    return ForwarderFacts(
        lag_rows=forwarder.lag_rows,
        last_success_at=forwarder.last_success_at,
        last_error=forwarder.last_error,
        late_chunks=behind.chunks,
        oldest_unsent_at=behind.oldest_at,
        dead_letters=behind.dead_letters,
        skipped=behind.skipped,
    )


def _attempts(counts: DeliveryCounts) -> dict[tuple[str, str], int]:
    failed = {(channel, reason.value): count for (channel, reason), count in counts.failed.items()}
    return {(channel, "sent"): count for channel, count in counts.sent.items()} | failed
