"""The API of the inventory's life: what is in force, what would change, apply, go back, coverage."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from alerts.messages.plain import clean
from inventory.equipment.coverage import coverage
from inventory.problem import near_miss
from monitor.in_force import Denial, Outcome
from monitor.people.rights import Right
from monitor.plan_reader import Refused
from monitor.web.api.inventory_shapes import candidate_json, coverage_json, in_force_json, version_json
from monitor.web.api.shapes import iso
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json, Model

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
DIGEST_LIMIT: Final = 128
MOST_VERSION: Final = 2**53
_DENIALS: Final = {
    Denial.FILES_CHANGED: (409, "tệp danh mục đã đổi sau khi xem", "xem lại thay đổi rồi áp dụng"),
    Denial.UNKNOWN_VERSION: (404, "không có bản danh mục này", ""),
}
Version = Annotated[int, Field(ge=1, le=MOST_VERSION)]
Line = Annotated[str, Field(max_length=WHO_LIMIT)]


class DiffQuery(Model):
    """Compared with what is in force: a stored version; absent: the folders as they are."""

    version: Version | None = None


class ValidateBody(Model):
    """As DiffQuery."""

    version: Version | None = None


class ApplyBody(Model):
    """The digest that was looked at: what is applied is that or nothing."""

    digest: Annotated[str, Field(max_length=DIGEST_LIMIT)]
    comment: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    who: Line = ""


class RollbackBody(Model):
    """Which stored version."""

    version: Version
    who: Line = ""


class CoverageQuery(Model):
    """Of one class of equipment; absent: all."""

    id: Line = ""


class InForceAnswer(Answer):
    """What is watched. `outcome` is there after a change."""

    asOf: str | None
    digest: str
    version: int | None
    since: str | None
    who: str
    how: str
    counts: dict[str, int]
    pinned: dict[str, Any] | None
    pending: dict[str, Any] | None
    error: str | None
    outcome: str | None = None


class ChangeShape(Answer):
    """One change by meaning: what was added, changed or removed."""

    op: str
    kind: str
    id: str
    name: str
    unit: str | None
    field: str | None
    old: str | None
    new: str | None


class ProblemShape(Answer):
    """One mistake, where it is and what to do."""

    file: str
    line: int
    path: str
    message: str
    hint: str


class DiffAnswer(Answer):
    """What would change; `digest` is null when it cannot be used."""

    asOf: str | None
    running: dict[str, Any]
    digest: str | None
    problems: list[ProblemShape]
    warnings: list[ProblemShape]
    summary: str
    changes: list[ChangeShape]
    changesLeftOff: int
    renames: list[dict[str, str]]
    unwatched: int
    ends: str
    closes: list[str]


class VersionShape(Answer):
    """A stored version."""

    version: int
    digest: str
    at: str
    who: str
    how: str
    counts: dict[str, int]
    inForce: bool
    pinned: bool


class VersionsAnswer(Answer):
    """The stored versions, the latest first."""

    asOf: str | None
    items: list[VersionShape]


class CoverageAnswer(Answer):
    """Communes with and without each class of equipment."""

    asOf: str | None
    on: str
    units: int
    items: list[dict[str, Any]]


async def read_in_force(daemon: DaemonPort, call: Call) -> Json:
    """Return what is watched."""
    return _answer(daemon, call, "inventory/1", in_force_json(daemon.reloading, call.zone))


async def list_versions(daemon: DaemonPort, call: Call) -> Json:
    """Return the stored versions."""
    reloading = daemon.reloading
    items = [version_json(each, reloading, call.zone) for each in await reloading.versions()]
    return _answer(daemon, call, "inventory-versions/1", {"items": items})


async def read_diff(daemon: DaemonPort, call: Call) -> Json:
    """Compare, by a question that changes nothing."""
    return await _examined(daemon, call, call.asked(DiffQuery).version)


async def validate(daemon: DaemonPort, call: Call) -> Json:
    """Compare."""
    return await _examined(daemon, call, call.sent(ValidateBody).version)


async def apply(daemon: DaemonPort, call: Call) -> Json:
    """Put into force what was looked at."""
    body = call.sent(ApplyBody)
    _refuse_other_than(daemon.reloading.in_force.digest, call.if_match)
    outcome = await daemon.reloading.apply(
        clean(body.digest, DIGEST_LIMIT), who=_signed(call, body.who), comment=clean(body.comment, TEXT_LIMIT)
    )
    return _outcome(daemon, call, outcome)


async def roll_back(daemon: DaemonPort, call: Call) -> Json:
    """Put a stored version into force, and stay on it."""
    body = call.sent(RollbackBody)
    _refuse_other_than(daemon.reloading.in_force.digest, call.if_match)
    return _outcome(daemon, call, await daemon.reloading.roll_back(body.version, who=_signed(call, body.who)))


async def read_coverage(daemon: DaemonPort, call: Call) -> Json:
    """Count equipment of communes by the inventory in force."""
    snapshot, class_id = daemon.snapshot(), clean(call.asked(CoverageQuery).id, WHO_LIMIT)
    inventory = snapshot.inventory
    if class_id and class_id not in inventory.reported:
        raise RefusedError(
            404,
            f"không có loại '{class_id}' trong phần reported của danh mục",
            near_miss(class_id, inventory.reported),
        )
    today = datetime.fromtimestamp(snapshot.now, call.zone).date()
    counted = coverage(inventory, on=today, class_id=class_id or None)
    return {"asOf": iso(snapshot.now, call.zone), **coverage_json(counted, inventory)}


async def _examined(daemon: DaemonPort, call: Call, version: int | None) -> Json:
    found = await daemon.reloading.examine(version)
    if isinstance(found, Denial):
        raise RefusedError(*_DENIALS[found])
    running = in_force_json(daemon.reloading, call.zone)
    return _answer(
        daemon, call, "inventory-diff/1", {"running": running, **candidate_json(found, daemon.snapshot())}
    )


def _outcome(daemon: DaemonPort, call: Call, outcome: Outcome | Refused | Denial) -> Json:
    if isinstance(outcome, Denial):
        raise RefusedError(*_DENIALS[outcome])
    if isinstance(outcome, Refused):
        raise RefusedError(422, f"danh mục có {outcome.text}; vẫn dùng bản cũ", "sửa các lỗi rồi áp dụng lại")
    return _answer(
        daemon,
        call,
        "inventory/1",
        {"outcome": outcome.value, **in_force_json(daemon.reloading, call.zone)},
    )


def _refuse_other_than(digest: str, if_match: str) -> None:
    """Refuse a change that was thought of over another inventory than the one in force."""
    named = [each.strip().removeprefix("W/").strip('"') for each in if_match.split(",")]
    if if_match and "*" not in named and digest not in named:
        raise RefusedError(
            412, "danh mục đang dùng không còn là bản đã xem", "xem lại thay đổi rồi áp dụng lại"
        )


def _signed(call: Call, named: str) -> str:
    who = call.principal.signs(clean(named, WHO_LIMIT))
    if not who:
        raise RefusedError(400, "who: chưa biết ai làm", "ghi tên người áp dụng", field="who")
    return who


def _answer(daemon: DaemonPort, call: Call, schema: str, content: Json) -> Json:
    return {"schema": schema, "asOf": iso(daemon.snapshot().now, call.zone), **content}


_CHANGING: Final = {
    404: "không có bản này",
    409: "tệp đã đổi sau khi xem",
    412: "danh mục đang dùng không còn là bản trong If-Match",
    422: "danh mục có lỗi",
}
_IN_FORCE: Final = "digest of the inventory in force"

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/inventory",
        needs=Right.SEE,
        summary="The inventory in force, and what waits for a person",
        handler=read_in_force,
        answer=InForceAnswer,
    ),
    Endpoint(
        method="GET",
        path="/inventory/versions",
        needs=Right.SEE,
        summary="Stored versions, the latest first",
        handler=list_versions,
        answer=VersionsAnswer,
    ),
    Endpoint(
        method="GET",
        path="/inventory/diff",
        needs=Right.ADDRESSES,
        summary="What the folders, or a stored version, would change",
        handler=read_diff,
        query=DiffQuery,
        answer=DiffAnswer,
        refuses={404: "không có bản này"},
    ),
    Endpoint(
        method="POST",
        path="/inventory/validate",
        needs=Right.ADDRESSES,
        summary="What the folders, or a stored version, would change",
        handler=validate,
        body=ValidateBody,
        answer=DiffAnswer,
        refuses={404: "không có bản này"},
    ),
    Endpoint(
        method="POST",
        path="/inventory/apply",
        needs=Right.INVENTORY,
        summary="Put the folders into force as they were looked at",
        handler=apply,
        body=ApplyBody,
        answer=InForceAnswer,
        if_match=_IN_FORCE,
        refuses=_CHANGING,
    ),
    Endpoint(
        method="POST",
        path="/inventory/rollback",
        needs=Right.INVENTORY,
        summary="Go back to a stored version, and stay on it",
        handler=roll_back,
        body=RollbackBody,
        answer=InForceAnswer,
        if_match=_IN_FORCE,
        refuses=_CHANGING,
    ),
    Endpoint(
        method="GET",
        path="/inventory/coverage",
        needs=Right.SEE,
        summary="Which communes have which equipment, beside what was last reported",
        handler=read_coverage,
        query=CoverageQuery,
        answer=CoverageAnswer,
        refuses={404: "không có loại thiết bị này"},
    ),
)
