"""The grammar: help, usage errors, exit codes."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.output import Cell, Output
from tests.monitor.cli.conftest import Run

GROUPS = {"heartbeat", "incident", "silence", "maintenance"}
COMMANDS = [
    ("daemon",),
    ("check-config",),
    ("status",),
    ("probe",),
    ("heartbeat",),
    ("heartbeat", "list"),
    ("heartbeat", "token"),
    ("incident",),
    ("incident", "list"),
    ("incident", "show"),
    ("incident", "ack"),
    ("silence",),
    *(("silence", action) for action in ("add", "list", "show", "update", "expire", "import")),
    ("maintenance",),
    *(("maintenance", action) for action in ("add", "list", "show", "update", "end", "import-ics")),
    ("demo",),
    ("doctor",),
    ("version",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_vietnamese_help(run: Run, command: tuple[str, ...]) -> None:
    told = run(*command, "--help")

    assert told.code == 0
    assert told.out.startswith("cách dùng: tslcd-monitor")
    assert "in phần trợ giúp này rồi thoát" in told.out
    assert not {"usage", "optional arguments", "options:", "positional arguments"} & set(
        told.out.splitlines()
    )


@pytest.mark.parametrize(
    "command",
    [each for each in COMMANDS if each[0] not in GROUPS or len(each) > 1],
    ids=" ".join,
)
def test_every_command_has_an_example_and_json(run: Run, command: tuple[str, ...]) -> None:
    told = run(*command, "--help")

    assert "ví dụ:" in told.out
    assert "--json" in told.out


def test_the_overall_help_names_every_command_and_exit_code(run: Run) -> None:
    told = run("--help")

    assert all(command[0] in told.out for command in COMMANDS)
    assert "mã thoát" in told.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "thiếu: LỆNH"),
        (("lam-gi",), "không có 'lam-gi'"),
        (("status", "--khong-co"), "không hiểu: --khong-co"),
        (("status", "--layer", "x"), "--layer: không có 'x'"),
        (("incident", "show"), "thiếu: MÃ"),
        (("incident", "cause", "SC-2026-0001", "mua"), "không có 'mua'; chọn một trong: 'line', 'power', "),
        (
            ("incident", "cause", "SC-2026-0001", "line", "--side", "x"),
            "chọn một trong: 'central', 'enterprise', ",
        ),
        (("demo", "--port", "x"), "--port: giá trị không hợp lệ 'x'"),
        (("demo", "--port"), "--port: thiếu giá trị"),
        (("probe",), "cần đúng một trong hai"),
        (("probe", "a", "--address", "b"), "cần đúng một trong hai"),
        (("status", "--config", "/nonexistent/x.yaml"), "không có tệp cấu hình /nonexistent/x.yaml"),
    ],
)
def test_wrong_usage_is_told_in_vietnamese_with_a_remedy(
    run: Run, arguments: tuple[str, ...], says: str
) -> None:
    told = run(*arguments)

    assert told.code == 2
    assert told.out == ""
    assert told.err.startswith("lỗi: ")
    assert says in told.err
    assert "cách sửa: " in told.err


def test_the_version_as_text_and_json(run: Run) -> None:
    assert run("version").out == "tslcd-monitor 0.1.0\n"
    assert json.loads(run("version", "--json").out)["version"] == "0.1.0"
    assert len(run("version", "-o", "extended").out.splitlines()) == 2


def test_the_settings_file_is_found_by_the_environment(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSLCD_MONITOR_CONFIG", str(config))

    assert run("check-config").code == 0


def test_it_runs_as_a_module_and_survives_a_reader_that_leaves() -> None:
    script = f"{sys.executable} -m monitor.cli --help | head -1"

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("cách dùng:")
    assert "Traceback" not in done.stderr


def on_terminal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """Return what a table looks like on a real (pseudo) terminal."""
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": "120", **environment}.items():
        monkeypatch.setenv(name, value)
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stdout:
        rows = [
            [Cell("ĐẠT", "ĐẠT"), "Đồng hồ"],
            [Cell("LỖI", "LỖI"), Cell("Đĩa [red]", below="cách sửa: dọn")],
        ]
        Output("simple", stdout=stdout).table(("KẾT QUẢ", "MỤC"), rows)
        stdout.flush()
        shown = os.read(leader, 65_536).decode()
    os.close(leader)
    return shown


def test_a_narrow_terminal_breaks_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "40", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stdout:
        row = ["SC-2026-0001", "Xã Kon Plông", "Đường truyền TSLCD của trụ sở", "01 phút 33 giây"]
        Output("simple", stdout=stdout).table(("MÃ", "NƠI", "ĐỐI TƯỢNG", "THỜI LƯỢNG"), [row])
        stdout.flush()
        shown = os.read(leader, 65_536).decode()
    os.close(leader)

    assert "SC-2026-0001" in shown


def test_a_terminal_gets_headers_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch)

    assert "KẾT QUẢ" in shown
    assert "\x1b[32mĐẠT" in shown
    assert "cách sửa: dọn" in shown
    assert "[red]" in shown  # text is never read as markup


def test_no_color_keeps_the_table_and_drops_the_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch, NO_COLOR="1")

    assert "KẾT QUẢ" in shown
    assert "\x1b[3" not in shown


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch, TERM="dumb")

    assert "ĐẠT\tĐồng hồ" in shown
    assert "KẾT QUẢ" not in shown
