"""The API of the rotas: who is on duty, the weeks ahead, swaps. Over the Unix socket only: it names people."""

from collections.abc import Collection
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from alerts.oncall.model import Contact, Directory, Rota, Swap
from alerts.oncall.rota import Duty, duties, gaps, next_hand_over
from alerts.oncall.routing import people_on_duty, swaps_that_count
from inventory.problem import near_miss
from monitor.duty.desk import Desk
from monitor.muting.texts import read_time
from monitor.web.api import Json, iso
from monitor.web.fence import problem
from monitor.web.view import Snapshot

MOST_DAYS: Final = 62
LONGEST_SWAP_S: Final = 31 * 86_400.0
WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
_DAY_S: Final = 86_400.0
_NO_STORE: Final = {"Cache-Control": "no-store"}


class OncallPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def desk(self) -> Desk:
        """The duty desk."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


def add_oncall_routes(app: web.Application, daemon: OncallPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get("/api/v1/oncall", site.now)
    app.router.add_get("/api/v1/oncall/duties", site.duties)
    app.router.add_post("/api/v1/oncall/swaps", site.swap)


class _Site:
    def __init__(self, daemon: OncallPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def now(self, _request: web.Request) -> web.Response:
        now, directory = self._daemon.snapshot().now, self._daemon.desk.directory
        items = [self._rota(rota, directory, now) for rota in directory.rotas.values()]
        return self._answer("oncall/1", now, {"items": items})

    async def duties(self, request: web.Request) -> web.Response:
        now, directory = self._daemon.snapshot().now, self._daemon.desk.directory
        asked = request.query.get("days", "")
        days = min(int(asked), MOST_DAYS) if asked.isascii() and asked.isdigit() else 7
        until_at = now + days * _DAY_S
        items = [
            {
                "rota": rota.id,
                "name": rota.name,
                "duties": [self._duty(duty, directory) for duty in duties(rota, now, until_at)],
                "gaps": [
                    {"from": iso(start, self._zone), "until": iso(end, self._zone)}
                    for start, end in gaps(rota, now, until_at, swaps_that_count(directory))
                ],
                "swaps": [
                    self._swap(each, directory)
                    for each in directory.swaps
                    if each.rota == rota.id and now < each.until_at and each.from_at < until_at
                ],
            }
            for rota in directory.rotas.values()
        ]
        return self._answer("oncall-duties/1", now, {"items": items})

    async def swap(self, request: web.Request) -> web.Response:
        now, directory = self._daemon.snapshot().now, self._daemon.desk.directory
        body = await _body(request)
        wanted = self._wanted(body, directory, now)
        if isinstance(wanted, web.Response):
            return wanted
        await self._daemon.desk.swap(wanted)
        return self._answer("oncall-swap/1", now, {"item": self._swap(wanted, directory)})

    def _wanted(self, body: Json, directory: Directory, now: float) -> Swap | web.Response:
        rota, person, who = (_line(body, key, WHO_LIMIT) for key in ("rota", "person", "who"))
        if not who:
            return problem(400, 'cần JSON {"rota", "person", "from", "until", "who", "comment"}')
        try:
            from_at = self._moment(body, "from", now)
            until_at = self._moment(body, "until", from_at)
        except ValueError as error:
            return problem(400, str(error), "viết như '2026-11-23 07:30'")
        if rota not in directory.rotas:
            return problem(404, _unknown("bảng trực", rota, directory.rotas))
        contact = directory.contacts.get(person)
        if contact is None or contact.is_group:
            people = {key: each for key, each in directory.contacts.items() if not each.is_group}
            return problem(404, _unknown("người", person, people))
        if not max(from_at, now) < until_at <= from_at + LONGEST_SWAP_S:
            return problem(
                400,
                "giờ kết thúc phải sau giờ bắt đầu, sau lúc này, và không quá 31 ngày sau giờ bắt đầu",
                "xem lại --from và --until; nghỉ dài ngày thì ghi leave trong tệp người trực",
            )
        return Swap(rota, person, from_at, until_at, who, _line(body, "comment", TEXT_LIMIT))

    def _rota(self, rota: Rota, directory: Directory, now: float) -> Json:
        people = people_on_duty(directory, rota, now)
        return {
            "rota": rota.id,
            "name": rota.name,
            "people": [_person(directory.contacts.get(each), each) for each in people],
            "shift": next((each.shift for each in duties(rota, now, now + 1)), None),
            "swapped": any(
                each.rota == rota.id and each.from_at <= now < each.until_at
                for each in swaps_that_count(directory)
            ),
            "nextHandOver": iso(next_hand_over(rota, now), self._zone),
        }

    def _duty(self, duty: Duty, directory: Directory) -> Json:
        return {
            "shift": duty.shift,
            "from": iso(duty.from_at, self._zone),
            "until": iso(duty.until_at, self._zone),
            "person": _name(directory, duty.person) if duty.person else None,
            "insteadOf": _name(directory, duty.turn_of) if duty.turn_of != duty.person else None,
        }

    def _swap(self, swap: Swap, directory: Directory) -> Json:
        return {
            "rota": swap.rota,
            "person": _name(directory, swap.person),
            "from": iso(swap.from_at, self._zone),
            "until": iso(swap.until_at, self._zone),
            "who": swap.who,
            "comment": swap.comment,
            "counts": swap.person in directory.contacts,
        }

    def _moment(self, body: Json, key: str, after_at: float) -> float:
        """Return what was written there; a time of day is the next one. Raises ValueError."""
        try:
            return read_time(_line(body, key, WHO_LIMIT), self._zone, after_at)
        except ValueError as error:
            raise ValueError(f"--{key}: {error}") from None

    def _answer(self, schema: str, now: float, content: Json) -> web.Response:
        return web.json_response(
            {"schema": schema, "asOf": iso(now, self._zone), **content}, headers=_NO_STORE
        )


def _person(contact: Contact | None, contact_id: str) -> Json:
    if contact is None:
        return {"id": contact_id, "name": contact_id, "phone": None, "channels": []}
    channels = [each.channel for each in contact.addresses]
    return {"id": contact.id, "name": contact.name, "phone": contact.phone or None, "channels": channels}


def _name(directory: Directory, contact_id: str) -> str:
    contact = directory.contacts.get(contact_id)
    return contact_id if contact is None else contact.name


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    hint = near_miss(name, known)
    return f"không có {what} '{name}'" + (f"; {hint}" if hint else "")


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _line(body: Json, key: str, limit: int) -> str:
    value = body.get(key, "")
    return clean(value, limit) if isinstance(value, str) else ""
