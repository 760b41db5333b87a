"""The disks of other tests."""

import subprocess
from pathlib import Path

import pytest

from tests.monitor.storage.disks import power_disk


@pytest.mark.parametrize("first", [":", 'mount --bind "$1" /mnt', 'mount --move "$1" /mnt'])
def test_a_disk_that_another_namespace_has_a_copy_of_is_well_again_after_a_cut(
    first: str, tmp_path: Path
) -> None:
    with power_disk(tmp_path, "ext4") as disk:
        (disk.folder / "before").touch()
        script = f"{first}; echo there; exec sleep 60"
        command = ["unshare", "--mount", "sh", "-c", script, "sh", str(disk.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"there\n"
            disk.cut()
            disk.unmount()
            disk.mount()
            (disk.folder / "after").write_text("x")
            other.kill()
