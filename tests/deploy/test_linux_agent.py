"""The agent for Linux as a machine with a real systemd installs and runs it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.inputs.heartbeats import decode
from tests.deploy.machine import Machine, booted
from tests.monitor.inputs.beats import SECRET, token
from tests.probes.certificates import make_authority

AGENTS = Path(__file__).parents[2] / "deploy" / "agents"
TOKEN = token("kiosk-01")
PORT = 8443
RECORDER = f"""
import http.server, ssl, sys
class Recorder(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("/srv/beats", "ab") as kept:
            kept.write(self.headers["Authorization"].encode() + b"\\n" + body + b"\\n")
        self.send_response(int(open("/srv/status").read()))
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", {PORT}), Recorder)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/listener.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
"""Stands for the monitor, whose side of the same request is tested without a machine."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    certificates = tmp_path_factory.mktemp("certificates")
    authority = make_authority(certificates)
    authority.server("listener")
    with booted(folder) as machine:
        machine.copy_in(AGENTS, "/srv/agents")
        machine.copy_in(certificates / "listener.pem", "/srv/listener.pem")
        machine.copy_in(authority.file, "/etc/ssl/tslcd-ca.crt")
        machine.must("chmod 0644 /etc/ssl/tslcd-ca.crt")
        # Which part of its five seconds a machine waits is its own affair: here none.
        machine.write("/etc/systemd/system/tslcd-beat.timer.d/now.conf", "[Timer]\nRandomizedDelaySec=0\n")
        machine.write("/srv/recorder.py", RECORDER)
        machine.write("/srv/status", "204")
        machine.must("systemd-run --unit=recorder --quiet /usr/bin/python3.11 /srv/recorder.py")
        machine.wait(f"bash -c '</dev/tcp/127.0.0.1/{PORT}' 2>/dev/null")
        yield machine


def configured(app: str = "systemd", url: str = f"https://localhost:{PORT}/beat") -> str:
    return f"ASSET=kiosk-01\nTOKEN={TOKEN}\nURL={url}\nAPP={app}\nCA_FILE=/etc/ssl/tslcd-ca.crt\n"


def beats(machine: Machine) -> list[str]:
    return machine.run("cat /srv/beats 2>/dev/null").out.splitlines()


def test_installed_by_its_questions_it_beats_each_minute_and_is_gone_after_removal(machine: Machine) -> None:
    machine.must("rm -f /srv/beats")
    answers = f"kiosk-01\nhttps://localhost:{PORT}/beat\nsystemd\n/etc/ssl/tslcd-ca.crt\n{TOKEN}\n"
    ran = machine.run("sh /srv/agents/install-tslcd-beat.sh", given=answers.encode())

    assert ran.code == 0, ran.out
    assert "Đã gửi nhịp thử đầu tiên" in ran.out
    assert TOKEN not in ran.out
    authorization, body = beats(machine)[:2]
    assert authorization == f"Bearer {TOKEN}"
    assert decode(body.encode(), with_token=False).metrics["app_alive"] == 1.0
    assert machine.must("stat -c '%a %U' /etc/tslcd-beat.conf").strip() == "600 root"
    assert machine.must("systemctl is-enabled tslcd-beat.timer").strip() == "enabled"
    left = machine.must("systemctl show tslcd-beat.timer -P NextElapseUSecMonotonic -P ActiveState")
    assert "active" in left
    # The timer's own beat, seconds after the installation's; its period is in the file.
    machine.wait("test $(grep -c asset /srv/beats) -ge 2", within_s=15)
    assert "OnUnitInactiveSec=55s" in (AGENTS / "tslcd-beat.timer").read_text()
    assert SECRET not in machine.must("journalctl --no-pager -q; cat /srv/beats")
    assert TOKEN not in machine.must("journalctl --no-pager -q")

    machine.must("sh /srv/agents/install-tslcd-beat.sh --remove")
    assert machine.run("ls /etc/systemd/system/tslcd-beat.timer").code != 0
    assert machine.must("ls -d /etc/tslcd-beat* /usr/local/lib/tslcd 2>/dev/null || true") == ""


def test_what_the_agent_may_is_little_and_the_token_is_not_for_other_users(machine: Machine) -> None:
    machine.write("/srv/given.conf", configured(), mode="0600")
    machine.must("sh /srv/agents/install-tslcd-beat.sh --config /srv/given.conf")
    dropped = machine.must("systemctl cat tslcd-beat.service | grep -c '^DynamicUser=yes'")
    assert dropped.strip() == "1"
    machine.write(
        "/etc/systemd/system/tslcd-beat.service.d/look.conf",
        "[Service]\nExecStart=\nExecStart=/bin/sh -c 'id -u; grep CapEff /proc/self/status; "
        "cat /etc/tslcd-beat.conf; touch /etc/x /usr/x; ls -A /root; cat /etc/shadow; true'\n",
    )
    machine.must("systemctl daemon-reload && systemctl start tslcd-beat.service")
    said = machine.must("journalctl --no-pager -q -o cat -t tslcd-beat -n 20")
    machine.must("rm -r /etc/systemd/system/tslcd-beat.service.d && systemctl daemon-reload")

    assert re.search(r"^6\d{4}$", said, re.MULTILINE), said
    assert "CapEff:\t0000000000000000" in said
    assert len(re.findall("Permission denied", said)) >= 3
    assert len(re.findall("Read-only file system", said)) >= 1
    assert TOKEN not in said


@pytest.mark.parametrize(
    ("status", "words"), [("401", "heartbeat token kiosk-01"), ("404", "danh mục"), ("500", "nhật ký")]
)
def test_a_refused_beat_says_in_the_journal_what_to_do(machine: Machine, status: str, words: str) -> None:
    machine.write("/srv/refused.conf", configured(), mode="0600")
    machine.write("/srv/status", status)
    try:
        ran = machine.run("sh /srv/agents/tslcd-beat.sh /srv/refused.conf")
    finally:
        machine.write("/srv/status", "204")

    assert ran.code == 1
    assert words in ran.out
    assert TOKEN not in ran.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("URL=http://10.51.0.9:8443/beat", "https://"),
        ('URL=https://a/"\\nproxy = x/beat', "ký tự lạ"),
        ("ASSET=a$(touch /srv/ran)", "mã tài sản"),
        ("TOKEN=abc`touch /srv/ran`", "A-Z"),
        ("CA_FILE=a b", "CA_FILE"),
        ("touch /srv/ran", "không hiểu khóa"),
    ],
)
def test_settings_are_read_and_never_run(machine: Machine, line: str, words: str) -> None:
    machine.write("/srv/wrong.conf", configured() + line + "\n", mode="0600")
    ran = machine.run("sh /srv/agents/install-tslcd-beat.sh --config /srv/wrong.conf")

    assert ran.code == 1
    assert words in ran.out
    assert machine.run("test -e /srv/ran").code == 1
    assert machine.run("test -e /etc/tslcd-beat.conf.new").code == 1


def test_a_changed_file_and_a_strangers_signature_are_refused(machine: Machine, tmp_path: Path) -> None:
    shutil.copytree(AGENTS, tmp_path / "agents")
    for name in ("tinh", "ke-la"):
        subprocess.run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    f"/CN={name}",
                ),
                *("-keyout", tmp_path / f"{name}.key", "-out", tmp_path / "agents" / f"{name}.crt"),
            ],
            check=True,
            capture_output=True,
        )
    subprocess.run(
        [
            *("openssl", "dgst", "-sha256", "-sign", tmp_path / "tinh.key"),
            *("-out", tmp_path / "agents" / "SHA256SUMS.sig", tmp_path / "agents" / "SHA256SUMS"),
        ],
        check=True,
    )
    machine.copy_in(tmp_path / "agents", "/srv/signed")
    machine.write("/srv/given.conf", configured(), mode="0600")
    install = "sh /srv/signed/install-tslcd-beat.sh --config /srv/given.conf --signer /srv/signed"

    assert machine.run(f"{install}/tinh.crt").code == 0
    strange = machine.run(f"{install}/ke-la.crt")
    assert strange.code == 1
    assert "không do người có chứng thư này ký" in strange.out
    machine.must("echo '# x' >>/srv/signed/tslcd-beat.sh")
    changed = machine.run(f"{install}/tinh.crt")
    assert changed.code == 1
    assert "khác bản phát hành" in changed.out
