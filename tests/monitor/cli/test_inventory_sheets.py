import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from inventory.loader import load
from monitor.cli import main
from tests.inventory.sheet.conftest import xlsx

UNITS = """
areas: {qn: {name: Quảng Ngãi (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn, former_district: Huyện Ba Tơ}
"""
HEADER = ["Mã đơn vị", "Tên đơn vị", "Loại thiết bị", "Địa chỉ", "Có thiết bị"]


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    folder = tmp_path / "danh-muc"
    folder.mkdir()
    (folder / "10-units.yaml").write_text(UNITS)
    return folder


def sheet(tmp_path: Path, *rows: list[object]) -> Path:
    path = tmp_path / "danh-sach.xlsx"
    path.write_bytes(xlsx(HEADER, *rows))
    return path


def test_from_an_empty_skeleton_to_a_running_inventory(
    skeleton: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = tmp_path / "mau.xlsx"
    assert main(["inventory", "template", str(form), "--inventory", str(skeleton)]) == 0
    book = openpyxl.load_workbook(form)
    for number in range(2, 8):
        book["Thiết bị"][f"F{number}"] = f"10.51.{number}.1"
    book.save(form)

    assert main(["inventory", "import", str(form), "--inventory", str(skeleton)]) == 0

    assert len(load([skeleton]).targets) == 6
    assert "Đọc 6 dòng: 6 mới, 0 thay đổi, 0 chờ trả lời." in capsys.readouterr().out
    first = (skeleton / "60-nhap-excel.yaml").read_bytes()
    assert main(["inventory", "import", str(form), "--inventory", str(skeleton)]) == 0
    assert (skeleton / "60-nhap-excel.yaml").read_bytes() == first


def test_doubtful_rows_go_into_a_list_beside_the_sheet(
    skeleton: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2"], [None, "Ba To", "switch", "10.51.8.2"])

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton)]) == 1

    told = capsys.readouterr()
    assert "hỏi: Thiết bị, B3: tên 'Ba To' là Ba Tơ (21484) hay Ba Tô (21523)?" in told.err
    rows = list(csv.reader(io.StringIO((tmp_path / "danh-sach-can-xem.csv").read_text("utf-8-sig"))))
    assert rows[1][:5] == ["Thiết bị", "3", "B3", "Tên đơn vị", "Ba To"]
    assert list(load([skeleton]).targets) == ["21484.switch"]


def test_a_dry_run_writes_nothing(skeleton: Path, tmp_path: Path) -> None:
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2"], [None, "Ba To", "switch", "10.51.8.2"])
    before = sorted(tmp_path.rglob("*"))

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton), "--dry-run"]) == 1

    assert sorted(tmp_path.rglob("*")) == before


def test_values_that_are_there_are_replaced_only_when_somebody_says_so(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "rieng"
    own.mkdir()
    config.write_text(config.read_text().replace("[danh-muc]", "[danh-muc, rieng]"))
    path = sheet(tmp_path, [21484, None, "any", "127.0.0.9"])
    command = ["inventory", "import", str(path), "--config", str(config)]
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert main(command) == 2
    assert "thêm --yes" in capsys.readouterr().err
    assert list(own.iterdir()) == []

    assert main([*command, "--yes"]) == 0
    assert "21484.cpe\tĐịa chỉ\t127.0.0.3\t127.0.0.9" in capsys.readouterr().out
    assert load([tmp_path / "danh-muc", own]).targets["21484.cpe"].address == "127.0.0.9"


def test_programs_read_what_happened(
    skeleton: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2"], [21523, None, "swich", "10.51.8.2"])

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton), "-o", "json"]) == 1

    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["written"], told["added"]) == ("inventory-import/1", True, ["21484.switch"])
    assert told["questions"][0]["cell"] == "C3"
    assert told["questions"][0]["candidates"] == ["Switch mạng nội bộ (switch)"]


