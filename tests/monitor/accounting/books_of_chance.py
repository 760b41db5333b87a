"""Books in which everything happens at once: a line, what lies behind it, calendars, windows, corrections. Drawn."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.hold import Muting, MutingKind
from inventory.model import (
    ALWAYS,
    Area,
    Calendar,
    Circuit,
    DayTable,
    Inventory,
    Layer,
    Repeat,
    Selector,
    Target,
    Unit,
    Window,
)
from inventory.times.calendars import always
from inventory.times.windows import windows_by_target
from monitor.accounting.model import Books, Correction, History, Part, Period
from tests.alerts.province import check, province

UNITS = {
    "1": Unit("1", "Xã Ba Tơ", "xã", "qn", former_district="Ba Tơ", former_province="Quảng Ngãi"),
    "2": Unit("2", "Xã Đăk Hà", "xã", "kt", former_district="Đăk Hà", former_province="Kon Tum"),
    "so": Unit("so", "Sở Nội vụ", "sở", "province"),
}
TARGETS = {
    "1.cpe": Target("1.cpe", "Bộ định tuyến", "1", Layer.TSLCD, "cpe", "", circuit_id="k1"),
    "1.kiosk": Target(
        "1.kiosk", "Kiosk", "1", Layer.KIOSK, "kiosk", "", depends_on=("1.cpe",), tags=("thu",)
    ),
    "1.pc": Target("1.pc", "Máy tính", "1", Layer.PC, "pc", "", depends_on=("1.kiosk", "so.web")),
    "2.cpe": Target("2.cpe", "Bộ định tuyến", "2", Layer.TSLCD, "cpe", "", circuit_id="k2"),
    "so.web": Target("so.web", "Trang web", "so", Layer.SHARED, "web", "", tags=("thu",)),
}
CHECK_IDS = (
    "1.cpe/icmp",
    "1.cpe/snmp",
    "1.kiosk/icmp",
    "1.pc/icmp",
    "2.cpe/icmp",
    "so.web/http",
    "so.web/tls",
)
CIRCUITS = {"k1": Circuit("k1", "VNPT", "HD-01"), "k2": Circuit("k2", "Viettel")}
SELECTORS = (
    Selector(targets=("1.cpe",)),
    Selector(units=("1",)),
    Selector(tags=("thu",)),
    Selector(circuits=("k1",)),
    Selector(layers=("tslcd",)),
    Selector(targets=("so.web",)),
)
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin")


def land(calendar: Calendar | None = None, *windows: Window) -> Inventory:
    """Build the small province; kiosks and computers follow the calendar, everything else is always there."""
    hours = always() if calendar is None else calendar
    checks = [
        replace(check(id_), calendar=hours.id if ".kiosk" in id_ or ".pc" in id_ else ALWAYS)
        for id_ in CHECK_IDS
    ]
    inventory = replace(
        province(checks),
        units=UNITS,
        targets=TARGETS,
        circuits=CIRCUITS,
        areas={id_: Area(id_, name) for id_, name in (("qn", "Quảng Ngãi (cũ)"), ("kt", "Kon Tum (cũ)"))},
        calendars={ALWAYS: always(), hours.id: hours},
        windows={each.id: each for each in windows},
    )
    return replace(inventory, windows_of=windows_by_target(inventory.windows, inventory))


@dataclass(frozen=True)
class Span:
    """A period in which everything happens at whole steps."""

    period: Period
    step_s: int

    @property
    def steps(self) -> int:
        return round(self.period.length_s / self.step_s)

    def at(self, number: int) -> float:
        return self.period.from_at + number * self.step_s

    def moments(self) -> st.SearchStrategy[float]:
        """Return moments in the period, before it and after it."""
        return st.integers(-self.steps // 2, self.steps * 5 // 4).map(self.at)


@st.composite
def transitions(draw: st.DrawFn, span: Span, check_id: str) -> tuple[Transition, ...]:
    found = []
    for at in sorted(draw(st.lists(span.moments(), max_size=12))):
        new = draw(st.sampled_from([Status.UP, Status.DOWN, Status.DOWN, Status.DEGRADED, Status.UNKNOWN]))
        why = draw(st.sampled_from([Blindness.REMOVED, Blindness.STOPPED])) if new is Status.UNKNOWN else ""
        found.append(Transition(check_id, at, at, Status.UP, new, str(why)))
    return tuple(found)


@st.composite
def histories(draw: st.DrawFn, span: Span, check_id: str) -> History:
    # Before the first moment of the books everything is as `status` says.
    return History(
        check_id,
        draw(st.sampled_from([Status.UP, Status.UP, Status.DOWN, Status.DEGRADED, Status.UNKNOWN, None])),
        draw(transitions(span, check_id)),
        draw(st.none() | st.none() | span.moments()),
    )


@st.composite
def calendars(draw: st.DrawFn, span: Span) -> Calendar:
    """Draw hours that begin and end near the beginning of the period, or anywhere in the day when it is long."""
    zone = draw(st.sampled_from(ZONES))
    beginning = datetime.fromtimestamp(span.period.from_at, ZoneInfo(zone))
    first = beginning.hour * 60 + beginning.minute
    grid = max(1, span.step_s // 60)
    near = max(1, round(span.period.length_s) // 60 // grid)
    minutes = st.integers(-2, near + 2).map(lambda number: (first + number * grid) % 1440)
    week = []
    for _ in range(7):
        edges = sorted(
            set(draw(st.lists(minutes, max_size=4))) | draw(st.sampled_from([set(), {0}, {0, 1440}]))
        )
        week.append(tuple(zip(edges[::2], edges[1::2], strict=False)))
    return Calendar(
        "gio",
        "Giờ làm việc",
        week=tuple(week),
        closed_on_holidays=draw(st.booleans()),
        zone=zone,
        day_table=DayTable("VN"),
    )


@st.composite
def windows(draw: st.DrawFn, span: Span, id_: str) -> Window:
    start, end = sorted(draw(st.tuples(span.moments(), span.moments())))
    once = Window(
        id_,
        "Thay nút",
        "hỏng",
        "VNPT",
        draw(st.sampled_from(SELECTORS)),
        starts_at=start,
        ends_at=end,
        until_up=draw(st.booleans()),
    )
    if draw(st.booleans()):
        return once
    zone = draw(st.sampled_from(ZONES))
    begins = datetime.fromtimestamp(start // 60 * 60, ZoneInfo(zone))
    return replace(
        once,
        repeat=Repeat.WEEKLY,
        zone=zone,
        weekday=begins.weekday(),
        from_minute=begins.hour * 60 + begins.minute,
        duration_s=float(draw(st.integers(1, span.steps)) * span.step_s),
    )


@st.composite
def mutings(draw: st.DrawFn, span: Span, id_: str) -> Muting:
    start, end = sorted(draw(st.tuples(span.moments(), span.moments())))
    return Muting(
        id_,
        draw(st.sampled_from([MutingKind.MAINTENANCE, MutingKind.MAINTENANCE, MutingKind.SILENCE])),
        draw(st.sampled_from(SELECTORS)),
        start,
        end,
        "Ngọc",
        "vì sao",
        start,
        until_up=draw(st.booleans()),
        ended_at=draw(st.none() | span.moments()),
    )


@st.composite
def corrections(draw: st.DrawFn, span: Span, id_: int) -> Correction:
    start, end = sorted(draw(st.tuples(span.moments(), span.moments())))
    correctable = [Part.UP, Part.DEGRADED, Part.DOWN, Part.UNKNOWN, Part.MAINTENANCE]
    entry = Correction(
        id=id_,
        check_ids=tuple(draw(st.lists(st.sampled_from(CHECK_IDS), min_size=1, max_size=4))),
        from_at=start,
        until_at=end,
        counts_as=draw(st.sampled_from(correctable)),
        was=draw(st.none() | st.sampled_from(correctable)),
        reason="mất điện",
        who="Ngọc",
        approver="Hà",
        at=end,
    )
    if id_ > 1 and draw(st.integers(0, 3)) == 0:
        return replace(entry, counts_as=None, was=None, withdraws=draw(st.integers(1, id_ - 1)))
    return entry


@st.composite
def books(draw: st.DrawFn, span: Span) -> Books:
    known, now = sorted(draw(st.tuples(span.moments(), span.moments())))
    is_over = draw(st.booleans())
    return Books(
        inventory=land(
            draw(calendars(span)),
            *(draw(windows(span, f"w{number}")) for number in range(draw(st.integers(0, 2)))),
        ),
        histories={
            check_id: draw(histories(span, check_id)) for check_id in CHECK_IDS if draw(st.integers(0, 9)) > 0
        },
        mutings=tuple(draw(mutings(span, f"BT-{number}")) for number in range(draw(st.integers(0, 3)))),
        corrections=tuple(draw(corrections(span, number)) for number in range(1, draw(st.integers(1, 5)))),
        known_until_at=float("inf") if is_over else known,
        now=float("inf") if is_over else now,
    )
