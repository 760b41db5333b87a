"""A daemon that looks at itself: its own checks read what its page shows, and tell it on a channel that works."""

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.own import self_watch
from monitor.own.machine import Machine, look_at_machine
from monitor.own.self_watch import EVERY_S, MACHINE_WITHIN_S, PAUSE_S, SelfWatch
from probes.own import OwnBook, Sign
from probes.self import MAX_AGE_S
from tests.monitor.daemons import running, write_config
from tests.monitor.web.lived import lived
from tests.monitor.web.page import read
from tests.probes.servers import refused_port


async def test_a_look_fills_the_book_from_what_the_page_shows(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        book = OwnBook()
        watch = SelfWatch(here.daemon, book, clock=here.clock)
        try:
            here.daemon.signs.outbox = replace(here.daemon.signs.outbox, dead=2)
            await watch.look()
        finally:
            watch.close()
        looks = {sign: book.last(sign) for sign in Sign}
        assert None not in looks.values()
        delivery, disk = looks[Sign.DELIVERY], looks[Sign.DISK]
        assert delivery is not None
        assert delivery.metrics["troubles"] == 1.0
        assert "2 tin nhắn không gửi được" in delivery.detail
        assert disk is not None
        assert 0 < disk.metrics["disk_left_ratio"] < 1
        assert watch.texts() == {}, "the small province has no target for the monitor itself"


async def test_pauses_of_the_loop_are_remembered_for_a_minute(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        watch = SelfWatch(here.daemon, OwnBook(), clock=here.clock)
        looping = asyncio.create_task(watch.run())
        try:
            while not watch.loop_lag_s:  # it looks before it measures the first time
                await asyncio.sleep(0.01)
                here.clock._monotonic += PAUSE_S + 3.0  # the process stood still
                await here.clock.advance(PAUSE_S)
            assert watch.loop_lag_s == pytest.approx(3.0)
        finally:
            looping.cancel()
            await asyncio.gather(looping, return_exceptions=True)
            watch.close()


async def test_a_disk_that_hangs_holds_up_nothing_and_is_asked_once_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go = [], threading.Event()

    def hanging(folder: Path, certificates: Mapping[str, Path], now: float) -> Machine:
        asked.append(folder)
        go.wait(30)
        return look_at_machine(folder, certificates, now)

    monkeypatch.setattr(self_watch, "look_at_machine", hanging)
    monkeypatch.setattr(self_watch, "MACHINE_WITHIN_S", 0.05)
    async with lived(tmp_path) as here:
        book = OwnBook()
        watch = SelfWatch(here.daemon, book, clock=here.clock)
        try:
            await watch.look()
            await watch.look()
            assert watch.machine is None
            disk, process = book.last(Sign.DISK), book.last(Sign.PROCESS)
            assert disk is not None
            assert "disk_left_ratio" not in disk.metrics
            assert process is not None
            assert "loop_lag_s" in process.metrics
            ours = len(asked)
            go.set()
            while watch.machine is None:
                await watch.look()
            assert ours <= 2, "the daemon's own watch asks once, and so does this one"
        finally:
            go.set()
            watch.close()


async def test_the_page_shows_the_process_and_that_nobody_outside_watches(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        own = here.daemon.signs.self_watch
        assert own is not None
        while own.machine is None:
            await asyncio.sleep(0.01)
        page = read((await here.get("/may-giam-sat"))[1])
        cards = {card.one("h2").text.strip(): card for card in page.all("section", "card")}
        assert "MB" in cards["Tiến trình"].text
        outside = cards["Bên ngoài canh máy này"]
        assert "is-unknown" in outside.attributes["class"].split()
        assert "không có ai canh" in outside.text
        assert "bình thường" not in outside.one("p").text


def _with_itself(config: Path) -> None:
    """Let the daemon watch itself, with a limit on memory that every process is beyond."""
    inventory = {
        "targets": {
            "u.giam-sat": {
                "name": "Hệ thống giám sát",
                "unit": "u",
                "profile": "monitor",
                "checks": {
                    "process": {
                        "interval_s": 1,
                        "retry_interval_s": 1,
                        "timeout_s": 1,
                        "failures_to_down": 1,
                        "thresholds": {"memory_limit_ratio": {"critical": 0.00001, "warning": 0.000001}},
                    }
                },
            }
        }
    }
    (config.parent / "danh-muc" / "tu-canh.yaml").write_text(yaml.safe_dump(inventory, allow_unicode=True))


async def test_a_trouble_of_our_own_is_told_on_the_second_channel_when_the_first_is_dead(
    tmp_path: Path,
) -> None:
    people = tmp_path / "truc.yaml"
    people.write_text("people: {ngoc: {name: Ngọc, tell: {email: ngoc@tinh.example, file: so-tay-ngoc}}}\n")
    people.chmod(0o600)
    config = write_config(
        tmp_path,
        port=refused_port(),
        interval_s=600,
        oncall="truc.yaml",
        file={"path": "tin.jsonl"},
        email={"host": "127.0.0.1", "port": refused_port(), "security": "none", "sender": "a@tinh.example"},
        delivery={"fallback_s": 1, "late_s": 3_600},
        alerting={
            "group_wait_s": 0.1,
            "new_target_quiet_s": 0,
            "policies": {"default": {"steps": [{"to": ["ngoc"]}]}, "record-only": {}},
        },
    )
    _with_itself(config)

    async with running(config) as daemon:
        await daemon.until_answers()

        async def is_told() -> bool:
            return any("bộ nhớ" in each["text"] for each in _told(tmp_path))

        await daemon.until(is_told, "the trouble on another channel")
        health = await daemon.health()
        assert health is not None
        assert await daemon.end() == 0
        assert "Traceback" not in daemon.log.read_text()

    told = [each for each in _told(tmp_path) if "bộ nhớ" in each["text"]]
    assert [each["recipient"] for each in told] == ["so-tay-ngoc"]
    assert told[0]["text"].startswith("⚠️ GIÁM SÁT CÓ VẤN ĐỀ – bộ nhớ và tải")
    assert "bộ nhớ sắp hết, đã dùng" in told[0]["text"]
    assert "own_process" in json.dumps(health)


def _told(folder: Path) -> list[dict[str, Any]]:
    file = folder / "tin.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_looks_come_well_within_what_the_probe_calls_old() -> None:
    assert 4 * (EVERY_S + MACHINE_WITHIN_S) < MAX_AGE_S
