"""`tslcd-monitor demo`: a whole province on this machine, a real daemon watching it, and a story told in Vietnamese.

Everything it starts ends with it, however it ends; its folder too, unless one was given.
"""

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from inventory.model import Inventory
from monitor.demo import timeline as timelines
from monitor.demo.accounts import add_accounts, demo_accounts
from monitor.demo.box import Box
from monitor.demo.control import ControlError
from monitor.demo.folder import temporary_folder, write_private
from monitor.demo.processes import START_TIMEOUT_S, module_environment
from monitor.demo.stage import BeatDoor, DemoSecrets, Stage, open_stage, perform
from monitor.demo.story import Story
from monitor.demo.timeline import Event, Places, TimelineError

TIMELINE = Path(__file__).parent / "timeline.yaml"
ON_CALL = Path(__file__).parent / "oncall.yaml"
COMMUNE = "21025"
"""Whose account the demo makes."""
_STAYING_S = 43_200
_TICK_S = 0.1
_LOG_LINES_SHOWN = 15


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
    stage, land = await stack.enter_async_context(open_stage(folder, _make_secrets(folder / "secrets")))
    timelines.check_places(events, land.places)
    mail_port = await _start_mailbox(stage, folder / "mailbox")
    with _listen(port) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = _settings(folder, land.folders, url, mail_port, land.door)
        settings["simulated"] = isinstance(stage, Box)
        write_private(folder / "oncall.yaml", ON_CALL.read_text(encoding="utf-8"))
        write_private(folder / "demo-settings.yaml", yaml.safe_dump(settings, allow_unicode=True))
        perform(stage, [event for event in events if event.at_s <= 0], land.places)
        daemon = await _start_daemon(stage, folder, listener)
    story = Story(url, folder / "state" / "api.sock", folder / "mailbox")
    story.open(land.inventory, is_boxed=isinstance(stage, Box), folder=folder)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(story.tell_mails(), name="mails"),
            group.create_task(story.tell_health(), name="health"),
            group.create_task(_let_people_in(folder, land.inventory, story), name="accounts"),
            group.create_task(_play(stage, events, land.places, story), name="timeline"),
        ]
        broken = await _wait_for_the_end(stage, daemon, stopped, duration_s)
        for task in tasks:
            task.cancel()
    if broken:
        print(broken, file=sys.stderr)
    if daemon.returncode is not None:
        print(_end_of(folder / "daemon.log"), file=sys.stderr)
    return 1 if broken else 0


async def _let_people_in(folder: Path, inventory: Inventory, story: Story) -> None:
    accounts = demo_accounts(inventory, COMMUNE)
    try:
        await add_accounts(folder / "state" / "api.sock", accounts)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:  # the daemon ended, or refused
        print(
            f"Chưa tạo được tài khoản để đăng nhập ({error}); xem {folder / 'daemon.log'}.", file=sys.stderr
        )
        return
    story.tell_accounts(accounts)


async def _start_daemon(stage: Stage, folder: Path, listener: socket.socket) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(folder / "demo-settings.yaml")]
    descriptor = listener.fileno()
    with (folder / "daemon.log").open("ab") as log:
        return await stage.spawn(
            [*argv, "--listen-fd", str(descriptor)],
            inside="monitor",
            env=module_environment(),
            pass_fds=(descriptor,),
            stdout=log,
            stderr=log,
        )


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES_SHOWN:])


def _make_secrets(folder: Path) -> DemoSecrets:
    folder.mkdir(mode=0o700, exist_ok=True)
    made = DemoSecrets(folder / "snmp-community", secrets.token_hex(32))
    write_private(made.community_file, secrets.token_hex(8))
    write_private(folder / "heartbeat-key", made.beat_key)
    return made


def _settings(
    folder: Path, folders: Sequence[Path], url: str, mail_port: int, door: BeatDoor
) -> dict[str, Any]:
    return {
        "province": "Quảng Ngãi",
        "inventory": [str(path) for path in folders],
        "oncall": "oncall.yaml",
        "state_dir": str(folder / "state"),
        "secrets_dir": str(folder / "secrets"),
        "public_url": url,
        # Whoever tries the demo has no second telephone at hand, and is away for a while.
        "web": {
            "url": url,
            "second_factor": [],
            "sessions": {"idle_s": _STAYING_S, "admin_idle_s": _STAYING_S},
        },
        "email": {
            "host": "127.0.0.1",
            "port": mail_port,
            "security": "none",
            "sender": "giamsat@demo.invalid",
        },
        "file": {"path": str(folder / "messages.jsonl")},
        "heartbeats": {
            "http": {
                "host": door.host,
                "port": door.port,
                "tls_cert": str(door.certificate_file),
                "tls_key": str(door.key_file),
            }
        },
        "alerting": {
            "group_wait_s": 5,
            "recovery_wait_s": 5,
            # The story is told at any hour of the day.
            "night": None,
            "brief": None,
            "policies": {
                "default": {
                    "steps": [
                        {"to": ["rota:csht", "file:demo"]},
                        {"to": ["truong-ca", "to-truc"], "after_minutes": 15},
                    ]
                },
                "record-only": {},
            },
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
            done = perform(stage, due, places)
        except ControlError:  # a part of the stage has just died; `broken` tells which
            return
        for event in done:
            story.tell_event(event)
        previous_s = now_s
        await asyncio.sleep(_TICK_S)


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
