"""The stage of a story: the province in a box, a mail server that records, and the daemons that run on it.

Whatever a daemon writes is searched for the secrets it was given, when its story ends.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from monitor.clock import SystemClock
from monitor.demo.box import Box
from monitor.demo.devices import DevicePlan
from monitor.demo.namespaces import current_network
from monitor.demo.processes import module_environment
from tests.monitor.warm import WarmProcess, start_warm
from tests.scenarios.land import PROVINCE, Data, check_ids
from tests.scenarios.ledger import Ledger
from tests.servers.smtp import Certificate, Mailbox, Received, make_certificate, smtp_server

RECIPIENTS = ("truc@tinh.example", "lanh-dao@tinh.example")
SMTP_USER = "giam-sat"
SMTP_PASSWORD = "mat-khau-9d07ae51c2"
COMMUNITY = "cong-dong-5f2c81e07b"
WEB_PORT = 8080
"""In the monitor's own namespace: nobody else's."""
START_S = 30.0
STOP_S = 10.0
"""SIGTERM ends the daemon within this (reliability promise: exit <= 10 s)."""
POLL_S = 0.05

CLOCK = SystemClock()


async def until(condition: Callable[[], object], *, within_s: float, what: str) -> None:
    """Wait until `condition` holds; fail with `what` when it does not in time."""
    ends_at = CLOCK.monotonic() + within_s
    while not condition():
        assert CLOCK.monotonic() < ends_at, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(POLL_S)


@dataclass
class Stage:
    box: Box
    mailbox: Mailbox
    certificate: Certificate
    folder: Path
    watches: list["Watch"] = field(default_factory=list)

    def watch(self, inventory: Data, *, name: str = "w", **settings: Any) -> "Watch":
        """Prepare a daemon of its own state folder; `settings` are laid over the usual ones, section by section."""
        watch = Watch(self, self.folder / name, inventory, settings)
        self.watches.append(watch)
        return watch


@asynccontextmanager
async def open_stage(folder: Path, *, mail_name: str = "localhost") -> AsyncIterator[Stage]:
    """Set it up; the mail server's certificate is for 127.0.0.1 and `mail_name`."""
    community = write_secret(folder / "community", COMMUNITY)
    certificate = make_certificate(folder, (mail_name, "127.0.0.1"))
    async with AsyncExitStack() as stack:
        devices = DevicePlan(tcp=("0.0.0.0:1720",), community_file=community)
        box = await stack.enter_async_context(Box.open(networks=(PROVINCE,), devices=devices))
        with box.entered("monitor"):
            mailbox = await stack.enter_async_context(
                smtp_server("starttls", certificate=certificate, users={SMTP_USER: SMTP_PASSWORD})
            )
        stage = Stage(box, mailbox, certificate, folder)
        try:
            yield stage
            for watch in stage.watches:
                await watch.close()
        finally:
            for watch in stage.watches:
                await watch.end()


