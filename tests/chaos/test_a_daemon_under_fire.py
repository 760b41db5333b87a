"""One daemon in the province in a box, and what the world may do to it: floods, slow clients, lost packets, reloads, no descriptors.

Each test leaves it as it found it, all up and nothing waiting; the last one but for what is known to come and go.
"""

import asyncio
import contextlib
import http.client
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import pytest_asyncio

from monitor.demo.processes import module_environment
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.inputs.beats import SECRET, beat, token
from tests.scenarios.land import Data, inventory, small_site
from tests.scenarios.stage import WEB_PORT, Stage, Watch, open_stage, until, write_secret
from tests.soak.sample import Exposition, lag_ms, read_exposition, use_of

pytestmark = [pytest.mark.alone, pytest.mark.asyncio(loop_scope="module")]

SITES = tuple(small_site(number) for number in range(1, 5))
ASSET = "kiosk-01"
BEAT_PORT, TRAP_PORT = 8443, 162
FORGED_FROM = SITES[0].addresses[0]
GROWTH_MB = 20.0
LATE_MS = sized(short=5_000, long=1_000)
"""How late probes may start under a flood; a run of all tests shares two processors with others."""
WITHIN_S = 60.0
CALM_S = sized(short=12, long=60)
"""What came and went is over when it was up for so long; half an hour is usual."""


def land() -> Data:
    """Return the inventory: probes with as much patience as a busy machine needs, and an asset that beats."""
    found = inventory(*SITES)
    beats = {"kind": "heartbeat", "interval_s": 2, "options": {"max_age_s": 20}, "failures_to_down": 3}
    found["profiles"]["nhip"] = {"layer": "kiosk", "checks": {"beat": beats}}
    found["targets"][ASSET] = {
        "name": "Máy báo nhịp",
        "unit": SITES[0].code,
        "profile": "nhip",
        "address": "10.51.1.9",
    }
    for profile in found["profiles"].values():
        for check in profile["checks"].values():
            check.update({"interval_s": 2, "retry_interval_s": 1, "timeout_s": 1.0})
    return found


