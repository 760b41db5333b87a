"""Files that systemd would not hand over (tests/deploy/test_credentials.py asks systemd itself)."""

from pathlib import Path

import pytest

from monitor.credential_files import refused_credentials


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("thu", False),
        ("OK.Name", False),
        ("mat khau", False),
        ("a.bak", False),
        ("mật-khẩu", True),
        ("a:b", True),
        ("a\tb", True),
        ("x" * 249, False),
        ("x" * 250, True),
        (".ẩn", False),
        ("duoi/thu", False),
        ("dưới/thu", True),
        (".dưới/thư", False),
    ],
)
def test_a_name_that_systemd_does_not_take_is_told_with_its_place(
    tmp_path: Path, name: str, *, is_refused: bool
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    (tmp_path / "tốt").symlink_to(path)  # links are left out

    found = [(each.file, "đổi tên" in each.hint) for each in refused_credentials(tmp_path)]

    shown = str(path).replace("\t", "\\u0009")
    assert found == ([(shown, True)] if is_refused else [])


def test_more_than_a_mebibyte_is_told_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(600_000))
    assert list(refused_credentials(tmp_path)) == []
    (tmp_path / "b").write_bytes(bytes(600_000))

    (problem,) = refused_credentials(tmp_path)
    assert problem.file == str(tmp_path)
    assert "quá 1 MB" in problem.message


def test_a_folder_that_is_not_there_has_nothing_refused(tmp_path: Path) -> None:
    assert list(refused_credentials(tmp_path / "khong-co")) == []
