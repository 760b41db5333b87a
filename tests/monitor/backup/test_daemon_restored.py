"""A real daemon: copied while it runs, set back to the copy, started again (without one: test_restoring.py)."""

import asyncio
import json
from pathlib import Path

import pytest

from monitor.cli import main
from tests.monitor.backup.samples import ask
from tests.monitor.daemons import Running, running, write_config
from tests.probes.servers import refused_port


def told(folder: Path) -> list[str]:
    file = folder / "tin.jsonl"
    return [json.loads(line)["kind"] for line in file.read_text().splitlines()] if file.exists() else []


async def until_told(daemon: Running, folder: Path, kind: str, times: int = 1) -> None:
    async def is_told() -> bool:
        return told(folder).count(kind) >= times

    await daemon.until(is_told, f"{kind} is told")


def db(*arguments: object) -> int:
    return main(["db", *(str(argument) for argument in arguments)])


@pytest.mark.slow
async def test_a_daemon_set_back_to_a_copy_tells_no_beginning_again_and_finds_the_end(tmp_path: Path) -> None:
    port, copy = refused_port(), tmp_path / "copy"
    config = write_config(
        tmp_path,
        port=port,
        file={"path": "tin.jsonl"},
        alerting={
            "group_wait_s": 0.1,
            "recovery_wait_s": 0.1,
            "policies": {"default": {"steps": [{"to": ["file:so"]}]}},
        },
    )
    async with running(config) as daemon:
        await until_told(daemon, tmp_path, "opened")
        assert await asyncio.to_thread(db, "backup", "--to", copy, "--config", config) == 0
        assert await asyncio.to_thread(db, "restore", copy, "--yes", "--config", config) == 1, "it runs"
        async with await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port):
            await until_told(daemon, tmp_path, "resolved")
            assert await daemon.end() == 0

            assert await asyncio.to_thread(db, "restore", copy, "--yes", "--config", config) == 0
            path = daemon.state_dir / "state.db"
            assert ask(path, "select count(*) from incident where close_reason is null") == [(1,)]
            async with running(config) as again:
                # Who was told of it before the copy hears of the end, once more than strictly needed.
                await until_told(again, tmp_path, "resolved", times=2)
                assert await again.end() == 0
    assert told(tmp_path) == ["opened", "resolved", "resolved"]
    assert ask(path, "select close_reason from incident") == [("recovered",)]
    assert ask(path, "pragma integrity_check") == [("ok",)]


async def test_a_daemon_refuses_the_database_of_a_newer_one_and_says_what_to_do(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=9)
    (tmp_path / "state").mkdir(mode=0o700)
    path = tmp_path / "state" / "state.db"
    ask(path, "create table a (b)")
    ask(path, "pragma user_version = 99")

    async with running(config) as refused:
        assert await refused.ended(within_s=40.0) == 1

    said = refused.log.read_text()
    assert "lược đồ phiên bản 99, chương trình này chỉ biết đến" in said
    assert "cách sửa: cài đúng phiên bản đã ghi tệp này" in said
    assert ask(path, "pragma user_version") == [(99,)]
