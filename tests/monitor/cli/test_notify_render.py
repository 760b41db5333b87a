"""Messages shown without being sent, and templates of operators looked at before they are used."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.messages.letterhead import Letterhead
from alerts.messages.samples import KINDS
from monitor.cli.message_check import look_at_messages
from monitor.cli.notify_grammar import RENDERED
from tests.monitor.cli.conftest import Run

HEAD = Letterhead("Quảng Ngãi", ZoneInfo("Asia/Ho_Chi_Minh"), "https://giamsat.example")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TSLCD_MONITOR_CONFIG", str(tmp_path / "khong-co.yaml"))


def own(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_command_line_offers_every_kind_there_is() -> None:
    assert set(RENDERED) == set(KINDS)


def test_sample_is_shown_without_settings_or_daemon(run: Run) -> None:
    told = run("notify", "render", "down")

    assert told.code == 0
    assert told.out.startswith("🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD\n")
    assert "dòng đầu 32 ký tự" in told.err


def test_mail_is_shown_in_english_with_its_subject(run: Run) -> None:
    told = run("notify", "render", "mass", "--channel", "email", "--lang", "en")

    assert told.code == 0
    assert told.out.startswith("[GSHT] Large outage 5/14 communes – TSLCD")
    assert "Dear reader," in told.out


def test_bulletin_cannot_be_about_an_incident(run: Run) -> None:
    told = run("notify", "render", "brief", "--incident", "SC-2026-0001")

    assert told.code == 2
    assert "không nói về một sự cố" in told.err


def test_own_template_is_used_and_its_fault_shown(run: Run, config: Path, tmp_path: Path) -> None:
    own(tmp_path / "mau", "vi/down.txt.j2", "{{ headline }}\n{{ khong_co }}\n")
    config.write_text(
        f"{config.read_text(encoding='utf-8')}\ntemplates: {tmp_path / 'mau'}\n", encoding="utf-8"
    )

    told = run("notify", "render", "down", "--config", config)

    assert told.code == 1
    assert "Ảnh hưởng:" in told.out
    assert "down.txt.j2:2: UndefinedError" in told.err


def test_shipped_templates_have_no_fault() -> None:
    longest, errors, warnings = look_at_messages(None, HEAD)

    assert (errors, warnings) == ([], [])
    assert 1_000 < longest <= 1_900


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("{{ headline }}\n\n{{ khong_co }}\n", 3, "dùng tên không có"),
        ("{{ headline }}\n{% if %}\n", 2, "sai cú pháp"),
        ("{{ headline }}\n{{ facts.code | la }}\n", 2, "dùng bộ lọc không có"),
        ("{{ ().__class__.__mro__ }}\n", 1, "dùng thứ không được phép"),
    ],
)
def test_fault_of_an_own_template_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = own(tmp_path, "vi/late.txt.j2", text)

    _, errors, _ = look_at_messages(tmp_path, HEAD)

    assert {(error.file, error.line) for error in errors} == {(str(path), line)}
    assert errors[0].message.startswith(said)


def test_file_that_no_message_uses_is_warned_of(tmp_path: Path) -> None:
    own(tmp_path, "vi/doww.txt.j2", "{{ headline }}\n")

    _, errors, warnings = look_at_messages(tmp_path, HEAD)

    assert not errors
    assert [warning.hint for warning in warnings] == ["có phải 'vi/down.txt.j2'?"]


def test_first_line_that_a_lock_screen_cuts_is_warned_of(tmp_path: Path) -> None:
    own(tmp_path, "vi/late.txt.j2", "{{ 'x' * 51 }}\n{{ facts.code }}\n")

    _, errors, warnings = look_at_messages(tmp_path, HEAD)

    assert not errors
    assert warnings
    assert "dài quá 50 ký tự" in warnings[0].message


def test_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    _, errors, _ = look_at_messages(tmp_path / "khong", HEAD)

    assert "không có thư mục" in errors[0].message
