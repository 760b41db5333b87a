"""`check-config` and `daemon -C` on real files."""

import json
import re
from pathlib import Path

import pytest

from tests.monitor.cli.conftest import INVENTORY, SETTINGS, Run
from tests.probes.certificates import make_authority


def test_a_sound_configuration_is_summed_up(run: Run, config: Path) -> None:
    told = run("check-config", config)

    assert told.code == 0
    assert [row[:1] + row[2:3] for row in told.rows] == [
        ["Cấu hình", "ĐẠT"],
        ["Bí mật", "ĐẠT"],
        ["Danh mục", "ĐẠT"],
        ["Mẫu tin", "ĐẠT"],
    ]
    assert told.rows[2][3] == "3 xã, phường, đặc khu, 5 đối tượng được giám sát, 5 phép đo, 2 lớp"
    assert told.err == "Kết quả: 0 lỗi, 0 cảnh báo\n"


def test_all_errors_come_at_once_with_file_and_line(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "20.yaml").write_text(
        "targets:\n  x.a: {name: A, unit: nowhere, profile: any, address: 127.0.0.1}\n"
        "  x.b: {name: B, unit: core, profil: any, address: 127.0.0.1}\n"
    )

    told = run("check-config", config)

    assert told.code == 1
    assert "20.yaml:2: targets.x.a.unit" in told.err
    assert "20.yaml:3: targets.x.b.profil" in told.err
    assert "cách sửa: có phải 'profile'?" in told.err


def test_warnings_alone_are_code_three(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "10.yaml").write_text(INVENTORY.replace(", anchor: true", ""))

    told = run("check-config", config)

    assert told.code == 3
    assert "cảnh báo: " in told.err


def test_a_policy_that_nobody_defined_is_an_error(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "10.yaml").write_text(
        INVENTORY.replace("kind: icmp,", "kind: icmp, policy: zalo,")
    )

    told = run("check-config", config)

    assert told.code == 1
    assert (
        f"{config.parent}/danh-muc/10.yaml:12: profiles.any.checks.icmp.policy: "
        "không có chính sách 'zalo' trong alerting.policies của cấu hình"
    ) in told.err
    assert "thêm 'zalo: {}' vào alerting.policies nếu chỉ ghi nhận" in told.err


def test_a_calendar_that_the_inventory_lacks_is_an_error_at_its_line(run: Run, config: Path) -> None:
    policies = "alerting:\n  policies:\n    default: {steps: []}\n    record-only: {calendar: hanhchinh}\n"
    before = SETTINGS.partition("alerting:")[0]
    config.write_text(before + policies)

    told = run("check-config", str(config))

    assert told.code == 1
    line = (before + policies).count("\n")
    assert f"{config}:{line}: alerting.policies.record-only.calendar: không có lịch 'hanhchinh'" in told.err
    assert "có phải 'hanh-chinh'?" in told.err


def test_a_missing_secret_is_an_error_and_its_value_is_never_shown(run: Run, config: Path) -> None:
    secrets = config.parent / "secrets"
    secrets.mkdir()
    (secrets / "influx").write_text("TOP-SECRET\n")
    (secrets / "influx").chmod(0o600)
    config.write_text(
        SETTINGS + "influx: {url: http://127.0.0.1:1, token_secret: influx}\n"
        "email: {host: 127.0.0.1, sender: a@b.vn, username: u, password_secret: smtp}\n"
    )

    told = run("check-config", config)

    assert told.code == 1
    assert (
        f"{config}:{len(config.read_text().splitlines())}: email.password_secret: bí mật 'smtp': không có tệp này"
        in told.err
    )
    assert "influx.token_secret" not in told.err
    assert "TOP-SECRET" not in told.out + told.err


def test_an_inventory_may_not_name_a_secret_of_the_settings(run: Run, config: Path) -> None:
    """Whoever may write it would have the password of the mail sent to any address, in a header."""
    secrets = config.parent / "secrets"
    secrets.mkdir()
    (secrets / "smtp").write_text("TOP-SECRET\n")
    (secrets / "smtp").chmod(0o600)
    config.write_text(
        SETTINGS + "email: {host: 127.0.0.1, sender: a@b.vn, username: u, password_secret: smtp}\n"
    )
    stolen = config.parent / "danh-muc" / "20.yaml"
    stolen.write_text(
        "targets:\n  x.a:\n    name: A\n    unit: core\n    profile: any\n    address: 127.0.0.1\n"
        '    checks: {web: {kind: http, address: "http://192.0.2.9/", options: {header_secrets: {X-A: smtp}}}}\n'
    )

    told = run("check-config", config)

    assert told.code == 1
    assert (
        f"{stolen}:2: targets.x.a: phép đo x.a/web cần bí mật 'smtp': "
        "là bí mật riêng của cấu hình (email.password_secret), danh mục không được dùng"
    ) in told.err
    assert "cách sửa: dùng tài khoản khác cho phép đo này và cất nó dưới tên khác" in told.err
    assert "TOP-SECRET" not in told.out + told.err


