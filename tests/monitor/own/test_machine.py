"""What the machine says of this process."""

import datetime as dt
import os
from pathlib import Path

import pytest

from monitor.own.kernel_clock import KernelClock
from monitor.own.machine import clock_kept, look_at_machine, memory_limit_bytes
from tests.probes.certificates import certificate_der, pem

MEGABYTE = 2**20
NOW = 1_790_000_000.0


def trees(folder: Path, groups: str, limits: dict[str, str]) -> tuple[Path, Path]:
    """Make a /proc and a /sys/fs/cgroup."""
    proc, top = folder / "proc", folder / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self/cgroup").write_text(groups)
    for path, text in limits.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    return proc, top


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/\n", {}, 2 * MEGABYTE),
        ("0::/a.slice/b.service\n", {"a.slice/b.service/memory.max": "1048576\n"}, MEGABYTE),
        ("0::/a.slice/b.service\n", {"a.slice/b.service/memory.max": "max\n"}, 2 * MEGABYTE),
        (
            "0::/a.slice/b.service\n",
            {"a.slice/b.service/memory.max": "1048576\n", "a.slice/memory.max": "4096\n"},
            4_096,
        ),
        (
            "0::/a.slice/b.service\n",
            {"a.slice/b.service/memory.max": "1048576\n", "a.slice/b.service/memory.high": "786432\n"},
            786_432,
        ),
        ("0::/b.service\n", {"b.service/memory.max": "1048576\n", "b.service/memory.high": "0\n"}, MEGABYTE),
        ("4:memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": "8192\n"}, 8_192),
        ("4:memory:/x\n", {"memory/x/memory.limit_in_bytes": "9223372036854771712\n"}, 2 * MEGABYTE),
        ("7:cpu,cpuacct:/x\n", {"memory/x/memory.limit_in_bytes": "8192\n"}, 2 * MEGABYTE),
    ],
)
def test_the_least_limit_of_all_groups_counts(
    tmp_path: Path, groups: str, limits: dict[str, str], expected: int
) -> None:
    proc, top = trees(tmp_path, groups, limits)
    assert memory_limit_bytes(proc, top, machine_bytes=2 * MEGABYTE) == expected


def test_this_machine_says_something_sensible(tmp_path: Path) -> None:
    file = tmp_path / "web.pem"
    file.write_bytes(pem(certificate_der(now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))))
    broken = tmp_path / "beat.pem"
    broken.write_text("không phải PEM")

    found = look_at_machine(tmp_path, {"web": file, "beat": broken, "gone": tmp_path / "none.pem"}, NOW)

    assert 10 * MEGABYTE < found.memory_bytes < found.memory_limit_bytes
    assert 3 <= found.descriptors < found.descriptors_limit
    assert found.disk_free_bytes is not None
    assert found.disk_bytes is not None
    assert 0 < found.disk_free_bytes <= found.disk_bytes
    assert set(found.certificates) == {"web"}


def test_descriptors_are_counted_as_they_are_opened() -> None:
    before = look_at_machine(Path("/"), {}, NOW).descriptors
    ends = [os.pipe() for _ in range(5)]
    try:
        assert look_at_machine(Path("/"), {}, NOW).descriptors == before + 10
    finally:
        for end in (each for pipe in ends for each in pipe):
            os.close(end)


def test_a_folder_that_is_gone_has_no_disk(tmp_path: Path) -> None:
    assert look_at_machine(tmp_path / "none", {}, NOW).disk_bytes is None


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (30.0, KernelClock(is_synchronised=True)),
        (2_048.0, KernelClock(is_synchronised=True)),  # the longest pause of systemd-timesyncd
        (86_400.0, KernelClock(is_synchronised=False)),  # the time servers have been silent for a day
        (-60.0, None),
    ],
)
def test_what_timesyncd_left_says_that_the_clock_is_kept_only_while_it_is_touched(
    tmp_path: Path, age_s: float, expected: KernelClock | None
) -> None:
    mark = tmp_path / "synchronized"
    assert clock_kept(mark, NOW) is None
    mark.touch()
    os.utime(mark, (NOW - age_s, NOW - age_s))
    assert clock_kept(mark, NOW) == expected
