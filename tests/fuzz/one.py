"""One target under atheris: `python -m tests.fuzz.one TARGET [libFuzzer options] CORPUS`. tests.fuzz runs it."""

import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # no stubs

from tests.fuzz.target import target


def watched(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Stop libFuzzer's clock when `run` fails: Python's end takes a while, and a kill would lose the input."""

    def judged(data: bytes) -> None:
        try:
            run(data)
        except BaseException:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise

    return judged


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    name, corpus = sys.argv[1], Path(sys.argv[-1])
    with atheris.instrument_imports(include=["probes", "inventory", "alerts", "monitor"]):
        tried = target(name)
    for number, seed in enumerate(tried.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
        tried.run(seed)  # what is made once is made before the clock runs
    logging.disable()
    options = [*sys.argv[2:-1], f"-max_len={tried.most_bytes}", str(corpus)]
    atheris.Setup([sys.argv[0], *options], watched(tried.run))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
