"""Loading and validating the medium and the large province, against parsing the same YAML with libyaml's SafeLoader.

The peer knows no lines, no schema, no references: it is what merely reading the text costs. Garbage collection is on in
both. BENCH_ROUNDS says how often each is done.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import yaml

from inventory.loader import load
from inventory.provinces import choose, read_provinces
from inventory.provinces.device_mix import Size
from inventory.provinces.generate import Addresses, generate
from tests.bench.cpu import cpu_s
from tests.bench.frame import Figure

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
GOALS_S = {Size.MEDIUM: 1.0, Size.LARGE: 4.0}
PEER = "yaml.CSafeLoader"


def run() -> Sequence[Figure]:
    """Alternate between both. Judged by the best round's processor seconds: no other process's work is in them."""
    [province] = choose("51", read_provinces())
    figures = []
    for size, goal_s in GOALS_S.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file, text in generate(province, size, Addresses.EXAMPLE).items():
                (folder / file).write_text(text, encoding="utf-8")
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(_cost(partial(load, [folder])))
                theirs.append(_cost(partial(_parse, folder)))
            figures += _figures(size, ours, theirs, goal_s)
    return figures


def _parse(folder: Path) -> None:
    for path in sorted(folder.glob("*.yaml")):
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def _cost(once: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the processor and of the clock."""
    started_s, before_s = time.perf_counter(), cpu_s()
    once()
    return cpu_s() - before_s, time.perf_counter() - started_s


def _figures(
    size: Size, ours: list[tuple[float, float]], theirs: list[tuple[float, float]], goal_s: float
) -> list[Figure]:
    figures = []
    for index, clock in enumerate(("cpu", "wall")):
        mine, peer = [cost[index] for cost in ours], [cost[index] for cost in theirs]
        for word, of in (("best", min), ("median", median)):
            is_judged = clock == "cpu" and word == "best"
            figures.append(
                Figure(
                    name=f"inventory_{size.value}_{clock}_{word}",
                    value=of(mine),
                    unit="s",
                    peer=PEER,
                    peer_value=of(peer),
                    goal=f"< {goal_s:g}" if is_judged else "",
                    met=of(mine) < goal_s if is_judged else None,
                )
            )
    return figures
