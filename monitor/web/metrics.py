"""What Prometheus may know of the monitor itself: counters the daemon increments, and figures read at each scrape.

Never one series per target: those go to InfluxDB. Names carry their units (https://prometheus.io/docs/practices/naming/).
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from inventory.model import Layer
from monitor.backup.facts import BackupFacts
from monitor.series.progress import CompactorFacts
from monitor.web.channel_health import metrics_of
from monitor.web.view import ForwarderFacts, HealthFacts, Shown, Snapshot
from probes.reading import FailureReason

LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)


class Metrics:
    """The daemon's counters and the figures of its latest snapshot, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._runs = Counter(
            "tslcd_probe_runs", "Probe runs by kind and outcome", ("kind", "reason"), registry=registry
        )
        self._lag = Histogram(
            "tslcd_schedule_lag_seconds",
            "How late a run started after its slot",
            buckets=LAG_BUCKETS_S,
            registry=registry,
        )
        self._blind = Counter(
            "tslcd_blind_seconds", "Time while the monitor's own anchors did not answer", registry=registry
        )
        self._reloads = Counter("tslcd_reloads", "Inventory reloads", ("result",), registry=registry)
        self._figures = _Figures()
        registry.register(self._figures)
        ProcessCollector(registry=registry)

    def ran(self, kind: str, reason: FailureReason | None) -> None:
        """Count one run of a probe; `reason` None: it was ok."""
        self._runs.labels(kind, "ok" if reason is None else reason.value).inc()

    def lag(self, seconds: float) -> None:
        """Note how late one run started."""
        self._lag.observe(seconds)

    @property
    def blind_s(self) -> float:
        """How long our own anchors did not answer since the start."""
        return next(iter(self._blind.collect())).samples[0].value

    def blind(self, seconds: float) -> None:
        """Add time in which the monitor was cut off."""
        self._blind.inc(seconds)

    def reloaded(self, result: str) -> None:
        """Count one reload; `result` is swapped, unchanged or refused."""
        self._reloads.labels(result).inc()

    def count_traps(self, read: Callable[[], Mapping[str, int]]) -> None:
        """Show these counts of trap datagrams, by what became of them, from now on."""
        self._figures.traps = read

    def count_beats(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show these counts of beats, by way and by what became of them, from now on."""
        self._figures.beats = counts

    def count_waits(self, read: Callable[[], Mapping[str, int]]) -> None:
        """Show these counts of what waited for its turn with a device, from now on."""
        self._figures.waits = read

    def exposition(self, snapshot: Snapshot) -> bytes:
        """Return everything in Prometheus' text format, the figures as of `snapshot`."""
        self._figures.snapshot = snapshot
        return generate_latest(self.registry)


class _Figures(Collector):
    """Figures that somebody else counts already; read at the scrape instead of being kept twice."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.traps: Callable[[], Mapping[str, int]] = dict
        self.waits: Callable[[], Mapping[str, int]] = dict
        self.beats: Mapping[tuple[str, str], int] = {}

    def describe(self) -> list[Metric]:
        """Nothing is known before the first snapshot."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the snapshot's figures; what is not known is missing."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        yield from _health(snapshot)
        yield from metrics_of(snapshot.health.channels)
        traps = CounterMetricFamily(
            "tslcd_traps", "Trap datagrams by what became of them", labels=("result",)
        )
        for result, count in self.traps().items():
            traps.add_metric((result,), count)
        yield traps
        waits = CounterMetricFamily(
            "tslcd_device_waits", "What waited because its device is asked enough", labels=("what",)
        )
        for what, count in self.waits().items():
            waits.add_metric((what,), count)
        yield waits
        beats = CounterMetricFamily(
            "tslcd_beats", "Beats of assets by way and by what became of them", labels=("via", "result")
        )
        for (way, result), count in self.beats.items():
            beats.add_metric((way, result), count)
        yield beats
        targets = GaugeMetricFamily("tslcd_targets", "Watched targets by state", labels=("layer", "state"))
        tally = Tally(
            (snapshot.inventory.targets[target_id].layer, shown)
            for target_id, shown in snapshot.shown_targets.items()
        )
        for layer in Layer:
            for shown in Shown:
                if shown is not Shown.UNWATCHED:
                    targets.add_metric((layer.value, shown.value), tally[layer, shown])
        yield targets
        build = GaugeMetricFamily(
            "tslcd_build_info", "Version and inventory", labels=("version", "inventory")
        )
        build.add_metric((snapshot.health.version, snapshot.inventory.digest), 1)
        yield build


def _health(snapshot: Snapshot) -> Iterator[Metric]:
    health, forwarder = snapshot.health, snapshot.health.forwarder
    taken = sum(incident.acknowledged_at is not None for incident in snapshot.incidents.values())
    gauges: tuple[tuple[str, str, float | None], ...] = (
        ("tslcd_checks", "Checks scheduled", health.checks),
        ("tslcd_probes_running", "Runs under way", health.running),
        ("tslcd_tasks", "Coroutines under way: the daemon's own, probes, visits", _tasks()),
        ("tslcd_checks_our_fault", "Checks whose latest run failed on our side", health.our_faults),
        ("tslcd_last_result_timestamp_seconds", "When the newest result arrived", health.last_result_at),
        ("tslcd_results_queued", "Results not yet in the result log", health.results_queued),
        (
            "tslcd_compaction_hours_behind",
            "How far back results wait to be compacted",
            health.compaction.hours_behind,
        ),
        ("tslcd_ballast", "1 while there is room to give up on a full disk", health.has_ballast),
        ("tslcd_state_unsaved_decisions", "Decisions that wait for the disk", health.state_unsaved),
        ("tslcd_state_failing_seconds", "How long state.db has refused", health.state_failing_for_s or 0.0),
        ("tslcd_outbox_pending", "Messages not yet sent", health.outbox_pending),
        (
            "tslcd_outbox_oldest_age_seconds",
            "Lateness of the most overdue message",
            health.outbox_oldest_age_s,
        ),
        ("tslcd_outbox_dead", "Messages given up", health.outbox_dead),
        ("tslcd_incidents_open", "Open incidents", len(snapshot.incidents)),
        ("tslcd_incidents_unacknowledged", "Open incidents nobody took", len(snapshot.incidents) - taken),
        ("tslcd_isolated", "1 while our own anchors do not answer", snapshot.isolated_since_at is not None),
        (
            "tslcd_reload_refused",
            "1 after a reload kept the old inventory",
            bool(health.inventory.reload_error),
        ),
        *(() if forwarder is None else _forwarding(forwarder, snapshot.now)),
        *(() if health.backup is None else _backup(health.backup)),
    )
    yield from _labelled(health)
    for name, text, value in gauges:
        if value is not None:
            yield GaugeMetricFamily(name, text, value=float(value))
    yield CounterMetricFamily(
        "tslcd_slots_missed", "Slots skipped: the last run was not over", value=health.missed_slots
    )
    yield CounterMetricFamily("tslcd_overruns", "Runs longer than their interval", value=health.overruns)
    yield CounterMetricFamily(
        "tslcd_results_dropped", "Results that did not fit the queue", value=health.results_dropped
    )
    yield from _compaction(health.compaction)
    yield from _messages(health)
    yield CounterMetricFamily(
        "tslcd_conclusion_bugs", "Results and ticks a bug made useless", value=health.conclusion_bugs
    )
    yield CounterMetricFamily(
        "tslcd_decisions_refused", "Decisions state.db could not take: bugs", value=health.decisions_refused
    )


def _labelled(health: HealthFacts) -> Iterator[Metric]:
    wal = GaugeMetricFamily("tslcd_wal_bytes", "Size of the write-ahead log", labels=("database",))
    for database, wal_bytes in health.wal_bytes.items():
        wal.add_metric((database,), wal_bytes)
    yield wal
    listeners = GaugeMetricFamily(
        "tslcd_listener_open", "1 while a listener of ours is open", labels=("name",)
    )
    for name, why in health.listener_faults.items():
        listeners.add_metric((name,), float(not why))
    yield listeners


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # there is no loop: nothing is under way
        return 0


def _forwarding(forwarder: ForwarderFacts, now: float) -> Iterator[tuple[str, str, float | None]]:
    oldest_at = forwarder.oldest_unsent_at
    yield "tslcd_influx_lag_rows", "Results behind the cursor", forwarder.lag_rows
    yield (
        "tslcd_influx_lag_seconds",
        "Age of the oldest result not in InfluxDB",
        0.0 if oldest_at is None else max(0.0, now - oldest_at),
    )
    yield "tslcd_influx_backlog_chunks", "Hours of checks sent late, still waiting", forwarder.late_chunks
    yield "tslcd_influx_dead_letters", "Lines InfluxDB refused for good", forwarder.dead_letters
    yield "tslcd_influx_skipped_results", "Results retention dropped unsent", forwarder.skipped
    yield (
        "tslcd_influx_last_success_timestamp_seconds",
        "Last successful write to InfluxDB",
        forwarder.last_success_at,
    )


def _backup(facts: BackupFacts) -> Iterator[tuple[str, str, float | None]]:
    yield (
        "tslcd_backup_last_success_timestamp_seconds",
        "When the last good copy was made",
        facts.last_good_at,
    )
    yield "tslcd_backup_bytes", "Size of its databases", facts.size_bytes
    yield "tslcd_backup_failed", "1 after an attempt that made no copy", bool(facts.error)


def _compaction(facts: CompactorFacts) -> Iterator[Metric]:
    for name, text, value in (
        ("tslcd_compacted_results", "Results moved into chunks", facts.results),
        ("tslcd_compacted_bytes", "Bytes of the chunks written", facts.body_bytes),
        ("tslcd_compaction_damaged", "Chunks and rollup pages that could not be read", facts.damaged),
        ("tslcd_compaction_refused", "Hours of a check left alone because of a bug", facts.refused),
        ("tslcd_results_late", "Results that came after retention had dropped their hour", facts.late),
    ):
        yield CounterMetricFamily(name, text, value=value)


def _messages(health: HealthFacts) -> Iterator[Metric]:
    notifications = CounterMetricFamily(
        "tslcd_notifications", "Attempts to tell somebody", labels=("channel", "result")
    )
    for (channel, result), attempts in health.notifications.items():
        notifications.add_metric((channel, result), attempts)
    yield notifications
    for name, text, counts in (
        ("in_doubt", "Messages that count as sent though no answer came", health.messages_in_doubt),
        ("elsewhere", "Messages told on another channel in its place", health.messages_elsewhere),
    ):
        by_channel = CounterMetricFamily(f"tslcd_notifications_{name}", text, labels=("channel",))
        for channel, count in counts.items():
            by_channel.add_metric((channel,), count)
        yield by_channel
