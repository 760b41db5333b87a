"""The Debian package: the environment under /opt, units, texts, and scripts that never lose what people wrote."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.package.environment import HOME, make_environment
from deploy.package.lock import Wheel
from deploy.package.project import NAME, Project, copied, run
from deploy.package.tree import PARTS, make_tree

_SCRIPTS: Final = ("postinst", "prerm", "postrm")
# Libraries outside of the wheels (tests/deploy/test_deb.py compares them with what the files ask for), a list of
# certificate authorities, time zones. Recommends would be fetched at once, which fails where there is no network.
DEPENDS: Final = (
    "python3.11 (>= 3.11.2)",
    "libc6 (>= 2.36)",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
    "ca-certificates",
    "tzdata",
    "systemd (>= 252)",
)
_CONTROL: Final = """\
Package: {name}
Version: {version}
Architecture: amd64
Section: net
Priority: optional
Maintainer: tslcd-monitor <tslcd-monitor@localhost>
Installed-Size: {size_kb}
Depends: {depends}
Suggests: chrony | systemd-timesyncd | time-daemon, bash-completion, nginx, mosquitto
Description: giám sát mạng truyền số liệu chuyên dùng của một tỉnh
 Giám sát đường truyền TSLCD, hội nghị truyền hình, kiosk, máy tính xã và các hệ
 thống dùng chung của một tỉnh; báo qua Zalo và thư điện tử, lập báo cáo tháng.
 .
 Monitors the infrastructure of a Vietnamese province: one cause one message,
 nothing lost, and its own faults are never shown as the target's. It comes with
 its own Python libraries; data stay in /var/lib/tslcd-monitor, also when purged.
"""


def build_deb(project: Project, wheels: Sequence[Wheel], program: Path, work: Path, to: Path) -> Path:
    """Build the package into `to`; returns its path. `program`: its own wheel; `work`: an empty folder."""
    root = work / "deb"
    make_environment(project, wheels, program, root / HOME.lstrip("/"))
    make_tree(project, wheels, root)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin" / NAME).symlink_to(f"{HOME}/bin/{NAME}")
    control = root / "DEBIAN"
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    control.mkdir()
    sums = "".join(f"{_md5(path)}  {path.relative_to(root)}\n" for path in files)
    (control / "md5sums").write_text(sums, encoding="utf-8")
    size_kb = sum(-(-path.stat().st_size // 1024) for path in files)
    text = _CONTROL.format(name=NAME, version=project.version, size_kb=size_kb, depends=", ".join(DEPENDS))
    (control / "control").write_text(text, encoding="utf-8")
    for name in _SCRIPTS:
        copied(PARTS / name, control / name, mode=0o755)
    _set_modes(root, project.epoch_s)
    package = to / f"{NAME}_{project.version}_amd64.deb"
    run(["dpkg-deb", "-Zzstd", "-z3", "--root-owner-group", "--build", root, package], project.epoch_s)
    return package


def _md5(path: Path) -> str:
    # What dpkg and debsums(1) compare files with after an accident; the package itself is trusted by its SHA-256.
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _set_modes(root: Path, epoch_s: int) -> None:
    """Make modes and times independent of who builds: folders 0755, files 0644 or, if they run, 0755."""
    for path in sorted(root.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (epoch_s, epoch_s), follow_symlinks=False)
    root.chmod(0o755)
    os.utime(root, (epoch_s, epoch_s))
