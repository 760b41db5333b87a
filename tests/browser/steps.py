"""Steps of a story that share one expensive stage: each runs, whatever the others found; all findings are told together."""

import traceback
from collections.abc import Callable, Sequence

from monitor.clock import SystemClock

CLOCK = SystemClock()
Step = Callable[[], None]


def run_all(steps: Sequence[tuple[str, Step]]) -> None:
    """Run every step; fail with all that went wrong."""
    failed = []
    for name, step in steps:
        began = CLOCK.monotonic()
        try:
            step()
        except Exception:  # noqa: BLE001 (told below, with the others)
            failed.append(f"--- {name}\n{traceback.format_exc(limit=-4)}")
            print(failed[-1])
        print(f"{CLOCK.monotonic() - began:6.1f} s  {name}", flush=True)
    assert not failed, "\n".join(failed)
