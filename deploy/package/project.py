"""This tree as the source of a build: its version, its time, and its wheel."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAME: Final = "tslcd-monitor"
# The build backend itself (PEP 517), with the version that the lock pins.
_BUILD: Final = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
PACKAGES: Final = ("probes", "inventory", "alerts", "monitor")
_FIRST_EPOCH_S: Final = 1_767_225_600
"""2026-01-01: the time of files where no commit tells one (a tree without git)."""


@dataclass(frozen=True, slots=True)
class Project:
    """`epoch_s`: what every file of every build carries as its time, seconds since 1970."""

    root: Path
    version: str
    epoch_s: int


class BuildError(Exception):
    """A tool of the build failed; the text is what it said."""


def here() -> Project:
    """Return the tree this file is in; SOURCE_DATE_EPOCH (reproducible-builds.org) wins over the last commit's time."""
    root = Path(__file__).parents[2]
    with (root / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    return Project(root, version, _epoch_s(root))


def run(command: Sequence[str | Path], epoch_s: int, *, folder: Path | None = None) -> None:
    """Run a tool of the build in an environment that is the same everywhere; BuildError with what it said.

    Settings of pip (where wheels come from) are the builder's own and pass through.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if key.startswith("PIP_") or key.lower().endswith("_proxy")
    }
    environment = kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(epoch_s),
    }
    done = subprocess.run(  # noqa: S603 (tools of the build, with arguments of the build)
        command, env=environment, capture_output=True, text=True, check=False, umask=0o022, cwd=folder
    )
    if done.returncode:
        raise BuildError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def build_wheel(project: Project, work: Path, to: Path) -> Path:
    """Build the program's wheel into `to` from a clean copy in `work`; returns its path."""
    source = work / "source"
    for name in PACKAGES:
        copied(project.root / name, source / name)
    for name in ("pyproject.toml", "README.md"):
        copied(project.root / name, source / name)
    run([sys.executable, "-c", _BUILD, to], project.epoch_s, folder=source)
    shutil.rmtree(source)
    return to / f"{NAME.replace('-', '_')}-{project.version}-py3-none-any.whl"


def copied(source: Path, to: Path, *, mode: int = 0o644) -> None:
    """Copy a file, or a folder without what Python left in it; modes are not those of the checkout."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                copied(path, to / path.relative_to(source), mode=mode)
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)
    # A script stays one that can be run: the container of InfluxDB leaves out those that cannot.
    with source.open("rb") as file:
        is_script = file.read(2) == b"#!"
    to.chmod(mode | 0o111 if is_script else mode)


def _epoch_s(root: Path) -> int:
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return int(told)
    done = subprocess.run(  # noqa: S603 (fixed words and our own folder)
        ["git", "-C", root, "log", "-1", "--format=%ct"],  # noqa: S607 (git is where the path says)
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else _FIRST_EPOCH_S
