"""`inventory diff | apply | versions | rollback | audit` against a running local API."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.monitor.cli.conftest import Run, Told
from tests.monitor.lives_of_inventories import BROKEN, Life
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

Inventory = Callable[..., Told]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.write(4)
    asyncio.run(life.start())
    return life


@pytest.fixture
def inventory(life: Life, run: Run, serve: Callable[[HeldDaemon], Path]) -> Inventory:
    """Run one action of `inventory` against the life's API."""
    snapshot = samples.snapshot_of(samples.province(communes=1))
    socket = serve(HeldDaemon(snapshot, reloading=life.reloading, life_notes=life.notes))
    return lambda *arguments: run("inventory", *arguments, "--socket", socket)


def test_diff_names_what_would_change_and_changes_nothing(life: Life, inventory: Inventory) -> None:
    life.write(5, note="!")

    told = inventory("diff")

    assert told.code == 0
    assert ["+", "đối tượng", "u.t4", "Máy 4!", "Xã Thử", "–", "–", "–"] in told.rows
    assert ["~", "đối tượng", "u.t0", "Máy 0!", "Xã Thử", "tên", "Máy 0", "Máy 0!"] in told.rows
    assert "+1 đối tượng, ~4 đối tượng đổi (4 nội dung khác)" in told.err
    assert "Đang dùng: bản 1" in told.err
    assert life.targets == 4


def test_diff_for_programs(life: Life, inventory: Inventory) -> None:
    life.write(3)

    body = json.loads(inventory("diff", "-o", "json").out)

    assert (body["schema"], body["unwatched"], body["running"]["version"]) == ("inventory-diff/1", 1, 1)
    assert [(item["op"], item["id"]) for item in body["changes"]] == [("removed", "u.t3")]


def test_apply_takes_the_folder_over_and_notes_who(life: Life, inventory: Inventory) -> None:
    life.write(5)

    told = inventory("apply", "--who", "Chị Hoa", "--comment", "thêm một máy")

    assert told.code == 0
    assert "Đã áp dụng." in told.out
    assert life.targets == 5
    assert inventory("audit", "--limit", "1").rows[0][1:3] == ["Chị Hoa", "áp dụng"]


def test_apply_prints_every_problem_and_changes_nothing(life: Life, inventory: Inventory) -> None:
    life.file.write_text(BROKEN)

    told = inventory("apply")

    assert told.code == 1
    assert f"{life.file}:1: sai cú pháp" in told.err
    assert "cách sửa" in told.err
    assert not life.swaps


def test_apply_asks_before_the_watch_of_something_ends(life: Life, inventory: Inventory) -> None:
    life.write(3)

    asked = inventory("apply")
    assert asked.code == 2
    assert "Thôi giám sát 1 đối tượng" in asked.err
    assert "--yes" in asked.err
    assert life.targets == 4

    assert inventory("apply", "--yes").code == 0
    assert life.targets == 3


def test_versions_rollback_and_the_way_back(life: Life, inventory: Inventory) -> None:
    life.write(5)
    inventory("apply")
    assert [row[0] for row in inventory("versions").rows] == ["2", "1"]
    assert inventory("diff", "--version", "1").rows[0][:3] == ["−", "đối tượng", "u.t4"]

    assert inventory("rollback", "1").code == 2
    told = inventory("rollback", "1", "--yes", "--who", "Chị Hoa")

    assert told.code == 0
    assert "đang ghim bản 1" in told.err
    assert life.targets == 4
    assert inventory("versions").rows[1][:2] == ["1", "đang dùng, ghim"]
    assert inventory("apply", "--yes").code == 0
    assert life.targets == 5
    assert [row[2] for row in inventory("audit").rows] == ["áp dụng", "hoàn tác", "áp dụng", "khởi động"]


def test_a_version_that_is_not_there_is_told(inventory: Inventory) -> None:
    told = inventory("rollback", "9", "--yes")

    assert told.code == 1
    assert "không có bản danh mục này" in told.err
    assert "inventory versions" in told.err


def test_long_lists_are_cut_unless_all_is_asked_for(life: Life, inventory: Inventory) -> None:
    life.write(60)

    told = inventory("diff")
    assert len(told.rows) == 40
    assert "… và 16 thay đổi nữa; xem thêm: -o extended" in told.err
    everything = inventory("diff", "-o", "extended")
    assert len(everything.rows) == 56
    assert "thay đổi nữa" not in everything.err

    life.file.write_text("".join(f"khoa-{number}: 1\n" for number in range(30)))
    assert inventory("diff").err.count("lỗi:") == 20
    assert "… và 10 lỗi nữa; xem hết: -o extended" in inventory("apply").err
    assert inventory("diff", "-o", "extended").err.count("lỗi:") == 30


def test_a_start_is_nobodys_doing(inventory: Inventory) -> None:
    assert inventory("versions").rows[0][3:5] == ["–", "khởi động"]
    assert inventory("audit").rows[0][1:3] == ["–", "khởi động"]
    line = inventory("diff").err.splitlines()[-1]
    assert line.startswith("Đang dùng: bản 1")
    assert line.count("khởi động") == 1


def test_a_comment_in_a_file_does_not_change_the_watch(life: Life, inventory: Inventory) -> None:
    life.file.write_text(life.file.read_text() + "# ghi chú\n")

    assert "Thay đổi: không đổi việc giám sát" in inventory("diff").err
    inventory("apply", "--who", "Chị Hoa")
    assert inventory("audit").rows[0][1:3] == ["Chị Hoa", "áp dụng"]
    assert inventory("audit").rows[0][4] == "không đổi việc giám sát"
