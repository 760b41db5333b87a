"""The API of spreadsheets of the inventory: the form to fill in, and everything there is."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from inventory.problem import ProblemsError
from inventory.sheet.forms import export_workbook, template
from inventory.sheet.known import read_known
from monitor.people.rights import Right
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Model, Reply

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DEFAULT_PROFILES: Final = ("tslcd-cpe", "switch", "vcs-endpoint")


class SheetQuery(Model):
    """For which kinds of device the form asks, separated by commas."""

    profiles: str = ",".join(DEFAULT_PROFILES)
    by: Literal["name", "area"] = "name"


async def read_template(daemon: DaemonPort, call: Call) -> Reply:
    """Write the form in a thread: it reads the folders."""
    query = call.asked(SheetQuery)
    profiles = tuple(each.strip() for each in query.profiles.split(",") if each.strip())
    return await _sheet(daemon, call, "danh-sach.xlsx", profiles, is_by_area=query.by == "area")


async def read_export(daemon: DaemonPort, call: Call) -> Reply:
    """Write all there is in a thread; importing it changes nothing."""
    return await _sheet(daemon, call, "danh-muc.xlsx", None, is_by_area=False)


async def _sheet(
    daemon: DaemonPort, call: Call, name: str, profiles: Sequence[str] | None, *, is_by_area: bool
) -> Reply:
    settings = daemon.settings
    made_at = datetime.fromtimestamp(call.now, call.zone).replace(tzinfo=None)
    try:
        content = await asyncio.to_thread(
            _written,
            tuple(settings.inventory),
            tuple(settings.alerting.policies),
            profiles,
            made_at,
            is_by_area=is_by_area,
        )
    except ProblemsError as error:
        raise RefusedError(
            422, str(error.problems[0]), "sửa lỗi của danh mục trước, xem trang Danh mục"
        ) from None
    return Reply(body=content, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media=XLSX)


def _written(
    paths: Sequence[Path],
    policies: Sequence[str],
    profiles: Sequence[str] | None,
    made_at: datetime,
    *,
    is_by_area: bool,
) -> bytes:
    known = read_known(paths)
    if profiles is None:
        return export_workbook(known, created_at=made_at, policies=policies)
    unknown = [name for name in profiles if name not in known.profiles]
    if unknown:
        raise RefusedError(
            400,
            f"không có loại thiết bị '{unknown[0]}'",
            "các loại: " + ", ".join(known.profiles),
            field="profiles",
        )
    return template(known, profiles, created_at=made_at, policies=policies, by_area=is_by_area)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/inventory/sheets/template",
        needs=Right.INVENTORY,
        summary="The workbook that staff of communes fill in",
        handler=read_template,
        query=SheetQuery,
        media=XLSX,
        refuses={422: "the folders have mistakes"},
    ),
    Endpoint(
        method="GET",
        path="/inventory/sheets/export",
        needs=Right.INVENTORY,
        summary="All targets and circuits as a workbook",
        handler=read_export,
        media=XLSX,
        refuses={422: "the folders have mistakes"},
    ),
)
