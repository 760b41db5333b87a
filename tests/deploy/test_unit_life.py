"""The service's life under a real systemd: ready, reloaded, refused, started by sockets, stopped."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.deploy.installed import (
    CONFIG,
    INVENTORY,
    SERVICE,
    SETTINGS,
    STATE,
    api,
    configure,
    drop_in,
    installed,
    journal,
    shown,
    start,
)
from tests.deploy.machine import Machine

PATIENCE_S = 90.0
"""A start is three seconds of work, of which a busy machine does a tenth in each."""
NAME, ADDRESS = "may.thu.test", "10.51.0.9"
"""Not 127.0.0.1: a name that leads to the monitor's own machine is not asked."""
NAMED: Mapping[str, Any] = {
    **INVENTORY,
    "targets": {"u.may": {"name": "Máy", "unit": "u", "profile": "any", "address": NAME}},
}
EMAIL = {
    "host": "127.0.0.1",
    "port": 2525,
    "security": "starttls",
    "sender": "giamsat@example.gov.vn",
    "username": "giamsat",
    "password_secret": "smtp_password",
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with installed(tmp_path_factory.mktemp("life")) as machine:
        machine.write("/etc/tslcd-monitor/credentials/smtp_password", "mật khẩu thư\n", mode="0600")
        machine.must(
            f"ip address add {ADDRESS}/32 dev lo; echo nameserver 127.0.0.1 >/etc/resolv.conf; "
            f"systemd-run -q dnsmasq --keep-in-foreground --no-resolv --no-hosts --address=/{NAME}/{ADDRESS}"
        )
        configure(machine, inventory=NAMED, email=EMAIL, secrets_dir="credentials")
        yield machine


@pytest.fixture
def running(machine: Machine) -> Machine:
    """Return the machine with the service running: a test may be the only one that runs."""
    start(machine)
    return machine


def test_it_is_ready_when_it_answers_and_measures_by_name_what_it_watches(running: Machine) -> None:
    # No waiting: whoever starts it finds it ready.
    assert api(running, "/health")["status"] in {"ok", "degraded"}
    status = running.must(f"systemctl status --no-pager -n 0 {SERVICE}")
    assert "đang giám sát 1 đối tượng bằng 1 phép đo, 0 sự cố đang mở" in status
    # ICMP and a look-up by aiodns work in the sandbox.
    running.wait(
        f"curl -s --unix-socket {STATE}/api.sock http://localhost/api/v1/targets/u.may | grep -q '\"up\"'"
    )
    assert int(shown(running, "NRestarts")) == 0


def test_a_broken_configuration_is_refused_with_its_text_and_the_old_one_stays(running: Machine) -> None:
    pid = shown(running, "MainPID")
    configure(running, inventory=NAMED, email={**EMAIL, "port": "hai mươi lăm"})

    assert running.run(f"systemctl reload {SERVICE}", within_s=PATIENCE_S).code != 0
    said = journal(running)
    assert f"lỗi: {CONFIG}:" in said
    assert "email.port" in said
    assert shown(running, "ActiveState") == "active"

    more = {**NAMED["targets"], "u.hai": {**NAMED["targets"]["u.may"], "name": "Máy hai"}}
    configure(running, inventory={**NAMED, "targets": more}, email=EMAIL)
    assert running.run(f"systemctl reload {SERVICE}", within_s=PATIENCE_S).code == 0, journal(running)
    running.wait(f"systemctl show -P StatusText {SERVICE} | grep -q '2 đối tượng'", within_s=PATIENCE_S)
    assert shown(running, "MainPID") == pid


def test_a_start_with_a_broken_configuration_says_what_to_mend_and_comes_back_when_it_is(
    running: Machine,
) -> None:
    running.write(CONFIG, yaml.safe_dump({**SETTINGS, "provnce": "?"}))

    assert running.run(f"systemctl restart {SERVICE}", within_s=PATIENCE_S).code != 0
    status = running.run(f"systemctl status --no-pager -n 0 {SERVICE}").out
    assert f"không khởi động được, cấu hình có lỗi: {CONFIG}" in status
    assert "provnce: không có khóa này; có phải 'province'?" in status

    configure(running, inventory=NAMED, email=EMAIL)
    running.wait(f"test $(systemctl show -P SubState {SERVICE}) = running", within_s=PATIENCE_S)


def test_a_report_is_written_inside_the_sandbox(running: Machine) -> None:
    """Its child draws with matplotlib and writes DOCX, XLSX and PDF where no memory is both written and executed."""
    period = running.must("TZ=Asia/Ho_Chi_Minh date +%Y-%m").strip()
    api(running, f"/reports/{period}/files", body="{}")
    files = f"curl -s --unix-socket {STATE}/api.sock http://localhost/api/v1/reports/{period}/files"
    running.wait(f'{files} | grep -q \'"endedAt": "\'', within_s=90, every_s=0.3)

    made = api(running, f"/reports/{period}/files")
    assert made["refusal"] is None, made
    assert made["failures"] == {}
    assert {"docx", "xlsx", "pdf"} <= set(made["names"])


def test_sockets_stay_open_over_a_restart_and_port_162_needs_no_right(running: Machine) -> None:
    running.write("/etc/tslcd-monitor/credentials/snmp-community", "cong-dong\n", mode="0600")
    configure(running, email=EMAIL, traps={"community_secrets": ["snmp-community"]})
    running.must(f"systemctl stop {SERVICE}")
    running.must("systemctl start tslcd-monitor-web.socket tslcd-monitor-traps.socket")
    trap = "snmptrap -v2c -c cong-dong 127.0.0.1:162 '' 1.3.6.1.6.3.1.1.5.3"

    # Nobody has started it: whoever opens the page does, and is answered.
    page = "curl -s --max-time 80 -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/healthz"
    assert running.must(page, within_s=PATIENCE_S) == "200"
    until_active = f"test $(systemctl show -P SubState {SERVICE}) = running"
    running.wait(until_active, within_s=PATIENCE_S)

    # In the middle of a restart nobody is refused, and a trap is kept for when it is there again.
    page_meanwhile = running.must(
        f"systemctl --no-block restart {SERVICE}; sleep 0.3; {trap}; {page}", within_s=PATIENCE_S
    )
    assert page_meanwhile == "200"
    running.wait(until_active, within_s=PATIENCE_S)
    running.wait(
        f"curl -s --unix-socket {STATE}/api.sock http://localhost/metrics | grep -E 'trap.*hint.* 1'",
        within_s=PATIENCE_S,
    )
    running.must("systemctl stop tslcd-monitor-web.socket tslcd-monitor-traps.socket")


def test_it_stops_at_once_and_in_order(running: Machine) -> None:
    began = float(running.must("cut -d' ' -f1 /proc/uptime"))
    running.must(f"systemctl stop {SERVICE}")
    took_s = float(running.must("cut -d' ' -f1 /proc/uptime")) - began

    assert took_s < 10
    assert shown(running, "Result") == "success"
    assert shown(running, "ExecMainStatus") == "0"
    assert not re.search("ERROR|CRITICAL|Traceback", journal(running).split("Stopping")[-1])


def test_it_is_started_again_however_often_it_fails(machine: Machine) -> None:
    machine.must(f"systemctl stop {SERVICE}")
    drop_in(
        machine,
        "[Service]\nExecStart=\nExecStart=/usr/bin/python3.11 -I -c 'raise SystemExit(1)'\nRestartSec=20ms\n",
    )
    assert machine.run(f"systemctl start {SERVICE}").code != 0
    # The default of systemd gives up at the fifth time within 10 s.
    machine.wait(f"test $(systemctl show -P NRestarts {SERVICE}) -ge 7", within_s=PATIENCE_S)
    assert shown(machine, "ActiveState") == "activating"
    machine.must(f"systemctl stop {SERVICE}; rm -r /etc/systemd/system/{SERVICE}.d; systemctl daemon-reload")
