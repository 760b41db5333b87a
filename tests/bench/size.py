"""Bytes a result on the disk: ours, VictoriaMetrics and InfluxDB 1.x, for a week of a part of the medium province.

Ours: chunk rows in the compactor's order; the file after its last checkpoint. Theirs: one line a result; the servers'
folders when all is merged, less what they took with one point of each series. All three hold the same: every round trip (theirs
as fields rtt_0_s to rtt_4_s), the duration, and the metrics that do not follow from the round trips; for theirs times
are rounded to 1 us, which spares them digits that no clock means. `summary`: what the forwarder sends of a burst instead.

BENCH_SITES (1): sites of 55 checks, the province has 124. BENCH_HOURS (168).
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from alerts.model.checks import CheckResult
from monitor.influx.lines import Line
from monitor.influx.lines import encode as encode_line
from monitor.influx.points import line_of
from monitor.influx.tags import CheckTags
from monitor.series import chunk_rows
from monitor.series.codec import chunk
from monitor.series.model import HOUR_MS
from monitor.storage.database import Database
from monitor.storage.opening import Synchronous
from probes.icmp.probe import METRICS
from tests.bench.frame import Figure
from tests.bench.size_servers import Store, influx_store, victoria_store
from tests.bench.week import BEGINS_AT, Week, WeekCheck

SITES: Final = int(os.environ.get("BENCH_SITES", "1"))
HOURS: Final = int(os.environ.get("BENCH_HOURS", "168"))
SEED: Final = 20261123
GOAL_BYTES: Final = 12.0
GOAL_ENCODE_US: Final = 15.0
GOAL_DECODE_US: Final = 10.0

BURSTS, OTHERS, SUMMARY = "bursts", "others", "summary"
_FIRST_HOUR: Final = int(BEGINS_AT * 1_000) // HOUR_MS


@dataclass(slots=True)
class Work:
    """Results of one kind, and the CPU seconds their chunks took."""

    results: int = 0
    encode_s: float = 0.0
    decode_s: float = 0.0


def run() -> Sequence[Figure]:
    """Write the week into all three and measure their folders."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Figure]:
    parts = (BURSTS, OTHERS, SUMMARY)
    done = {BURSTS: Work(), OTHERS: Work()}
    with ExitStack() as stack:
        stores = {
            "VictoriaMetrics": stack.enter_context(victoria_store(folder, parts)),
            "influxd 1.x": stack.enter_context(influx_store(folder, parts)),
        }
        _give(
            list(stores.values()), [(check, next(check.hours(1))[:1]) for check in Week(SITES, SEED).checks()]
        )
        empty = {name: store.settle() for name, store in stores.items()}
        ours = await _write_week(folder, list(stores.values()), done)
        full = {name: store.settle() for name, store in stores.items()}
    theirs = {
        name: {part: size - empty[name][part] for part, size in sizes.items()} for name, sizes in full.items()
    }
    return _figures(done, ours, theirs)


async def _write_week(folder: Path, stores: Sequence[Store], done: Mapping[str, Work]) -> dict[str, int]:
    """Write hour by hour; return the size of our files."""
    checks = [(check, check.hours(HOURS)) for check in Week(SITES, SEED).checks()]
    paths = {part: folder / f"{part}.db" for part in done}
    async with _results(paths[BURSTS]) as bursts, _results(paths[OTHERS]) as others:
        databases = {BURSTS: bursts, OTHERS: others}
        bases = {part: database.file_bytes for part, database in databases.items()}
        seq = 0
        for hour in range(_FIRST_HOUR, _FIRST_HOUR + HOURS):
            results = [(check, next(hours)) for check, hours in checks]
            rows: dict[str, list[chunk_rows.Chunk]] = {part: [] for part in done}
            for ref, (check, own) in enumerate(results, start=1):
                seq += len(own)
                part = _part(check)
                body = _encoded(check.id, own, done[part])
                identity = chunk_rows.chunk_id(hour, ref)
                rows[part].append(chunk_rows.Chunk(identity, check.id, seq, len(own), body))
            for part, database in databases.items():
                await database.write(partial(_upsert, rows=rows[part]))
            _give(stores, results)
    return {part: path.stat().st_size - bases[part] for part, path in paths.items()}


