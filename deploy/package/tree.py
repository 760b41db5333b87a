"""What is installed beside the environment, by the Debian package and by the offline bundle alike."""

import argparse
import gzip
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.package.bill import write_bill
from deploy.package.lock import Wheel
from deploy.package.project import NAME, Project, copied
from monitor.cli.parser import build_parser

PARTS: Final = Path(__file__).parent / "parts"
_UNITS: Final = (
    "tslcd-monitor.service",
    "tslcd-monitor.slice",
    "tslcd-monitor-web.socket",
    "tslcd-monitor-traps.socket",
)
_EXAMPLES: Final = ("agents", "compose", "grafana/dashboards", "grafana/provisioning", "mosquitto", "nginx")


def make_tree(project: Project, wheels: Sequence[Wheel], to: Path) -> None:
    """Lay everything but the environment under `to` as it will lie under `/`."""
    deploy, share = project.root / "deploy", to / "usr" / "share"
    for unit in _UNITS:
        copied(deploy / "systemd" / unit, to / "usr/lib/systemd/system" / unit)
    for kind in ("sysusers", "tmpfiles"):
        copied(PARTS / f"{NAME}.{kind}", to / f"usr/lib/{kind}.d" / f"{NAME}.conf")
    copied(PARTS / "after-install.sh", share / NAME / "after-install.sh", mode=0o755)
    copied(project.root / "inventory" / "quangngai", share / NAME / "inventory" / "quangngai")

    documents = share / "doc" / NAME
    for page in sorted((project.root / "docs").glob("*.md")):
        copied(page, documents / page.name)
    copied(project.root / "docs" / "vi", documents / "vi")
    for name in ("README.md", "CHANGELOG.md"):
        copied(project.root / name, documents / name)
    for folder in _EXAMPLES:
        copied(deploy / folder, documents / "examples" / folder)
    for name in (
        "compose.yaml",
        "systemd/noi-rieng.conf",
        "oncall.example.yaml",
        "tslcd-monitor.example.yaml",
    ):
        copied(deploy / name, documents / "examples" / Path(name).name)
    copied(PARTS / "copyright", documents / "copyright")
    write_bill(project, wheels, documents / "tslcd-monitor.cdx.json")

    parser = build_parser()
    manual = share / "man" / "man1" / f"{NAME}.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress(_manual(parser, project).encode(), mtime=0))
    completion = share / "bash-completion" / "completions" / NAME
    completion.parent.mkdir(parents=True)
    completion.write_text(_completion(parser), encoding="utf-8")


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the commands a parser has, by name; none is an empty answer."""
    return {
        name: command
        for action in parser._actions  # noqa: SLF001 (argparse has no public way to list its commands)
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
        for name, command in action.choices.items()
    }


def _manual(parser: argparse.ArgumentParser, project: Project) -> str:
    day = datetime.fromtimestamp(project.epoch_s, UTC).date()
    template = (PARTS / "tslcd-monitor.1").read_text(encoding="utf-8")
    listing = "\n".join(
        f".TP\n.B {_roff(name)}\n{_roff(command.description or '')}"
        for name, command in commands_of(parser).items()
    )
    return (
        template.replace("@DAY@", str(day))
        .replace("@VERSION@", project.version)
        .replace("@COMMANDS@", listing)
    )


def _roff(text: str) -> str:
    """Quote for roff: a hyphen that can be copied, and no line that begins as a command (groff_char(7))."""
    return re.sub(r"^([.'])", r"\\&\1", " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-"))


def _completion(parser: argparse.ArgumentParser) -> str:
    cases = "\n".join(
        f"        {name}) words='{' '.join(actions)}' ;;"
        for name, command in commands_of(parser).items()
        if (actions := sorted(commands_of(command)))
    )
    template = (PARTS / "completion.bash").read_text(encoding="utf-8")
    return template.replace("@COMMANDS@", " ".join(sorted(commands_of(parser)))).replace("@CASES@", cases)
