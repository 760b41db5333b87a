"""A whole daemon in this process, with a small province, incidents and people on duty, and its application over TCP.

It measures nothing; its clock stands. Who asks is chosen by a header, as if the door had let them in.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, Guess, Incident, IncidentEvent, LogKind
from alerts.model.notification import Notification, NotificationKind
from alerts.world import Changes, keep
from monitor.app import open_daemon
from monitor.daemon import Daemon
from monitor.first_plan import first_plan
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.web.server import make_app
from monitor.web.showing import PageDesk
from tests.clock import FakeClock

NOW = 1_795_392_000.0
"""07:00 on 23/11/2026, a Monday."""
HOUR_S = 3_600.0
COMMUNE = "21484"
OTHER = "21499"
NAMES = {
    COMMUNE: "Xã Ba Tơ",
    OTHER: "Xã Ba Vinh",
    "23332": "Xã Đăk Hà",
}
PEOPLE = {
    Role.DUTY: "Bích Ngọc",
    Role.ADMIN: "Quản Trị",
    Role.REPORTER: "Báo Cáo",
    Role.COMMUNE: "Cán bộ Ba Tơ",
}


class ChosenDoor:
    """Lets in whom the header says, with the rights of that role."""

    async def principal(self, request: web.Request) -> Principal:
        role = request.headers.get("X-Role", "")
        if not role:
            return Principal()
        named = Role(role)
        return Principal(
            name=named.value,
            display_name=request.headers.get("X-Name", PEOPLE.get(named, named.value)),
            way=Way.SESSION,
            role=named,
            rights=RIGHTS[named],
            unit_code=COMMUNE if named is Role.COMMUNE else "",
            csrf="dau-cua-phien",
        )

    def add_pages(self, app: web.Application, pages: PageDesk) -> None:
        """Nobody signs in here."""


@dataclass
class Lived:
    """The daemon and who talks to it."""

    daemon: Daemon
    client: TestClient[web.Request, web.Application]
    clock: FakeClock

    async def get(self, path: str, role: Role | None = Role.DUTY, **query: str) -> tuple[int, str]:
        response = await self.client.get(path, params=query, headers=_as(role, ""), allow_redirects=False)
        return response.status, await response.text()

    async def piece(self, path: str, role: Role | None = Role.DUTY, **query: str) -> tuple[int, str]:
        """Ask for a piece of a page, as its script does."""
        headers = {**_as(role, ""), "HX-Request": "true"}
        response = await self.client.get(path, params=query, headers=headers, allow_redirects=False)
        return response.status, await response.text()

    async def post(
        self, path: str, role: Role | None = Role.DUTY, *, name: str = "", **fields: Any
    ) -> tuple[int, str]:
        """Send a form; of what was done return where the browser goes."""
        response = await self.client.post(path, data=fields, headers=_as(role, name), allow_redirects=False)
        return response.status, await _said(response)

    async def open(
        self, *incidents: Incident, log: tuple[IncidentEvent, ...] = (), told: tuple[Notification, ...] = ()
    ) -> None:
        """Put incidents into the world and on the disk."""
        changes = Changes()
        for each in incidents:
            keep(self.daemon.world, changes, each)
        decided = changes.decision()
        await self.daemon.do(
            Decision(incidents=decided.incidents, log=(*decided.log, *log), notifications=told)
        )

    def incident(self, incident_id: str) -> Incident:
        found = self.daemon.world.incidents.get(incident_id) or self.daemon.world.closed.get(incident_id)
        assert found is not None
        return found


def _as(role: Role | None, name: str) -> Mapping[str, str]:
    return {} if role is None else {"X-Role": role.value} | ({"X-Name": name} if name else {})


async def _said(response: ClientResponse) -> str:
    return response.headers["Location"] if response.status == 303 else await response.text()


def incident(number: int, unit: str = COMMUNE, *, age_s: float = HOUR_S, **more: Any) -> Incident:
    """One that is open since `age_s`."""
    at = NOW - age_s
    facts: dict[str, Any] = {
        "id": f"SC-2026-{number:04d}",
        "root_check_id": f"{unit}.tslcd/icmp",
        "opened_at": at,
        "declared_at": at + 60,
        "cause": "timeout",
        "guess": Guess(CauseKind.POWER, "bộ lưu điện báo mất điện lưới"),
    }
    return Incident(**(facts | more))


def opened(of: Incident, *texts: str) -> tuple[IncidentEvent, ...]:
    """The log of one: that it began, and notes."""
    first = IncidentEvent(of.id, of.declared_at, LogKind.OPENED, text=of.cause)
    return first, *(
        IncidentEvent(of.id, of.declared_at + 60 * n, LogKind.NOTE, who="A Thiu", text=text)
        for n, text in enumerate(texts, 1)
    )


def told(of: Incident, channel: str = "file") -> Notification:
    """The message that it began."""
    return Notification(
        of.id, NotificationKind.OPENED, channel, "ngoc@tinh.example", of.declared_at, person="ngoc"
    )


def _dumped(data: dict[str, Any]) -> str:
    # Hundreds of tests write these files: in C it takes a tenth of the time.
    return str(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True))


def write_province(folder: Path, **settings: Any) -> Path:
    """Write settings, inventory and on-call file; return the settings' path."""
    units = {
        code: {"name": name, "kind": "xã", "area": "qn", "former_district": "huyện Ba Tơ"}
        for code, name in NAMES.items()
    }
    check = {"kind": "icmp", "interval_s": 60, "retry_interval_s": 10, "timeout_s": 2, "failures_to_down": 3}
    inventory = {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": units,
        "circuits": {f"k{code}": {"provider": "VNPT" if code == COMMUNE else "Viettel"} for code in units},
        "profiles": {"duong": {"layer": "tslcd", "checks": {"icmp": check}}},
        "targets": {
            f"{code}.tslcd": {
                "name": f"Đường truyền TSLCD – {name}",
                "unit": code,
                "profile": "duong",
                "address": "127.0.0.1",
                "circuit": f"k{code}",
            }
            for code, name in NAMES.items()
        },
    }
    people = {
        "people": {
            "ngoc": {"name": "Bích Ngọc", "phone": "0900 000 001", "tell": {"file": "ngoc@tinh.example"}},
            "an": {"name": "A Thiu", "phone": "0900 000 002", "tell": {"file": "an@tinh.example"}},
        },
        "rotas": {
            "csht": {
                "name": "Trực hạ tầng",
                "shifts": [
                    {
                        "name": "Ca ngày",
                        "hours": "07:30-19:30",
                        "people": ["ngoc", "an"],
                        "since": "2026-11-16",
                    },
                    {
                        "name": "Ca đêm",
                        "hours": "19:30-07:30",
                        "people": ["an", "ngoc"],
                        "since": "2026-11-16",
                    },
                ],
            }
        },
    }
    (folder / "danh-muc").mkdir()
    (folder / "danh-muc" / "tinh.yaml").write_text(_dumped(inventory))
    oncall = folder / "nguoi-truc.yaml"
    oncall.write_text(_dumped(people))
    oncall.chmod(0o600)
    config = folder / "giam-sat.yaml"
    everything: dict[str, Any] = {
        "province": "Tỉnh Thử",
        "inventory": ["danh-muc"],
        "oncall": "nguoi-truc.yaml",
        "state_dir": "state",
        "ballast_mb": 1,
        "measuring": False,
        "file": {"path": "tin.jsonl"},
        "alerting": {
            "night": None,
            "brief": None,
            "policies": {"default": {"steps": [{"to": ["rota:csht"]}, {"to": ["an"], "after_minutes": 10}]}},
        },
    }
    config.write_text(_dumped(everything | settings))
    return config


@asynccontextmanager
async def lived(
    folder: Path, *, change: Callable[[Path], None] = lambda _folder: None, **settings: Any
) -> AsyncIterator[Lived]:
    """Open it. `change` may write to its files before."""
    config = write_province(folder, **settings)
    change(folder)
    clock = FakeClock(now=NOW)
    async with open_daemon(first_plan(config), clock=clock) as daemon:
        running = asyncio.create_task(daemon.run())
        async with TestClient(TestServer(make_app(daemon, ChosenDoor()))) as client:
            yield Lived(daemon, client, clock)
        daemon.stop()
        await clock.advance(60)
        await running
