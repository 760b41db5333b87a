"""`probe`: one measurement from this machine, on loopback."""

import json
import socket
from pathlib import Path

import pytest

from monitor.cli import measuring
from monitor.cli.probe import host_of
from probes.kinds import KINDS
from tests.monitor.cli.conftest import Run


def test_a_target_is_measured_with_its_checks(run: Run, config: Path) -> None:
    told = run("probe", "21484.cpe", "--config", config)

    assert told.code == 0
    assert told.rows[0][:3] == ["ĐẠT", "21484.cpe/icmp", "127.0.0.3"]
    assert ["21484.cpe/icmp", "received", "2", "số gói trả lời"] in told.rows


def test_a_commune_stands_for_its_line_and_needs_no_marks(run: Run, config: Path) -> None:
    told = run("probe", "dak ro wa", "--config", config, "--json")

    body = json.loads(told.out)
    assert [(item["check"], item["ok"], item["level"]) for item in body["items"]] == [
        ("23308.cpe/icmp", True, "ok")
    ]
    assert body["items"][0]["metrics"]["loss_ratio"] == 0


@pytest.mark.parametrize(
    ("asked", "says", "code"),
    [
        ("ba to", "Xã Ba Tơ (21484, Huyện Ba Tơ); Xã Ba Tô (21523, Huyện Ba Tơ)", 2),
        ("core", "'core' có 2 đối tượng: core.gateway", 2),
        ("khong-co-gi", "không có đối tượng 'khong-co-gi'", 2),
        ("23308.off", "không được giám sát", 1),
    ],
)
def test_a_name_that_does_not_decide_is_not_guessed(
    run: Run, config: Path, asked: str, says: str, code: int
) -> None:
    told = run("probe", asked, "--config", config)

    assert told.code == code
    assert says in told.err


def test_a_remedy_is_written_as_it_is_typed(run: Run) -> None:
    told = run("probe", "--address", "127.0.0.1", "--kind", "interfaces", "--set", "interfaces=lo")

    assert told.code == 2
    assert told.err.splitlines() == [
        "lỗi: --set interfaces: cần danh sách, đang là 'lo'",
        "cách sửa: viết --set 'interfaces=[lo]'",
    ]


def test_an_address_needs_no_configuration(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = run(
            "probe", "--address", "127.0.0.1", "--kind", "tcp", "--set", f"port={listener.getsockname()[1]}"
        )

    assert told.code == 0
    assert told.rows[0][0] == "ĐẠT"


def test_a_failed_measurement_is_code_one_with_its_reason(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    told = run("probe", "--address", f"127.0.0.1:{port}", "--kind", "tcp")

    assert told.code == 1
    assert told.rows[0][0] == "Không đạt"
    assert told.rows[0][4] == "từ chối kết nối"


def test_what_only_looks_like_a_date_or_a_number_is_text(run: Run) -> None:
    for value in ("2024-13-45", "0x_", "[" * 2_000):
        told = run(
            "probe",
            "--kind",
            "http",
            "--address",
            "http://127.0.0.1:1/",
            "--set",
            f"keyword={value}",
            "--json",
        )

        assert told.code in {1, 2}, told.err


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("10.51.7.1", "10.51.7.1"),
        ("fe80::1", "fe80::1"),
        ("cong.example", "cong.example"),
        ("https://cong.example/a@b:c", "cong.example"),
        ("https://an:mat-khau@cong.example:8443/", "cong.example"),
        ("http://[::1]:1/", "::1"),
        ("http://cong.example?a=/", "cong.example"),
    ],
)
def test_the_way_is_traced_to_the_host_and_no_password_is_looked_up(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--kind", "tcp"), "cần cổng"),
        (("--kind", "tcp", "--set", "porr=1"), "có phải 'port'?"),
        (("--kind", "tcp", "--set", "port"), "cần KHÓA=GIÁ_TRỊ"),
        (("--kind", "http"), "--address https://"),
        (("--kind", "http", "--set", "expected_statuses=OK"), "cần mã trạng thái"),
        (("--kind", "snmp", "--set", "version=3"), "SNMP phiên bản 3 cần user"),
        (("--timeout", "0"), "--timeout: giá trị không hợp lệ '0'"),
        (("--timeout", "nan"), "--timeout: giá trị không hợp lệ 'nan'"),
    ],
)
def test_wrong_options_are_told(run: Run, arguments: tuple[str, ...], says: str) -> None:
    told = run("probe", "--address", "127.0.0.1", *arguments)

    assert told.code == 2
    assert says in told.err


def test_the_path_is_printed_beside_the_measurement(run: Run) -> None:
    told = run("probe", "--address", "127.0.0.1", "--path", "--set", "count=1", "--json")

    (hop,) = json.loads(told.out)["path"]["hops"]
    assert (hop["distance"], hop["address"]) == (1, "127.0.0.1")
    assert 0 < hop["rttS"] < 1


def test_a_path_to_a_name_without_address_is_told_and_not_fatal(run: Run) -> None:
    told = run("probe", "--address", "http://[::1]:1/", "--kind", "http", "--path")

    assert told.code == 1
    assert told.rows[0][0] == "Không đạt"


def test_addresses_of_a_simulation_are_not_asked_from_outside(run: Run, config: Path) -> None:
    config.write_text(config.read_text() + "simulated: true\n")

    told = run("probe", "21484.cpe", "--config", config)

    assert told.code == 2
    assert "mạng mô phỏng" in told.err


def test_every_kind_can_be_tried() -> None:
    assert set(measuring.KINDS) == set(KINDS)