def test_checks_that_would_never_be_measured_are_told_at_their_line(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + 'probes: {allowed: [127.0.0.0/8, 10.51.0.0/16, "*.tinh.vn"]}\n')
    strangers = config.parent / "danh-muc" / "20.yaml"
    strangers.write_text(
        "targets:\n"
        "  x.a: {name: A, unit: core, profile: any, address: 10.51.7.1}\n"
        "  x.b:\n    name: B\n    unit: core\n    profile: any\n    address: 10.52.7.1\n"
        "    checks: {cong: {kind: tcp, options: {port: 80}}}\n"
        "  x.c:\n    name: C\n    unit: core\n    profile: any\n    address: khac.vn\n"
        '    checks: {web: {kind: http, address: "http://[fd00::9]:81/"}}\n'
        "  x.d: {name: D, unit: core, profile: any, address: 169.254.169.254}\n"
    )

    told = run("check-config", config)

    assert told.code == 3
    assert (
        f"{strangers}:3: targets.x.b: phép đo x.b/icmp (và 1 phép đo khác) sẽ chưa rõ mãi: "
        "không hỏi 10.52.7.1: nơi chưa khai, không được phép\n"
        "  cách sửa: nếu đúng là nơi cần đo, khai trong probes.allowed"
    ) in told.err
    assert "targets.x.c: phép đo x.c/web sẽ chưa rõ mãi: không hỏi fd00::9: nơi chưa khai" in told.err
    assert (
        "targets.x.d: phép đo x.d/icmp sẽ chưa rõ mãi: không hỏi 169.254.169.254: địa chỉ đặc biệt"
        in told.err
    )
    assert told.err.count("sẽ chưa rõ mãi") == 3


def test_programs_get_the_problems_as_json(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "provinc: x\n")

    told = run("daemon", "-C", "--config", config, "--json")
    body = json.loads(told.out)

    assert told.code == 1
    assert not body["ok"]
    assert [(error["line"], error["path"]) for error in body["errors"]] == [(6, "provinc")]


def test_the_daemon_does_not_start_on_a_wrong_configuration(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "provinc: x\n")

    told = run("daemon", "--config", config)

    assert told.code == 1
    assert "provinc" in told.err


def test_client_commands_point_to_check_config(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "provinc: x\n")

    told = run("status", "--config", config)

    assert told.code == 1
    assert "tslcd-monitor check-config" in told.err


def test_a_wrong_setting_hides_neither_the_inventory_nor_the_secrets(run: Run, config: Path) -> None:
    (config.parent / "danh-muc" / "20.yaml").write_text("targets: {x.a: {name: A, unit: 9}}\n")
    secrets = config.parent / "secrets"
    secrets.mkdir()
    (secrets / "influx").write_text("TOP-SECRET\n")
    (secrets / "influx").chmod(0o644)
    config.write_text(
        SETTINGS + "web: {host: 0.0.0.0}\nalerting: []\n"
        "influx: {url: 'http://127.0.0.1:1', token_secret: influx}\n"
    )

    told = run("check-config", config)

    assert told.code == 1
    assert [row[0] for row in told.rows if row[2] == "LỖI"] == ["Cấu hình", "Bí mật", "Danh mục"]
    assert f"{config}:6: web.host: trang web có đăng nhập" in told.err
    assert (
        f"{config}:8: influx.token_secret: bí mật 'influx': người khác đọc được tệp (quyền 0644)\n"
        f"  cách sửa: chạy chmod 600 {secrets}/influx\n"
    ) in told.err
    assert "20.yaml:1: targets.x.a.unit: không có đơn vị mã '9'" in told.err
    assert "chính sách" not in told.err  # nobody knows which there are


def test_contacts_are_a_part_and_no_person_is_shown(run: Run, config: Path) -> None:
    contacts = config.parent / "danh-ba.yaml"
    contacts.write_text("contacts: {21484: [{name: Nguyễn Văn A}], 21485: [{name: Trần Thị B}]}\n")
    contacts.chmod(0o640)
    config.write_text(SETTINGS + "contacts: danh-ba.yaml\n")

    told = run("check-config", config)

    assert [row[2:] for row in told.rows if row[0] == "Danh bạ"] == [["LỖI", "2 người của 2 đơn vị"]]
    assert f"{contacts}:1: contacts.21485: không có đơn vị mã này" in told.err
    assert "có phải '21484' (Xã Ba Tơ)?" in told.err
    assert "Nguyễn" not in told.out + told.err


