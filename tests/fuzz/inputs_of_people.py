"""Targets that read what machines and people send us: beats, chat messages, spreadsheets, settings."""

import json
import math
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from alerts.channels.zalo_bot_api import read_update
from inventory.files.reader import compose
from inventory.loader import load_with_warnings
from inventory.problem import ProblemsError
from inventory.sheet.cells import SheetError
from inventory.sheet.csv_reading import read_csv
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import Outcome
from monitor.replies.commands import is_talk, parse
from monitor.settings.settings import SettingsError, load_settings
from probes.beats import BeatBook
from tests.clock import FakeClock
from tests.fuzz.target import Target
from tests.monitor.inputs.beats import KEY, assets, beat, token

BEAT_SEEDS = (
    beat(uptime_s=1, disk_free_ratio=0.5, app_alive=True, token=token("kiosk-01")),
    beat(token=token("kiosk-02"), uptime_s=1e308),
    b'{"asset":"kiosk-01","asset":"kiosk-01"}',
)
ZALO_SEEDS = (
    json.dumps(
        {
            "ok": True,
            "result": {
                "message": {
                    "message_id": "m1",
                    "from": {"id": "u1", "display_name": "Lan"},
                    "chat": {"id": "c1", "chat_type": "GROUP"},
                    "text": "/nhan SC-1",
                    "date": 1_770_000_000_000,
                }
            },
        }
    ).encode(),
)
REPLIES = ("nhận SC-2026-0001", "tắt 2 giờ SC-1 bảo trì", "/nhan", "@bot tình hình 21484", "báo 5 phút")
YAML_SEEDS = (
    "areas:\n  qn: {name: Quảng Ngãi}\nunits:\n  u: {name: Xã Thử, kind: xã, area: qn}\n"
    "profiles:\n  any: {layer: tslcd, checks: {icmp: {kind: icmp}}}\n"
    "targets:\n  u.may: {name: Máy, unit: u, profile: any, address: 127.0.0.1}\n".encode(),
    b"a: &x [1, 2]\nb: *x\n<<: {c: !!python/object:os.system d}\n",
    b"targets:\n  a: {address: 0x7f.1, checks: {icmp: {interval_s: .nan}}}\n",
)
SETTINGS_SEEDS = (
    b"province: A\ninventory: [danh-muc]\nweb: {host: 127.0.0.1, port: 8080, proxies: [127.0.0.1/32]}\n",
    b"province: A\ninflux: {url: 'http://[::1', token_secret: a/b}\nalerting: {night: 22:00-06:00}\n",
    b'heartbeats: {http: {host: 0.0.0.0, port: 99999}, mqtt: {topic: a/#}}\nstate_dir: "\\0"\n',
)


def heartbeat(data: bytes) -> None:
    """A beat is kept only with the right token of a known asset; nothing is our bug, no number is beyond its range."""
    clock = FakeClock()
    intake = BeatIntake(BeatBook(opened_mono=clock.monotonic()), key=KEY, mono=clock.monotonic)
    intake.adopt(assets(kiosk_01=1))
    outcome = intake.take(data, way="mqtt", topic_asset="kiosk-01")
    assert outcome is not Outcome.BUG
    last = intake.beats.last("kiosk-01")
    assert (last is not None) == (outcome is Outcome.ACCEPTED)
    if last is not None:
        assert token("kiosk-01").encode() in data
        assert all(0 <= number <= 3.2e9 for number in last.metrics.values())


def zalo(data: bytes) -> None:
    """Any JSON is an update or none; its time is a time."""
    with suppress(ValueError, RecursionError):
        update = read_update(json.loads(data))
        if update is not None:
            assert math.isfinite(update.at)
            assert isinstance(update.text, str)


def reply(data: bytes) -> None:
    """Any chat message is a command or an unclear one."""
    is_talk(parse(data.decode("utf-8", "replace")))


def csv(data: bytes) -> None:
    """Any file is a sheet, or refused with its reason."""
    with suppress(SheetError):
        read_csv(data, name="a.csv", score=len)


def yaml_file(data: bytes) -> None:
    """Any bytes are a document or problems, each with a line of the file."""
    document = compose("a.yaml", data)
    lines = data.count(b"\n") + data.count(b"\r") + 2
    for problem in (*document.problems, *document.warnings):
        assert problem.message
        assert str(problem)
    assert all(1 <= problem.line <= lines + 1 for problem in document.problems)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def inventory(data: bytes) -> None:
    """Any file is an inventory or problems."""
    path = _folder() / "tinh.yaml"
    path.write_bytes(data)
    with suppress(ProblemsError):
        load_with_warnings([path], profiles=None)


def settings(data: bytes) -> None:
    """Any file is settings or problems."""
    path = _folder() / "tslcd-monitor.yaml"
    path.write_bytes(data)
    with suppress(SettingsError):
        load_settings(path)


TARGETS: Mapping[str, Target] = {
    "heartbeat": Target(heartbeat, BEAT_SEEDS, 5_000),
    "zalo": Target(zalo, ZALO_SEEDS),
    "reply": Target(reply, tuple(text.encode() for text in REPLIES), 512),
    "csv": Target(csv, ("Mã;Tên\n1;Xã Thử\n".encode(), b'a,"b\n', "Mã\tTên\r\n".encode("utf-16"))),
    "yaml": Target(yaml_file, YAML_SEEDS),
    "settings": Target(settings, SETTINGS_SEEDS, 2_048, tries=200),
    "inventory": Target(inventory, YAML_SEEDS, 2_048, tries=100),
}
