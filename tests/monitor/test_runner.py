import asyncio
import errno
import logging

import pytest

from inventory.model import Check
from monitor.clock import SystemClock
from monitor.runner import Runner
from probes.kind import Options
from probes.reading import FailureReason, Reading
from tests.clock import FakeClock

CHECK = Check(
    id="a/icmp",
    target_id="a",
    kind="icmp",
    address="127.0.0.1",
    options=Options(),
    interval_s=60,
    retry_interval_s=20,
    timeout_s=0.05,
    failures_to_down=3,
    successes_to_up=2,
)


def runner(outcome: Reading | BaseException | None) -> Runner:
    async def probe(address: str, options: Options, *, timeout_s: float) -> Reading:
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is None:
            await asyncio.sleep(3_600)
        assert isinstance(outcome, Reading)
        return outcome

    return Runner({"icmp": probe}, clock=SystemClock(), vantage="main")


@pytest.mark.alone
async def test_a_reading_becomes_a_result_with_its_times_and_vantage() -> None:
    result = await runner(Reading(ok=True, metrics={"rtt_p50_s": 0.001})).run(CHECK)

    assert result.check_id == "a/icmp"
    assert result.reading.metrics == {"rtt_p50_s": 0.001}
    assert result.vantage == "main"
    assert 0 <= result.duration_s < 1
    assert result.started_mono > 0


async def test_a_probe_that_ignores_its_deadline_is_cut_off_as_a_timeout() -> None:
    result = await runner(None).run(CHECK)

    assert result.reading.reason is FailureReason.TIMEOUT
    assert result.duration_s < 3


@pytest.mark.parametrize(("stood_s", "reason"), [(1.9, FailureReason.TIMEOUT), (60.0, FailureReason.LOCAL)])
async def test_what_was_under_way_while_we_were_stopped_is_our_fault(
    stood_s: float, reason: FailureReason
) -> None:
    clock = FakeClock()

    async def probe(address: str, options: Options, *, timeout_s: float) -> Reading:
        await clock.advance(stood_s)
        raise TimeoutError

    result = await Runner({"icmp": probe}, clock=clock, vantage="main").run(CHECK)

    assert (result.reading.reason, round(result.duration_s, 3)) == (reason, stood_s)


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EPERM])
async def test_what_our_machine_lacks_is_local_never_the_targets_fault(code: int) -> None:
    result = await runner(OSError(code, "nothing left")).run(CHECK)

    assert result.reading.reason is FailureReason.LOCAL


async def test_a_bug_in_a_probe_is_internal_and_logged_once_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = runner(ZeroDivisionError("division by zero"))

    with caplog.at_level(logging.ERROR):
        first = await broken.run(CHECK)
        await broken.run(CHECK)

    assert first.reading.reason is FailureReason.INTERNAL
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


async def test_cancellation_is_never_swallowed() -> None:
    task = asyncio.create_task(runner(None).run(CHECK))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