@dataclass
class House:
    """The daemon and what stands around it."""

    stage: Stage
    watch: Watch

    async def settled(self, *, within_s: float = WITHIN_S) -> None:
        """Wait until all is up and all is told."""
        await self.all_up()
        await until(lambda: not self._open(), within_s=within_s, what="no open incident")
        await self.watch.until_drained(within_s=within_s)

    async def all_up(self) -> None:
        found = self.watch.ledger.statuses

        def others() -> dict[str, str]:
            return {
                check: found().get(check, "") for check in self.watch.checks if found().get(check) != "up"
            }

        try:
            await until(lambda: not others(), within_s=WITHIN_S, what="all up")
        except AssertionError:
            raise AssertionError(f"not up: {others()}\n{self.watch.tail()}") from None

    async def well(self) -> None:
        """Wait until it has no trouble; that probes started late is the machine's, which others use as well."""
        ends_at = time.monotonic() + WITHIN_S
        while troubles := await self.watch.troubles() - {"schedule_late"}:
            assert time.monotonic() < ends_at, troubles
            await asyncio.sleep(0.1)

    def _open(self) -> list[Any]:
        return [each for each in self.watch.ledger.incidents() if each["resolved_at"] is None]

    async def said(self) -> Exposition:
        return read_exposition(await self.watch.ask("/metrics"))

    async def metric(self, start: str) -> dict[str, float]:
        """Return every series that begins so."""
        lines = (await self.watch.ask("/metrics")).splitlines()
        found = (line.rpartition(" ") for line in lines if line.startswith(start))
        return {name: float(value) for name, _, value in found}

    async def flood(self, kind: str, seconds: float, rate: float, source: str, to: str, port: int) -> int:
        """Send hostile packets from within the monitor's namespace; return how many went out."""
        flood = await self.stage.box.spawn(
            [
                *(sys.executable, "-m", "tests.chaos.flood", kind, str(rate), str(seconds)),
                *(source, to, str(port)),
            ],
            inside="monitor",
            env=module_environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await flood.communicate()
        assert flood.returncode == 0
        return int(printed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("lua")
    async with open_stage(folder) as stage:
        watch = stage.watch(
            land(),
            heartbeats={"http": {"port": BEAT_PORT}},
            alerting={"flaps": {"stable_s": CALM_S, "lost_s": CALM_S}},
            traps={"host": "0.0.0.0", "port": TRAP_PORT, "community_secrets": ["bay"]},
        )
        for name, text in (("heartbeat-key", SECRET), ("bay", "cong-dong-bay-77")):
            write_secret(folder / "w" / "secrets" / name, text)
        await watch.start(wrapped_in=["env"])  # its memory is measured: an interpreter of its own
        await _beat_for_ever(stage, folder)
        found = House(stage, watch)
        await found.settled()
        yield found


async def _beat_for_ever(stage: Stage, folder: Path) -> None:
    """Let the asset beat each second, from a source of its own."""
    body = folder / "nhip.json"
    body.write_bytes(beat(ASSET, uptime_s=5))
    curl = (
        f"curl -sS -m 5 -o /dev/null --noproxy '*' --interface 127.0.0.2 -H 'Authorization: Bearer {token(ASSET)}' "
        f"--data-binary @{body} http://127.0.0.1:{BEAT_PORT}/beat"
    )
    await stage.box.spawn(
        ["sh", "-c", f"while :; do {curl}; sleep 1; done"],
        inside="monitor",
        stderr=asyncio.subprocess.DEVNULL,
    )


@pytest.mark.parametrize("kind", ["icmp", "trap", "beat"])
async def test_r18_ten_thousand_hostile_packets_a_second_blame_nobody(house: House, kind: str) -> None:
    seconds, rate = sized(short=2, long=20), 10_000.0
    watch = house.watch
    source, to, port = {
        "icmp": (FORGED_FROM, house.stage.box.monitor_address, 0),
        "trap": (FORGED_FROM, house.stage.box.monitor_address, TRAP_PORT),
        "beat": ("127.0.0.1", "127.0.0.1", BEAT_PORT),
    }[kind]
    known = len(watch.ledger.changes())
    before, used = await house.said(), use_of(watch.process.pid)
    counted = {"icmp": "tslcd_icmp", "trap": "tslcd_traps_total", "beat": "tslcd_beats_total"}[kind]
    seen = await house.metric(counted)
    sent = await house.flood(kind, seconds, rate, source, to, port)
    after, grown_mb = await house.said(), use_of(watch.process.pid).rss_mb - used.rss_mb
    late_ms = lag_ms(before.lags, after.lags)
    polls = after.sums["tslcd_probe_runs_total"] - before.sums["tslcd_probe_runs_total"]
    new = {name: value - seen.get(name, 0.0) for name, value in (await house.metric(counted)).items()}

    assert sent > 0.3 * rate * seconds
    assert polls > 0.5 * seconds / 2 * len(watch.checks)
    assert late_ms <= LATE_MS
    assert grown_mb <= GROWTH_MB
    assert [change for change in watch.ledger.changes()[known:] if change.new != "up"] == []
    promise.told(
        18,
        f"10,000 hostile packets a second ({kind}): probes go on, nobody is blamed, memory is bounded",
        f"{sent:,} packets in {seconds} s, {polls:.0f} polls meanwhile, p99 late <= {late_ms:g} ms, "
        f"memory {grown_mb:+.1f} MB, changes of state 0, counted {_in_words(new)}",
    )


def _in_words(counts: dict[str, float]) -> str:
    return (
        ", ".join(f"{name.partition('{')[2].rstrip('}')} {n:.0f}" for name, n in counts.items() if n) or "-"
    )


async def test_r19_slow_clients_do_not_slow_a_real_one(house: House) -> None:
    clients, seconds = 400, sized(short=3, long=22)
    with house.stage.box.entered("monitor"):
        pairs = await asyncio.gather(*(_slow_client() for _ in range(clients)))
    dripping = [asyncio.create_task(_drip(writer)) for _, writer in pairs]
    took_s = await house.stage.box.call(lambda: _ask_for(seconds), inside="monitor")
    closed = sum(reader.at_eof() for reader, _ in pairs)
    for task in dripping:
        task.cancel()
    await asyncio.gather(*dripping, return_exceptions=True)
    for _, writer in pairs:
        writer.transport.abort()

    assert median(took_s) < 0.1
    assert max(took_s) < sized(short=2, long=1)
    if seconds > 18:
        assert closed == clients
    await house.well()
    promise.told(
        19,
        "400 connections that drip a byte a second: a real request takes < 100 ms",
        f"{len(took_s)} requests in {seconds} s: p50 {1_000 * median(took_s):.1f} ms, "
        f"max {1_000 * max(took_s):.1f} ms; {closed} of {clients} slow ones ended by us",
    )


async def _slow_client() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", WEB_PORT)


async def _drip(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        for byte in b"GET / HTTP/1.1\r\nHost: cham.example\r\nX: " + b"x" * 1_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1.0)


def _ask_for(seconds: float) -> list[float]:
    ends, took_s = time.monotonic() + seconds, []
    while time.monotonic() < ends:
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=10.0)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
        took_s.append(time.monotonic() - begun)
        time.sleep(0.05)  # noqa: TID251 (in a thread of its own)
    return took_s


async def test_r13_a_storm_of_reloads_loses_no_state_and_tells_nothing_twice(house: House) -> None:
    turns, at_once = sized(short=2, long=100), 100
    watch, site = house.watch, SITES[1]
    known, letters = len(watch.ledger.outbox()), len(watch.file_messages())
    house.stage.box.cut(site.prefix)
    await until(lambda: len(watch.file_messages()) > letters, within_s=30, what="the outage told")
    (incident,) = [each for each in watch.ledger.incidents() if each["resolved_at"] is None]
    code, printed = await watch.run_cli("incident", "ack", incident["id"], "--comment", "đang gọi nhà mạng")
    assert code == 0, printed
    await watch.until_drained()
    told = [row["dedup_key"] for row in watch.ledger.outbox()[known:]]

    whole = land()
    for turn in range(turns):
        other = {**whole, "targets": {k: v for k, v in whole["targets"].items() if turn % 2 or k != _spare()}}
        watch.write_inventory(other)
        swapped = await _reloads(house)
        watch.reload()
        await _until_reloaded(house, swapped)
    watch.write_inventory(whole)
    for _ in range(at_once):
        watch.reload()
        await asyncio.sleep(0.002)
    await house.well()
    (still,) = [each for each in watch.ledger.incidents() if each["resolved_at"] is None]
    assert still["id"] == incident["id"]
    assert still["acknowledged_at"] is not None
    assert [row["dedup_key"] for row in watch.ledger.outbox()[known:]] == told

    house.stage.box.restore(site.prefix)
    await house.settled()
    kinds = Counter((row["kind"], row["recipient"]) for row in watch.ledger.outbox()[known:])
    assert set(kinds.values()) == {1}
    promise.told(
        13,
        "a storm of reloads keeps states, incident and acknowledgement and tells nothing twice",
        f"{turns} reloads with changes and {at_once} signals within {at_once * 2} ms: incident kept, acknowledged, "
        f"{len(told)} rows before and after, one end to each who was told",
    )


def _spare() -> str:
    return f"{SITES[3].code}.kiosk"


async def _reloads(house: House) -> float:
    return sum((await house.metric("tslcd_reloads_total")).values())


async def _until_reloaded(house: House, before: float) -> None:
    ends_at = time.monotonic() + 30
    while await _reloads(house) <= before:
        assert time.monotonic() < ends_at, house.watch.tail()
        await asyncio.sleep(0.05)


async def test_r10_without_descriptors_checks_are_unknown_and_nobody_is_blamed(house: House) -> None:
    watch = house.watch
    held_s = sized(short=1, long=30)
    known, letters = len(watch.ledger.changes()), len(watch.mails)
    victims = {check for check in watch.checks if check.endswith(("/http", "/h323"))}
    limits = resource.prlimit(watch.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(watch.process.pid, resource.RLIMIT_NOFILE, (4, limits[1]))
    try:
        await until(
            lambda: (
                victims <= {each.check for each in watch.ledger.changes()[known:] if each.new == "unknown"}
            ),
            within_s=30,
            what="unknown checks",
        )
        watch.reload()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(held_s):
                await watch.ask("/healthz")
        await asyncio.sleep(held_s)
    finally:
        resource.prlimit(watch.process.pid, resource.RLIMIT_NOFILE, limits)
    await house.all_up()
    # What was read without descriptors was refused; what is read now is in force.
    assert await watch.troubles() >= {"reload_refused"}
    watch.reload()
    await house.well()

    changes = watch.ledger.changes()[known:]
    assert {change.new for change in changes} <= {"up", "unknown"}
    assert {change.cause for change in changes if change.new == "unknown"} == {"our_fault"}
    assert len(watch.mails) == letters
    promise.told(
        10,
        "without descriptors checks are unknown, never down; nobody is told that a target failed",
        f"{2 * held_s} s with 4 descriptors: {len(victims)} checks unknown, down 0, letters 0, well again by itself",
    )


async def test_r15_half_the_packets_lost_and_a_flapping_uplink_do_not_flood_anybody(house: House) -> None:
    seconds, swings = sized(short=4, long=120), sized(short=2, long=20)
    box, watch = house.stage.box, house.watch
    known, mails = len(watch.ledger.outbox()), len(watch.mails)
    lines = [site.prefix for site in SITES]
    begun = time.monotonic()
    for line in lines:
        box.set_link(line, loss_ratio=0.5)
    await asyncio.sleep(seconds)
    for line in lines:
        box.set_link(line, loss_ratio=0.0)
    for _ in range(swings):
        box.cut(*lines)
        await asyncio.sleep(1.5)
        box.restore(*lines)
        await asyncio.sleep(1.5)
    await house.settled(within_s=CALM_S + WITHIN_S)
    minutes = (time.monotonic() - begun) / 60

    rows = watch.ledger.outbox()[known:]
    told = Counter((row["about_id"], row["kind"], row["recipient"], row["dedup_key"]) for row in rows)
    letters = Counter(to for mail in watch.mails[mails:] for to in mail.recipients)
    assert set(told.values()) <= {1}
    assert all(count <= max(12, 12 * minutes) for count in letters.values()), letters
    incidents = [each for each in watch.ledger.incidents() if each["resolved_at"] is None]
    assert incidents == []
    promise.told(
        15,
        "half of all packets lost, then an uplink that flaps: at most 12 letters a minute, nothing told twice, all ends",
        f"{seconds} s of loss and {swings} swings: {len(rows)} rows, letters to each {dict(letters) or 0} "
        f"in {minutes:.1f} min, told twice 0, open at the end 0",
    )
