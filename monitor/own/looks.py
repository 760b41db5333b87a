"""From what is known of the monitor to one look at each of its parts. Pure: times are arguments."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.own.machine import Machine
from monitor.own.parts import SIGN_OF
from monitor.web.health import Grade, Trouble
from monitor.web.view import HealthFacts, Snapshot
from probes.own import Look, Sign

_TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a look rests on. None: not known.

    `disk_full_s`: until results.db fills the disk, None also when it never will. `clock_steps`: within a day.
    `signs_sent_at`: way -> when a sign of life last went out; None: nobody outside listens for one.
    `told_channels`: those of which delivery's own alarm has told: what keeps them from sending is not told again.
    """

    snapshot: Snapshot
    troubles: tuple[Trouble, ...]
    mono: float
    zone: ZoneInfo
    loop_lag_s: float
    blind_s: float
    machine: Machine | None = None
    disk_full_s: float | None = None
    clock_steps: int | None = None
    signs_sent_at: Mapping[str, float | None] | None = None
    told_channels: Collection[str] = ()


def looks(known: Known) -> dict[Sign, Look]:
    """Return one look at each part. What is not known is missing from its figures, never 0."""
    return {sign: _look(known, sign) for sign in Sign}


def _look(known: Known, sign: Sign) -> Look:
    own = [
        each
        for each in known.troubles
        if SIGN_OF.get(each.code) is sign and each.channel not in known.told_channels
    ]
    figures = {name: float(value) for name, value in _figures(known, sign) if value is not None}
    figures["troubles"] = float(len(own))
    figures["failing"] = float(any(each.grade is Grade.FAILING for each in own))
    return Look(known.mono, figures, "; ".join(each.text for each in own)[:_TEXT_LIMIT])


def _figures(known: Known, sign: Sign) -> Iterator[tuple[str, float | None]]:  # noqa: C901, PLR0912 (one for each part)
    health, now, machine = known.snapshot.health, known.snapshot.now, known.machine
    match sign:
        case Sign.MEASURING:
            yield "schedule_lag_s", health.lag_p99_s
            yield "result_age_s", known.snapshot.data_age_s
        case Sign.PROCESS:
            yield "loop_lag_s", known.loop_lag_s
            if machine is not None:
                yield from _process(machine)
        case Sign.DISK:
            yield "disk_full_s", known.disk_full_s
            if machine is not None:
                yield from _disk(machine)
        case Sign.STORES:
            yield "results_queued", health.results_queued
            yield "state_unsaved", health.state_unsaved
        case Sign.BACKUP:
            last_at = None if health.backup is None else health.backup.last_good_at
            yield "backup_age_s", None if last_at is None else max(0.0, now - last_at)
        case Sign.DELIVERY:
            yield "message_late_s", health.outbox_oldest_age_s
            yield "messages_dead", health.outbox_dead
        case Sign.CHANNELS:
            yield from _channels(health, now, known.zone)
        case Sign.CERTIFICATES:
            ends = {} if machine is None else machine.certificates
            for listener, ends_at in ends.items():
                yield f"{listener}_certificate_s", ends_at - now
        case Sign.CLOCK:
            yield "clock_steps", known.clock_steps
            if machine is not None and machine.clock is not None:
                is_kept = machine.clock.is_synchronised
                yield "clock_unsynchronised", not is_kept
                yield "clock_error_s", machine.clock.error_s if is_kept else None
        case Sign.NETWORK:
            since_at = known.snapshot.isolated_since_at
            yield "isolated_s", 0.0 if since_at is None else max(0.0, now - since_at)
            yield "blind_s", known.blind_s
        case Sign.OUTSIDE:
            yield from _outside(known)
        case Sign.FORWARDING:
            if health.forwarder is not None:
                oldest_at = health.forwarder.oldest_unsent_at
                yield "rows_waiting", health.forwarder.lag_rows
                yield "oldest_unsent_s", 0.0 if oldest_at is None else max(0.0, now - oldest_at)
        case Sign.LISTENERS | Sign.INVENTORY:
            return


def _process(machine: Machine) -> Iterator[tuple[str, float]]:
    yield "memory_bytes", machine.memory_bytes
    yield "memory_limit_ratio", machine.memory_bytes / machine.memory_limit_bytes
    if machine.descriptors_limit > 0:  # -1: without limit
        yield "descriptors_ratio", machine.descriptors / machine.descriptors_limit


def _disk(machine: Machine) -> Iterator[tuple[str, float | None]]:
    yield "disk_free_bytes", machine.disk_free_bytes
    if machine.disk_free_bytes is not None and machine.disk_bytes:
        yield "disk_left_ratio", machine.disk_free_bytes / machine.disk_bytes
    if machine.inodes_free is not None and machine.inodes:
        yield "inodes_left_ratio", machine.inodes_free / machine.inodes


def _channels(health: HealthFacts, now: float, zone: ZoneInfo) -> Iterator[tuple[str, float | None]]:
    channels = health.channels.values()
    days = [each.package_until for each in channels if each.package_until is not None]
    if days:
        after = min(days) + timedelta(days=1)  # the last day is paid for
        end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
        yield "package_s", end.timestamp() - now
    yield "token_age_s", max((e.token_age_s for e in channels if e.token_age_s is not None), default=None)
    yield "quota_left", min((e.quota_left for e in channels if e.quota_left is not None), default=None)


def _outside(known: Known) -> Iterator[tuple[str, float]]:
    sent = known.signs_sent_at
    yield "unwatched", float(sent is None)
    if sent:
        now, started_at = known.snapshot.now, known.snapshot.health.started_at
        yield "life_sign_age_s", max(now - (started_at if at is None else at) for at in sent.values())
