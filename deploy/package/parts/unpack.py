"""Make the program's environment from wheels: `python3.11 -I unpack.py FOLDER HOME WHEEL...`; only the standard library.

FOLDER is made, to be used at the path HOME. A wheel is an archive to be laid out (binary distribution format, PyPA
specification); what it brings beside packages (commands, manuals, headers, tests of others) is left out, and nothing is
written that differs from one time to the next. Everything is compiled ahead, as the service may write nothing there.
"""  # noqa: INP001 (a script that the offline bundle carries)

import base64
import csv
import hashlib
import io
import os
import py_compile
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

PACKAGES = Path("lib") / "python3.11" / "site-packages"
PYTHON = "/usr/bin/python3.11"
PARTS = 2
# -I: neither the caller's folder nor his environment decides what root's commands import.
COMMAND = """\
#!{home}/bin/python -I
import sys

from monitor.cli import main

sys.exit(main())
"""


def main(folder: Path, home: str, wheels: Sequence[Path]) -> None:
    """Make the whole environment."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(PYTHON)
    (folder / "pyvenv.cfg").write_text(
        "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n", encoding="utf-8"
    )
    command = folder / "bin" / "tslcd-monitor"
    command.write_text(COMMAND.format(home=home), encoding="utf-8")
    command.chmod(0o755)
    for wheel in wheels:
        unpack(wheel, folder / PACKAGES)
    compile_all(folder / PACKAGES, f"{home}/{PACKAGES}")


def unpack(wheel: Path, packages: Path) -> None:
    """Lay out one wheel's packages, and the list of what is there now (RECORD)."""
    with zipfile.ZipFile(wheel) as archive:
        rows = []
        for name in sorted(archive.namelist()):
            place = place_of(name)
            if place is None or name.endswith("/"):
                continue
            # No link is ever made here: a name leads out of the folder by its own words or not at all.
            if place.startswith("/") or ".." in place.split("/"):
                raise ValueError(f"{wheel.name}: {name}")
            content, path = archive.read(name), packages / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if place.endswith(".dist-info/RECORD"):
                record = path
            else:
                rows.append((place, digest_of(content), len(content)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*rows, (record.relative_to(packages), "", "")])
    record.write_text(text.getvalue(), encoding="utf-8")


def place_of(name: str) -> str | None:
    """Return where a wheel's file goes below site-packages; none: nowhere."""
    top, _, rest = name.partition("/")
    if top.endswith(".data"):
        kind, _, name = rest.partition("/")
        if kind not in {"purelib", "platlib"}:
            return None
    return None if "tests" in name.split("/")[:-1] else name


def digest_of(content: bytes) -> str:
    """Return a hash as RECORD has it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def compile_all(packages: Path, home: str) -> None:
    """Compile every file, in processes of their own: each the same files in the same order, whatever the machine.

    "Unchecked": a compiled file needs no time stamp of its source, and names no path but the one it will have.
    """
    files = sorted(packages.rglob("*.py"))
    children = []
    for part in range(PARTS):
        child = os.fork()
        if child == 0:
            compile_some(files[part::PARTS], packages, home)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if any(ends):
        sys.exit("compiling failed")


def compile_some(files: Sequence[Path], packages: Path, home: str) -> None:
    """Compile these files and end this process."""
    code = 1
    try:
        for path in files:
            py_compile.compile(
                str(path),
                dfile=f"{home}/{path.relative_to(packages)}",
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        code = 0
    except py_compile.PyCompileError as error:
        print(error.msg, file=sys.stderr)  # noqa: T201 (its only way to say so)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [Path(name) for name in sys.argv[3:]])
