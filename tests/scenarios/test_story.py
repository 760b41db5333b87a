"""The main job from end to end: measured, judged, told once, kept; watched through the command line."""

import asyncio
import contextlib
import http.client
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.messages import words
from monitor.demo.box import Box
from tests.scenarios.land import SNMPD_PORT, TIMING, Data, Site, inventory, small_site
from tests.scenarios.stage import (
    CLOCK,
    COMMUNITY,
    RECIPIENTS,
    SMTP_USER,
    WEB_PORT,
    Stage,
    Watch,
    open_stage,
    until,
)
from tests.servers.smtp import Received
from tests.servers.victoriametrics import VictoriaMetrics

VICTORIA_PORT = 8428
READY_S = 20.0
OUTAGE_S = 8.0
TRUE_WITHIN_S = 2.0
"""The first run after the cut and the first after its end start up to a second later."""


@dataclass(frozen=True)
class Story:
    stage: Stage
    watch: Watch
    site: Site
    other: Site
    series: VictoriaMetrics


@asynccontextmanager
async def open_story(folder: Path) -> AsyncIterator[Story]:
    """Run a healthy province with an SNMP agent, a mail server, a store for series, and its daemon."""
    site, other = small_site(1), small_site(2)
    async with open_stage(folder) as stage:
        series = await start_victoria_metrics(stage.box, folder)
        await start_snmpd(stage.box, folder, site)
        watch = stage.watch(
            with_agent(inventory(site, other), site), influx={"url": f"http://127.0.0.1:{VICTORIA_PORT}"}
        )
        await watch.start()
        await watch.until_all("up")
        yield Story(stage, watch, site, other, series)


async def start_victoria_metrics(box: Box, folder: Path) -> VictoriaMetrics:
    argv = [
        "victoria-metrics",
        f"-httpListenAddr=127.0.0.1:{VICTORIA_PORT}",
        f"-storageDataPath={folder / 'series'}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=64MB",
        "-search.latencyOffset=0s",
    ]
    with (folder / "series.log").open("wb") as log:
        await box.spawn(argv, inside="monitor", stdout=log, stderr=log)
    await until_page(box, VICTORIA_PORT, "/health")
    return VictoriaMetrics(VICTORIA_PORT)


async def start_snmpd(box: Box, folder: Path, site: Site) -> None:
    """Run a real agent at the site's kiosk, beside the simulated ones."""
    config = folder / "snmpd.conf"
    config.write_text(f"rocommunity {COMMUNITY}\n")
    config.chmod(0o600)
    address = f"udp:{site.addresses[-1]}:{SNMPD_PORT}"
    argv = ["/usr/sbin/snmpd", "-f", "-C", "-c", str(config), "-I", "-smux", "-Lf", str(folder / "snmpd.log")]
    await box.spawn([*argv, "-p", str(folder / "snmpd.pid"), address], inside="province")


def with_agent(land: Data, site: Site) -> Data:
    agent = {"kind": "snmp", "options": {"port": SNMPD_PORT}, **TIMING}
    land["targets"][f"{site.code}.kiosk"]["checks"] = {"snmpd": agent}
    return land


async def page(box: Box, port: int, path: str) -> tuple[int, str]:
    """GET from a loopback port of the monitor's namespace."""

    def get() -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    return await box.call(get, inside="monitor")


async def until_page(box: Box, port: int, path: str) -> None:
    ends_at = CLOCK.monotonic() + READY_S
    while True:
        try:
            if (await page(box, port, path))[0] == 200:
                return
        except OSError:
            pass
        assert CLOCK.monotonic() < ends_at, f"no answer on port {port}"
        await asyncio.sleep(0.05)


async def until_mails(watch: Watch, count: int) -> list[Received]:
    """Wait for the n-th mail and return what came with it: one for each recipient."""
    await until(
        lambda: len(watch.mails) >= count * len(RECIPIENTS), within_s=30, what=f"mail {count}\n{watch.tail()}"
    )
    return watch.mails[-len(RECIPIENTS) :]


