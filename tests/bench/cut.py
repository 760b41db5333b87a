"""From the cut of a line to the message that a channel took, against Prometheus, blackbox_exporter and Alertmanager.

The province in a box: a hundred lines on real kernel stacks behind an emulated WAN. Both watch the same lines; lines are cut
one after the other, at random moments, and both must tell. Ours: the shipped profile of a TSLCD line (every 15 s, fast
recheck), the channel `file`, grouping off (each line is cut alone, but soon after the one before). Theirs: 15 s for
scraping and for rules as in the sample configuration (the documented default is 1 min), Alertmanager's documented
defaults (group_wait 30 s), each line a group of its own (as one group, all but the first wait 5 min).
"""

import asyncio
import json
import os
import random
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from monitor.clock import SystemClock
from monitor.demo.box import Box
from monitor.demo.processes import module_environment
from tests.bench.frame import Figure

LINES = 100
CUTS = min(LINES, int(os.environ.get("BENCH_CUTS", "100")))
"""Each line is cut once: Alertmanager waits 5 min before it tells of the same one again."""
EVERY_S = 2.5
"""A cut so often on average."""
PATIENCE_S = 150.0
GOAL_P95_S = 25.0
SEED = 20261122
CLOCK = SystemClock()
_PORTS = {"prometheus": 9090, "alertmanager": 9093, "blackbox": 9115, "hook": 9000}


