"""The picture of a soak: python -m tests.soak.picture SAMPLES.csv PICTURE.png. A process of its own, for matplotlib's sake."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure
from PIL import Image

from tests.soak.flatness import SETTLED_AFTER_S
from tests.soak.sample import Sample, read

_PANELS: Final[Sequence[tuple[str, Sequence[tuple[str, Callable[[Sample], float]]]]]] = (
    ("resident memory, MB", (("memory", lambda s: s.rss_mb),)),
    (
        "descriptors, tasks, threads",
        (
            ("descriptors", lambda s: s.descriptors),
            ("tasks", lambda s: s.tasks),
            ("threads", lambda s: s.threads),
        ),
    ),
    ("probes start late by (p99, ms)", (("late", lambda s: s.lag_p99_ms),)),
    ("/healthz answers in, ms", (("answer", lambda s: s.answer_ms),)),
    (
        "databases, MB",
        (
            ("results.db", lambda s: s.results_mb),
            ("state.db", lambda s: s.state_mb),
            ("logs ahead", lambda s: s.wal_mb),
        ),
    ),
    ("open incidents", (("incidents", lambda s: s.incidents),)),
)


def draw(samples: Sequence[Sample], path: Path) -> None:
    """Draw every panel over the minutes of the run; the warm-up that is not judged is shaded."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    minutes = [sample.at_s / 60 for sample in samples]
    for axes, (title, lines) in zip(figure.subplots(3, 2, sharex=True).flat, _PANELS, strict=True):
        for label, of in lines:
            axes.plot(minutes, [of(sample) for sample in samples], label=label, linewidth=1.2)
        axes.axvspan(0, min(SETTLED_AFTER_S / 60, minutes[-1] / 4), color="0.93")
        axes.set_title(title, fontsize=10)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, linewidth=0.3)
        if len(lines) > 1:
            axes.legend(fontsize=8)
    polls, timeouts = samples[-1].polls, samples[-1].timeouts
    figure.supxlabel("minutes")
    figure.suptitle(f"{polls:,.0f} polls of the medium province, {timeouts / polls:.0%} of them timeouts")
    figure.savefig(path, dpi=90)
    # Few colours: a third of the bytes in the repository.
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    draw(read(Path(sys.argv[1])), Path(sys.argv[2]))
