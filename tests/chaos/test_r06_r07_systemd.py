"""R6, R7: under a real systemd, a daemon that froze and one that was killed are back, and nothing was lost to the fault."""

from collections.abc import Iterator

import pytest

from tests.chaos import promise
from tests.deploy.installed import PROGRAM, SERVICE, drop_in, installed, journal, shown, start
from tests.deploy.machine import Machine
from tests.effort import sized

KILLS = sized(short=1, long=20)
WATCHDOG_S, RESTART_S = 3.0, 1.0
SYSTEMD_S = 2.0
"""What systemd itself may take on a busy machine."""

# Read by every Python of the program: a signal makes the event loop stand still, as a bug would.
FREEZE = """\
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(1000))
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with installed(tmp_path_factory.mktemp("restarts")) as machine:
        site = f"{PROGRAM}/lib/python3.11/site-packages"
        machine.write(f"{site}/freeze.py", FREEZE)
        machine.write(f"{site}/freeze.pth", "import freeze\n")
        drop_in(machine, f"[Service]\nWatchdogSec={WATCHDOG_S:g}\nRestartSec={RESTART_S:g}\n")
        start(machine)
        yield machine


def back(machine: Machine, fault: str) -> tuple[float, float]:
    """Cause a fault; return how many seconds later the service was ready again, and how many of them its start took."""
    before = machine.must(
        f"pid=$(systemctl show -P MainPID {SERVICE}); cut -d' ' -f1 /proc/uptime; {fault.format(pid='$pid')}; echo $pid"
    ).split()
    machine.wait(
        f"test $(systemctl show -P MainPID {SERVICE}) != {before[-1]} "
        f"-a $(systemctl show -P SubState {SERVICE}) = running",
        within_s=120,
    )
    ready_s = int(shown(machine, "ActiveEnterTimestampMonotonic")) / 1e6
    began_s = int(shown(machine, "ExecMainStartTimestampMonotonic")) / 1e6
    return ready_s - float(before[0]), ready_s - began_s


def test_r06_a_frozen_daemon_is_ended_and_started_again(machine: Machine) -> None:
    took_s, start_s = back(machine, "kill -USR1 {pid}")

    said = journal(machine)
    assert "Watchdog timeout" in said
    assert took_s - start_s < WATCHDOG_S + RESTART_S + SYSTEMD_S
    promise.told(
        6,
        f"a frozen loop is noticed within WatchdogSec ({WATCHDOG_S:g} s here), back after RestartSec ({RESTART_S:g} s) and a start, + {SYSTEMD_S:g} s",
        f"back after {took_s:.1f} s, of which its start took {start_s:.1f} s",
    )


def test_r07_a_killed_daemon_is_back_and_never_given_up(machine: Machine) -> None:
    took = sorted(back(machine, f"systemctl kill -s KILL --kill-who=main {SERVICE}") for _ in range(KILLS))
    whole = [whole_s for whole_s, _ in took]
    without_start = max(whole_s - start_s for whole_s, start_s in took)

    assert without_start < RESTART_S + SYSTEMD_S
    assert shown(machine, "ActiveState") == "active"
    promise.told(
        7,
        f"after kill -9 ready again within RestartSec ({RESTART_S:g} s), a start, + {SYSTEMD_S:g} s; never 'failed'",
        f"{KILLS} kills: p50 {whole[len(whole) // 2]:.1f} s, max {whole[-1]:.1f} s, without the start {without_start:.1f} s",
    )