def run() -> Sequence[Figure]:
    """Cut, and measure both."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = asyncio.run(_measure(Path(folder)))
    if len(ours) < CUTS or len(theirs) < CUTS:
        raise RuntimeError(f"not everything was told: ours {len(ours)}, theirs {len(theirs)} of {CUTS}")
    peer = "Prometheus + Alertmanager"
    p50, p95 = _quantile(ours, 0.5), _quantile(ours, 0.95)
    return [
        Figure("cut_to_message_p50", p50, "s", peer, _quantile(theirs, 0.5), "", None),
        Figure(
            "cut_to_message_p95",
            p95,
            "s",
            peer,
            _quantile(theirs, 0.95),
            f"<= {GOAL_P95_S:g} s",
            p95 <= GOAL_P95_S,
        ),
        Figure("cut_to_message_max", max(ours), "s", peer, max(theirs), "", None),
    ]


async def _measure(folder: Path) -> tuple[list[float], list[float]]:
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(Box.open())
        told: dict[str, asyncio.Event] = {}
        with box.entered("monitor"):
            await stack.enter_async_context(_hook(told))
        await _start_peer(box, folder)
        messages = await _start_ours(box, folder)
        await _until_watched(folder)
        following = asyncio.create_task(messages.follow(), name="follow")
        stack.callback(following.cancel)
        ours: list[float] = []
        theirs: list[float] = []
        chance = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
        async with asyncio.TaskGroup() as group:
            for line in chance.sample(range(1, LINES + 1), CUTS):
                group.create_task(_one_cut(box, line, told, messages, ours, theirs))
                await asyncio.sleep(chance.uniform(0, 2 * EVERY_S))
        return ours, theirs


async def _one_cut(
    box: Box,
    line: int,
    told: dict[str, asyncio.Event],
    messages: "_Messages",
    ours: list[float],
    theirs: list[float],
) -> None:
    """Cut a line until both have told of it, then restore it."""
    address = f"10.51.{line}.1"
    event = told[address] = asyncio.Event()
    heard = messages.expect(line)
    box.cut(address)
    cut_at = CLOCK.monotonic()

    async def note(what: asyncio.Event, times: list[float]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await what.wait()
        except TimeoutError:
            return  # the caller counts
        times.append(CLOCK.monotonic() - cut_at)

    try:
        await asyncio.gather(note(heard, ours), note(event, theirs))
    finally:
        box.restore(address)


class _Messages:
    """Follows the file that the channel appends to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._expected: dict[int, asyncio.Event] = {}
        self._read = 0

    def expect(self, line: int) -> asyncio.Event:
        event = self._expected[line] = asyncio.Event()
        return event

    async def follow(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            if not self._path.exists():
                continue
            with self._path.open("rb") as file:
                file.seek(self._read)
                for text in file.readlines():
                    self._read += len(text)
                    self._take(json.loads(text))

    def _take(self, message: dict[str, Any]) -> None:
        # A letter may tell of several lines; names are short in it.
        for line in re.findall(r"Số (\d+)\b", message["text"]):
            event = self._expected.get(int(line))
            if event is not None and message["kind"] != "resolved":
                event.set()


async def _start_ours(box: Box, folder: Path) -> _Messages:
    units = {
        f"{21_000 + line}": {"name": f"Xã Số {line}", "kind": "xã", "area": "qn"}
        for line in range(1, LINES + 1)
    }
    anchors = {
        f"loi.moc-{n}": {
            "name": f"Mốc {n}",
            "unit": "loi",
            "profile": "carrier-edge",
            "anchor": True,
            "address": f"10.51.25{n}.1",
        }
        for n in range(3)
    }
    lines = {
        f"{code}.cpe": {
            "name": "Thiết bị đầu cuối",
            "unit": code,
            "profile": "tslcd-cpe",
            "address": f"10.51.{int(code) - 21_000}.1",
        }
        for code in units
    }
    core = {"loi": {"name": "Trung tâm dữ liệu", "kind": "trung tâm dữ liệu", "area": "province"}}
    inventory = {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": {**core, **units},
        "targets": {**anchors, **lines},
    }
    settings = {
        "province": "Tỉnh Thử",
        "inventory": ["tinh.yaml"],
        "state_dir": "state",
        "file": {"path": "tin.jsonl"},
        "alerting": {
            "groups": {"least": 1_000, "storm_least": 1_000},
            "night": None,
            "brief": None,
            "policies": {"default": {"steps": [{"to": ["file:truc"]}]}},
        },
        "web": {"enabled": False},
    }
    (folder / "tinh.yaml").write_text(yaml.safe_dump(inventory, allow_unicode=True), encoding="utf-8")
    config = folder / "giam-sat.yaml"
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    with (folder / "ours.log").open("ab") as log:
        argv = [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(config)]
        await box.spawn(argv, inside="monitor", env=module_environment(), stdout=log, stderr=log)
    return _Messages(folder / "tin.jsonl")


async def _start_peer(box: Box, folder: Path) -> None:
    """Start the three programs of Debian's packages, on loopback of the monitor's namespace."""
    hook = f"http://127.0.0.1:{_PORTS['hook']}/"
    files: dict[str, Any] = {
        "blackbox.yml": {
            "modules": {"icmp": {"prober": "icmp", "timeout": "5s", "icmp": {"preferred_ip_protocol": "ip4"}}}
        },
        "alertmanager.yml": {
            "route": {"receiver": "hook", "group_by": ["instance"]},
            "receivers": [{"name": "hook", "webhook_configs": [{"url": hook}]}],
        },
        "rules.yml": {
            "groups": [{"name": "lines", "rules": [{"alert": "Down", "expr": "probe_success == 0"}]}]
        },
        "prometheus.yml": {
            "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{_PORTS['alertmanager']}"]}]}]
            },
            "rule_files": ["rules.yml"],
            "scrape_configs": [_scrape()],
        },
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    commands = [
        [
            "prometheus-blackbox-exporter",
            "--config.file=blackbox.yml",
            f"--web.listen-address=127.0.0.1:{_PORTS['blackbox']}",
        ],
        [
            *(
                "prometheus-alertmanager",
                "--config.file=alertmanager.yml",
                "--storage.path=am",
                "--cluster.listen-address=",
            ),
            f"--web.listen-address=127.0.0.1:{_PORTS['alertmanager']}",
        ],
        [
            *("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"),
            f"--web.listen-address=127.0.0.1:{_PORTS['prometheus']}",
        ],
    ]
    with (folder / "peer.log").open("ab") as log:
        for argv in commands:
            shell = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(folder), *argv]
            await box.spawn(shell, inside="monitor", env=dict(os.environ), stdout=log, stderr=log)


def _scrape() -> dict[str, Any]:
    return {
        "job_name": "lines",
        "metrics_path": "/probe",
        "params": {"module": ["icmp"]},
        "static_configs": [{"targets": [f"10.51.{line}.1" for line in range(1, LINES + 1)]}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{_PORTS['blackbox']}"},
        ],
    }


@asynccontextmanager
async def _hook(told: dict[str, asyncio.Event]) -> AsyncIterator[None]:
    """Take Alertmanager's notifications."""

    async def take(request: web.Request) -> web.Response:
        for alert in (await request.json())["alerts"]:
            event = told.get(alert["labels"]["instance"])
            if alert["status"] == "firing" and event is not None:
                event.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", _PORTS["hook"]).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def _until_watched(folder: Path) -> None:
    """Wait until both have seen every line up."""
    await asyncio.sleep(60)
    if not (folder / "state" / "api.sock").exists():
        raise RuntimeError((folder / "ours.log").read_text(encoding="utf-8"))


def _quantile(values: Sequence[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
