"""The daemon as a process: how it starts, is told to stop at any moment, and ends whatever hangs."""

import asyncio
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.app import open_daemon
from monitor.clock import SystemClock
from monitor.first_plan import first_plan
from monitor.logs import OneLine
from tests.monitor.daemons import WAIT_S, running, write_config
from tests.probes.servers import refused_port

HANGING_DISK = """
import pathlib, sys, time
from monitor.storage.database import Database
whole = Database._transact
def hang(self, transaction):
    while pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.05)
    return whole(self, transaction)
Database._transact = hang
from monitor.cli import main
sys.exit(main(sys.argv[2:]))
"""
"""The daemon on a disk that answers nothing as long as a file exists."""


TRIPPING_READER = """
import sys
from monitor import plan
whole, plans = plan.load_with_warnings, []
def load(*args, **kwargs):
    plans.append(1)
    if len(plans) > 1:
        raise RecursionError("a bug")
    return whole(*args, **kwargs)
plan.load_with_warnings = load
from monitor.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The daemon with a bug in its reader that shows at the second reading."""

SLOW_PROBE = """
import asyncio, pathlib, sys
from monitor.runner import Runner
from probes.reading import FailureReason, failed
whole, flag = Runner._read, pathlib.Path(sys.argv[1])
async def read(self, check):
    if not flag.exists() or check.address != "127.0.0.1":
        return await whole(self, check)
    while flag.exists():
        await asyncio.sleep(0.02)
    return failed(FailureReason.INTERNAL, "a fault of ours")
Runner._read = read
from monitor.cli import main
sys.exit(main(sys.argv[2:]))
"""
"""The daemon whose probe of 127.0.0.1 lasts as long as a file exists, and fails by our own fault."""


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield a port where connections are taken and nothing is ever said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


