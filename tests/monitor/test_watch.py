"""When changed folders are at rest."""

import os
from pathlib import Path

import pytest

from monitor.watch import Watch, signature_of

Line = tuple[str, int, int, int, int, int]


def line(size: int) -> tuple[Line, ...]:
    return (("a.yaml", 1, 1, size, 0, 0),)


def test_it_is_due_once_nothing_has_changed_for_long_enough() -> None:
    watch = Watch(10, line(1))

    assert not watch.is_due(line(1), 100)
    assert not watch.is_due(line(2), 102)
    assert not watch.is_due(line(3), 108)
    assert not watch.is_due(line(3), 117)
    assert watch.is_due(line(3), 118)


def test_what_was_read_is_no_news_whatever_came_of_it() -> None:
    watch = Watch(10, line(1))
    assert not watch.is_due(line(2), 100)
    assert watch.is_due(line(2), 110)

    watch.note_read(line(2))

    assert not watch.is_due(line(2), 200)
    assert not watch.is_due(line(1), 202)
    assert watch.is_due(line(1), 212)


def test_a_change_that_is_taken_back_in_time_is_none() -> None:
    watch = Watch(10, line(1))
    assert not watch.is_due(line(2), 100)
    assert not watch.is_due(line(1), 102)
    assert not watch.is_due(line(1), 200)


@pytest.mark.parametrize("what", ["content", "new", "gone", "renamed", "rights", "fifo", "replaced"])
def test_every_change_of_a_file_that_would_be_read_shows(tmp_path: Path, what: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("x: 1")
    before = signature_of([tmp_path])
    match what:
        case "content":
            os.utime(file, ns=(1, 1))
        case "new":
            (tmp_path / "b.yaml").write_text("")
        case "gone":
            file.unlink()
        case "renamed":
            file.rename(tmp_path / "c.yaml")
        case "rights":
            file.chmod(0o600)
        case "fifo":
            file.unlink()
            os.mkfifo(file)
        case _:
            (tmp_path / "x").write_text("x: 2")
            (tmp_path / "x").rename(file)

    assert signature_of([tmp_path]) != before


def test_what_would_not_be_read_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 1")
    before = signature_of([tmp_path])
    (tmp_path / ".a.yaml.swp").write_text("an editor at work")
    (tmp_path / "a.yaml~").write_text("x: 0")

    assert signature_of([tmp_path]) == before


def test_a_folder_that_is_not_there_or_is_a_file_has_a_signature_too(tmp_path: Path) -> None:
    assert signature_of([tmp_path / "no"]) == ()
    (tmp_path / "a.yaml").write_text("x: 1")
    assert [each[0] for each in signature_of([tmp_path / "a.yaml"])] == [str(tmp_path / "a.yaml")]