@asynccontextmanager
async def _results(path: Path) -> AsyncIterator[Database]:
    async with Database.open(
        path, schema="results", synchronous=Synchronous.NORMAL, now=BEGINS_AT
    ) as database:
        await database.empty_wal()
        yield database


def _upsert(connection: Connection, rows: Sequence[chunk_rows.Chunk]) -> None:
    for row in rows:
        chunk_rows.upsert(connection, row)


def _encoded(check_id: str, results: Sequence[CheckResult], work: Work) -> bytes:
    begun = time.thread_time()
    body = chunk.encode(results)
    encoded = time.thread_time()
    read = chunk.decode(check_id, body)
    work.decode_s += time.thread_time() - encoded
    work.encode_s += encoded - begun
    work.results += len(read)
    return body


def _part(check: WeekCheck) -> str:
    return BURSTS if check.kind == "icmp" else OTHERS


def _give(stores: Sequence[Store], results: Sequence[tuple[WeekCheck, Sequence[CheckResult]]]) -> None:
    """Write the results as lines into every store."""
    lines: dict[str, list[str]] = {BURSTS: [], OTHERS: [], SUMMARY: []}
    for check, own in results:
        target, _, kind = check.id.rpartition(".")
        tags = CheckTags(kind, target, unit=target.partition(".")[0], area="qn", layer="infra")
        for result in own:
            line = _rounded(line_of(result, tags))
            if _part(check) == OTHERS:
                lines[OTHERS].append(encode_line(line))
                continue
            lines[SUMMARY].append(encode_line(line))
            lines[BURSTS].append(encode_line(_with_round_trips(line, result)))
    for store in stores:
        for part, own_lines in lines.items():
            store.write(part, "\n".join(own_lines))


def _rounded(line: Line) -> Line:
    fields = {
        name: round(value, 6) if isinstance(value, float) and name.endswith("_s") else value
        for name, value in line.fields.items()
    }
    return Line(line.measurement, line.tags, fields, line.time_ns)


def _with_round_trips(line: Line, result: CheckResult) -> Line:
    """Return the line with every round trip in the place of what follows from them."""
    fields = {
        name: value
        for name, value in line.fields.items()
        if name not in METRICS and not name.startswith("rtt_")
    }
    for place, rtt_s in enumerate(result.reading.rtts_s):
        if rtt_s is not None:
            fields[f"rtt_{place}_s"] = round(rtt_s, 6)
    return Line(line.measurement, line.tags, fields, line.time_ns)


def _figures(
    done: Mapping[str, Work], ours: Mapping[str, int], theirs: Mapping[str, Mapping[str, int]]
) -> list[Figure]:
    results = {part: work.results for part, work in done.items()}
    every = sum(results.values())
    burst, all_kinds = ours[BURSTS] / results[BURSTS], sum(ours.values()) / every
    goal = f"<= {GOAL_BYTES:g} B"
    figures = []
    for peer, sizes in theirs.items():
        per_burst = sizes[BURSTS] / results[BURSTS]
        summary = sizes[SUMMARY] / results[BURSTS]
        per_result = (sizes[BURSTS] + sizes[OTHERS]) / every
        figures += [
            Figure("size_burst_of_5", burst, "B", peer, per_burst, goal, burst <= GOAL_BYTES),
            Figure("size_burst_of_5_to_summary", burst, "B", peer, summary, "", None),
            Figure("size_every_kind", all_kinds, "B", peer, per_result, "", None),
        ]
    for name, spent, limit in (
        ("chunk_encode", lambda work: work.encode_s, GOAL_ENCODE_US),
        ("chunk_decode", lambda work: work.decode_s, GOAL_DECODE_US),
    ):
        us = 1e6 * sum(map(spent, done.values())) / every
        figures.append(Figure(name, us, "us", None, None, f"<= {limit:g} us", us <= limit))
    return figures
