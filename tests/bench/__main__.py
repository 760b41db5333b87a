"""`python -m tests.bench [name ...]`: run benchmarks, print their table, append to build/bench.jsonl."""

import sys

from rich.console import Console

from tests.bench.frame import record, show
from tests.bench.registry import BENCHES


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; 2 when there is none of a name."""
    # Rows stay whole in a log file too.
    console = Console(width=None if sys.stdout.isatty() else 140)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        console.print(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
        return 2
    for name in names or BENCHES:
        figures = BENCHES[name]()
        record(figures)
        show(figures, console)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
