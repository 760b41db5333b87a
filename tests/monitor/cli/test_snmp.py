"""`snmp walk`, `snmp identify` and `probe --trace`, against a real snmpd on loopback."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator

import pytest
import yaml

from tests.monitor.cli.conftest import Run, Told
from tests.servers.snmpd import Snmpd, running_snmpd

Ask = Callable[..., Told]


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd"), config="sysName Xa-Ba-To") as snmpd:
        yield snmpd


@pytest.fixture
def ask(run: Run, agent: Snmpd, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command that reads the community from standard input."""

    def asked(*arguments: object, community: str = "public") -> Told:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{community}\n"))
        return run(*arguments, "--ask", "--set", f"port={agent.port}")

    return asked


def test_identify_names_the_device_and_the_data_for_it(ask: Ask) -> None:
    told = ask("snmp", "identify", "127.0.0.1")

    assert told.code == 0
    facts = dict(row[:2] for row in told.rows)
    assert facts["Tên (sysName)"] == "Xa-Ba-To"
    assert facts["Mã loại (sysObjectID)"].startswith("1.3.6.1.4.1.8072.")
    assert facts["Dữ liệu OID"].startswith("net-snmp: ")
    snippet = re.search(r"trong danh mục: (checks: .*)", told.err)
    assert snippet
    check = yaml.safe_load(f"{{{snippet[1]}}}")["checks"]["snmp"]
    assert check["options"].keys() == {"device", "port"}
    assert check["options"]["device"] == "net-snmp"


def test_identify_as_json(ask: Ask) -> None:
    body = json.loads(ask("snmp", "identify", "127.0.0.1", "--json").out)

    assert body["schema"] == "snmp-identify/1"
    assert (body["sysName"], body["device"]) == ("Xa-Ba-To", "net-snmp")


def test_walk_prints_a_branch_in_order_and_says_when_it_stopped(ask: Ask) -> None:
    told = ask("snmp", "walk", "127.0.0.1", ".1.3.6.1.2.1.1", "--rows", "4")

    assert told.code == 0
    assert [row[0] for row in told.rows][:2] == ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"]
    assert len(told.rows) == 4
    assert "dừng sớm" in told.err


def test_walk_of_nothing_is_code_one(ask: Ask) -> None:
    told = ask("snmp", "walk", "127.0.0.1", "1.3.6.1.2.1.199")

    assert told.code == 1
    assert "thiết bị không có gì dưới 1.3.6.1.2.1.199" in told.err


@pytest.mark.parametrize("oid", ["sysDescr", "1..3", "", "1", "1.3.4294967296", "1.3.²"])
def test_an_oid_that_is_none_is_wrong_usage(ask: Ask, oid: str) -> None:
    told = ask("snmp", "walk", "127.0.0.1", oid)

    assert told.code == 2
    assert "không phải OID" in told.err


def test_a_wrong_community_says_where_to_look_and_is_not_shown(ask: Ask) -> None:
    told = ask("snmp", "identify", "127.0.0.1", "--timeout", "0.5", community="sai-bi-mat")

    assert told.code == 1
    assert "cách sửa: kiểm tra địa chỉ" in told.err
    assert "sai-bi-mat" not in told.out + told.err


def test_without_a_secret_nothing_is_asked(run: Run) -> None:
    told = run("snmp", "identify", "127.0.0.1")

    assert told.code == 2
    assert "--ask" in told.err


def test_probe_with_trace_shows_phases_notes_and_every_option_in_force(ask: Ask) -> None:
    told = ask("probe", "--address", "127.0.0.1", "--kind", "snmp", "--set", "device=auto", "--trace")

    assert told.code == 0
    assert ["device", "auto"] in [row[:2] for row in told.rows]
    assert ["version", "2c", "mặc định"] in told.rows
    assert any(row[0] == "sys_object_id" for row in told.rows)
    assert any(row[-1].startswith("█") for row in told.rows)


def test_probe_as_json_with_trace_has_options_and_notes(ask: Ask) -> None:
    told = ask("probe", "--address", "127.0.0.1", "--kind", "snmp", "--trace", "--json")

    (item,) = json.loads(told.out)["items"]
    assert item["options"]["version"] == "2c"
    assert item["ok"]
    assert "public" not in told.out


def test_a_second_look_knows_the_first(ask: Ask) -> None:
    told = ask(
        *("probe", "--address", "127.0.0.1", "--kind", "interfaces", "--set", "interfaces=[lo]"),
        *("--again", "0.2", "--json"),
    )

    assert json.loads(told.out)["items"][0]["notes"]["no_rates"].startswith("vừa đo xong")