class Watch:
    """One state folder and the daemons that use it, one after the other."""

    def __init__(self, stage: Stage, folder: Path, inventory: Data, settings: dict[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        self._stage = stage
        self._folder = folder
        self._process: asyncio.subprocess.Process | WarmProcess | None = None
        self._said: list[str] = []
        self.state_dir = folder / "state"
        self.config = folder / "giam-sat.yaml"
        self.log = folder / "daemon.log"
        self.messages = folder / "tin.jsonl"
        self.ledger = Ledger(self.state_dir)
        write_secret(folder / "secrets" / "smtp-password", SMTP_PASSWORD)
        write_secret(folder / "secrets" / "snmp-community", COMMUNITY)
        self.write_inventory(inventory)
        self._write_settings(settings)

    @property
    def process(self) -> asyncio.subprocess.Process | WarmProcess:
        assert self._process is not None, "the daemon was not started"
        return self._process

    @property
    def mails(self) -> list[Received]:
        return self._stage.mailbox.mails

    def write_inventory(self, inventory: Data) -> None:
        self.checks = check_ids(inventory)
        folder = self._folder / "danh-muc"
        folder.mkdir(exist_ok=True)
        _dump(folder / "tinh.yaml", inventory)

    def _write_settings(self, more: dict[str, Any]) -> None:
        routes = [*(f"email:{to}" for to in RECIPIENTS), "file:so-tay"]
        settings: dict[str, Any] = {
            "province": "Tỉnh Thử Nghiệm",
            "inventory": ["danh-muc"],
            "state_dir": "state",
            "ballast_mb": 0,
            "secrets_dir": "secrets",
            "email": {
                "host": "127.0.0.1",
                "port": self._stage.mailbox.port,
                "security": "starttls",
                "username": SMTP_USER,
                "password_secret": "smtp-password",
                "sender": "giam-sat@tinh.example",
                "ca_file": str(self._stage.certificate.certificate_file),
            },
            "file": {"path": "tin.jsonl"},
            "alerting": {
                "group_wait_s": 1,
                "recovery_wait_s": 1,
                # A story is the same at any hour.
                "night": None,
                "brief": None,
                "maintenance_messages": False,
                "policies": {"default": {"steps": [{"to": routes}]}},
            },
            "web": {"port": WEB_PORT},
        }
        for section, content in more.items():
            both = isinstance(content, dict) and isinstance(settings.get(section), dict)
            settings[section] = {**settings[section], **content} if both else content
        _dump(self.config, settings)

    async def launch(self, wrapped_in: Sequence[str] = ()) -> None:
        """Start the daemon, not waiting for it; `wrapped_in` is a command that runs it as an interpreter of its own."""
        arguments = ["daemon", "--config", str(self.config)]
        box = self._stage.box
        with self.log.open("ab") as log:
            if wrapped_in:
                argv = [*wrapped_in, sys.executable, "-m", "monitor.cli", *arguments]
                self._process = await box.spawn(
                    argv, inside="monitor", env=module_environment(), stdout=log, stderr=log
                )
                return
            with box.entered("monitor"):
                network = current_network()
            try:
                self._process = await start_warm(arguments, out=log, network=network)
            finally:
                os.close(network)

    async def start(self, wrapped_in: Sequence[str] = ()) -> None:
        """Start the daemon and wait until it answers."""
        await self.launch(wrapped_in)
        await self.until_answers()

    async def until_answers(self) -> None:
        ends_at = CLOCK.monotonic() + START_S
        while True:
            assert self.process.returncode is None, f"the daemon ended:\n{self.tail()}"
            assert CLOCK.monotonic() < ends_at, f"the daemon does not answer:\n{self.tail()}"
            try:
                await self.ask("/healthz")
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(POLL_S)
            else:
                return

    async def ask(self, path: str) -> str:
        """Return the body of GET over the Unix socket."""
        connector = aiohttp.UnixConnector(str(self.state_dir / "api.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(f"http://localhost{path}") as response,
        ):
            return self._heard(await response.text())

    async def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.ask("/healthz"))
        return found

    async def troubles(self) -> set[str]:
        """Return the codes of what the daemon says is wrong with itself."""
        return {reason["code"] for reason in (await self.health())["reasons"]}

    async def until_trouble(self, code: str, *, within_s: float = 20.0) -> None:
        ends_at = CLOCK.monotonic() + within_s
        while code not in await self.troubles():
            assert CLOCK.monotonic() < ends_at, f"no {code}: {await self.health()}"
            await asyncio.sleep(POLL_S)

    async def until_well(self, *, within_s: float = 20.0) -> None:
        ends_at = CLOCK.monotonic() + within_s
        while (health := await self.health())["status"] != "ok":
            assert CLOCK.monotonic() < ends_at, f"not well: {health}"
            await asyncio.sleep(POLL_S)

    async def run_cli(self, *arguments: str) -> tuple[int, str]:
        """Run a command of the real CLI; return its code and what it printed."""
        with tempfile.TemporaryFile() as printed:
            process = await start_warm([*arguments, "--config", str(self.config)], out=printed)
            code = await process.wait()
            printed.seek(0)
            return code, self._heard(printed.read().decode())

    async def ask_cli(self, *arguments: str) -> dict[str, Any]:
        """Run a command that must succeed; return its JSON."""
        code, printed = await self.run_cli(*arguments, "-o", "json")
        assert code == 0, printed
        found: dict[str, Any] = json.loads(printed)
        return found

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    async def kill(self) -> float:
        """Kill -9; return when."""
        self.process.kill()
        await self.process.wait()
        return CLOCK.now()

    async def end(self) -> None:
        """Leave no daemon behind."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def stop(self) -> int:
        """Ask the daemon to end; return its exit code, failing when it takes too long."""
        self.process.terminate()
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()

    async def until_all(self, status: str, *, within_s: float = 20.0) -> None:
        """Wait until the daemon has saved this status of every check."""
        await self.until_these(self.checks, status, within_s=within_s)

    async def until_these(self, checks: AbstractSet[str], status: str, *, within_s: float) -> None:
        """Wait until the daemon has saved this status of these checks."""

        def agreed() -> bool:
            found = self.ledger.statuses()
            return all(found.get(check) == status for check in checks)

        await until(agreed, within_s=within_s, what=f"{status}: {sorted(checks)}")

    async def until_drained(self, *, within_s: float = 30.0) -> None:
        await until(lambda: not self.ledger.waiting(), within_s=within_s, what="an empty outbox")

    def file_messages(self) -> list[dict[str, Any]]:
        if not self.messages.exists():
            return []
        return [json.loads(line) for line in self.messages.read_text().splitlines()]

    def tail(self) -> str:
        return self.log.read_text()[-3_000:] if self.log.exists() else ""

    def _heard(self, text: str) -> str:
        self._said.append(text)
        return text

    async def close(self) -> None:
        """End the daemon if it runs, and look for secrets and bugs in all it wrote."""
        if self._process is not None and self._process.returncode is None:
            await self.stop()
        written = self.log.read_text() if self.log.exists() else ""
        texts = [written, *self._said]
        texts += [path.read_bytes().decode("latin-1") for path in self.state_dir.glob("*.db*")]
        texts += [self.messages.read_text()] if self.messages.exists() else []
        texts += [mail.raw.decode("latin-1") for mail in self.mails]
        for secret in (SMTP_PASSWORD, COMMUNITY):
            assert not [text for text in texts if secret in text], f"{secret} was written somewhere"
        assert "Traceback" not in written, written


def write_secret(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def _dump(path: Path, data: Data) -> None:
    """Replace the file at once: the daemon may read it at any moment."""
    beside = path.with_suffix(".part")
    beside.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    beside.rename(path)