def alerting(port: int) -> dict[str, Any]:
    """Settings that tell by mail, at once."""
    return {
        "email": {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@tinh.example"},
        "alerting": {
            "group_wait_s": 0.1,
            "policies": {"default": {"steps": [{"to": ["email:b@tinh.example"]}]}},
        },
    }


async def test_a_foreign_writer_and_a_silent_mail_server_do_not_hold_up_a_stop(tmp_path: Path) -> None:
    with silent_server() as smtp:
        config = write_config(tmp_path, port=refused_port(), **alerting(smtp))
        async with running(config) as daemon:
            await daemon.until_answers()

            async def sending() -> bool:
                with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                    return reading.execute("select count(*) from outbox where attempts > 0").fetchone() == (
                        1,
                    )

            await daemon.until(sending, "a mail under way")
            writers = [
                sqlite3.connect(daemon.state_dir / name, isolation_level=None)
                for name in ("state.db", "results.db")
            ]
            for writer in writers:
                writer.execute("begin immediate")
            await asyncio.sleep(2.5)  # the daemon's own writers wait by now

            assert await daemon.end() == 0
            for writer in writers:
                writer.close()
    assert "Traceback" not in daemon.log.read_text()


async def test_a_disk_that_hangs_does_not_hold_up_a_stop_and_is_told(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port())
    flag = tmp_path / "hangs"
    async with running(config, program=("-c", HANGING_DISK, str(flag))) as daemon:
        await daemon.until_answers()
        flag.touch()

        async def told() -> bool:
            health = await daemon.health()
            return health is not None and "state_store" in {reason["code"] for reason in health["reasons"]}

        await daemon.until(told, "the trouble is told")

        assert await daemon.end() == 0
    assert "Traceback" not in daemon.log.read_text()


async def test_whoever_took_an_incident_is_told_so_only_when_it_is_on_the_disk(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port(), alerting={"policies": {"default": {}}})
    flag = tmp_path / "hangs"
    async with running(config, program=("-c", HANGING_DISK, str(flag))) as daemon:
        await daemon.until_answers()

        async def opened() -> bool:
            with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                return reading.execute("select count(*) from incident").fetchone() == (1,)

        await daemon.until(opened, "an incident")
        with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
            ((incident_id,),) = reading.execute("select id from incident")
        flag.touch()
        taking = asyncio.create_task(daemon.post(f"/api/v1/incidents/{incident_id}/ack", {"who": "Chị Hoa"}))
        await asyncio.sleep(1)
        assert not taking.done()
        flag.unlink()
        assert await taking == 200
        daemon.process.kill()
        await daemon.process.wait()
        with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
            assert reading.execute("select acknowledged_by from incident").fetchone() == ("Chị Hoa",)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_while_it_starts_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    config = write_config(tmp_path, port=refused_port())
    flag = tmp_path / "hangs"
    flag.touch()
    async with running(config, program=("-c", HANGING_DISK, str(flag)), cold=True) as daemon:

        async def opening() -> bool:
            return (daemon.state_dir / "results.db").exists()

        await daemon.until(opening, "it starts")
        daemon.process.send_signal(number)
        await asyncio.sleep(0.2)
        flag.unlink()

        assert await daemon.ended() == 0
    assert "Traceback" not in daemon.log.read_text()
    with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
        assert reading.execute("select count(*) from meta where key = 'alive_at'").fetchone() == (1,)


async def test_a_daemon_that_may_not_measure_asks_nobody_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as heard:
        heard.bind(("127.0.0.1", 0))
        heard.listen(1)
        heard.setblocking(False)
        config = write_config(tmp_path, port=heard.getsockname()[1], measuring=False)
        async with open_daemon(first_plan(config), clock=SystemClock()) as daemon:
            running_it = asyncio.create_task(daemon.run())
            async with asyncio.timeout(WAIT_S):
                while not daemon.signs.our_faults:
                    await asyncio.sleep(0.02)
            daemon.stop()
            await running_it

        with pytest.raises(BlockingIOError):
            heard.accept()
        assert "measuring: false" in daemon.signs.our_faults["u.may/tcp"]


async def test_a_reload_while_it_starts_is_done_when_it_has(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port())
    flag = tmp_path / "hangs"
    flag.touch()
    async with running(config, program=("-c", HANGING_DISK, str(flag)), cold=True) as daemon:

        async def opening() -> bool:
            return (daemon.state_dir / "results.db").exists()

        await daemon.until(opening, "it starts")
        (tmp_path / "danh-muc" / "tinh.yaml").write_text("targets: [")
        daemon.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(0.2)
        flag.unlink()

        async def refused() -> bool:
            health = await daemon.health()
            return health is not None and "reload_refused" in {reason["code"] for reason in health["reasons"]}

        await daemon.until(refused, "the reload")
        assert await daemon.end() == 0


async def test_the_answer_of_an_address_that_is_watched_no_more_says_nothing(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port())
    flag = tmp_path / "lasts"
    flag.touch()
    async with running(config, program=("-c", SLOW_PROBE, str(flag))) as daemon:
        await daemon.until_answers()
        await asyncio.sleep(1.2)  # the probe is under way
        file = tmp_path / "danh-muc" / "tinh.yaml"
        file.write_text(file.read_text().replace("127.0.0.1", "127.0.0.2"))
        daemon.process.send_signal(signal.SIGHUP)

        async def reloaded() -> bool:
            return 'tslcd_reloads_total{result="swapped"} 1.0' in await daemon.metrics()

        await daemon.until(reloaded, "the reload")
        file.write_text(file.read_text().replace("u.may", "u.khac"))
        daemon.process.send_signal(signal.SIGHUP)

        async def renamed() -> bool:
            return 'tslcd_reloads_total{result="swapped"} 2.0' in await daemon.metrics()

        await daemon.until(renamed, "the target is another")
        flag.unlink()

        async def answered() -> bool:
            return 'reason="internal"' in await daemon.metrics()

        await daemon.until(answered, "the late answer")
        health = await daemon.health()
        assert health is not None
        assert "our_faults" not in {reason["code"] for reason in health["reasons"]}
        assert await daemon.end() == 0


async def test_a_file_that_trips_the_reader_refuses_a_reload_and_ends_nothing(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port())
    async with running(config, program=("-c", TRIPPING_READER)) as daemon:
        await daemon.until_answers()
        daemon.process.send_signal(signal.SIGHUP)

        async def refused() -> bool:
            health = await daemon.health()
            return health is not None and "reload_refused" in {reason["code"] for reason in health["reasons"]}

        await daemon.until(refused, "the reload")
        assert await daemon.end() == 0
    assert "reload_bug" in daemon.log.read_text()


STARTS = """
import pathlib, sys
from monitor.app import run_daemon
for config in sys.argv[1:]:
    code = run_daemon(pathlib.Path(config))
    print("ended", code, file=sys.stderr)
"""
"""Daemons one after the other in one process: most of a start is the loading of the program."""


def secrets_in(folder: Path, **secrets: str) -> Path:
    kept = folder / "secrets"
    kept.mkdir()
    for name, text in secrets.items():
        (kept / name).write_text(text)
        (kept / name).chmod(0o600)
    return kept


def test_settings_that_cannot_be_carried_out_are_one_line_not_a_traceback(tmp_path: Path) -> None:
    email = {"host": "127.0.0.1", "port": 1, "security": "none", "sender": "a@b.example"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"email": email | {"username": "a", "password_secret": "thu"}}, "thu"),
        ({"email": email | {"ca_file": "khong-co.pem", "security": "starttls"}}, "ca_file"),
        ({"email": email | {"sender": "không phải địa chỉ"}}, "sender"),
        ({"influx": {"url": "http://127.0.0.1:1", "token_secret": "the"}}, "the"),
        (
            {
                "influx": {"url": "http://127.0.0.1:1", "api": "v1", "token_secret": "ma"},
                "secrets_dir": str(secrets_in(tmp_path, ma="khong-co-hai-cham")),
            },
            "tên:mật-khẩu",
        ),
        ({"state_dir": "dài" * 60}, "api.sock"),
    ]
    configs = []
    for number, (settings, _) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        configs.append(str(write_config(folder, port=1, **settings)))
    done = subprocess.run(
        [sys.executable, "-c", STARTS, *configs], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Traceback" not in done.stderr
    *said, nothing = done.stderr.split("ended 1\n")
    assert nothing == ""
    for (_, what), log in zip(cases, said, strict=True):
        assert what in "\n".join(log.splitlines()[-2:])  # what it is, and what to do


async def test_without_any_channel_it_runs_and_what_is_left_of_one_says_why_it_waits(tmp_path: Path) -> None:
    with silent_server() as smtp:
        async with running(write_config(tmp_path, port=refused_port(), **alerting(smtp))) as daemon:

            async def attempted() -> bool:
                if not (daemon.state_dir / "state.db").exists() or await daemon.health() is None:
                    return False
                with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                    return reading.execute("select count(*) from outbox").fetchone() == (1,)

            await daemon.until(attempted, "a row")
            daemon.process.kill()
            await daemon.process.wait()

    async with running(write_config(tmp_path, port=refused_port())) as daemon:

        async def said_why() -> bool:
            with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                ((error, sent_at),) = reading.execute("select last_error, sent_at from outbox")
            return "channel 'email' is not in the settings" in error and sent_at is None

        await daemon.until(said_why, "why it waits")
        assert await daemon.end() == 0


async def test_a_state_folder_that_is_a_file_is_one_line_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    async with running(write_config(tmp_path, port=1), cold=True) as daemon:
        assert await daemon.ended(within_s=WAIT_S) == 1
    assert "Traceback" not in daemon.log.read_text()


def test_neither_a_message_nor_a_traceback_can_forge_a_line_of_the_log() -> None:
    hostile = "x\n2026-01-01 CRITICAL forged\x1b[2J"
    error = ValueError(hostile)
    record = logging.LogRecord(
        "n", logging.ERROR, "f", 1, "said %s", (hostile,), (ValueError, error, error.__traceback__)
    )
    first, *rest = OneLine("%(levelname)s %(message)s").format(record).split("\n")

    assert first.startswith("ERROR said x\\u000a")
    assert rest
    assert all(line.startswith("  | ") for line in rest)
    assert "\x1b" not in "".join([first, *rest])
    assert os.linesep == "\n"
