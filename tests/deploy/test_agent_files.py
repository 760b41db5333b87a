"""The files of the agents are those that were released, and a province can sign them."""

import hashlib
import subprocess
from pathlib import Path

import pytest

AGENTS = Path(__file__).parents[2] / "deploy" / "agents"
LIST = "SHA256SUMS"
REMEDY = "cd deploy/agents && sha256sum README.vi.md *.ps1 *.service *.sh *.timer >SHA256SUMS"


def test_the_list_of_sums_names_every_file_as_it_is() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in AGENTS.iterdir()
        if path.name != LIST
    }
    listed = {line[66:]: line[:64] for line in (AGENTS / LIST).read_text().splitlines()}

    assert listed == found, REMEDY


@pytest.mark.parametrize("name", ["tslcd-beat.sh", "install-tslcd-beat.sh"])
def test_a_script_is_plain_sh_without_a_doubtful_line(name: str) -> None:
    ended = subprocess.run(
        ["shellcheck", "--shell=sh", AGENTS / name], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout


def test_the_unit_of_the_agent_is_closed() -> None:
    ended = subprocess.run(
        [
            *("systemd-analyze", "security", "--offline=yes", "--threshold=15"),
            str(AGENTS / "tslcd-beat.service"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-2_000:]