def text_of(mail: Received) -> str:
    part = mail.mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


async def test_a_cut_link_is_told_once_and_its_recovery_with_the_true_duration(tmp_path: Path) -> None:
    async with open_story(tmp_path) as story:
        watch, site = story.watch, story.site
        assert (await watch.run_cli("status", "--exit-code"))[0] == 0
        assert (await page(story.stage.box, WEB_PORT, "/healthz"))[0] == 200

        cut_at = CLOCK.now()
        story.stage.box.cut(site.prefix)
        opened = await until_mails(watch, 1)
        await look_with_the_cli(watch, site)
        await asyncio.sleep(max(0.0, cut_at + OUTAGE_S - CLOCK.now()))
        restored_at = CLOCK.now()
        story.stage.box.restore(site.prefix)
        resolved = await until_mails(watch, 2)
        await watch.until_all("up")
        await watch.until_drained()
        assert (await watch.run_cli("status", "--exit-code"))[0] == 0
        await compare_series(story)
        await watch_the_way(watch, site)
        for path in ("/", "/metrics", "/api/v1/overview", "/api/v1/incidents"):
            await watch.ask(path)  # searched for secrets at the end, like all that is heard
        assert await watch.stop() == 0

        (incident,) = watch.ledger.incidents()
        assert incident["root_check_id"] == site.link
        assert watch.ledger.affected(incident["id"]) == {
            check for check in watch.checks if check.startswith(site.code)
        } - {site.link}
        lasted_s = incident["resolved_at"] - incident["opened_at"]
        assert lasted_s == pytest.approx(restored_at - cut_at, abs=TRUE_WITHIN_S)
        for mails in (opened, resolved):
            assert Counter(mail.recipients for mail in mails) == {(to,): 1 for to in RECIPIENTS}
            assert all(
                mail.secured and site.name.removeprefix("Xã ") in mail.mail["Subject"] for mail in mails
            )
        behind = f"{words.count(len(site.addresses) - 1)} thiết bị phía sau"
        assert all(f"chuyen-mach 2 {site.name}" in text_of(mail) for mail in opened)
        assert all(behind in text_of(mail) for mail in opened)
        assert all(words.duration(lasted_s) in text_of(mail) for mail in resolved)
        assert {mail.mail["References"] for mail in resolved} == {mail.mail["References"] for mail in opened}
        assert len(watch.mails) == 2 * len(RECIPIENTS)
        assert {mail.user for mail in watch.mails} == {SMTP_USER}
        assert [line["kind"] for line in watch.file_messages()] == ["opened", "resolved"]
        assert set(watch.ledger.failed_results()) <= {"timeout", "unreachable"}


async def look_with_the_cli(watch: Watch, site: Site) -> None:
    """Find the incident, take it, and be refused to take it again."""
    assert (await watch.run_cli("status", "--exit-code"))[0] == 1
    (item,) = (await watch.ask_cli("incident", "list"))["items"]
    assert (item["check"], item["targetsBehind"], item["open"]) == (site.link, len(site.addresses) - 1, True)
    taken = await watch.run_cli("incident", "ack", item["id"], "--who", "Trực ban", "--comment", "đang gọi")
    assert taken[0] == 0
    again = await watch.run_cli("incident", "ack", item["id"], "--who", "Trực ban")
    assert again[0] == 1
    assert "chính người này" in again[1]
    shown = await watch.ask_cli("incident", "show", item["id"])
    assert shown["item"]["ackedBy"] == "Trực ban"
    kinds = [event["kind"] for event in shown["log"] if event["kind"] != "path"]
    assert kinds == ["opened", "step", "acknowledged"]
    assert {told["recipient"] for told in shown["notifications"]} == {*RECIPIENTS, "so-tay"}


async def watch_the_way(watch: Watch, site: Site) -> None:
    """Wait until the incident holds both traces; the first asks into the void for longer than this short cut lasts."""
    (incident,) = watch.ledger.incidents()
    await until(lambda: len(watch.ledger.paths(incident["id"])) == 2, within_s=60, what="both traces")
    cut, restored = watch.ledger.paths(incident["id"])
    assert cut.startswith("lúc mở sự cố: ")
    assert restored.startswith("lúc khôi phục: ")
    assert site.addresses[0] in restored


