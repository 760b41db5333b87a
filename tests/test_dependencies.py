"""Packages with known holes are not installed: neither by the lock files nor by what pyproject.toml allows."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent

# The first version without the hole. Of packages that only others need, pyproject.toml names the floor itself.
FLOORS = {
    "aiohttp": ("3.14.1", "compressed request bodies, pipelined requests without limit (CVE-2026-54278)"),
    "aiosmtpd": ("1.4.6", "STARTTLS injection (CVE-2024-34083)"),
    "cryptography": ("44.0.1", "its OpenSSL (CVE-2024-12797)"),
    "fonttools": ("4.60.2", "files written elsewhere (CVE-2025-66034)"),
    "jinja2": ("3.1.6", "a way out of the sandbox (CVE-2025-27516)"),
    "pillow": ("11.3", "heap overflow (CVE-2025-48379)"),
    "pyasn1": ("0.6.4", "memory and recursion (CVE-2026-23490, CVE-2026-30922, CVE-2026-59884)"),
    "pyjwt": ("2.10.1", "part of an issuer taken for the whole (CVE-2024-53861)"),
    "setuptools": ("78.1.1", "files written elsewhere (CVE-2025-47273)"),
    "urllib3": ("2.6", "unbounded decompression (CVE-2025-66418, CVE-2025-66471)"),
}
INDISPENSABLE = ("aiodns",)
"""Without it, look-ups of a dead DNS fill the threads that everything else waits for."""


def locked(name: str) -> Iterator[tuple[str, Version]]:
    for found in re.finditer(r"^([^\s#=-][^\s=]*)==(\S+)", (ROOT / name).read_text(), re.MULTILINE):
        yield canonicalize_name(found[1].partition("[")[0]), Version(found[2])


def allowed() -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    yield from map(Requirement, project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        yield from map(Requirement, extra)
    yield from map(Requirement, project["build-system"]["requires"])


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_no_lock_file_holds_a_package_with_a_known_hole(lock: str) -> None:
    versions = list(locked(lock))
    below = {
        name: str(version) for name, version in versions if version < Version(FLOORS.get(name, ("0",))[0])
    }
    assert not below
    assert FLOORS.keys() <= {name for name, _ in versions}, "a floor of a package that nobody installs"


def test_what_the_project_allows_ends_above_every_known_hole() -> None:
    """Whoever installs the wheel without the lock file gets no version below a floor either."""
    requirements = list(allowed())
    for name, (floor, hole) in FLOORS.items():
        named = [each for each in requirements if canonicalize_name(each.name) == name]
        assert named, f"{name}: pyproject.toml must name the floor ({hole})"
        for requirement in named:
            bounds = [
                Version(each.version) for each in requirement.specifier if each.operator in {">=", "~=", "=="}
            ]
            assert bounds, f"{requirement} has no lower bound"
            assert max(bounds) >= Version(floor), f"{requirement}: {hole}"


def test_the_program_never_falls_back_to_the_resolver_that_blocks() -> None:
    names = {name for name, _ in locked("requirements.lock")}
    assert set(INDISPENSABLE) <= names & {requirement.name for requirement in allowed()}


def test_every_locked_package_carries_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-rules.lock"):
        entries = re.split(r"^(?=[a-z0-9-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)
        without = [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
        assert not without, lock
