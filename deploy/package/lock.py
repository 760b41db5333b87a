"""What `requirements.lock` pins for the machine that provinces have: Debian 12, x86_64, Python 3.11."""

import hashlib
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

from deploy.package.project import Project, run

_ENTRY: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?")
_HASH: Final = re.compile(r"--hash=sha256:(?P<hash>[0-9a-f]{64})")
_DEBIAN: Final = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
    "extra": "",
}
# Debian 12 has glibc 2.36.
_PLATFORMS: Final = (
    *(f"manylinux_2_{minor}_x86_64" for minor in (36, 35, 34, 31, 28, 27, 24, 17, 12, 5)),
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
)


@dataclass(frozen=True, slots=True)
class Locked:
    """One pinned package; `sha256s` are those of every file of this version that may be used."""

    name: str
    version: str
    sha256s: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A pinned package's wheel on disk, its hash seen to be one of the lock's."""

    of: Locked
    path: Path
    sha256: str


def locked(project: Project) -> tuple[Locked, ...]:
    """Return what the lock pins for such a machine, without what only builds: sorted by name."""
    builders = {
        canonicalize_name(re.split(r"[<>=!~ ]", line, maxsplit=1)[0])
        for line in (project.root / "deploy" / "build-requirements.in")
        .read_text(encoding="utf-8")
        .splitlines()
        if line.strip() and not line.startswith("#")
    }
    found = []
    text = (project.root / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if entry is None or canonicalize_name(entry["name"]) in builders:
            continue
        marker = (entry["marker"] or "").partition("--hash")[0].strip()
        if not marker or Marker(marker).evaluate(_DEBIAN):
            hashes = frozenset(match["hash"] for match in _HASH.finditer(line))
            found.append(Locked(canonicalize_name(entry["name"]), entry["version"], hashes))
    return tuple(sorted(found, key=lambda each: each.name))


def fetched(packages: Sequence[Locked], folder: Path) -> tuple[Wheel, ...]:
    """Return each package's wheel in `folder`, loading only what is not there yet. Every hash is one of the lock's."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if _wheel_of(package, folder) is None]
    if missing:
        download(missing, folder)
    wheels = [(package, _wheel_of(package, folder)) for package in packages]
    lost = [package.name for package, wheel in wheels if wheel is None]
    if lost:
        raise ValueError(f"no wheel with a hash of requirements.lock: {', '.join(lost)}")
    return tuple(wheel for _package, wheel in wheels if wheel is not None)


def download(packages: Sequence[Locked], folder: Path) -> None:
    """Load wheels by pip, which refuses any whose hash was not named."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as list_of_them:
        list_of_them.write(requirements(packages))
        list_of_them.flush()
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        options += [
            "--require-hashes",
            "--python-version",
            "3.11",
            "--implementation",
            "cp",
            "--abi",
            "cp311",
        ]
        options += ["--abi", "abi3", "--abi", "none"]
        for platform in _PLATFORMS:
            options += ["--platform", platform]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
        run([*command, "--requirement", list_of_them.name], 0)


def requirements(packages: Sequence[Locked]) -> str:
    """Return the packages as pip's requirements, each with its hashes."""
    lines = (
        f"{package.name}=={package.version} "
        + " ".join(f"--hash=sha256:{value}" for value in sorted(package.sha256s))
        for package in packages
    )
    return "\n".join(lines) + "\n"


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wheel_of(package: Locked, folder: Path) -> Wheel | None:
    for path in sorted(folder.glob("*.whl")):
        name, version, _build, _tags = parse_wheel_filename(path.name)
        if (name, str(version)) == (package.name, package.version):
            sha256 = sha256_of(path)
            if sha256 in package.sha256s:
                return Wheel(package, path, sha256)
    return None
