"""The offline bundle: one file with every wheel and its hash, for a machine that reaches no package index."""

import gzip
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from deploy.package.environment import UNPACK
from deploy.package.lock import Locked, Wheel, requirements, sha256_of
from deploy.package.project import NAME, Project, copied
from deploy.package.tree import PARTS, make_tree


def build_bundle(project: Project, wheels: Sequence[Wheel], program: Path, work: Path, to: Path) -> Path:
    """Build the bundle into `to`; returns its path. `program`: its own wheel; `work`: an empty folder."""
    name = f"{NAME}-{project.version}-offline"
    root = work / name
    (root / "wheels").mkdir(parents=True)
    for wheel in wheels:
        copied(wheel.path, root / "wheels" / wheel.path.name)
    copied(program, root / "wheels" / program.name)
    ours = Locked(NAME, project.version, frozenset({sha256_of(program)}))
    # Exactly the files that are in the bundle: the lock's other hashes are of other machines.
    pinned = [Locked(wheel.of.name, wheel.of.version, frozenset({wheel.sha256})) for wheel in wheels]
    (root / "requirements.txt").write_text(requirements([*pinned, ours]), encoding="utf-8")
    make_tree(project, wheels, root / "root")
    copied(root / "root/usr/share/doc" / NAME / "tslcd-monitor.cdx.json", root / "tslcd-monitor.cdx.json")
    (root / "VERSION").write_text(f"{project.version}\n", encoding="utf-8")
    copied(UNPACK, root / UNPACK.name)
    copied(PARTS / "install.sh", root / "install.sh", mode=0o755)
    _write_sums(root)
    bundle = to / f"{name}.tar.gz"
    _pack(root, bundle, project.epoch_s)
    shutil.rmtree(root)
    return bundle


def _write_sums(root: Path) -> None:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    sums = "".join(f"{sha256_of(path)}  {path.relative_to(root)}\n" for path in files)
    (root / "SHA256SUMS").write_text(sums, encoding="utf-8")


def _pack(root: Path, to: Path, epoch_s: int) -> None:
    def as_of_nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = epoch_s
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    # Wheels are compressed already: any effort would win a hundredth, and make the bytes depend on the zlib of who builds.
    with (
        to.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=0, fileobj=file, mtime=epoch_s) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        # tarfile walks a folder in sorted order.
        tar.add(root, root.name, filter=as_of_nobody)