@pytest.mark.parametrize("name", ["ra.xlsx", "ra.csv"])
def test_an_export_comes_back_as_it_was(config: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    assert main(["inventory", "export", str(path), "--config", str(config)]) == 0
    assert main(["inventory", "import", str(path), "--config", str(config)]) == 0

    assert [file.name for file in (tmp_path / "danh-muc").iterdir()] == ["10.yaml"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "khong-co.xlsx"], 2, "không có tệp khong-co.xlsx"),
        (["export", "ra.pdf"], 2, "tên tệp kết thúc bằng .xlsx hoặc .csv"),
        (["template", "mau.xlsx", "--profiles", "tslcd-cep"], 2, "có phải 'tslcd-cpe'?"),
        (["import", "{here}/cu.xls"], 1, "kiểu cũ"),
        (["import", "{here}/a.csv", "--as", "../x.yaml"], 2, "tên tệp '../x.yaml' không dùng được"),
    ],
)
def test_says_what_is_wrong_and_how_to_mend_it(
    arguments: list[str],
    code: int,
    words: str,
    skeleton: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "cu.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "a.csv").write_text("Mã đơn vị,Địa chỉ\n21484,10.51.7.1\n")
    filled = [argument.format(here=tmp_path) for argument in arguments]

    assert main(["inventory", *filled, "--inventory", str(skeleton)]) == code

    told = capsys.readouterr().err
    assert words in told
    assert "cách sửa: " in told


def test_the_shipped_folder_is_never_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import inventory  # noqa: PLC0415

    path = sheet(tmp_path, [21484, None, "kiosk", "10.51.7.9"])
    shipped = Path(inventory.__file__).parent / "quangngai"

    assert main(["inventory", "import", str(path), "--inventory", str(shipped)]) == 2
    assert "--into" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(skeleton: Path, tmp_path: Path) -> None:
    path = tmp_path / "khong-co" / "mau.xlsx"

    assert main(["inventory", "template", str(path), "--inventory", str(skeleton)]) == 1


@pytest.mark.usefixtures("capsys")
def test_a_filled_form_is_not_overwritten_without_asking(skeleton: Path, tmp_path: Path) -> None:
    path = tmp_path / "mau.xlsx"
    path.write_bytes(b"quan trong")

    assert main(["inventory", "template", str(path), "--inventory", str(skeleton)]) == 2
    assert path.read_bytes() == b"quan trong"


@pytest.mark.usefixtures("capsys")
def test_comments_of_a_hand_are_not_dropped_without_asking(skeleton: Path, tmp_path: Path) -> None:
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])
    (skeleton / "20.yaml").write_text("# của anh Tư\ncircuits: {}\n")
    arguments = ["inventory", "import", str(path), "--inventory", str(skeleton), "--as", "20.yaml"]

    assert main(arguments) == 2
    assert (skeleton / "20.yaml").read_text().startswith("# của anh Tư")

    assert main([*arguments, "--yes"]) == 0
    assert "21484.switch" in load([skeleton]).targets


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_what_another_person_imports_meanwhile_is_not_lost(
    skeleton: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = skeleton / "60-nhap-excel.yaml"
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])
    assert main(["inventory", "import", str(path), "--inventory", str(skeleton)]) == 0

    class Hesitant(Terminal):
        def readline(self, size: int | None = -1, /) -> str:
            file.write_text(file.read_text() + "# của người khác\n")
            return super().readline(size)

    monkeypatch.setattr("sys.stdin", Hesitant("có\n"))
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.3", None])

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton)]) == 1
    assert file.read_text().endswith("# của người khác\n")
    assert "nhập lại" in capsys.readouterr().err


