"""Random edits of an inventory's files, most of them as clerks make them, and a story of a daemon that lives through them."""

import asyncio
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from inventory.loader import load_with_warnings
from inventory.problem import ProblemsError
from tests.monitor.daemons import Running, running
from tests.probes.servers import refused_port

UP_HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 5))
KEPT = ("keep.a", "keep.b", "keep.c", "keep.child")
"""Targets that are down all the time; no edit removes them. The last one hangs on the first."""
INCIDENTS = 3
Content = bytes | str
"""Bytes of a regular file, or what stands in its place: directory, symlink, fifo."""


@dataclass
class Edits:
    """The folder as it should be (`targets`) and as the latest edit made it (`files`)."""

    chance: random.Random
    up_port: int
    down_port: int
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: ["10-mau.yaml", "20-giu.yaml", "30-khac.yaml"])
    notes: int = 0
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        for target_id in KEPT:
            self.targets[target_id] = {
                "name": target_id,
                "unit": "u",
                "profile": "down",
                "address": UP_HOSTS[0],
            }
        self.targets["keep.child"]["depends_on"] = ["keep.a"]
        for _ in range(12):
            self._add()

    def files(self) -> dict[str, Content]:
        """Return the files of the model."""

        def checks(port: int) -> dict[str, Any]:
            tcp = {"kind": "tcp", "interval_s": 1, "retry_interval_s": 1, "timeout_s": 0.8}
            return {"tcp": tcp | {"failures_to_down": 2, "options": {"port": port}}}

        kept = {key: value for key, value in self.targets.items() if key in KEPT}
        rest = {key: value for key, value in self.targets.items() if key not in KEPT}
        parts = (
            {
                "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
                "units": {"u": {"name": "Xã Thử", "kind": "xã", "area": "qn"}},
                "profiles": {
                    "up": {"layer": "tslcd", "checks": checks(self.up_port)},
                    "down": {"layer": "tslcd", "checks": checks(self.down_port)},
                },
            },
            {"targets": kept},
            {"targets": rest},
        )
        comment = f"# lần {self.notes}\n"
        return {
            name: (comment + yaml.safe_dump(part, allow_unicode=True)).encode()
            for name, part in zip(self.names, parts, strict=True)
        }

    def next(self) -> tuple[str, dict[str, Content]]:
        """Make one edit; return its name and the files. A broken one is gone again with the next."""
        edit = self.chance.choice(
            (
                *(self._interval, self._address, self._name, self._add, self._remove, self._comment),
                *(self._rename_file, self._depend, self._interval, self._address),
                *(self._cycle, self._syntax, self._twice, self._truncated, self._junk, self._deleted),
                *(self._directory, self._symlink, self._fifo, self._nonsense),
            )
        )
        broken = edit()
        return edit.__name__.removeprefix("_"), self.files() if broken is None else broken

    def _some(self, *, removable: bool = False) -> dict[str, Any]:
        ids = [key for key in self.targets if not removable or key not in KEPT]
        return self.targets[self.chance.choice(ids)]

    def _interval(self) -> None:
        own = self._some().setdefault("checks", {}).setdefault("tcp", {})
        own["interval_s"] = self.chance.choice((1, 1.5, 2, 3))

    def _address(self) -> None:
        self._some()["address"] = self.chance.choice(UP_HOSTS)

    def _name(self) -> None:
        self._some()["name"] = f"Máy {self.chance.randrange(1000)}"

    def _comment(self) -> None:
        self.notes += 1

    def _add(self) -> None:
        address = self.chance.choice(UP_HOSTS)
        self.targets[f"u.t{next(self.numbers)}"] = {
            "name": "Máy mới",
            "unit": "u",
            "profile": "up",
            "address": address,
        }

    def _remove(self) -> None:
        ids = [key for key in self.targets if key not in KEPT]
        if len(ids) > 4:
            gone = self.chance.choice(ids)
            del self.targets[gone]
            for target in self.targets.values():
                target["depends_on"] = [each for each in target.get("depends_on", []) if each != gone]

    def _rename_file(self) -> None:
        place = self.chance.randrange(3)
        self.names[place] = f"{(place + 1) * 10 + self.chance.randrange(10)}-ten.yaml"

    def _depend(self) -> None:
        ids = [key for key in self.targets if key not in KEPT]
        first, second = sorted(self.chance.sample(ids, 2))
        self.targets[second]["depends_on"] = [first]

    def _cycle(self) -> dict[str, Content]:
        targets = {
            f"v.{n}": {
                "name": "V",
                "unit": "u",
                "profile": "up",
                "address": "127.0.0.1",
                "depends_on": [f"v.{1 - n}"],
            }
            for n in (0, 1)
        }
        return self.files() | {"90.yaml": yaml.safe_dump({"targets": targets}).encode()}

    def _syntax(self) -> dict[str, Content]:
        return self._with(lambda old: old + b"x: [1, 2\ny: }\n")

    def _twice(self) -> dict[str, Content]:
        return self._with(lambda old: old + b"targets:\n  u.hai: {name: H}\n")

    def _truncated(self) -> dict[str, Content]:
        return self._with(lambda old: old[: self.chance.randrange(len(old))])

    def _junk(self) -> dict[str, Content]:
        return self._with(lambda _old: self.chance.randbytes(200))

    def _nonsense(self) -> dict[str, Content]:
        return self._with(
            lambda _old: self.chance.choice((b"- a\n", b"!!python/object:os.system {}\n", b"\t\n", b"a: *b"))
        )

    def _deleted(self) -> dict[str, Content]:
        files = self.files()
        del files[self.chance.choice(self.names)]
        return files

    def _directory(self) -> dict[str, Content]:
        return self._instead("directory")

    def _symlink(self) -> dict[str, Content]:
        return self._instead("symlink")

    def _fifo(self) -> dict[str, Content]:
        return self._instead("fifo")

    def _with(self, change: Any) -> dict[str, Content]:
        files = self.files()
        name = self.chance.choice(self.names)
        return files | {name: change(files[name])}

    def _instead(self, what: str) -> dict[str, Content]:
        return self.files() | {self.chance.choice(self.names): what}


