"""Look for bytes that surprise us, guided by coverage: `make fuzz`, or `python -m tests.fuzz --seconds 600 dns sip`.

Each target runs in a process of its own for so many seconds (60), two at a time. What fails is kept in
tests/fuzz/found, where every run of the tests meets it again; what reaches new code is kept in build/fuzz and is where
the next run begins. Exit code 1 when anything was found.
"""

import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.target import PLACES

ROOT = Path(__file__).parents[2]
FOUND = Path(__file__).parent / "found"
CORPUS = ROOT / "build" / "fuzz"
AT_ONCE = 2
SLOW_S = 5
"""An input that takes longer is a finding."""
MEMORY_MB = 2_048


def main() -> int:
    """Run the targets and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="target", help=f"some of: {', '.join(PLACES)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(PLACES):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(lambda name: _fuzzed(name, arguments.seconds), arguments.targets or PLACES))
    return 0 if all(ends) else 1


def _fuzzed(name: str, seconds: int) -> bool:
    """Fuzz one target; whether nothing was found."""
    corpus, found = CORPUS / name, FOUND / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    started = time.monotonic()
    ended = subprocess.run(
        [
            *("nice", sys.executable, "-m", "tests.fuzz.one", name),
            *(f"-max_total_time={seconds}", f"-timeout={SLOW_S}", f"-rss_limit_mb={MEMORY_MB}"),
            *(f"-artifact_prefix={found}/", "-print_final_stats=1", str(corpus)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    runs = re.search(r"number_of_executed_units: (\d+)", ended.stdout)
    reached = re.findall(r"cov: (\d+)", ended.stdout)
    new = sorted(set(found.iterdir()) - before)
    is_fine = ended.returncode == 0 and not new
    print(
        f"{name:16} {runs[1] if runs else '?':>9} runs, {reached[-1] if reached else '?':>6} places reached, "
        f"{time.monotonic() - started:5.0f} s: {'nothing found' if is_fine else 'FOUND'}",
        flush=True,
    )
    if not is_fine:
        print(
            "\n".join([line for line in ended.stdout.splitlines() if not line.startswith("#")][-30:]),
            *(f"kept: {path.relative_to(ROOT)}" for path in new),
            sep="\n",
            flush=True,
        )
    if not any(found.iterdir()):
        found.rmdir()
    return is_fine


if __name__ == "__main__":
    sys.exit(main())
