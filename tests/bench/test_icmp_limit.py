import asyncio
import subprocess
from pathlib import Path

from tests.bench.icmp import compile_limit
from tests.probes.namespace import in_namespace


def test_the_limit_counts_every_reply(tmp_path: Path) -> None:
    program = compile_limit(tmp_path)

    async def story() -> str:
        told = await asyncio.to_thread(
            subprocess.run, [program, "2000"], capture_output=True, text=True, check=True
        )
        return str(told.stdout)

    received, rate = in_namespace(story).split()

    assert received == "2000"
    assert float(rate) > 0