def on_a_full_disk(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that cannot write files beyond 8 KiB."""
    command = [
        "bash",
        "-c",
        'ulimit -f 8; exec "$@"',
        "-",
        sys.executable,
        "-B",
        "-m",
        "monitor.cli",
        "inventory",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def test_a_disk_too_full_to_try_things_out_is_told(skeleton: Path, tmp_path: Path) -> None:
    (skeleton / "20.yaml").write_text("# dài\n" * 5_000)
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])

    ended = on_a_full_disk("import", str(path), "--inventory", str(skeleton))

    assert (ended.returncode, "TMPDIR" in ended.stderr) == (1, True)
    assert not (skeleton / "60-nhap-excel.yaml").exists()


def test_a_form_for_a_folder_that_is_not_there_is_told_in_vietnamese(skeleton: Path, tmp_path: Path) -> None:
    form = tmp_path / "khong-co" / "mau.xlsx"
    command = [sys.executable, "-B", "-m", "monitor.cli", "inventory", "template", str(form)]

    ended = subprocess.run(
        [*command, "--inventory", str(skeleton)], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert f"không ghi được {form}: không có tệp hoặc thư mục này" in ended.stderr
    assert "cách sửa: " in ended.stderr


def test_a_new_folder_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    ended = on_a_full_disk("init", str(tmp_path / "moi"), "--province", "51")

    assert ended.returncode != 0
    assert "không ghi được vào" in ended.stderr
    assert "tệp vượt cỡ được phép (ulimit -f)" in ended.stderr
    assert [path for path in (tmp_path / "moi").rglob("*") if path.is_file()] == []


def test_the_file_stays_readable_for_whom_it_was(skeleton: Path, tmp_path: Path) -> None:
    file = skeleton / "60-nhap-excel.yaml"
    file.write_text("")
    file.chmod(0o664)
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton)]) == 0

    assert file.stat().st_mode & 0o777 == 0o664


def test_the_list_of_questions_goes_once_they_are_answered(
    skeleton: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "danh-sach-can-xem.csv"
    command = ["inventory", "import", str(tmp_path / "danh-sach.xlsx"), "--inventory", str(skeleton)]
    sheet(tmp_path, [21484, None, "switch", "10.51.7", None])
    assert main(command) == 1
    # As Excel saves it in a Vietnamese Windows.
    questions.write_text(questions.read_text().replace(",", ";"))
    sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])
    assert main([*command, "--dry-run"]) == 0
    assert questions.exists()
    capsys.readouterr()

    assert main(command) == 0

    assert not questions.exists()
    assert f"Đã xóa {questions}: các câu hỏi trong đó đã trả lời hết." in capsys.readouterr().err


def test_a_file_of_somebody_else_is_not_taken_for_the_list_of_questions(
    skeleton: Path, tmp_path: Path
) -> None:
    (tmp_path / "danh-sach-can-xem.csv").write_text("Xã,Việc\nBa Tơ,gọi\n")
    path = sheet(tmp_path, [21484, None, "switch", "10.51.7.2", None])

    assert main(["inventory", "import", str(path), "--inventory", str(skeleton)]) == 0

    assert (tmp_path / "danh-sach-can-xem.csv").read_text() == "Xã,Việc\nBa Tơ,gọi\n"


def test_the_next_command_reads_what_this_one_read(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form, skeleton = tmp_path / "mau moi.xlsx", tmp_path / "rieng"
    skeleton.mkdir()
    (skeleton / "10-units.yaml").write_text(UNITS)
    by_folder, by_config = ["--inventory", str(skeleton)], ["--config", str(config)]

    assert main(["inventory", "template", str(form), *by_folder]) == 0
    assert f"import '{form}' --dry-run --inventory {skeleton}\n" in capsys.readouterr().err
    assert main(["inventory", "template", str(form), "--yes", *by_config]) == 0
    assert f"import '{form}' --dry-run --config {config}\n" in capsys.readouterr().err

    path = sheet(tmp_path, [21484, None, "switch", "127.0.0.77", None])
    assert main(["inventory", "import", str(path), *by_folder]) == 0
    assert (
        f"Kiểm tra: tslcd-monitor inventory validate {skeleton}; "
        "đang chạy thì áp dụng: tslcd-monitor inventory apply\n"
    ) in capsys.readouterr().err
    assert main(["inventory", "import", str(path), *by_config]) == 0
    assert (
        f"Kiểm tra: tslcd-monitor check-config --config {config}; "
        f"đang chạy thì áp dụng: tslcd-monitor inventory apply --config {config}\n"
    ) in capsys.readouterr().err


def test_untouched_rows_of_the_form_say_that_nobody_knows(skeleton: Path, tmp_path: Path) -> None:
    form = tmp_path / "mau.xlsx"
    assert main(["inventory", "template", str(form), "--inventory", str(skeleton)]) == 0
    book = openpyxl.load_workbook(form)
    book["Thiết bị"]["F2"] = "10.51.7.1"
    book.save(form)

    assert main(["inventory", "import", str(form), "--inventory", str(skeleton)]) == 0

    targets = load([skeleton]).targets
    assert len(targets) == 6
    assert {target.equipped.value for target in targets.values() if not target.address} == {"unknown"}


def test_who_declines_is_not_told_of_an_error(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("không\n"))
    form = tmp_path / "mau.xlsx"
    form.write_text("đã điền")

    assert main(["inventory", "template", str(form), "--config", str(config)]) == 1

    assert capsys.readouterr().err.endswith("Gõ 'có' để làm, Enter để thôi: Chưa làm gì cả.\n")
    assert form.read_text() == "đã điền"
