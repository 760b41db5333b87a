"""The operator's handbook, done as it is printed: from the package to the first alert in a mailbox."""

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path

import aiosmtpd
import pytest

from tests.deploy.machine import REPOSITORY, Machine, booted
from tests.servers.smtp import make_certificate

HANDBOOK = REPOSITORY / "docs" / "vi" / "so-tay.md"
MAIL_HOST, PASSWORD = "mail.quangngai.example", "mat-khau-cua-hop-thu"
FIRST_ALERT_S = 90.0
"""The handbook says about a minute."""
MAY_WARN = ("tslcd-monitor check-config", "tslcd-monitor doctor", "tslcd-monitor status")
"""These say by their exit code that something is not well yet: the core has no addresses."""


def blocks() -> list[str]:
    """The commands that the handbook says to run in order."""
    found = re.findall(r"^```sh\n(.*?)^```$", HANDBOOK.read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) >= 7
    return found


def do(machine: Machine, block: str) -> str:
    """Run a block as somebody does who pastes it into a shell; every command has to succeed, or to warn only."""
    script = f"""trap 'printf "%s %s\\n" "$?" "$BASH_COMMAND" >>/run/failed' ERR\ncd /root\n{block}"""
    out = machine.run("rm -f /run/failed; bash -s 2>&1", given=script.encode(), within_s=180).out
    failed = machine.run("cat /run/failed 2>/dev/null").out.splitlines()
    unexpected = [line for line in failed if not line.endswith(MAY_WARN)]
    assert not unexpected, f"{unexpected}\n{block}\n{out}"
    return out


@pytest.fixture
def province(tmp_path: Path, deb: Path) -> Iterator[Machine]:
    """A fresh machine with the package in root's folder, in a network whose mail server asks for TLS and a password."""
    certificate = make_certificate(tmp_path, (MAIL_HOST,))
    libraries = Path(aiosmtpd.__file__).parents[1]
    (tmp_path / "machine").mkdir()
    with booted(
        tmp_path / "machine", shown={libraries: "/run/libraries", deb.parent: "/run/package"}
    ) as machine:
        machine.must(f"cp /run/package/{deb.name} /root/")
        machine.copy_in(certificate.certificate_file, "/usr/local/share/ca-certificates/province.crt")
        machine.copy_in(certificate.key_file, "/run/mail.key")
        machine.copy_in(REPOSITORY / "tests" / "deploy" / "mail_server.py", "/run/mail_server.py")
        # What update-ca-certificates(8) does for one more, without looking at the hundred and fifty others.
        machine.must("cat /usr/local/share/ca-certificates/province.crt >>/etc/ssl/certs/ca-certificates.crt")
        machine.must(f"mkdir /run/mails && printf %s {PASSWORD} >/run/mail.password")
        machine.must(f"echo '127.0.0.1 localhost {MAIL_HOST}' >/etc/hosts")
        machine.must(
            "systemd-run --unit=mail -E PYTHONPATH=/run/libraries /usr/bin/python3.11 /run/mail_server.py "
            "/usr/local/share/ca-certificates/province.crt /run/mail.key /run/mails giamsat /run/mail.password 587"
        )
        yield machine


def mails(machine: Machine) -> list[tuple[str, str]]:
    """Subject and text of each mail that has arrived."""
    names = machine.run("ls /run/mails/*.eml 2>/dev/null").out.split()
    found = []
    for name in names:
        letter = email.message_from_string(machine.must(f"cat {name}"), policy=email.policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        found.append((str(letter["subject"]), body.get_content()))
    return found


def test_the_handbook_leads_from_the_package_to_the_first_alert_and_back(province: Machine) -> None:
    *before, shown, after = blocks()
    for block in before:
        do(province, block)
    is_alive = province.must("systemctl is-active tslcd-monitor")
    province.wait("grep -il '^message-id: .*opened' /run/mails/*.eml", within_s=FIRST_ALERT_S, every_s=0.5)
    told = do(province, shown)
    ended = do(province, after)

    assert is_alive.strip() == "active"
    subjects = [subject for subject, _ in mails(province)]
    assert any(subject.startswith("[GSHT] Mất kết nối: Đối tượng thử tin báo") for subject in subjects)
    assert "Đối tượng thử tin báo" in told
    assert "hoạt động" in ended
    assert PASSWORD not in province.must("journalctl --no-pager -u tslcd-monitor; ps axww; env")
