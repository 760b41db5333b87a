"""The machine of the tests of deployment is a machine of its own, and leaves nothing behind."""

import time
from pathlib import Path

import pytest

from tests.deploy.machine import CGROUPS, REPOSITORY, Ran, booted


def _groups() -> set[Path]:
    return {path for tree in ("systemd", "unified", ".") for path in (CGROUPS / tree).glob("tslcd-machine-*")}


def test_a_machine_runs_systemd_sees_only_its_own_loopback_and_leaves_nothing(tmp_path: Path) -> None:
    mounts, here = Path("/proc/self/mounts").read_text(), Path("/etc/machine.txt")
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "one.txt").write_text("một")

    with booted(tmp_path, shown={tmp_path / "shown": "/opt/shown"}) as machine:
        assert machine.must("systemctl is-system-running").strip() == "running"
        assert machine.must("cat /proc/1/comm").strip() == "systemd"
        assert machine.must("ls /sys/class/net").split() == ["lo"]
        assert machine.must(f"ls -A {REPOSITORY}; ls -A /home") == ""
        machine.write(str(here), "chỉ ở trong máy")
        machine.copy_in(tmp_path / "shown", "/srv/deep/copied")
        assert (
            machine.must(f"cat {here} /srv/deep/copied/one.txt /opt/shown/one.txt") == "chỉ ở trong máymộtmột"
        )
        assert machine.run("echo x; echo y >&2; exit 3") == Ran(3, "x\ny\n")
        assert machine.run("sleep 5", within_s=0.2).code == 124
        with pytest.raises(AssertionError, match="not within"):
            machine.wait("test -e /nowhere", within_s=0.3)

    assert not here.exists()
    assert Path("/proc/self/mounts").read_text() == mounts


def test_two_machines_at_a_time_do_not_meet(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with booted(tmp_path / "one") as one, booted(tmp_path / "two") as two:
        for machine in (one, two):
            machine.must("systemd-run --unit=same.service sleep 100")
        one.must("systemctl stop same.service")
        assert two.must("systemctl is-active same.service").strip() == "active"
        assert _groups()
        pids = one.leader_pid, two.leader_pid
    assert _gone(pids)


def _gone(pids: tuple[int, int]) -> bool:
    ends_at = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > ends_at:
            return False
    return True
