"""`heartbeat list` and `token`, and what check-config says of beats."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from monitor.inputs.heartbeats import make_token
from tests.monitor.cli.conftest import INVENTORY, SETTINGS, Run
from tests.probes.certificates import make_authority

SECRET = "khoa-cua-phep-thu-0123456789"
KIOSK = """\
  23308.kiosk: {name: Kiosk Đăk Rơ Wa, unit: "23308", profile: counter}
  23308.quay: {name: Quầy 1, unit: "23308", profile: counter, checks: {beat: {address: PC-7, options: {token_serial: 2}}}}
"""
PROFILE = """\
profiles:
  counter: {layer: kiosk, checks: {beat: {kind: heartbeat}}}
"""
BEATS = """\
heartbeats:
  http: {port: 8443}
  mqtt: {}
"""


@pytest.fixture
def beating(config: Path) -> Path:
    """Settings with both ways and two assets."""
    (config.parent / "danh-muc" / "10.yaml").write_text(INVENTORY.replace("profiles:\n", PROFILE) + KIOSK)
    config.write_text(SETTINGS + BEATS)
    write_key(config, SECRET)
    return config


def write_key(config: Path, text: str) -> None:
    folder = config.parent / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "heartbeat-key").write_text(text)
    (folder / "heartbeat-key").chmod(0o600)


def test_a_token_comes_alone_on_its_line_with_lines_to_try_it(run: Run, beating: Path) -> None:
    told = run("heartbeat", "token", "23308.kiosk", "--config", beating)
    token = make_token(SECRET.encode(), "23308.kiosk", 1)

    assert told.code == 0
    assert told.out == f"{token}\n"
    lines = [line.strip() for line in told.err.splitlines() if line.startswith("  ")]
    typed, sent = zip(*(line.split(" | ") for line in lines), strict=True)
    assert not any(token in line for line in sent)  # whoever is on that machine sees the command lines
    assert {shlex.split(line)[0] for line in typed} == {"printf"}  # built into every shell
    assert [shlex.split(line)[0] for line in sent] == ["curl", "mosquitto_pub"]
    assert shlex.split(sent[0])[-1] == "http://127.0.0.1:8443/beat"
    assert json.loads(shlex.split(sent[0])[-2]) == {"asset": "23308.kiosk", "app_alive": True}
    assert json.loads(shlex.split(typed[1])[-1])["token"] == token
    assert "tslcd/beats/23308.kiosk" in shlex.split(sent[1])
    assert "token_serial" in told.err


def test_the_serial_is_part_of_the_token(run: Run, beating: Path) -> None:
    told = run("heartbeat", "token", "PC-7", "--config", beating, "--json")

    said = json.loads(told.out)
    assert (said["schema"], said["serial"]) == ("heartbeat-token/1", 2)
    assert said["token"] == make_token(SECRET.encode(), "PC-7", 2)


def test_an_unknown_asset_gets_no_token(run: Run, beating: Path) -> None:
    told = run("heartbeat", "token", "23308.kiosq", "--config", beating)

    assert told.code == 2
    assert "danh mục không có tài sản '23308.kiosq'" in told.err
    assert "23308.kiosk" in told.err


def test_a_key_that_is_missing_or_too_short_is_named(run: Run, beating: Path) -> None:
    write_key(beating, "ngan")
    short = run("heartbeat", "token", "PC-7", "--config", beating)
    (beating.parent / "secrets" / "heartbeat-key").unlink()
    missing = run("heartbeat", "token", "PC-7", "--config", beating)

    assert (short.code, missing.code) == (1, 1)
    assert "khóa ngắn hơn 16 ký tự" in short.err
    assert "'heartbeat-key'" in missing.err


def test_without_ways_there_are_no_tokens(run: Run, beating: Path) -> None:
    beating.write_text(SETTINGS)
    told = run("heartbeat", "token", "PC-7", "--config", beating)

    assert told.code == 1
    assert "chưa có phần heartbeats" in told.err


def test_lists_the_assets(run: Run, beating: Path) -> None:
    told = run("heartbeat", "list", "--config", beating)
    as_json = json.loads(run("heartbeat", "list", "--config", beating, "--json").out)

    assert told.rows == [
        ["23308.kiosk", "Kiosk Đăk Rơ Wa", "180 giây", "1"],
        ["PC-7", "Quầy 1", "180 giây", "2"],
    ]
    assert [item["asset"] for item in as_json["items"]] == ["23308.kiosk", "PC-7"]


def test_check_config_counts_the_assets(run: Run, beating: Path) -> None:
    told = run("check-config", beating)

    assert told.code == 0, told.err
    assert [row[3] for row in told.rows if row[0] == "Nhịp"] == ["2 tài sản"]


def test_check_config_warns_of_assets_that_nobody_listens_to(run: Run, beating: Path) -> None:
    beating.write_text(SETTINGS)
    told = run("check-config", beating)

    assert told.code == 3
    assert "2 tài sản có phép đo heartbeat mà không có đường nhận nhịp" in told.err


def test_check_config_reads_key_and_certificates(run: Run, beating: Path, tmp_path: Path) -> None:
    write_key(beating, "ngan")
    more = "  http: {tls_cert: khong-co.pem, tls_key: khong-co.pem}\n  mqtt: {tls: true, ca_file: khong-co.pem}\n"
    beating.write_text(SETTINGS + "heartbeats:\n" + more)
    wrong = run("check-config", beating)
    authority = make_authority(tmp_path)
    authority.server("nghe")
    write_key(beating, SECRET)
    more = "  http: {host: 0.0.0.0, tls_cert: nghe.pem, tls_key: nghe.pem}\n  mqtt: {tls: true, ca_file: authority.crt}\n"
    beating.write_text(SETTINGS + "heartbeats:\n" + more)
    right = run("check-config", beating)

    assert wrong.code == 1
    assert "heartbeats.key_secret: khóa ngắn" in wrong.err
    assert "heartbeats.http: không đọc được" in wrong.err
    assert "cách sửa: ghi đúng heartbeats.http.tls_cert và heartbeats.http.tls_key" in wrong.err
    assert "heartbeats.mqtt.ca_file" in wrong.err
    assert right.code == 0, right.err


def test_an_asset_of_one_address_is_probed_without_a_daemon_as_our_fault(run: Run, beating: Path) -> None:
    told = run("probe", "23308.kiosk", "--config", beating)
    ad_hoc = run("probe", "--kind", "heartbeat", "--address", "PC-7")

    for each in (told, ad_hoc):
        assert each.code == 1
        assert "không có ai nhận nhịp" in each.out


def test_the_shown_curl_line_is_what_curl_understands(run: Run, beating: Path) -> None:
    told = run("heartbeat", "token", "PC-7", "--config", beating)
    line = next(line.strip() for line in told.err.splitlines() if "curl" in line)
    line = line.replace("http://127.0.0.1:8443/beat", "--noproxy '*' -m 5 http://127.0.0.1:1/beat")

    ended = subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=20)

    assert ended.returncode == 7  # curl's: nobody listens; it understood everything before that
