"""`inventory discover` on loopback, against a real agent; nothing outside of 127.0.0.0/8 is asked."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.loader import load
from tests.monitor.cli.conftest import Run
from tests.servers.snmpsim import RECORDINGS, SnmpSim, running_snmpsim

PLAN = """
address_plan:
  ranges: [127.0.0.0/16]
  sites: {"21484": 127.0.0.0/24, "23308": 127.0.7.0/24}
targets:
  23308.cpe: {address: 127.0.7.1}
"""


@pytest.fixture(scope="module")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnmpSim]:
    with running_snmpsim(tmp_path_factory.mktemp("snmpsim"), RECORDINGS) as simulator:
        yield simulator


@pytest.fixture
def own(config: Path) -> Path:
    """An inventory whose second folder knows no address of 127.0.0.1 and declares an own range."""
    text = (config.parent / "danh-muc" / "10.yaml").read_text()
    moved = text.replace("127.0.0.1,", "127.9.0.1,").replace("127.0.0.", "127.9.0.")
    (config.parent / "danh-muc" / "10.yaml").write_text(moved)
    (config.parent / "mang").mkdir()
    (config.parent / "mang" / "20.yaml").write_text(
        PLAN.replace("[127.0.0.0/16]", "[127.0.0.0/16, 127.9.0.0/16]")
    )
    config.write_text(config.read_text().replace("[danh-muc]", "[danh-muc, mang]"))
    return config


def test_proposes_what_the_inventory_does_not_have_and_writes_it_to_look_at(
    run: Run, own: Path, snmpsim: SnmpSim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("ups-apc\n"))
    out = tmp_path / "de-xuat.yaml"

    told = run(
        *("inventory", "discover", "127.0.0.1", "--config", own, "--ask", "--no-tcp"),
        *("--set", f"port={snmpsim.port}", "--out", out),
    )

    assert told.code == 0
    (row,) = told.rows
    assert row[:5] == ["đề xuất", "127.0.0.1", "Xã Ba Tơ", "21484.ups", "ups"]
    assert "APC Web/SNMP Management Card" in row[5]
    loaded = load([own.parent / "danh-muc", own.parent / "mang", out])
    assert loaded.targets["21484.ups"].address == "127.0.0.1"


def test_known_addresses_are_listed_as_known_and_silence_about_the_rest(run: Run, own: Path) -> None:
    told = run("inventory", "discover", "127.0.7.0/30", "--config", own, "--no-tcp")

    assert told.code == 0
    assert [row[:4] for row in told.rows] == [
        ["đã có", "127.0.7.1", "Xã Đăk Rơ Wa", "23308.cpe"],
        ["cần xem", "127.0.7.2", "Xã Đăk Rơ Wa", "23308.thiet-bi"],
    ]
    assert "không hỏi SNMP" in told.err
    assert "2 địa chỉ có trả lời: 1 đã có trong danh mục, 0 đề xuất, 1 cần người xem" in told.err


def test_as_json(run: Run, own: Path) -> None:
    told = run("inventory", "discover", "127.0.7.0/30", "--config", own, "--no-tcp", "--json")

    body = json.loads(told.out)
    assert (body["schema"], body["addresses"], body["asked"], body["complete"]) == (
        "inventory-discover/1",
        2,
        2,
        True,
    )
    assert body["known"][0]["targets"] == ["23308.cpe"]
    assert body["proposed"] == []
    assert (body["review"][0]["profile"], body["review"][0]["unit"]) == (None, "23308")


@pytest.mark.parametrize(
    ("range_", "told_words"),
    [
        ("10.51.7.0/24", "không nằm trong dải địa chỉ của mình"),
        ("127.0.0.0/16", "65536 địa chỉ, nhiều hơn 4096"),
        ("127.0.7.1/24", "có phải '127.0.7.0/24'?"),
    ],
)
def test_refused_ranges_say_what_to_do(run: Run, own: Path, range_: str, told_words: str) -> None:
    told = run("inventory", "discover", range_, "--config", own)

    assert (told.code, told.out) == (2, "")
    assert told_words in told.err


def test_a_simulated_inventory_is_never_searched_for(run: Run, own: Path) -> None:
    own.write_text(own.read_text() + "simulated: true\n")

    told = run("inventory", "discover", "127.0.7.0/30", "--config", own)

    assert told.code == 2
    assert "mạng mô phỏng" in told.err


@pytest.mark.parametrize("rate", ["0", "201", "nhanh", "-1"])
def test_the_rate_has_limits(run: Run, own: Path, rate: str) -> None:
    assert run("inventory", "discover", "127.0.7.0/30", "--config", own, "--rate", rate).code == 2


def test_a_named_secret_must_be_there(run: Run, own: Path) -> None:
    told = run("inventory", "discover", "127.0.7.0/30", "--config", own, "--community-secret", "cong-dong")

    assert told.code == 2
    assert "bí mật 'cong-dong'" in told.err


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("danh-muc/90.yaml", "là thư mục danh mục"),
        ("danh-muc/10.yaml", "đã có"),
        ("khong-co/90.yaml", "không có thư mục"),
    ],
)
def test_nothing_is_written_into_the_inventory_or_over_a_file(
    run: Run, own: Path, out: str, words: str
) -> None:
    before = {path: path.read_text() for path in own.parent.rglob("*.yaml")}

    told = run("inventory", "discover", "127.0.7.0/30", "--config", own, "--out", own.parent / out)

    assert told.code == 2
    assert words in told.err
    assert {path: path.read_text() for path in own.parent.rglob("*.yaml")} == before


def test_one_interrupt_ends_the_search_with_what_was_found(own: Path) -> None:
    command = (
        *(sys.executable, "-m", "monitor.cli", "inventory", "discover", "127.0.7.0/24"),
        *("--config", str(own), "--rate", "20", "--no-tcp", "--json"),
    )
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stderr
    while "Ctrl-C" not in (line := process.stderr.readline()):
        assert line, "ended before it began"
    # Long enough for the first of 20 addresses a second, and far from the last.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)

    body = json.loads(out)
    assert process.returncode == 130
    assert body["complete"] is False
    assert 0 < body["asked"] < 254
    assert body["known"][0]["targets"] == ["23308.cpe"]
