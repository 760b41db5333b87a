"""The first pages while everything changes under them, and while this machine has nothing left to give."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import yaml

from alerts.model.checks import CheckResult
from monitor.demo.processes import module_environment
from monitor.people.rights import Role
from monitor.plan import Plan
from probes.reading import FailureReason, Reading, failed
from tests.monitor.web.lived import COMMUNE, OTHER, Lived, lived

ASKED = ("/api/v1/overview", "/lanh-dao")
EACH = 250
_SEED = 20_261_123
MORE = {str(22_000 + number): f"Xã Thử {number}" for number in range(14)}


class Upheaval:
    """Turns a daemon's world upside down: results, ticks, a clock that jumps, inventories that lose what was failing."""

    def __init__(self, life: Lived, folder: Path) -> None:
        self.most_incidents = 0
        self._life = life
        self._folder = folder
        self._random = random.Random(_SEED)  # noqa: S311 (a test that repeats itself)
        self._file = folder / "danh-muc" / "tinh.yaml"
        self._whole = yaml.safe_load(self._file.read_text())

    async def act(self, number: int) -> None:
        draw = self._random.random()
        if draw < 0.05:
            await self._reload()
        elif draw < 0.9:
            self._measure(up_ratio=(0.05, 0.95, 0.5)[number // 60 % 3])
        elif draw < 0.97:
            self._pass(self._random.choice((1, 10, 61, 400)))
            self._life.daemon._tick()
        else:
            self._life.clock.step_wall(self._random.choice((-3_600, 3_600, -259_200, 5)))
        self.most_incidents = max(self.most_incidents, len(self._life.daemon.world.incidents))

    def _pass(self, seconds: float) -> None:
        # Not `advance`: that waits until nobody has anything to do, and here everybody asks all the time.
        self._life.clock._monotonic += seconds

    def _measure(self, *, up_ratio: float) -> None:
        daemon, clock = self._life.daemon, self._life.clock
        self._pass(self._random.choice((0.2, 2)))
        check_id = self._random.choice(list(daemon.world.inventory.checks))
        reason = self._random.choice([FailureReason.TIMEOUT] * 6 + list(FailureReason))
        reading = Reading(ok=True) if self._random.random() < up_ratio else failed(reason, "x")
        result = CheckResult(check_id, clock.now(), 0.01, reading, started_mono=clock.monotonic())
        daemon._pipeline.handle(result)

    async def _reload(self) -> None:
        units = {code for code in self._whole["units"] if self._random.random() < 0.7} | {COMMUNE}
        targets = {
            name: target
            for name, target in self._whole["targets"].items()
            if target["unit"] in units and (target["unit"] == COMMUNE or self._random.random() < 0.8)
        }
        part = self._whole | {
            "units": {code: unit for code, unit in self._whole["units"].items() if code in units},
            "targets": targets,
        }
        self._file.write_text(yaml.safe_dump(part, allow_unicode=True))
        self._life.daemon.swap(await asyncio.to_thread(Plan.read, self._folder / "giam-sat.yaml"))


def add_communes(folder: Path) -> None:
    """Let there be enough of them for a common cause."""
    file = folder / "danh-muc" / "tinh.yaml"
    data = yaml.safe_load(file.read_text())
    for code, name in MORE.items():
        data["units"][code] = data["units"][OTHER] | {"name": name}
        data["circuits"][f"k{code}"] = {"provider": "VNPT"}
        data["targets"][f"{code}.tslcd"] = data["targets"][f"{OTHER}.tslcd"] | {
            "unit": code,
            "name": f"Đường truyền TSLCD – {name}",
            "circuit": f"k{code}",
        }
    file.write_text(yaml.safe_dump(data, allow_unicode=True))


async def test_the_first_pages_answer_whatever_changes_under_them(tmp_path: Path) -> None:
    answered: list[tuple[str, int]] = []

    async def ask(path: str) -> None:
        for _ in range(EACH):
            status, _text = await life.get(path, Role.ADMIN)
            answered.append((path, status))

    async with lived(tmp_path, change=add_communes) as life:
        upheaval, number = Upheaval(life, tmp_path), 0
        asking = asyncio.gather(*map(ask, ASKED))
        while not asking.done():
            await upheaval.act(number)
            number += 1
            await asyncio.sleep(0)
        await asking

        assert life.daemon.signs.fence.bugs == 0
    assert upheaval.most_incidents > 1
    assert {status for _, status in answered} == {200}


_WITHOUT_DESCRIPTORS = """
import asyncio, json, os, resource, sys
from pathlib import Path
from monitor.people.rights import Role
from monitor.web.pages.table import PAGES
from tests.monitor.web.lived import incident, lived

async def story():
    async with lived(Path(sys.argv[1])) as life:
        await life.open(incident(1))
        await life.get("/healthz", Role.ADMIN)  # the connection stays
        most = resource.getrlimit(resource.RLIMIT_NOFILE)
        held = [os.open("/dev/null", os.O_RDONLY)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 1, most[1]))
        seen = {}
        for path in ("/api/v1/overview", *(page.path for page in PAGES if "{" not in page.path)):
            seen[path] = (await life.get(path, Role.ADMIN))[0]
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
        return seen
print(json.dumps(asyncio.run(story())))
"""


def test_a_page_that_is_opened_for_the_first_time_needs_no_descriptor(tmp_path: Path) -> None:
    """One that read its template then, or loaded a part of Python, was answered with 500, and so was the error page."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_DESCRIPTORS, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=module_environment(),
    )

    assert done.returncode == 0, done.stderr[-4_000:]
    seen = json.loads(done.stdout)
    assert {seen[path] for path in ("/api/v1/overview", "/lanh-dao", "/", "/may-giam-sat")} == {200}
    assert {path: status for path, status in seen.items() if status >= 500} == {}
