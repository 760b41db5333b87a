"""`inventory validate` and `inventory schema`."""

import json
from pathlib import Path

from tests.monitor.cli.conftest import INVENTORY, SETTINGS, Run


def test_a_sound_inventory_is_counted(run: Run, config: Path) -> None:
    told = run("inventory", "validate", "--config", config)

    assert told.code == 0
    assert told.out == "4 đơn vị, 6 đối tượng, 5 phép đo\n"
    assert told.err == "Kết quả: 0 lỗi, 0 cảnh báo\n"


def test_paths_need_no_settings(run: Run, config: Path) -> None:
    config.unlink()

    assert run("inventory", "validate", config.parent / "danh-muc").code == 0
    assert run("inventory", "validate", config.parent / "danh-muc" / "10.yaml").code == 0


def test_a_path_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    told = run("inventory", "validate", tmp_path / "khong-co")

    assert told.code == 2
    assert f"không có {tmp_path}/khong-co" in told.err


def test_the_inventory_is_checked_while_the_settings_are_wrong_elsewhere(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "web: {host: 0.0.0.0}\n")

    assert run("inventory", "validate", "--config", config).code == 0


def test_all_errors_come_at_once_with_their_remedies(run: Run, config: Path) -> None:
    file = config.parent / "danh-muc" / "20.yaml"
    file.write_text(
        "targets:\n"
        "  x.a: {name: A, unit: 21485, profile: any, address: 127.0.0.9}\n"
        "  x.b: {name: B, unit: core, profile: any, address: 127.0.0.10:80}\n"
    )

    told = run("inventory", "validate", "--config", config)

    assert told.code == 1
    assert told.err.splitlines() == [
        f"lỗi: {file}:2: targets.x.a.unit: không có đơn vị mã '21485'",
        "  cách sửa: có phải '21484' (Xã Ba Tơ)?",
        f"lỗi: {file}:3: targets.x.b.address: '127.0.0.10:80' có cả cổng, ở đây chỉ ghi địa chỉ",
        (
            "  cách sửa: ghi address: 127.0.0.10; cổng thuộc về phép đo: options: {port: 80}, "
            'hoặc address: "{address}:80" của phép đo'
        ),
        "Kết quả: 2 lỗi, 0 cảnh báo",
    ]


def test_warnings_alone_are_code_three_and_one_if_asked(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "10.yaml").write_text(INVENTORY.replace(", anchor: true", ""))

    told = run("inventory", "validate", "--config", config)
    fatal = run("inventory", "validate", "--config", config, "--lint-fatal")

    assert (told.code, fatal.code) == (3, 1)
    assert told.err.startswith(f"cảnh báo: {config.parent}/danh-muc:1: targets: chỉ có 0 mốc")
    assert fatal.err.startswith(f"lỗi: {config.parent}/danh-muc:1: targets: chỉ có 0 mốc")


def test_a_policy_of_nobody_is_told_when_the_settings_are_there(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "10.yaml").write_text(
        INVENTORY.replace("kind: icmp,", "kind: icmp, policy: zalo,")
    )

    assert run("inventory", "validate", "--config", config).code == 1
    assert run("inventory", "validate", config.parent / "danh-muc").code == 0


def test_programs_get_objects(run: Run, config: Path) -> None:
    file = config.parent / "danh-muc" / "20.yaml"
    file.write_text("defaults: {interval_s: 0}\n")

    told = run("inventory", "validate", "--config", config, "--json")

    assert told.code == 1
    assert json.loads(told.out) == {
        "schema": "inventory-validate/1",
        "ok": False,
        "errors": [
            {
                "file": str(file),
                "line": 1,
                "path": "defaults.interval_s",
                "message": "phải từ 1 trở lên, đang là 0",
                "hint": "tính bằng giây: 5 phút viết 300",
            }
        ],
        "warnings": [],
    }


def test_prints_the_schema_of_inventory_and_settings(run: Run) -> None:
    inventory = json.loads(run("inventory", "schema").out)
    settings = json.loads(run("inventory", "schema", "--settings").out)

    assert inventory["$schema"] == settings["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "targets" in inventory["properties"]
    assert "state_dir" in settings["properties"]


def test_a_unit_is_shown_with_its_people_but_not_to_programs(run: Run, config: Path) -> None:
    contacts = config.parent / "danh-ba.yaml"
    contacts.write_text("contacts: {21484: [{name: Nguyễn Văn A, role: CNTT, phone: 0912345678}]}\n")
    contacts.chmod(0o640)
    config.write_text(SETTINGS + "contacts: danh-ba.yaml\n")

    assert ["Nguyễn Văn A", "CNTT", "0912345678", "", ""] in run(
        "inventory", "show", "21484", "--config", config
    ).rows
    assert "Nguyễn" not in run("inventory", "show", "21484", "--config", config, "--json").out
    assert "Nguyễn" not in run("inventory", "show", "21523", "--config", config).out
