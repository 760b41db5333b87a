"""The disks of other tests."""

import subprocess
from pathlib import Path

from tests.monitor.storage.disks import power_disk


def test_a_disk_that_another_namespace_has_a_copy_of_is_well_again_after_a_cut(tmp_path: Path) -> None:
    with power_disk(tmp_path, "ext4") as disk:
        (disk.folder / "before").touch()
        command = ["unshare", "--mount", "sh", "-c", "echo there; exec sleep 60"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"there\n"
            disk.cut()
            disk.unmount()
            disk.mount()
            (disk.folder / "after").write_text("x")
            other.kill()
