"""What we promise (docs/reliability.md), and what a test of it saw: one line each, gathered by `make chaos`."""

import re

LINE = re.compile(r"^(R\d\d) {2}promised: (.+) {2}seen: (.+)$", re.MULTILINE)


def told(number: int, promised: str, seen: str) -> None:
    """Print a promise and what was seen of it, on one line. Call it when all of it was asserted.

    Args:
        number: of the promise, 1 to 23.
        promised: what docs/reliability.md says, in short.
        seen: figures of this run, with units.
    """
    print(line(number, promised, seen))


def line(number: int, promised: str, seen: str) -> str:
    return f"R{number:02}  promised: {' '.join(promised.split())}  seen: {' '.join(seen.split())}"


def lines_in(printed: str) -> list[str]:
    """Return the lines about promises of what a test printed, in order."""
    return [found.group(0) for found in LINE.finditer(printed)]
