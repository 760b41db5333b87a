import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from monitor.demo.processes import module_environment
from monitor.demo.run import run_demo

DEMO = """
import asyncio, sys
from pathlib import Path
from monitor.demo.run import run_demo

state_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else None
sys.exit(asyncio.run(run_demo(state_dir=state_dir, timeline=None, port=0, duration_s=None)))
"""
URL = re.compile(r"http://127\.0\.0\.1:\d+/")
START_S, STOP_S = 30.0, 20.0


@asynccontextmanager
async def demo(
    temporary: Path, *arguments: str, entry: Sequence[str] = ()
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the demo with its temporary folder in `temporary`; yield it and what it told up to the page's address."""
    process = await asyncio.create_subprocess_exec(
        *entry,
        sys.executable,
        "-c",
        DEMO,
        *arguments,
        env={**module_environment(), "TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(START_S):
            opening = await read_opening(process)
        yield process, opening
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_opening(process: asyncio.subprocess.Process) -> str:
    """Return what the demo tells up to the page's address."""
    assert process.stdout is not None
    told = ""
    while line := (await process.stdout.readline()).decode():
        told += line
        if URL.search(line):
            return told
    raise AssertionError(told)


async def until_healthy(opening: str, process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    url = URL.findall(opening)[-1]
    async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"{url}healthz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise AssertionError((await process.stdout.read()).decode())


async def until_beats_are_heard(folder: Path) -> None:
    connector = aiohttp.UnixConnector(str(socket_in(folder)))
    async with asyncio.timeout(START_S), aiohttp.ClientSession(connector=connector) as session:
        while True:
            async with session.get("http://localhost/metrics") as answer:
                if 'tslcd_beats_total{result="accepted",via="http"}' in await answer.text():
                    return
            await asyncio.sleep(0.1)


async def people_on_duty(folder: Path) -> list[str]:
    connector = aiohttp.UnixConnector(str(socket_in(folder)))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://localhost/api/v1/oncall") as answer,
    ):
        (rota,) = (await answer.json())["items"]
        return [person["name"] for person in rota["people"]]


def socket_in(folder: Path) -> Path:
    (path,) = folder.rglob("api.sock")
    return path


async def accounts_told(process: asyncio.subprocess.Process) -> dict[str, str]:
    """Return name -> password of the accounts that the demo tells."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    async with asyncio.timeout(START_S):
        while len(found) < 5 and (line := (await process.stdout.readline()).decode()):
            if told := re.match(r" {6}([a-z-]+) +((?:[a-z2-9]{4}-){3}[a-z2-9]{4}) ", line):
                found[told[1]] = told[2]
    return found


async def until_nothing_is_left(pids: set[int], folder: Path) -> None:
    while any(map(is_running, pids)) or is_anything_in(folder):
        await asyncio.sleep(0.02)


def descendants(pid: int) -> set[int]:
    children = {
        int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    }
    return children.union(*(descendants(child) for child in children))


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def is_anything_in(folder: Path) -> bool:
    return any(folder.iterdir())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
async def test_no_signal_leaves_anything_behind(tmp_path: Path, signal_number: signal.Signals) -> None:
    async with demo(tmp_path) as (process, opening):
        await until_healthy(opening, process)
        await until_beats_are_heard(tmp_path)
        accounts = await accounts_told(process)
        assert sorted(accounts) == ["bao-cao", "lanh-dao", "quan-tri", "truc", "xa"]
        assert len(set(accounts.values())) == 5
        assert len(await people_on_duty(tmp_path)) == 1
        pids = descendants(process.pid)
        assert len(pids) == 5  # sweeper, emulator, devices, mailbox, daemon
        process.send_signal(signal_number)
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == (0 if signal_number == signal.SIGINT else -signal.SIGKILL)
            await until_nothing_is_left(pids, tmp_path)


async def test_it_may_be_stopped_while_it_starts(tmp_path: Path) -> None:
    async with demo(tmp_path) as (process, _):
        pids = descendants(process.pid)
        process.terminate()
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == 0
            await until_nothing_is_left(pids, tmp_path)


async def test_without_namespaces_it_runs_on_loopback_and_says_so(tmp_path: Path) -> None:
    blind = ["unshare", "--mount", "sh", "-c", 'mount --bind /dev/null /dev/net/tun; exec "$@"', "sh"]
    async with demo(tmp_path, entry=blind) as (process, opening):
        assert "chạy trên 127.0.0.0/8: không có đứt đường truyền" in opening
        await until_healthy(opening, process)
        await until_beats_are_heard(tmp_path)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == 0
        assert not is_anything_in(tmp_path)


async def test_a_killed_part_ends_the_demo_and_a_given_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    async with demo(tmp_path / "tmp", str(tmp_path / "kept")) as (process, opening):
        await until_healthy(opening, process)
        pids = descendants(process.pid)
        [emulator] = [pid for pid in pids if "monitor.demo.wan" in command_of(pid)]
        os.kill(emulator, signal.SIGKILL)
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == 1
        assert not any(map(is_running, pids))
        assert (tmp_path / "kept" / "state" / "state.db").exists()


async def test_a_wrong_timeline_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = tmp_path / "story.yaml"
    story.write_text("- {at_s: 1, action: cut}\n", encoding="utf-8")
    assert await run_demo(state_dir=tmp_path / "state", timeline=story, port=0, duration_s=1) == 2
    assert "event 1: give exactly one of prefix, site, target" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()
