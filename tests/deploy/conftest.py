"""What provinces install, built once for all tests: half a minute of work."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.package.bundle import build_bundle
from deploy.package.debian import build_deb
from deploy.package.lock import Wheel, fetched, locked
from deploy.package.project import Project, build_wheel, here

Build = Callable[[Project, Sequence[Wheel], Path, Path, Path], Path]


@contextmanager
def _alone_with(name: str, factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let one worker of this run in at a time; gives the folder that all of them share."""
    top = factory.getbasetemp()
    shared = top.parent if "PYTEST_XDIST_WORKER" in os.environ else top
    with (shared / f"building-{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared


def _built_once(name: str, build: Callable[[Path, Path], Path], factory: pytest.TempPathFactory) -> Path:
    """Build by `build(work, to)`: of the workers of one run the first that comes builds, the others wait for it."""
    with _alone_with(name, factory) as shared:
        place = shared / f"built-{name}"
        if not place.exists():
            unfinished = factory.mktemp(name)
            build(factory.mktemp(f"{name}-work"), unfinished)
            unfinished.rename(place)
    (built,) = place.iterdir()
    return built


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Wheel, ...]:
    """The wheels of others as `make deb` takes them: what is missing is loaded by one worker, which takes ten seconds."""
    with _alone_with("wheels", tmp_path_factory):
        return fetched(locked(here()), here().root / "build" / "wheels")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's wheel of this tree."""
    return _built_once("program", lambda work, to: build_wheel(here(), work, to), tmp_path_factory)


@pytest.fixture(scope="session")
def deb(program: Path, wheels: tuple[Wheel, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this tree."""
    return _built_once("deb", lambda work, to: build_deb(here(), wheels, program, work, to), tmp_path_factory)


@pytest.fixture(scope="session")
def bundle(program: Path, wheels: tuple[Wheel, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The offline bundle of this tree."""
    return _built_once(
        "bundle", lambda work, to: build_bundle(here(), wheels, program, work, to), tmp_path_factory
    )
