"""What is built from one commit is one file, byte for byte; and the bill of materials names what is really in it."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import cyclonedx.schema
import jsonschema_rs
import pytest

from deploy.package.bill import write_bill
from deploy.package.bundle import build_bundle
from deploy.package.debian import build_deb
from deploy.package.environment import UNPACK
from deploy.package.lock import Wheel, fetched, locked, sha256_of
from deploy.package.project import BuildError, Project, build_wheel, here
from deploy.package.tree import PARTS, make_tree
from tests.deploy.conftest import Build

SMALL = {"aiodns", "cffi", "idna", "segno"}


@contextmanager
def elsewhere(umask: int) -> Iterator[None]:
    """Another builder's habits: his umask, time zone, language."""
    before, environment = os.umask(umask), dict(os.environ)
    os.environ |= {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    try:
        yield
    finally:
        os.umask(before)
        os.environ.clear()
        os.environ.update(environment)


def cyclonedx_schema() -> jsonschema_rs.Draft7Validator:
    """The standard's own schema, with the two that it refers to."""
    folder = Path(cyclonedx.schema.__file__).parent / "_res"
    bom, *others = (
        (f"http://cyclonedx.org/schema/{name}", json.loads((folder / name).read_text()))
        for name in (f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.6", "spdx", "jsf-0.82"))
    )
    registry = jsonschema_rs.Registry(others)
    return jsonschema_rs.Draft7Validator(bom[1], registry=registry)


def test_a_wheel_built_twice_is_the_same_and_holds_the_packages_alone(program: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    with elsewhere(0o077):
        second = build_wheel(here(), tmp_path / "work", tmp_path / "to")

    assert sha256_of(second) == sha256_of(program)
    with ZipFile(program) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"probes", "inventory", "alerts", "monitor", f"tslcd_monitor-{here().version}.dist-info"}


@pytest.mark.parametrize("build", [build_deb, build_bundle])
def test_a_package_built_twice_is_the_same(
    program: Path, wheels: tuple[Wheel, ...], tmp_path: Path, build: Build
) -> None:
    # Every library in the long form; always some: with compiled parts, commands, data beside packages.
    chosen = [wheel for wheel in wheels if wheel.of.name in SMALL or os.environ.get("LONG_FORM")]
    assert len(chosen) >= len(SMALL)
    for name in ("one", "one-work", "two", "another-work"):
        (tmp_path / name).mkdir()
    project = here()
    first = build(project, chosen, program, tmp_path / "one-work", tmp_path / "one")
    with elsewhere(0o027):
        second = build(project, chosen, program, tmp_path / "another-work", tmp_path / "two")

    assert sha256_of(first) == sha256_of(second)


def test_another_commits_time_makes_another_package(tmp_path: Path) -> None:
    later = replace(here(), epoch_s=here().epoch_s + 60)
    assert (
        write_bill(later, [], tmp_path / "one").read_text()
        != write_bill(here(), [], tmp_path / "two").read_text()
    )


def test_the_bill_names_exactly_what_the_lock_pins_and_is_valid_cyclonedx(
    wheels: tuple[Wheel, ...], tmp_path: Path
) -> None:
    text = write_bill(here(), wheels, tmp_path / "bill.json").read_text()
    bill = json.loads(text)
    assert not list(cyclonedx_schema().iter_errors(bill))

    pinned = re.findall(
        r"^([a-z0-9._-]+)==(\S+)(?: ; (.*?))? \\$",
        (here().root / "requirements.lock").read_text(),
        re.MULTILINE,
    )
    # Not for this machine: another system, another Python; and what only builds.
    others = {"python_full_version >= '3.12'", "sys_platform == 'win32'"}
    expected = {
        (name, version) for name, version, marker in pinned if marker not in others and name != "setuptools"
    }
    named = [component for component in bill["components"] if component["purl"].startswith("pkg:pypi/")]
    assert {(component["name"], component["version"]) for component in named} == expected
    assert len(named) == len(expected)
    assert all(component["hashes"] and component["licenses"] for component in named)
    assert {component["name"] for component in bill["components"] if component not in named} == {
        "htmx.org",
        "uplot",
    }


def test_a_wheel_whose_hash_the_lock_does_not_name_is_never_taken(
    wheels: tuple[Wheel, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    idna = next(package for package in locked(here()) if package.name == "idna")
    true = next(wheel for wheel in wheels if wheel.of == idna)
    index, folder = tmp_path / "index", tmp_path / "folder"
    index.mkdir()
    (index / true.path.name).write_bytes(true.path.read_bytes() + b"more")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))

    with pytest.raises(BuildError, match="DO NOT MATCH THE HASHES"):
        fetched([idna], folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["../tha-ra.py", "/tha-ra.py", "x.data/purelib/../../tha-ra.py"])
def test_a_wheel_that_leads_out_of_its_folder_is_not_unpacked(tmp_path: Path, name: str) -> None:
    with ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr(name, "")
    command = ["/usr/bin/python3.11", "-I", UNPACK, tmp_path / "to", "/opt/x", tmp_path / "x.whl"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert f"x.whl: {name}" in ended.stderr
    assert not [*tmp_path.rglob("tha-ra.py"), *Path("/").glob("tha-ra.py")]


def test_the_time_of_a_build_is_the_commits_or_the_one_that_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert here() == Project(here().root, here().version, 1_700_000_000)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    said = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], capture_output=True, text=True, cwd=here().root, check=False
    )
    assert said.returncode or here().epoch_s == int(said.stdout)


def test_the_scripts_of_the_packages_are_sound_and_the_shell_completes_commands(tmp_path: Path) -> None:
    make_tree(here(), [], tmp_path)
    completion = tmp_path / "usr/share/bash-completion/completions/tslcd-monitor"
    scripts = [*PARTS.glob("*.sh"), *(PARTS / name for name in ("postinst", "prerm", "postrm"))]
    subprocess.run(["shellcheck", *scripts], check=True)
    # Containers run them where they lie, and leave out those that cannot be run.
    examples = tmp_path / "usr/share/doc/tslcd-monitor/examples"
    assert all(
        os.access(examples / name, os.X_OK) for name in ("compose/influxdb-users.sh", "compose/prepare.sh")
    )
    assert not os.access(examples / "compose.yaml", os.X_OK)

    asked = f"source {completion}; COMP_WORDS=(tslcd-monitor inventory ini); COMP_CWORD=2; _tslcd_monitor"
    told = subprocess.run(
        ["bash", "-c", f"{asked}; echo ${{COMPREPLY[@]}}"], check=True, stdout=subprocess.PIPE
    )
    assert told.stdout == b"init\n"
