"""The province in a box with a real daemon, as `make run` starts it, and accounts of every role to sign in with."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monitor.clock import SystemClock
from monitor.demo.processes import module_environment

CLOCK = SystemClock()
CUT = "23332"
START_S = 60.0
TIMELINE = [
    {"at_s": 0, "action": "latency", "prefix": "10.51.0.0/16", "latency_s": 0.006, "jitter_s": 0.002},
    {"at_s": 25, "action": "cut", "site": CUT},
]


@dataclass(frozen=True)
class Province:
    """A running daemon: where its pages are, and its settings for the command line."""

    url: str
    config: Path
    log: Path
    passwords: Mapping[str, str]
    """Account -> password, as the demo prints them: quan-tri, truc, lanh-dao, bao-cao, xa."""

    def cli(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli", *arguments, "--config", str(self.config)],
            input=stdin,
            capture_output=True,
            text=True,
            env=module_environment(),
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.cli(*arguments, "-o", "json"))


@contextmanager
def running_box(folder: Path) -> Iterator[Province]:
    """Start `tslcd-monitor demo` with a cut that comes after 25 s."""
    timeline = folder / "kich-ban.yaml"
    timeline.write_text(yaml.safe_dump(TIMELINE))
    state = folder / "hop"
    printed = folder / "hop.log"
    argv = ["demo", "--state-dir", str(state), "--timeline", str(timeline), "--port", "0"]
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", *argv], stdout=out, stderr=out, env=module_environment()
        )
    try:
        config = state / "demo-settings.yaml"
        _until(lambda: "xa  " in printed.read_text(), process, printed)
        told = dict(
            re.findall(r"^ +([a-z-]+) +(\w{4}-\w{4}-\w{4}-\w{4}) ", printed.read_text(), re.MULTILINE)
        )
        url = yaml.safe_load(config.read_text())["public_url"]
        yield Province(url, config, state / "daemon.log", told)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _until(condition: Any, process: subprocess.Popen[bytes], printed: Path) -> None:
    ends_at = CLOCK.monotonic() + START_S
    while not condition():
        assert process.poll() is None, printed.read_text()
        assert CLOCK.monotonic() < ends_at, printed.read_text()
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
