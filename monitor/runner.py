"""Run one probe: the deadline, the fence around our own bugs, the times. No judgement."""

import asyncio
import errno
import logging
from collections.abc import Mapping

from alerts.model.checks import CheckResult
from inventory.model import Check
from monitor.clock import Clock
from probes.kind import Probe
from probes.reading import FailureReason, Reading, failed

log = logging.getLogger(__name__)

GRACE_S = 1.0
"""A probe keeps its own deadline; this much later it is cut off."""

_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EPERM, errno.EACCES, errno.ENETDOWN}


class Runner:
    """Measures once per call, through the connected probes of each kind."""

    def __init__(self, probes: Mapping[str, Probe], *, clock: Clock, vantage: str) -> None:
        self._probes = probes
        self._clock = clock
        self._vantage = vantage
        self._last_bug: dict[str, str] = {}

    async def run(self, check: Check) -> CheckResult:
        """Return the check's result; never raises but for cancellation."""
        started_at, started_mono = self._clock.now(), self._clock.monotonic()
        reading = await self._read(check)
        return CheckResult(
            check_id=check.id,
            started_at=started_at,
            duration_s=self._clock.monotonic() - started_mono,
            reading=reading,
            vantage=self._vantage,
            started_mono=started_mono,
        )

    async def _read(self, check: Check) -> Reading:
        probe = self._probes[check.kind]
        try:
            async with asyncio.timeout(check.timeout_s + GRACE_S):
                return await probe(check.address, check.options, timeout_s=check.timeout_s)
        except TimeoutError:
            return failed(FailureReason.TIMEOUT, f"không trả lời trong {check.timeout_s:g} giây")
        except OSError as error:
            if error.errno in _OURS:
                return failed(FailureReason.LOCAL, f"lỗi của máy giám sát: {error.strerror}")
            return self._bug(check, error)
        except Exception as error:  # noqa: BLE001 (the fence: a bug of ours is `internal`, never the target's fault)
            return self._bug(check, error)

    def _bug(self, check: Check, error: Exception) -> Reading:
        """Log a bug when its text changes, not at every run."""
        text = f"{type(error).__name__}: {error}"
        if self._last_bug.get(check.kind) != text:
            self._last_bug[check.kind] = text
            log.error("probe_bug kind=%s check=%s", check.kind, check.id, exc_info=error)
        return failed(FailureReason.INTERNAL, "lỗi bên trong chương trình giám sát")


def asks_the_same(check: Check, other: Check | None) -> bool:
    """Whether a run of one check answers the other too."""
    if other is None:
        return False
    return (check.kind, check.address, check.options) == (other.kind, other.address, other.options)