def write(folder: Path, files: dict[str, Content]) -> None:
    """Make the folder hold just these."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        match content:
            case bytes():
                (folder / name).write_bytes(content)
            case "directory":
                (folder / name).mkdir()
            case "symlink":
                (folder / name).symlink_to("/etc/hostname")
            case _:
                os.mkfifo(folder / name)


def truth(folder: Path) -> tuple[str, frozenset[str]] | None:
    """Return the digest and the targets of a valid folder, None for a broken one."""
    try:
        inventory = load_with_warnings([folder]).inventory
    except ProblemsError:
        return None
    return inventory.digest, frozenset(inventory.targets)


class Story:
    """A daemon with open incidents, and what must stay true of it."""

    def __init__(self, folder: Path, edits: Edits) -> None:
        self.folder = folder
        self.edits = edits
        self.counts: Counter[str] = Counter()
        self.digest = ""
        self.incidents: dict[str, str] = {}
        self.told = 0

    @property
    def config(self) -> Path:
        return self.folder / "giam-sat.yaml"

    def prepare(self) -> None:
        settings = {
            "province": "Tỉnh Thử",
            "inventory": ["danh-muc"],
            "state_dir": "state",
            "ballast_mb": 1,
            "web": {"enabled": False},
            "inventory_watch": {"enabled": False},
            "file": {"path": str(self.folder / "messages.jsonl")},
            "alerting": {"group_wait_s": 0.1, "policies": {"default": {"steps": [{"to": ["file:truc"]}]}}},
        }
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True))
        write(self.folder / "danh-muc", self.edits.files())
        found = truth(self.folder / "danh-muc")
        assert found is not None
        self.digest = found[0]

    async def until_incidents(self, daemon: Running) -> None:
        def sent() -> int:
            # On a busy machine two incidents may be told in one message.
            with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
                (count,) = reading.execute("select count(*) from outbox where sent_at is not null").fetchone()
            return int(count)

        async def told() -> bool:
            return len(await self._open(daemon)) == INCIDENTS and sent() == INCIDENTS

        await daemon.until(told, "the incidents")
        self.told = len(self.messages())
        self.incidents = await self._open(daemon)
        taken = next(iter(self.incidents))
        assert await daemon.post(f"/api/v1/incidents/{taken}/ack", {"who": "Chị Hoa"}) == 200
        self.incidents = await self._open(daemon)

    async def edit(self, daemon: Running) -> None:
        """Make one edit, let it be taken over, and look whether all is as it must be."""
        name, files = self.edits.next()
        scratch = self.folder / "thu"
        write(scratch, files)
        found = truth(scratch)
        if found is not None and not found[1].issuperset(KEPT):
            self.counts["skipped"] += 1
            return
        write(self.folder / "danh-muc", files)
        self.counts[name] += 1
        self.counts["valid" if found else "broken"] += 1
        if self.edits.chance.random() < 0.2:
            reloads = await self._reloads(daemon)
            daemon.process.send_signal(signal.SIGHUP)

            async def done() -> bool:
                return await self._reloads(daemon) > reloads

            await daemon.until(done, "the reload")
        else:
            digest = found[0] if found else "0" * 64
            status = await daemon.post("/api/v1/inventory/apply", {"digest": digest, "who": "thử"})
            assert status == (200 if found else 422), (name, status)
        if found:
            self.digest = found[0]
        assert (await self.get(daemon, "inventory"))["digest"] == self.digest, name

    async def check(self, daemon: Running) -> None:
        """No incident is lost or new, nobody was told anything since."""
        assert await self._open(daemon) == self.incidents
        assert len(self.messages()) == self.told, self.messages()[self.told :]

    def messages(self) -> list[Any]:
        path = self.folder / "messages.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    async def get(self, daemon: Running, path: str) -> dict[str, Any]:
        connector = aiohttp.UnixConnector(str(daemon.state_dir / "api.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(f"http://localhost/api/v1/{path}") as response,
        ):
            assert response.status == 200
            found: dict[str, Any] = await response.json()
            return found

    async def _open(self, daemon: Running) -> dict[str, str]:
        items = (await self.get(daemon, "incidents?state=open"))["items"]
        return {item["id"]: f"{item['check']} {item['openedAt']} {item['ackedBy']}" for item in items}

    async def _reloads(self, daemon: Running) -> float:
        text = await daemon.metrics()
        lines = [line for line in text.splitlines() if line.startswith("tslcd_reloads_total{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


@asynccontextmanager
async def answering() -> AsyncIterator[int]:
    """Yield a port that answers on all of UP_HOSTS."""

    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with AsyncExitStack() as stack:
        first = await asyncio.start_server(close, UP_HOSTS[0], 0)
        await stack.enter_async_context(first)
        port: int = first.sockets[0].getsockname()[1]
        for host in UP_HOSTS[1:]:
            await stack.enter_async_context(await asyncio.start_server(close, host, port))
        yield port


async def live_through(folder: Path, *, seed: int, edits: int, restart_every: int = 0) -> Counter[str]:
    """Tell the story: `edits` edits, looked at after each; return how many there were of each sort."""
    async with answering() as up_port:
        story = Story(folder, Edits(random.Random(seed), up_port, refused_port()))  # noqa: S311 (a story, no secret)
        story.prepare()
        left = edits
        while left:
            async with running(story.config) as daemon:
                await daemon.until_answers()
                if not story.incidents:
                    await story.until_incidents(daemon)
                else:
                    assert (await story.get(daemon, "inventory"))["digest"] == story.digest
                for _ in range(min(left, restart_every or left)):
                    await story.edit(daemon)
                    left -= 1
                    if left % 5 == 0:
                        await story.check(daemon)
                await asyncio.sleep(1.5)
                await story.check(daemon)
                assert await daemon.end() == 0
            log = daemon.log.read_text()
            assert "Traceback" not in log
            assert "_bug" not in log
            story.counts["restarts"] += 1
        return story.counts
