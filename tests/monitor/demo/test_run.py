import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
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
START_S, STOP_S = 30.0, 20.0


@asynccontextmanager
async def demo(temporary: Path, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the demo with its temporary folder in `temporary`; yield it and the page's address when the page answers."""
    process = await asyncio.create_subprocess_exec(
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
            url = await read_url(process)
            await until_healthy(url)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    told = b""
    while line := await process.stdout.readline():
        told += line
        if found := re.search(rb"http://127\.0\.0\.1:\d+/", line):
            return found[0].decode()
    raise AssertionError(told.decode())


async def until_healthy(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}healthz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)


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


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_signal_leaves_anything_behind(tmp_path: Path, signal_number: signal.Signals) -> None:
    async with demo(tmp_path) as (process, _):
        pids = descendants(process.pid)
        assert len(pids) == 5  # sweeper, emulator, devices, mailbox, daemon
        assert is_anything_in(tmp_path)
        process.send_signal(signal_number)
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == (0 if signal_number != signal.SIGKILL else -signal.SIGKILL)
            while any(map(is_running, pids)) or is_anything_in(tmp_path):  # noqa: ASYNC110 (the kernel tells nobody)
                await asyncio.sleep(0.02)


async def test_a_killed_part_ends_the_demo_and_a_given_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    async with demo(tmp_path / "tmp", str(tmp_path / "kept")) as (process, _):
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
