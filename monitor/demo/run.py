"""`tslcd-monitor demo`: a whole province on this machine, a real daemon watching it, and a story told in Vietnamese.

Everything it starts ends with it, however it ends; its folder too, unless one was given.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import inventory
from inventory.loader import load
from inventory.model import Inventory
from monitor.demo import terrain
from monitor.demo import timeline as timelines
from monitor.demo.box import Box
from monitor.demo.control import ControlError
from monitor.demo.folder import temporary_folder
from monitor.demo.loopback import Loopback
from monitor.demo.namespaces import Lack, NamespaceUnavailable
from monitor.demo.processes import START_TIMEOUT_S, module_environment
from monitor.demo.story import Story
from monitor.demo.timeline import Event, Places, TimelineError

PROVINCE = Path(inventory.__file__).parent / "quangngai"
OVERLAY = Path(__file__).parent / "overlay"
TIMELINE = Path(__file__).parent / "timeline.yaml"
RECIPIENT = "truc@demo.invalid"
_TICK_S = 0.1
_LOG_LINES_SHOWN = 15
_WHY_NO_BOX = {
    Lack.PERMISSION: "cần quyền root hoặc user namespace",
    Lack.TUN: "không mở được /dev/net/tun",
    Lack.COMMAND: "thiếu lệnh hệ thống (gói iproute2, util-linux)",
    Lack.KERNEL: "nhân hệ điều hành từ chối",
}

Stage = Box | Loopback


@dataclass(frozen=True, slots=True)
class _Terrain:
    """An inventory made for a stage: its folders, where things are."""

    folders: tuple[Path, ...]
    inventory: Inventory
    places: Places


async def run_demo(
    *, state_dir: Path | None, timeline: Path | None, port: int, duration_s: float | None
) -> int:
    """Run the demo until Ctrl-C, SIGTERM or `duration_s`; return the exit code (0, 1: a part died, 2: wrong timeline).

    `state_dir` (made with mode 0700 if missing) is kept; None: a temporary folder, removed at the end. `timeline`
    None: the shipped one. `port` of the page on 127.0.0.1; any free one when it is taken.
    """
    try:
        events = timelines.load(timeline or TIMELINE)
    except TimelineError as error:
        print(f"Kịch bản sai:\n{error}", file=sys.stderr)
        return 2
    stopped = asyncio.Event()
    with _stopping(stopped):
        async with AsyncExitStack() as stack:
            if state_dir is None:
                folder = await stack.enter_async_context(temporary_folder())
            else:
                folder = _kept_folder(state_dir)
            try:
                return await _run(stack, folder, events, port=port, duration_s=duration_s, stopped=stopped)
            except TimelineError as error:
                print(f"Kịch bản sai:\n{error}", file=sys.stderr)
                return 2
            except ControlError as error:
                print(f"Bản trình diễn hỏng: {error}", file=sys.stderr)
                return 1
            finally:
                print("Đang dừng, dọn sạch mọi thứ đã dựng …")


async def _run(
    stack: AsyncExitStack,
    folder: Path,
    events: Sequence[Event],
    *,
    port: int,
    duration_s: float | None,
    stopped: asyncio.Event,
) -> int:
    community = folder / "secrets" / "snmp-community"
    community.parent.mkdir(mode=0o700, exist_ok=True)
    _write(community, secrets.token_hex(8))
    stage, land = await stack.enter_async_context(_open_stage(folder, community))
    timelines.check_places(events, land.places)
    listener = stack.enter_context(_listen(port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    mail_port = await _start_mailbox(stage, folder / "mailbox")
    config = folder / "demo-settings.yaml"
    _write(config, yaml.safe_dump(_settings(folder, land.folders, url, mail_port), allow_unicode=True))
    _perform(stage, [event for event in events if event.at_s <= 0], land.places)
    log_path = folder / "daemon.log"
    argv = [
        sys.executable,
        "-m",
        "monitor.cli",
        "daemon",
        "--config",
        str(config),
        "--listen-fd",
        str(listener.fileno()),
    ]
    with log_path.open("ab") as log:
        daemon = await stage.spawn(
            argv,
            inside="monitor",
            env=module_environment(),
            pass_fds=(listener.fileno(),),
            stdout=log,
            stderr=log,
        )
    listener.close()
    story = Story(url, folder / "mailbox", len(land.inventory.targets), len(land.inventory.checks))
    story.open(is_boxed=isinstance(stage, Box), folder=folder)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(story.tell_mails(), name="mails"),
            group.create_task(story.tell_health(), name="health"),
            group.create_task(_play(stage, events, land.places, story), name="timeline"),
        ]
        outcome = await _wait_for_the_end(stage, daemon, stopped, duration_s)
        for task in tasks:
            task.cancel()
    if outcome:
        print(outcome, file=sys.stderr)
        if daemon.returncode is not None:
            lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(lines[-_LOG_LINES_SHOWN:]), file=sys.stderr)
        return 1
    return 0


@asynccontextmanager
async def _open_stage(folder: Path, community: Path) -> AsyncIterator[tuple[Stage, _Terrain]]:
    """Build the box, or, where the machine does not allow it, say why and use loopback addresses."""
    plan = terrain.read_address_plan([PROVINCE, OVERLAY])
    land = await asyncio.to_thread(_survey, folder, plan, ())
    async with AsyncExitStack() as stack:
        devices = terrain.device_plan(land.inventory, community_file=community, each_address=False)
        networks = terrain.networks(land.inventory)
        try:
            stage: Stage = await stack.enter_async_context(Box.open(networks=networks, devices=devices))
        except NamespaceUnavailable as error:
            print(
                f"Máy này không dựng được mạng ảo ({_WHY_NO_BOX[error.lack]}: {error.detail}).\n"
                "Bản trình diễn chạy trên 127.0.0.0/8: không có đứt đường truyền, trễ, mất gói, mất điện.\n"
            )
            moved = folder / "overlay-loopback.yaml"
            _write(moved, yaml.safe_dump(terrain.loopback_plan(plan), allow_unicode=True))
            plan = terrain.read_address_plan([PROVINCE, OVERLAY, moved])
            land = await asyncio.to_thread(_survey, folder, plan, (moved,))
            devices = terrain.device_plan(land.inventory, community_file=community, each_address=True)
            stage = await stack.enter_async_context(Loopback.open(devices=devices))
            if stage.unopened:
                print(
                    f"{len(stage.unopened)} dịch vụ mô phỏng không mở được cổng, ví dụ {stage.unopened[0]}.\n"
                )
        yield stage, land


def _survey(folder: Path, plan: dict[str, Any], more: Sequence[Path]) -> _Terrain:
    """Load the inventory and switch off everything that cannot be simulated: the demo asks no real system."""
    folders = (PROVINCE, OVERLAY, *more)
    elsewhere = terrain.targets_elsewhere(load(folders))
    away = folder / "overlay-away.yaml"
    _write(away, yaml.safe_dump(terrain.switch_off(elsewhere), allow_unicode=True))
    final = load((*folders, away))
    return _Terrain((*folders, away), final, terrain.places(final, plan))


def _settings(folder: Path, folders: Sequence[Path], url: str, mail_port: int) -> dict[str, Any]:
    routes = [{"channel": "email", "to": RECIPIENT}, {"channel": "file", "to": "demo"}]
    return {
        "province": "Quảng Ngãi",
        "inventory": [str(path) for path in folders],
        "state_dir": str(folder / "state"),
        "secrets_dir": str(folder / "secrets"),
        "public_url": url.rstrip("/"),
        "email": {
            "host": "127.0.0.1",
            "port": mail_port,
            "security": "none",
            "sender": "giamsat@demo.invalid",
        },
        "file": {"path": str(folder / "messages.jsonl")},
        "alerting": {
            "group_wait_s": 5,
            "recovery_wait_s": 5,
            "policies": {"default": routes, "record-only": []},
        },
    }


async def _start_mailbox(stage: Stage, folder: Path) -> int:
    argv = [sys.executable, "-m", "monitor.demo.mailbox", "--folder", str(folder)]
    process = await stage.spawn(
        argv, inside="monitor", env=module_environment(), stdout=asyncio.subprocess.PIPE
    )
    if process.stdout is None:
        raise ControlError("mailbox: no output")
    async with asyncio.timeout(START_TIMEOUT_S):
        line = await process.stdout.readline()
    if not line:
        raise ControlError("mailbox: ended while starting")
    return int(line)


async def _play(stage: Stage, events: Sequence[Event], places: Places, story: Story) -> None:
    previous_s = 0.0
    while True:
        now_s = story.elapsed_s()
        due = timelines.actions_between(events, previous_s, now_s)
        try:
            done = _perform(stage, due, places)
        except ControlError:  # a part of the stage has just died; `broken` tells which
            return
        for event in done:
            story.tell_event(event)
        previous_s = now_s
        await asyncio.sleep(_TICK_S)


def _perform(stage: Stage, events: Sequence[Event], places: Places) -> list[Event]:
    """Make events happen; return those that could (without a WAN only `slow` can)."""
    done = []
    for event in events:
        for prefix in timelines.prefixes_of(event, places):
            if isinstance(event, timelines.Slow):
                stage.slow(prefix, event.delay_s)
            elif isinstance(stage, Box):
                _perform_on_wan(stage, event, prefix)
        if isinstance(stage, Box) or isinstance(event, timelines.Slow):
            done.append(event)
    return done


def _perform_on_wan(box: Box, event: Event, prefix: str) -> None:
    match event:
        case timelines.Switch(action="cut"):
            box.cut(prefix)
        case timelines.Switch(action="restore"):
            box.restore(prefix)
        case timelines.Switch(action="power_off"):
            box.power_off(prefix)
        case timelines.Switch(action="power_on"):
            box.power_on(prefix)
        case timelines.Latency():
            box.set_link(prefix, latency_s=event.latency_s, jitter_s=event.jitter_s)
        case timelines.Loss():
            box.set_link(prefix, loss_ratio=event.loss_ratio)


async def _wait_for_the_end(
    stage: Stage, daemon: asyncio.subprocess.Process, stopped: asyncio.Event, duration_s: float | None
) -> str:
    """Wait for a signal, the time or the death of a part; return what broke, "" when nothing did."""
    waits = {
        asyncio.create_task(stopped.wait(), name="stopped"),
        asyncio.create_task(daemon.wait(), name="daemon"),
        asyncio.create_task(stage.broken(), name="stage"),
    }
    done, pending = await asyncio.wait(waits, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    names = {task.get_name() for task in done}
    if "daemon" in names:
        return f"Chương trình giám sát đã dừng (mã {daemon.returncode})."
    if "stage" in names:
        return "Một phần của tỉnh mô phỏng đã dừng."
    return ""


@contextlib.contextmanager
def _stopping(stopped: asyncio.Event) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into `stopped`."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    """Open the page's listener here, in the host's namespace; the daemon inherits it."""
    try:
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        print(f"Cổng {port} đang bận hoặc không mở được, dùng cổng {listener.getsockname()[1]}.")
    with listener:
        yield listener


def _kept_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.absolute()


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
        file.write(text)