def test_contacts_that_others_may_read_are_refused(run: Run, config: Path) -> None:
    contacts = config.parent / "danh-ba.yaml"
    contacts.write_text("contacts: {}\n")
    contacts.chmod(0o644)
    config.write_text(SETTINGS + "contacts: danh-ba.yaml\n")

    assert f"chạy chmod 640 {contacts}" in run("check-config", config).err


def test_the_daemon_tells_why_it_does_not_start_as_check_config_does(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "provinc: x\n")

    told = run("daemon", "--config", config)

    assert f"lỗi: {config}:6: provinc: không có khóa này\n  cách sửa: có phải 'province'?\n" in told.err


def test_a_wrong_key_leaves_the_rest_of_its_section(run: Run, config: Path) -> None:
    config.write_text(
        SETTINGS
        + "email: {host: 127.0.0.1, sender: a@b.vn, username: u, password_secret: smtp, password: x}\n"
    )

    told = run("check-config", config)

    assert (
        f"{config}:6: email.password: không có khóa này\n  cách sửa: có phải 'password_secret'?" in told.err
    )
    assert f"{config}:6: email.password_secret: bí mật 'smtp': không có tệp này" in told.err


def test_own_sentences_and_an_own_template_are_looked_at(run: Run, config: Path) -> None:
    (config.parent / "cau.yaml").write_text("H1: {off: maybe}\n")
    (config.parent / "mau.docx").write_bytes(b"no document")
    config.write_text(f"{SETTINGS}report: {{sentences: cau.yaml, template: mau.docx}}\n")

    told = run("check-config", config)

    verdicts = {row[0]: row[2] for row in told.rows}
    assert told.code == 1
    assert (verdicts["Câu báo cáo"], verdicts["Mẫu báo cáo"]) == ("LỖI", "CẢNH BÁO")
    assert "cau.yaml:1" in told.err
    assert "mau.docx" in told.err


def test_a_certificate_that_does_not_fit_its_key_is_an_error_at_its_line(run: Run, config: Path) -> None:
    authority = make_authority(config.parent)
    for name in ("good", "other"):
        authority.server(name)
    config.write_text(f"{SETTINGS}web: {{tls_cert: good.pem, tls_key: good.pem}}\n")
    assert run("check-config", config).code == 0
    config.write_text(f"{SETTINGS}web: {{tls_cert: good.pem, tls_key: other.pem}}\n")

    told = run("check-config", config)

    assert told.code == 1
    line = SETTINGS.count("\n") + 1
    assert f"{config}:{line}: web.tls_cert: " in told.err
    assert (
        "không phải một cặp chứng thư và khóa PEM\n  cách sửa: ghi đúng web.tls_cert và web.tls_key"
        in told.err
    )


def test_authorities_of_the_central_sign_on_that_are_none_are_an_error_at_their_line(
    run: Run, config: Path
) -> None:
    authority = config.parent / "tinh.pem"
    authority.write_text("not PEM")
    config.write_text(
        f"{SETTINGS}web:\n  url: https://giam-sat.example\n"
        "  oidc:\n    issuer: https://sso.example\n    client_id: giam-sat\n    ca_file: tinh.pem\n"
    )

    told = run("check-config", config)

    assert told.code == 1
    line = SETTINGS.count("\n") + 6
    assert (
        f"{config}:{line}: web.oidc.ca_file: {authority} không đọc được hoặc không phải PEM\n"
        "  cách sửa: ghi đúng tệp PEM"
    ) in told.err


def test_a_file_that_systemd_would_not_hand_over_is_an_error(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = config.parent / "credentials"
    folder.mkdir(mode=0o700)
    (folder / "mật-khẩu-thư").write_text("x")
    config.write_text(re.sub("secrets_dir: .*", "secrets_dir: credentials", SETTINGS))
    assert run("check-config", config).code == 0, "only what the unit names is handed over"
    monkeypatch.setattr("monitor.cli.check_config.KEPT_IN", folder)

    told = run("check-config", config)

    assert told.code == 1
    assert f"{folder}/mật-khẩu-thư:1: systemd không nhận tên tệp này" in told.err
    assert "243/CREDENTIALS" in told.err
