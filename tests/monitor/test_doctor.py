"""What the doctor finds, on real parts of this machine."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from inventory.loader import load
from monitor.doctor import (
    Grade,
    examine,
    examine_clock,
    examine_descriptors,
    examine_dns,
    examine_file,
    examine_icmp,
    examine_influx,
    examine_own_addresses,
    examine_secrets,
    examine_self_watch,
    examine_smtp,
    examine_state_dir,
)
from monitor.settings.channels import EmailSettings
from monitor.settings.influx import InfluxSettings
from monitor.settings.settings import Settings
from probes.kinds import KINDS
from tests.probes.namespace import in_namespace, open_tun

BASE = Path(__file__).parents[1] / "inventory" / "base.yaml"


def settings_in(folder: Path, **more: object) -> Settings:
    values = {
        "province": "X",
        "inventory": [folder],
        "state_dir": folder / "state",
        "secrets_dir": folder,
        **more,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def silent_tcp() -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_root_may_send_icmp() -> None:
    assert examine_icmp().grade is Grade.GOOD


def test_the_clock_is_asked_of_the_kernel_and_has_a_remedy_when_it_is_not_synchronised() -> None:
    found = examine_clock()

    assert found.grade in {Grade.GOOD, Grade.WARNING}
    assert bool(found.remedy) == (found.grade is Grade.WARNING)


def test_a_state_folder_that_is_not_there_will_be_made(tmp_path: Path) -> None:
    place, room = examine_state_dir(tmp_path / "a" / "b")

    assert (place.grade, room.subject) == (Grade.GOOD, "Đĩa")


def test_an_open_state_folder_is_a_warning_with_the_command_that_closes_it(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o755)

    place, _ = examine_state_dir(tmp_path / "state")

    assert place.grade is Grade.WARNING
    assert place.remedy == f"chmod 0700 {tmp_path / 'state'}"


def test_a_private_state_folder_is_good(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)

    assert next(iter(examine_state_dir(tmp_path / "state"))).grade is Grade.GOOD


def test_a_file_that_root_left_in_the_services_folder_is_bad_though_root_can_write_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "state.db").touch()
    os.chown(state, 12_345, 12_345)

    place, _ = examine_state_dir(state)

    assert (place.grade, place.remedy) == (Grade.BAD, f"chown -R --reference={state} {state}")
    assert f"{state}/state.db" in place.text


def test_a_file_in_place_of_the_state_folder_is_bad(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    assert next(iter(examine_state_dir(tmp_path / "state"))).grade is Grade.BAD


def test_more_probes_than_descriptors_is_a_warning(tmp_path: Path) -> None:
    few = settings_in(tmp_path, lanes=dict.fromkeys(KINDS, 1))

    assert examine_descriptors(few).grade is Grade.GOOD


def test_secrets_are_read_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("TOP-SECRET")
    (tmp_path / "good").chmod(stat.S_IRUSR)
    influx = InfluxSettings(url="http://127.0.0.1:1", token_secret="good")
    email = EmailSettings(host="127.0.0.1", sender="a@b.vn", username="u", password_secret="missing")

    found = list(examine_secrets(settings_in(tmp_path, influx=influx, email=email)))

    assert sorted(finding.grade for finding in found) == sorted([Grade.GOOD, Grade.BAD])
    assert "TOP-SECRET" not in str(found)


async def test_a_silent_resolver_is_our_fault() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        nameserver = f"127.0.0.1:{silent.getsockname()[1]}"

        found = await examine_dns(["mail.example"], nameservers=(nameserver,), within_s=0.3)

    assert found.grade is Grade.BAD
    assert "/etc/resolv.conf" in found.remedy


async def test_without_names_no_resolver_is_needed() -> None:
    assert (await examine_dns([])).grade is Grade.GOOD


async def test_a_mail_server_that_greets_is_good(tmp_path: Path) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    email = EmailSettings(host="127.0.0.1", port=controller.port, security="none", sender="a@b.vn")
    try:
        found = await examine_smtp(email, settings_in(tmp_path, email=email))
    finally:
        controller.stop()

    assert found.grade is Grade.GOOD


async def test_a_mail_server_without_starttls_is_bad(tmp_path: Path) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    email = EmailSettings(host="127.0.0.1", port=controller.port, security="starttls", sender="a@b.vn")
    try:
        found = await examine_smtp(email, settings_in(tmp_path, email=email))
    finally:
        controller.stop()

    assert found.grade is Grade.BAD


async def test_a_mail_server_that_is_away_or_silent_is_bad(tmp_path: Path) -> None:
    async with silent_tcp() as port:
        for where in (free_port(), port):
            email = EmailSettings(host="127.0.0.1", port=where, security="none", sender="a@b.vn")
            found = await examine_smtp(email, settings_in(tmp_path, email=email), within_s=0.5)
            assert found.grade is Grade.BAD


async def test_a_mail_server_that_refuses_us_is_quoted(tmp_path: Path) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.7.1 not from there\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        email = EmailSettings(host="127.0.0.1", port=port, security="none", sender="a@b.vn")
        found = await examine_smtp(email, settings_in(tmp_path, email=email))

    assert found.text == f"127.0.0.1:{port}: máy chủ không theo được phiên SMTP: 5.7.1 not from there"


async def test_the_whole_examination_never_raises(tmp_path: Path) -> None:
    found = await examine(settings_in(tmp_path), None)

    assert {finding.subject for finding in found} >= {
        "Quyền ICMP",
        "Đồng hồ",
        "Thư mục dữ liệu",
        "Đĩa",
        "Bộ mô tả tệp",
        "DNS",
    }


async def test_troubles_with_a_server_are_told_in_vietnamese(tmp_path: Path) -> None:
    port = free_port()
    email = EmailSettings(host="127.0.0.1", port=port, sender="a@b.vn")

    mail = await examine_smtp(email, settings_in(tmp_path, email=email))
    influx = await examine_influx(InfluxSettings(url=f"http://127.0.0.1:{port}"), settings_in(tmp_path))

    assert mail.text == f"127.0.0.1:{port}: từ chối kết nối"
    assert influx.text == f"http://127.0.0.1:{port}: từ chối kết nối"


def test_a_message_file_that_cannot_be_written_is_bad_before_the_first_message(tmp_path: Path) -> None:
    assert examine_file(tmp_path / "tin.jsonl").grade is Grade.GOOD
    assert examine_file(tmp_path).grade is Grade.BAD

    nowhere = examine_file(tmp_path / "no" / "tin.jsonl")

    assert (nowhere.grade, nowhere.remedy) == (Grade.BAD, f"mkdir -p {tmp_path}/no")


def test_a_check_of_this_machine_itself_is_told(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(
        """
targets:
  own: {name: A, unit: "21484", profile: switch, address: 10.66.0.1}
  far: {name: B, unit: "21484", profile: switch, address: 10.66.0.2}
  here: {name: C, unit: "21484", profile: switch, address: 127.0.0.1}
"""
    )

    async def story() -> list[str]:
        with open_tun():
            return [finding.text for finding in examine_own_addresses(load([BASE, file]))]

    found = in_namespace(story)

    assert [text.partition(" ")[0] for text in found] == ["10.66.0.1"]


def test_a_monitor_that_does_not_watch_itself_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "tinh.yaml"
    said = []
    for own in ("", "  tinh.giam-sat: {name: Hệ thống giám sát, unit: tinh, profile: monitor}\n"):
        file.write_text(
            "units: {tinh: {name: Tỉnh, kind: sở, area: province}}\ntargets:\n"
            f"  tinh.cong: {{name: Cổng, unit: tinh, profile: gateway, address: 192.0.2.1}}\n{own}"
        )
        said.append([finding.remedy for finding in examine_self_watch(load([file]))])

    assert len(said[0]) == 1
    assert "profile: monitor" in said[0][0]
    assert said[1] == []
