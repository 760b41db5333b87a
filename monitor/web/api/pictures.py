"""The API of pictures: a target's graph as SVG or PNG, the QR code of a commune's page."""

from typing import Final, Literal

from pydantic import Field

from inventory.model import Check
from inventory.problem import near_miss
from monitor.people.rights import Right
from monitor.series.asking import AskedWrongError, read_asked
from monitor.web.commune import code_of
from monitor.web.graphs import POINTS, Graph, graph_drawing, graph_svg
from monitor.web.pictures.palette import DARK, LIGHT
from monitor.web.pictures.qr import qr_svg
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json, Model, Reply

SVG: Final = "image/svg+xml"
PNG: Final = "image/png"
_SHORT: Final = Field(default="", max_length=40)


class ChartQuery(Model):
    """What the picture shows. `check`: the label of one of the target's checks; absent: its primary one."""

    range: str = _SHORT
    from_: str = Field(default="", max_length=40, alias="from")
    to: str = _SHORT
    metric: str = Field(default="", max_length=120)
    check: str = Field(default="", max_length=120)
    theme: Literal["light", "dark"] = "light"


async def chart_svg(daemon: DaemonPort, call: Call) -> Json | Reply:
    """Draw the graph; nothing of a picture is kept."""
    graph = _wanted(daemon, call)
    try:
        text = await graph_svg(daemon, graph)
    except AskedWrongError as wrong:
        raise RefusedError(400, wrong.what, wrong.remedy) from None
    return Reply(text, media=SVG)


async def chart_png(daemon: DaemonPort, call: Call) -> Json | Reply:
    """Draw the same in a child process; a picture is kept for a minute."""
    graph = _wanted(daemon, call)
    query = call.asked(ChartQuery)
    key = f"{graph.check.id} {query.model_dump_json()}"
    found = daemon.web.press.kept(key, call.now)
    if found is None:
        try:
            drawing = await graph_drawing(daemon, graph)
        except AskedWrongError as wrong:
            raise RefusedError(400, wrong.what, wrong.remedy) from None
        found = await daemon.web.press.draw(
            key, drawing, call.now, cache=daemon.settings.state_dir / "pictures"
        )
    return Reply(found, media=PNG)


def _wanted(daemon: DaemonPort, call: Call) -> Graph:
    query = call.asked(ChartQuery)
    check = check_of(daemon, call.params["id"], query.check, call)
    try:
        asked = read_asked(
            span=query.range,
            since=query.from_,
            until=query.to,
            points=str(POINTS),
            metric=query.metric,
            now=call.now,
            zone=call.zone,
        )
    except AskedWrongError as wrong:
        raise RefusedError(400, wrong.what, wrong.remedy) from None
    return Graph(check, asked, call.zone, DARK if query.theme == "dark" else LIGHT)


def check_of(daemon: DaemonPort, target_id: str, label: str, call: Call) -> Check:
    """Return the check that is meant; refuses what does not exist and what is not theirs to see."""
    snapshot = daemon.snapshot()
    target = snapshot.inventory.targets.get(target_id)
    if target is None or not call.principal.may_see_unit(target.unit_code):
        # A commune is not told what others have.
        hint = near_miss(target_id, snapshot.inventory.targets) if call.principal.may(Right.SEE) else ""
        raise RefusedError(404, f"không có đối tượng '{target_id[:80]}'", hint)
    checks = snapshot.checks_of.get(target_id, ())
    wanted = f"{target_id}/{label}" if label else next(iter(checks), "")
    if wanted not in checks:
        raise RefusedError(
            404, "đối tượng này không có phép đo ấy", "xem các phép đo trên trang của đối tượng"
        )
    return snapshot.inventory.checks[wanted]


async def qr(daemon: DaemonPort, call: Call) -> Json | Reply:
    """Return the QR code of a commune's page."""
    code = code_of(call.params["id"])
    if code not in daemon.snapshot().inventory.units:
        raise RefusedError(404, "không có đơn vị này")
    if not call.principal.may_see_unit(code):
        raise RefusedError(403, "không phải đơn vị của tài khoản này", "hỏi người quản trị")
    url = daemon.settings.web.url
    if url is None:
        raise RefusedError(422, "chưa biết địa chỉ của trang", "ghi web.url trong cấu hình")
    picture = qr_svg(page_address(url, code))
    return Reply(picture, media=SVG)


def page_address(url: str, code: str) -> str:
    """Return the address of a unit's page, as it stands on the rack."""
    return f"{url.rstrip('/')}/xa/{code}"


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/targets/{id}/chart.svg",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="A target's smoke graph as SVG",
        handler=chart_svg,
        query=ChartQuery,
        media=SVG,
        refuses={404: "no such target or check"},
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}/chart.png",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="A target's smoke graph as PNG",
        handler=chart_png,
        query=ChartQuery,
        media=PNG,
        refuses={404: "no such target or check", 429: "too many pictures wait to be drawn"},
    ),
    Endpoint(
        method="GET",
        path="/communes/{id}/qr.svg",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="QR code of a commune's page",
        handler=qr,
        media=SVG,
        refuses={404: "no such unit", 422: "web.url is not set"},
    ),
)