async def compare_series(story: Story) -> None:
    """Compare the points in VictoriaMetrics with the result log, value by value."""
    asked = (
        (story.site.link, "icmp_rtt_p50_s", "rtt_p50_s"),
        (story.site.link, "icmp_loss_ratio", "loss_ratio"),
        (f"{story.site.code}.trang/http", "http_total_s", "total_s"),
        (f"{story.site.code}.switch/snmp", "snmp_sys_uptime_s", "sys_uptime_s"),
        (f"{story.site.code}.kiosk/snmpd", "snmp_sys_uptime_s", "sys_uptime_s"),
    )
    for check, name, metric in asked:
        logged = {
            round(result.started_at * 1_000): result.reading.metrics[metric]
            for result in story.watch.ledger.results(check)
            if metric in result.reading.metrics
        }
        assert len(logged) >= 3
        ends_at = CLOCK.monotonic() + 15
        while missing_from(stored := await points(story, check, name), logged):
            assert CLOCK.monotonic() < ends_at, (check, name, logged, stored)
            await asyncio.sleep(0.2)


async def points(story: Story, check: str, name: str) -> dict[int, float]:
    selector = f'{name}{{check="{check}"}}'
    found = await story.stage.box.call(lambda: story.series.export(selector), inside="monitor")
    return {at: value for series in found for at, value in series.points.items()}


def missing_from(stored: dict[int, float], logged: dict[int, float]) -> bool:
    """Whether a logged value is not stored within a millisecond of its time (the store cuts, we round)."""
    return any(
        not any(stored.get(at + shift) == pytest.approx(value) for shift in (0, -1, 1))
        for at, value in logged.items()
    )


async def test_a_reload_swaps_what_is_valid_and_only_that(tmp_path: Path) -> None:
    site = small_site(1)
    whole = inventory(site, small_site(2))
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(whole)
        await watch.start()
        await watch.until_all("up")
        first = (await watch.health())["inventory"]

        kiosk = whole["targets"].pop(f"{site.code}.kiosk")
        broken = {
            **whole,
            "targets": {**whole["targets"], "thua": {"unit": "99999", "profile": "may-tra-cuu"}},
        }
        watch.write_inventory(broken)
        watch.reload()
        await watch.until_trouble("reload_refused")
        assert (await watch.health())["inventory"] == first
        assert "99999" in watch.tail()

        stage.box.cut(kiosk["address"])
        await until_mails(watch, 1)
        watch.write_inventory(whole)
        watch.reload()
        removed = await until_mails(watch, 2)
        await watch.until_drained()
        await watch.until_well()
        await watch.until_all("up")

        (incident,) = watch.ledger.incidents()
        assert incident["close_reason"] == "removed"
        assert incident["root_check_id"] == f"{site.code}.kiosk/icmp"
        assert incident["root_check_id"] not in watch.ledger.statuses()
        assert {mail.recipients[0] for mail in removed} == set(RECIPIENTS)
        assert (await watch.health())["inventory"] != first
        assert (await watch.ask_cli("incident", "list"))["items"] == []


async def test_a_state_folder_has_one_daemon_and_a_signal_ends_it(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(inventory(small_site(1)))
        await watch.start()
        first = watch.process

        code, printed = await watch.run_cli("daemon")
        assert code == 1
        assert str(watch.state_dir) in printed
        assert first.returncode is None
        await watch.ask("/healthz")

        for number in (signal.SIGTERM, signal.SIGINT):
            asked_at = CLOCK.monotonic()
            watch.process.send_signal(number)
            async with asyncio.timeout(10):
                assert await watch.process.wait() == 0
            assert CLOCK.monotonic() - asked_at < 10
            assert not (watch.state_dir / "api.sock").exists()
            assert (await watch.run_cli("status"))[0] == 4
            if number is signal.SIGTERM:
                await watch.start()
