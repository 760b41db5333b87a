"""`db`: copies, checks, figures and restores, as a person asks for them."""

import asyncio
import json
from pathlib import Path

import pytest

from monitor.settings.settings import load_settings
from monitor.state_lock import StateLock
from tests.monitor.backup.samples import ask, fill, rows
from tests.monitor.cli.conftest import Run
from tests.monitor.storage.samples import T0


@pytest.fixture
def lived(config: Path) -> Path:
    """A state folder with a life in it; the settings file."""
    asyncio.run(fill(config.parent / "state"))
    return config


def test_a_copy_is_made_listed_and_verified(lived: Path, run: Run) -> None:
    made = run("db", "backup", "--config", lived)

    assert made.code == 0
    copy = Path(made.out.strip())
    assert copy.parent == lived.parent / "state" / "backups"
    assert "đã chép và kiểm tra: state.db" in made.err
    assert run("db", "verify", copy, "--config", lived).rows == [
        [str(copy / "state.db"), "nguyên vẹn", *run("db", "verify", copy, "--config", lived).rows[0][2:]]
    ]
    stats = run("db", "stats", "--config", lived)
    assert f"{copy}; cả thảy 1 bản" in stats.out


def test_a_copy_goes_where_it_is_told_with_results(lived: Path, run: Run) -> None:
    target = lived.parent / "usb"

    told = json.loads(
        run("db", "backup", "--to", target, "--with-results", "-o", "json", "--config", lived).out
    )

    assert told["path"] == str(target)
    assert told["databases"]["results.db"]["rows"]["result"] == 50
    assert run("db", "backup", "--to", target, "--config", lived).code == 1


def test_what_is_in_use_is_verified_while_the_daemon_has_it(lived: Path, run: Run) -> None:
    with StateLock(lived.parent / "state"):
        told = run("db", "verify", "--config", lived)

    assert told.code == 0
    assert [row[1] for row in told.rows] == ["nguyên vẹn", "nguyên vẹn"]


def test_damage_is_found_and_the_exit_code_says_so(lived: Path, run: Run) -> None:
    path = lived.parent / "state" / "state.db"
    sound = path.read_bytes()
    path.write_bytes(sound[:8_192] + bytes(4_096) + sound[12_288:])

    told = run("db", "verify", "-o", "json", "--config", lived)

    assert told.code == 1
    items = json.loads(told.out)["items"]
    assert [(item["ok"], item["fault"]) for item in items] == [(False, "corrupt"), (True, None)]


def test_a_restore_asks_locks_and_keeps_what_was_there(lived: Path, run: Run) -> None:
    state = lived.parent / "state"
    copy = run("db", "backup", "--config", lived).out.strip()
    asyncio.run(fill(state, first=20, incidents=5, results=0))

    with StateLock(state):
        busy = run("db", "restore", copy, "--yes", "--config", lived)
    assert (busy.code, "systemctl stop" in busy.err) == (1, True)
    assert run("db", "restore", copy, "--config", lived).code == 2, "nobody can answer"
    dry = run("db", "restore", copy, "--dry-run", "--config", lived)
    assert "cất bản đang có sang tên khác rồi thay" in dry.out
    assert rows(state / "state.db", "incident") == 25

    done = run("db", "restore", copy, "--yes", "--config", lived)

    assert done.code == 0, done.err
    assert "đã khôi phục, bản trước ở" in done.out
    assert "không gửi: SC-2026-0000" in done.out
    assert rows(state / "state.db", "incident") == 20
    assert "before-restore" in run("db", "stats", "--config", lived).err


def test_a_newer_database_is_refused_by_every_command_that_would_change_it(lived: Path, run: Run) -> None:
    path = lived.parent / "state" / "state.db"
    copy = Path(run("db", "backup", "--config", lived).out.strip())
    ask(path, "pragma user_version = 42")
    ask(copy / "state.db", "pragma user_version = 42")

    told = run("db", "migrate", "--config", lived)

    assert told.code == 1
    assert "lược đồ phiên bản 42, chương trình này chỉ biết đến" in told.err
    assert "cài đúng phiên bản" in told.err
    refused = run("db", "restore", copy / "state.db", "--yes", "--config", lived)
    assert (refused.code, "phiên bản 42" in refused.err) == (1, True)
    assert [row[1] for row in run("db", "verify", "--config", lived).rows] == [
        "không dùng được",
        "nguyên vẹn",
    ]


def test_migrating_says_where_it_is(lived: Path, run: Run) -> None:
    told = run("db", "migrate", "--config", lived)

    assert told.code == 0
    assert told.out.count("đã ở lược đồ phiên bản") == 2
    assert json.loads(run("db", "migrate", "--dry-run", "-o", "json", "--config", lived).out)["dryRun"]


def test_figures_name_tables_levels_and_the_disk(lived: Path, run: Run) -> None:
    told = json.loads(run("db", "stats", "-o", "json", "--config", lived).out)

    state, results = told["files"]
    assert (state["rows"]["incident"], results["rows"]["result"]) == (20, 50)
    assert told["results"]["firstAt"] == T0
    assert told["results"]["lastAt"] == T0 + 49
    assert [level["level"] for level in told["results"]["levels"]] == ["raw", "5m", "1h", "1d"]
    assert told["backups"]["items"] == []
    assert (told["results"]["dayBytes"], told["results"]["fullBytes"]) == (None, None), "no hour is over yet"
    said = run("db", "stats", "--config", lived).out
    assert "sao lưu gần nhất: chưa có bản nào" in said
    assert "chưa dự báo được" in said


def test_a_damaged_file_in_use_is_not_told_to_be_a_bad_copy(lived: Path, run: Run) -> None:
    path = load_settings(lived).state_dir / "results.db"
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xa5" * (4096 * 4)
    path.write_bytes(content)
    told = run("db", "verify", "--config", lived)

    assert told.code == 1
    assert "tệp hỏng" in told.err
    assert "DamagedError" not in told.err
    assert "dừng dịch vụ, rồi tslcd-monitor db restore" in told.err
    assert "bản sao lưu khác" not in told.err


@pytest.mark.parametrize("command", [("verify",), ("restore", "--yes")])
def test_a_mistyped_copy_is_no_reason_to_give_the_folder_around_it_away(
    lived: Path, run: Run, command: tuple[str, ...]
) -> None:
    told = run("db", *command, "/khong-co-ban-nao", "--config", lived)

    assert told.code == 1
    assert "không đọc được /khong-co-ban-nao: không có tệp hoặc thư mục này" in told.err
    assert "kiểm tra lại đường dẫn" in told.err
    assert "chown" not in told.err


def test_where_nothing_ran_yet_it_is_said(config: Path, run: Run) -> None:
    for action in (["backup"], ["verify"], ["stats"], ["migrate"]):
        told = run("db", *action, "--config", config)
        assert (told.code, "chưa có" in told.err) == (1, True), action
