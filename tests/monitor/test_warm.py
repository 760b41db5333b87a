"""A process that had loaded the program before it was asked for ends, and says, what one from the first instruction does."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.demo.processes import module_environment
from tests.monitor.daemons import running, write_config
from tests.monitor.warm import start_warm


@pytest.mark.parametrize("words", [("version",), ("khong-co",)])
async def test_it_returns_and_prints_the_same(tmp_path: Path, words: tuple[str, ...]) -> None:
    cold = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.cli", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=module_environment(),
    )
    said, _ = await cold.communicate()
    printed = tmp_path / "printed"
    with printed.open("wb") as out:
        warm = await start_warm(words, out=out)
    assert (await warm.wait(), printed.read_bytes()) == (cold.returncode, said)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_signal_that_nobody_hears_ends_it_and_is_told(tmp_path: Path, number: signal.Signals) -> None:
    async with running(write_config(tmp_path, port=1)) as daemon:
        await daemon.until_answers()
        daemon.process.send_signal(number)
        assert await daemon.ended() == daemon.process.returncode == -number
        with pytest.raises(ProcessLookupError):
            daemon.process.kill()
