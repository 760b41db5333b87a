"""The file channel on real files."""

import asyncio
import fcntl
import json
import multiprocessing
import resource
import signal
from pathlib import Path

import pytest

from alerts.channels import CHANNELS
from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.file import FileConfig, append_line
from tests.alerts.channels.letters import opened


async def send(path: Path, number: int = 1) -> None:
    channel = CHANNELS["file"](FileConfig(path))
    await channel.send(opened(), "trực ban", message_id=f"m{number}", thread_id="m1")


async def test_appends_one_json_line_a_message(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"

    await send(path)
    await send(path, 2)

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["message_id"] for line in lines] == ["m1", "m2"]
    assert lines[0]["thread_id"] == "m1"
    assert lines[0]["incident"] == "SC-2026-1187"
    assert lines[0]["kind"] == "opened"
    assert lines[0]["recipient"] == "trực ban"
    assert lines[0]["headline"] == "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD"
    assert lines[0]["text"].startswith(lines[0]["headline"])
    assert lines[0]["subject"].startswith("[GSHT] Mất kết nối: xã Đăk Rơ Wa")


async def test_a_missing_folder_is_temporary(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="No such file") as caught:
        await send(tmp_path / "none" / "messages.jsonl")

    assert (caught.value.reason, caught.value.permanent) == (DeliveryFailure.DISK, False)


async def test_a_full_disk_is_temporary() -> None:
    with pytest.raises(DeliveryError, match="No space left") as caught:
        await send(Path("/dev/full"))

    assert (caught.value.reason, caught.value.permanent) == (DeliveryFailure.DISK, False)


def test_takes_back_a_line_that_did_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    append_line(path, b'{"n": 1}')

    process = multiprocessing.get_context("fork").Process(target=_append_beyond_limit, args=(path,))
    process.start()
    process.join(10)

    assert process.exitcode == 7
    assert path.read_bytes() == b'{"n": 1}\n'


def _append_beyond_limit(path: Path) -> None:
    """Stand in for a disk that fills up in mid-line: the kernel writes a part and refuses the rest."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    try:
        append_line(path, b"x" * 1_000)
    except OSError:
        raise SystemExit(7) from None


def test_starts_a_new_line_after_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b'{"torn": ')

    append_line(path, b'{"n": 1}')

    assert path.read_bytes() == b'{"torn": \n{"n": 1}\n'


def test_two_processes_never_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append_many, args=(path, letter)) for letter in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)

    lines = path.read_text().splitlines()
    assert len(lines) == 60
    assert {len(set(line)) for line in lines} == {1}


def _append_many(path: Path, letter: str) -> None:
    for _ in range(30):
        append_line(path, letter.encode() * 5_000)


async def test_a_file_that_somebody_holds_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"

    with path.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await send(path)
