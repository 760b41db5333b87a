"""One tiny file per rule, with what the operator reads beside it; and what cannot be a small file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory.files.reader import read_document
from inventory.loader import load
from inventory.problem import InventoryError, Problem

FOLDER = Path(__file__).parent
BAD = sorted((FOLDER / "bad").glob("*.yaml"))


def messages(file: Path) -> str:
    with pytest.raises(InventoryError) as caught:
        load([FOLDER / "base.yaml", file])
    return "".join(f"{problem}\n" for problem in caught.value.problems).replace(f"{FOLDER}/", "")


@pytest.mark.parametrize("file", BAD, ids=[file.stem for file in BAD])
def test_refuses_with_exactly_this_message(file: Path) -> None:
    assert messages(file) == file.with_suffix(".txt").read_text()


def test_accepts_what_the_bad_files_are_added_to() -> None:
    assert len(load([FOLDER / "base.yaml"]).targets) == 2


def test_there_is_a_table_of_bad_files() -> None:
    assert len(BAD) >= 75


def refusal(*paths: Path) -> str:
    with pytest.raises(InventoryError) as caught:
        load([FOLDER / "base.yaml", *paths])
    return str(caught.value)


def sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(100_000_000)


def aliases(path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    path.write_text("\n".join(lines))


def bytes_of(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "of-100-mb": (sparse, "a.yaml:1: tệp lớn hơn 10 MB; chia thành nhiều tệp"),
    "fifo": (os.mkfifo, "a.yaml:1: không phải tệp thường; cần một tệp YAML"),
    "folder": (Path.mkdir, "a.yaml:1: là thư mục; cần một tệp YAML"),
    "link": (
        lambda path: path.symlink_to(FOLDER / "base.yaml"),
        "a.yaml:1: là liên kết tượng trưng (symlink); chép tệp thật vào đây",
    ),
    "device": (
        lambda path: path.symlink_to("/dev/zero"),
        "a.yaml:1: là liên kết tượng trưng (symlink); chép tệp thật vào đây",
    ),
    "utf-16-without-a-mark": (
        bytes_of("targets: {}".encode("utf-16-le")),
        "a.yaml:1: có ký tự điều khiển U+0000; xóa ký tự đó",
    ),
    "nul": (bytes_of(b"targets: {}\n\0"), "a.yaml:2: có ký tự điều khiển U+0000; xóa ký tự đó"),
    "surrogate-in-bytes": (
        bytes_of(b"a: 1\nb: \xed\xa0\x80\n"),
        "a.yaml:2: tệp không phải mã UTF-8; lưu lại với mã UTF-8 (không BOM)",
    ),
    "billion-laughs": (
        aliases,
        "a.yaml:6: a5[7]: quá nhiều phần tử (hơn 1000000); bớt bí danh (*tên) hoặc chia tệp",
    ),
    "a-hundred-thousand-brackets": (
        bytes_of(b"targets: " + b"[" * 100_000),
        "a.yaml:1: targets[0][0][0][0][0]: lồng sâu quá 50 cấp; xem lại thụt lề và dấu ngoặc",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_refuses_what_no_editor_wrote(tmp_path: Path, name: str) -> None:
    make, message = UNREADABLE[name]
    make(tmp_path / "a.yaml")

    assert refusal(tmp_path).replace(f"{tmp_path}/", "") == message


def test_refuses_a_hundred_thousand_targets_at_once(tmp_path: Path) -> None:
    units = "".join(f"  u{number}: {{name: Xã, kind: làng, area: qn}}\n" for number in range(1_000))
    made = "".join(f'      "{{code}}.t{n}": {{name: A, profile: switch}}\n' for n in range(100))
    (tmp_path / "a.yaml").write_text(
        f"units:\n{units}each_unit:\n  - select: {{kind: [làng]}}\n    targets:\n{made}"
    )

    assert refusal(tmp_path).replace(f"{tmp_path}/", "") == (
        "a.yaml:1004: each_unit[0].targets: tạo ra hơn 50000 đối tượng; "
        "chia cho nhiều máy giám sát, mỗi tỉnh một máy"
    )


def test_a_file_deleted_before_it_is_read_is_a_problem(tmp_path: Path) -> None:
    assert read_document(tmp_path / "a.yaml").problems == [
        Problem(f"{tmp_path}/a.yaml", 1, "", "không có tệp này (hoặc vừa bị xóa)", "kiểm tra lại đường dẫn")
    ]


def test_windows_line_ends_are_as_good_as_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes((FOLDER / "base.yaml").read_bytes().replace(b"\n", b"\r\n"))

    assert len(load([tmp_path]).targets) == 2
