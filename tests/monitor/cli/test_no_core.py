"""No command that reads a secret leaves its memory behind: what a kernel would dump is forgone before the first is read."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.monitor.cli.conftest import SETTINGS

_WATCHED = """
import ctypes, io, resource, sys
from monitor.cli import main

def tell(moment):
    # PR_GET_DUMPABLE (prctl(2))
    print(moment, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0], file=sys.stderr)

class Typed(io.StringIO):
    def readline(self, size=-1):
        tell("read")
        return "public\\n"

def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("/secrets/smtp"):
        tell("read")

sys.stdin = Typed()
sys.addaudithook(watch)
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
tell("before")
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "command",
    [
        ["check-config", "CONFIG"],
        ["doctor", "--config", "CONFIG"],
        ["snmp", "walk", "127.0.0.1", "1.3.6", "--ask", "--set", "port=1", "--timeout", "0.1"],
        ["probe", "--address", "127.0.0.1", "--kind", "snmp", "--ask", "--set", "port=1", "--timeout", "0.1"],
    ],
    ids=lambda command: command[0],
)
def test_it_forgoes_a_core_before_it_reads_the_first_secret(command: list[str], config: Path) -> None:
    secrets = config.parent / "secrets"
    secrets.mkdir()
    (secrets / "smtp").write_text("TOP-SECRET\n")
    (secrets / "smtp").chmod(0o600)
    config.write_text(
        SETTINGS
        + "email: {host: 127.0.0.1, port: 1, sender: a@b.vn, username: u, password_secret: smtp, security: none}\n"
    )
    arguments = [str(config) if each == "CONFIG" else each for each in command]

    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, *arguments], capture_output=True, text=True, check=False, timeout=60
    )

    told = [line.split() for line in done.stderr.splitlines() if line.startswith(("before ", "read "))]
    assert told[0][:2] == ["before", "1"]
    assert told[1:], done.stderr
    assert {(dumpable, limit) for _, dumpable, limit in told[1:]} == {("0", "0")}
