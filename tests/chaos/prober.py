"""Runs HTTP checks in a process of their own: python -m tests.chaos.prober ROUNDS TIMEOUT_S WELL_URL URL ...

A line of JSON for each check (url, ok, reason, seconds), then one with the growth of resident memory at its peak. All hostile
ones are asked at once; the well one comes before, so that what is loaded once is loaded.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from probes.http import KIND, HttpOptions
from tests.probes.secrets import PUBLIC


def peak_mb() -> float:
    """Return the most resident memory since it was last forgotten: proc(5), VmHWM."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found.group(1)) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


async def main(rounds: int, timeout_s: float, well: str, hostile: list[str]) -> None:
    async with KIND.connect(PUBLIC) as measure:

        async def one(url: str) -> dict[str, Any]:
            begun = time.monotonic()
            seen = await measure(url, HttpOptions(keyword="xin chào"), timeout_s=timeout_s)
            reason = seen.reason.value if seen.reason else ""
            return {"url": url, "ok": seen.ok, "reason": reason, "took_s": time.monotonic() - begun}

        say(await one(well))
        forget_peak()
        before_mb = peak_mb()
        for _ in range(rounds):
            for told in await asyncio.gather(*map(one, hostile)):
                say(told)
        say({"grown_mb": peak_mb() - before_mb})


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]))
