"""Run one probe: the deadline, the fence around our own bugs, the times. No judgement."""

import asyncio
import errno
import logging
from collections.abc import Mapping

from alerts.model.checks import CheckResult
from inventory.address import UNASKED_KINDS, host_of
from inventory.model import Check
from monitor.clock import Clock
from monitor.device_turns import DeviceTurns
from probes.kind import Options, Probe
from probes.reading import FailureReason, Reading, failed

log = logging.getLogger(__name__)

GRACE_S = 1.0
"""A probe keeps its own deadline; this much later it is cut off."""

HELD_S = 1.0
"""A deadline that is noticed this much later yet: the process was stopped, or the machine slept. Nobody was late but we."""

_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EPERM, errno.EACCES, errno.ENETDOWN}


class Runner:
    """Measures once per call, through the connected probes of each kind."""

    def __init__(
        self, probes: Mapping[str, Probe], *, clock: Clock, vantage: str, turns: DeviceTurns | None = None
    ) -> None:
        self._turns = turns
        self._probes = probes
        self._clock = clock
        self._vantage = vantage
        self._last_bug: dict[str, str] = {}

    async def run(self, check: Check) -> CheckResult:
        """Return the check's result; never raises but for cancellation. Begins when its address may be asked."""
        if self._turns is None or check.kind in UNASKED_KINDS:
            return await self._measured(check)
        async with self._turns.turn(host_of(check.address)):
            return await self._measured(check)

    async def _measured(self, check: Check) -> CheckResult:
        started_at, started_mono = self._clock.now(), self._clock.monotonic()
        reading = await self._read(check)
        duration_s = self._clock.monotonic() - started_mono
        if reading.reason is FailureReason.TIMEOUT and duration_s > check.timeout_s + GRACE_S + HELD_S:
            reading = failed(FailureReason.LOCAL, f"máy giám sát đứng {duration_s:.0f} giây trong lúc đo")
        return CheckResult(
            check_id=check.id,
            started_at=started_at,
            duration_s=duration_s,
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


async def ask_nothing(address: str, options: Options, *, timeout_s: float) -> Reading:  # noqa: ARG001 (a Probe's)
    """Be the probe of every kind where nothing may be measured: statuses are unknown, which is so."""
    return failed(FailureReason.LOCAL, "tệp cấu hình đặt measuring: false, máy này không đo gì")


def asks_the_same(check: Check, other: Check | None) -> bool:
    """Whether a run of one check answers the other too."""
    if other is None:
        return False
    return (check.kind, check.address, check.options) == (other.kind, other.address, other.options)
