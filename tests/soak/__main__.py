"""`make soak` (SOAK="--minutes 1440"): the medium province for an hour; a table, a verdict and a picture of what it used.

Exit code 1 when something grows beyond its bound. `--judge FILE` judges samples of an earlier run again.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak import flatness
from tests.soak.province import soak
from tests.soak.sample import Sample, read, write

FOLDER = Path("build/soak")
_SHOWN = 24
"""Rows of the table, evenly over the run; all are in the file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, or judge what is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where samples and picture go")
    parser.add_argument("--judge", type=Path, metavar="FILE", help="judge samples of an earlier run")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    file = asked.judge or asked.folder / "samples.csv"
    if asked.judge is None:
        _run(file, minutes=asked.minutes)
    console = Console(width=None if sys.stdout.isatty() else 160)
    samples = read(file)
    _show_samples(samples, console)
    figures = flatness.judge(samples)
    _show_figures(figures, console)
    picture = asked.folder / "soak.png"
    subprocess.run([sys.executable, "-m", "tests.soak.picture", str(file), str(picture)], check=True)
    console.print(f"samples: {file}, picture: {picture}")
    return 0 if all(figure.is_met for figure in figures) else 1


def _run(file: Path, *, minutes: float) -> None:
    samples: list[Sample] = []

    def tell(sample: Sample) -> None:
        samples.append(sample)
        write(file, samples)  # what was seen is there, whatever becomes of the run

    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        asyncio.run(soak(Path(name), minutes=minutes, tell=tell))


def _show_samples(samples: Sequence[Sample], console: Console) -> None:
    columns = ("min", "polls", "timeouts", "RSS MB", "fds", "threads", "tasks", "p99 late ms", "/healthz ms")
    table = Table(*columns, "state MB", "results MB", "wal MB", "queued", "missed", "incidents")
    step = max(1, len(samples) // _SHOWN)
    for sample in [*samples[:-1:step], samples[-1]]:
        table.add_row(
            f"{sample.at_s / 60:.1f}",
            f"{sample.polls:,.0f}",
            f"{sample.timeouts / sample.polls:.0%}" if sample.polls else "",
            f"{sample.rss_mb:.1f}",
            *(f"{value:.0f}" for value in (sample.descriptors, sample.threads, sample.tasks)),
            f"{sample.lag_p99_ms:.0f}",
            f"{sample.answer_ms:.1f}",
            *(f"{value:.1f}" for value in (sample.state_mb, sample.results_mb, sample.wal_mb)),
            *(f"{value:.0f}" for value in (sample.queued, sample.missed, sample.incidents)),
        )
    console.print(table)


def _show_figures(figures: Sequence[flatness.Figure], console: Console) -> None:
    table = Table("figure", "unit", "slope or value", "bound", "first", "last", "peak", "flat")
    for figure in figures:
        table.add_row(
            figure.name,
            figure.unit,
            f"{figure.seen:,.3g}",
            f"{figure.bound:g}",
            *(f"{value:,.1f}" for value in (figure.first, figure.last, figure.peak)),
            "yes" if figure.is_met else "NO",
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
