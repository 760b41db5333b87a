"""R9: the resolver is dead: addresses are not touched, names are unknown, saving goes on, and mail finds its server."""

import asyncio
import contextlib
import statistics
from pathlib import Path

import aiohttp

from tests.chaos import promise
from tests.effort import sized
from tests.scenarios.land import TIMING, Data, inventory, small_site
from tests.scenarios.stage import CLOCK, RECIPIENTS, Watch, open_stage, until
from tests.scenarios.test_our_faults import unknown_because
from tests.servers.dns import name_server

WEB, MAIL, NAME_SERVER = "cong.tinh.example", "thu.tinh.example", "10.51.200.53"
HELD_S = sized(short=2, long=60)
COMMITS = sized(short=20, long=200)


def with_name(land: Data) -> Data:
    ping = land["profiles"]["may-tra-cuu"]["checks"]["icmp"]
    land["profiles"]["ten"] = {
        "layer": "shared",
        "checks": {"icmp": ping, "trang": {"kind": "http", "address": "http://{address}/", **TIMING}},
    }
    land["targets"]["21001.ten"] = {
        "name": "Cổng thông tin",
        "unit": "21001",
        "profile": "ten",
        "address": WEB,
    }
    return land


async def commits(watch: Watch) -> list[float]:
    """Commit one after the other; return how long each took, in seconds, sorted."""
    took: list[float] = []
    body = {"who": "Trực ban", "comment": "thử", "durationS": 600, "selector": {"targets": ["21001.kiosk"]}}
    connector = aiohttp.UnixConnector(str(watch.state_dir / "api.sock"))
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(COMMITS):
            began = CLOCK.monotonic()
            async with session.post("http://localhost/api/v1/silences", json=body) as response:
                assert response.status == 200, await response.text()
            took.append(CLOCK.monotonic() - began)
            await asyncio.sleep(HELD_S / COMMITS)
    return sorted(took)


async def test_r09_a_dead_resolver_stays_local_and_alerts_go_out(tmp_path: Path) -> None:
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n")
    own_mounts = f'mount --bind {resolv} /etc/resolv.conf && exec "$@"'
    first, second, third = (small_site(number) for number in (1, 2, 3))
    async with open_stage(tmp_path, mail_name=MAIL) as stage:
        with contextlib.ExitStack() as names:
            with stage.box.entered("province"):
                names.enter_context(name_server(NAME_SERVER, {WEB: "10.51.1.3", MAIL: "127.0.0.1"}))
            watch = stage.watch(with_name(inventory(first, second, third)), email={"host": MAIL})
            await watch.launch(wrapped_in=["unshare", "--mount", "sh", "-c", own_mounts, "sh"])
            await watch.until_answers()
            await watch.until_all("up")
            # A mail has found its way once: what the name meant is known.
            code, printed = await watch.run_cli("notify", "test", f"email:{RECIPIENTS[0]}")
            assert code == 0, printed
            before = len(watch.mails)
            assert before

            stage.box.cut(NAME_SERVER)
            named = {"21001.ten/icmp", "21001.ten/trang"}
            await until(
                lambda: unknown_because(watch, "our_fault") == named, within_s=30, what="unknown names"
            )
            took = await commits(watch)
            cut_at = CLOCK.monotonic()
            stage.box.cut(third.prefix)
            await until(
                lambda: len(watch.mails) == before + len(RECIPIENTS), within_s=40, what="a mail without DNS"
            )
            mail_s = CLOCK.monotonic() - cut_at
            stage.box.restore(third.prefix)
            stage.box.restore(NAME_SERVER)
            await watch.until_all("up")
            await watch.until_drained()

        assert unknown_because(watch, "our_fault") == named
        assert set(watch.ledger.failed_results()) - {"timeout", "unreachable"} == {"local"}
        blamed = {each["root_check_id"] for each in watch.ledger.incidents()}
        assert blamed == {third.link}
    promise.told(
        9,
        "dead DNS: only names are unknown, saving goes on, alerts find their server",
        f"{len(named)} checks by name unknown, {len(watch.checks) - len(named)} by address untouched; "
        f"{COMMITS} deeds saved meanwhile, median {1000 * statistics.median(took):.0f} ms, slowest "
        f"{1000 * took[-1]:.0f} ms; an outage then arrived by mail after {mail_s:.1f} s",
    )
