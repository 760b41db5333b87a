"""A target's page as values: its checks, latest results in words, the options that hold. Pure but for what reads rows."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alerts.messages import words
from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from inventory.model import Check, Target, Unit
from monitor.series.model import StoredResult
from monitor.storage.errors import sound_rows
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot
from probes.kinds import KINDS

PHASES: Final = ("dns_s", "connect_s", "tls_s", "wait_s", "body_s")
"""Parts of one HTTP answer in their order; `wait_s` is what is left of first_byte_s."""
DETAIL_LIMIT: Final = 200
_FEW_FIGURES: Final = 6
_LATEST: Final = SELECT_INCIDENTS + (  # noqa: S608 (constants only)
    "where root_check_id in (select value from json_each(?1)) or exists (select 1 from incident_affected "
    "where incident_id = incident.id and check_id in (select value from json_each(?1))) "
    "order by declared_at desc, id desc limit ?2"
)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check as the page shows it."""

    check: Check
    shown: Shown
    since_at: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One result in words. `phases`: (name, seconds) of an answer that has parts; `figures`: what else was measured."""

    at: float
    check_id: str
    is_ok: bool
    reason: str
    detail: str
    duration_s: float
    phases: tuple[tuple[str, float], ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TargetView:
    """The page's head and its checks, the primary first."""

    target: Target
    unit: Unit | None
    shown: Shown
    since_at: float | None
    checks: tuple[CheckLine, ...]
    parents: tuple[Target, ...]
    children: tuple[Target, ...]


def target_view(snapshot: Snapshot, target_id: str) -> TargetView:
    """Return a target's page. KeyError: there is no such target."""
    inventory = snapshot.inventory
    target = inventory.targets[target_id]
    return TargetView(
        target=target,
        unit=inventory.units.get(target.unit_code),
        shown=snapshot.shown_targets.get(target_id, Shown.UNWATCHED),
        since_at=snapshot.since_at(target),
        checks=tuple(_check(snapshot, check_id) for check_id in snapshot.checks_of.get(target_id, ())),
        parents=tuple(inventory.targets[each] for each in target.depends_on if each in inventory.targets),
        children=tuple(each for each in inventory.targets.values() if target_id in each.depends_on),
    )


def _check(snapshot: Snapshot, check_id: str) -> CheckLine:
    state = snapshot.states.get(check_id)
    since_at = None if state is None or state.since_at <= 0 else state.since_at
    return CheckLine(
        check=snapshot.inventory.checks[check_id],
        shown=snapshot.check(check_id),
        since_at=since_at,
        cause="" if state is None else state.cause,
    )


def result_line(stored: StoredResult, kind: str, language: Language = Language.VI) -> ResultLine:
    """Say a result of a check of this kind in words; what the device answered is shown as one clean line."""
    result = stored.result
    reading = result.reading
    return ResultLine(
        at=result.started_at,
        check_id=result.check_id,
        is_ok=reading.ok,
        reason="" if reading.reason is None else words.cause_phrase(reading.reason.value, language),
        detail=clean(reading.detail, DETAIL_LIMIT),
        duration_s=result.duration_s,
        phases=tuple(phases_of(reading.metrics)),
        figures=tuple(_figures(reading.metrics, kind, language)),
    )


def phase_words(language: Language = Language.VI) -> Mapping[str, str]:
    """Return what the parts of an answer are called."""
    _ = translator(language)
    return {
        "dns_s": _("phân giải tên"),
        "connect_s": _("kết nối"),
        "tls_s": _("bắt tay TLS"),
        "wait_s": _("chờ trả lời"),
        "body_s": _("tải về"),
    }


def phases_of(metrics: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the parts of an HTTP answer with their seconds; nothing of another kind of answer."""
    if "first_byte_s" not in metrics:
        return
    before_s = 0.0
    for name in ("dns_s", "connect_s", "tls_s"):
        if name in metrics:
            before_s += metrics[name]
            yield name, metrics[name]
    yield "wait_s", max(0.0, metrics["first_byte_s"] - before_s)
    if "body_s" in metrics:
        yield "body_s", metrics["body_s"]


def _figures(metrics: Mapping[str, float], kind: str, language: Language) -> Iterator[tuple[str, str]]:
    left = [name for name in metrics if name not in PHASES and name not in {"first_byte_s", "total_s"}]
    known = KINDS[kind].metrics if kind in KINDS else {}
    for name in left[:_FEW_FIGURES]:
        # What a check's own options named is called as they call it.
        said = known[name].vi if language is Language.VI and name in known else clean(name, 60)
        yield said, words.figure(name, metrics[name], language)


def options_of(check: Check) -> tuple[tuple[str, str], ...]:
    """Return the options of a check that say something, as one line of text each."""
    data: Mapping[str, Any] = check.options.model_dump(mode="json", exclude_none=True)
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in data.items()
        if value not in ("", [], {})
    )


def read_incidents_of(connection: sqlite3.Connection, check_ids: Sequence[str], limit: int) -> list[Incident]:
    """Return the latest incidents that blame one of the checks or took it down, the newest first."""
    return select_incidents(connection, _LATEST, (json.dumps(list(check_ids)), limit))


@sound_rows()
def read_was_seen(connection: sqlite3.Connection, target_id: str) -> bool:
    """Whether a target was watched at some time, though the inventory may not have it any more."""
    row = connection.execute("select 1 from target_seen where target_id = ?", (target_id,)).fetchone()
    return row is not None
