"""Small worlds in which everything happens at once, and what a report of two days of them is made from. Drawn."""

from dataclasses import replace

from hypothesis import strategies as st

from alerts.model.checks import Status
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Guess,
    Incident,
    Side,
    Ticket,
)
from inventory.model import Circuit, Inventory, Layer, ReportedClass, Target, Unit
from monitor.accounting.model import Books
from monitor.accounting.periods import period, previous
from monitor.conference.model import Meeting
from monitor.report.figures.material import Aims, Material
from tests.monitor.accounting import books_of_chance
from tests.monitor.accounting.books_of_chance import Span

ZONE = "Asia/Ho_Chi_Minh"
PERIOD = period("2026-11-06..2026-11-07", zone=ZONE, month_begins_on=15, now=0.0)
"""A Friday and a Saturday."""
BEFORE = previous(PERIOD, zone=ZONE, month_begins_on=15)
EARLIER = (previous(BEFORE, zone=ZONE, month_begins_on=15), BEFORE, PERIOD)
STEP_S = 1_800
SPAN = Span(PERIOD, STEP_S)
PRIMARIES = {
    "1.cpe": "1.cpe/icmp",
    "1.kiosk": "1.kiosk/icmp",
    "1.pc": "1.pc/icmp",
    "2.cpe": "2.cpe/icmp",
    "so.web": "so.web/http",
}
GONE = "1.gone/icmp"
"""A check that has left the inventory."""
CIRCUITS = {
    "k1": Circuit("k1", "VNPT", "HD-01", availability_ratio=0.995, restore_time_s=3 * 3_600.0),
    "k2": Circuit("k2", "Viettel"),
}
MOST_INCIDENTS = 5
AIMS = Aims(
    zone=ZONE,
    province="Quảng Ngãi",
    least_coverage_ratio=0.5,
    target_ratios={Layer.TSLCD: 0.99, Layer.SHARED: 0.95},
    slow_least_s=3_600.0,
    ports=2,
)


@st.composite
def incidents(draw: st.DrawFn, of: Books) -> tuple[Incident, ...]:
    number = draw(st.integers(0, MOST_INCIDENTS))
    return tuple(draw(incident(each, number, _moments(of))) for each in range(number))


def _moments(of: Books) -> st.SearchStrategy[float]:
    """Return moments, mostly those at which something changed: incidents touch outages, or just do not."""
    changes = sorted({each.at for history in of.histories.values() for each in history.transitions})
    return st.sampled_from(changes) | SPAN.moments() if changes else SPAN.moments()


@st.composite
def incident(draw: st.DrawFn, number: int, of: int, moments: st.SearchStrategy[float]) -> Incident:
    opened_at, declared_at, over_at = sorted(draw(st.tuples(moments, moments, moments)))
    root = draw(st.sampled_from(["", *PRIMARIES.values(), GONE]))
    others = st.sampled_from([each for each in PRIMARIES.values() if each != root])
    common = Common(draw(st.sampled_from(Dimension)), "", draw(st.sampled_from(["tslcd", "kiosk", ""])))
    reason = draw(st.sampled_from([CloseReason.RECOVERED, CloseReason.ABSORBED, CloseReason.BY_HAND]))
    is_over = over_at > declared_at and draw(st.integers(0, 3)) > 0
    return Incident(
        id=f"SC-{number}",
        root_check_id=root,
        opened_at=opened_at,
        declared_at=declared_at,
        cause="no_answer",
        affected=draw(st.frozensets(others, max_size=3)),
        level=draw(st.sampled_from([Status.DOWN, Status.DOWN, Status.DEGRADED])),
        common=None if root else common,
        part_of=draw(st.none() | st.integers(0, of).map(lambda other: f"SC-{other}")),
        episodes=draw(st.integers(1, 4)),
        acknowledged_at=draw(st.none() | st.just(declared_at + STEP_S)),
        acknowledged_by="Ngọc",
        choice=draw(st.none() | choices()),
        guess=draw(st.none() | st.just(Guess(CauseKind.POWER, ""))),
        ticket=draw(st.none() | st.just(Ticket(f"T{number}", declared_at))),
        resolved_at=over_at if is_over else None,
        close_reason=reason if is_over else None,
        name="Máy cũ – Xã Ba Tơ",
    )


def choices() -> st.SearchStrategy[Choice]:
    return st.builds(
        Choice,
        st.sampled_from([CauseKind.LINE, CauseKind.POWER]),
        st.sampled_from([Side.ENTERPRISE, Side.LOCAL]),
        st.just("Hà"),
        st.just(0.0),
    )


@st.composite
def meetings(draw: st.DrawFn, number: int) -> Meeting:
    begins = draw(st.integers(0, SPAN.steps - 1))
    length = draw(st.integers(1, 6))
    return Meeting(f"HOP-{number}", "Giao ban", SPAN.at(begins), SPAN.at(begins + length))


def land(of: Inventory) -> Inventory:
    """Return the land with an endpoint, a commune of which nothing is watched and a class of equipment."""
    units = {**of.units, "3": Unit("3", "Đặc khu Lý Sơn", "đặc khu", "qn", former_district="Lý Sơn")}
    targets = {
        **of.targets,
        "3.mt": Target("3.mt", "Máy tính bảng", "3", Layer.PC, "any", "", enabled=False),
    }
    reported = {"kiosk": ReportedClass("kiosk", "Kiosk", profiles=("kiosk",))}
    return replace(of, units=units, targets=targets, circuits=CIRCUITS, reported=reported, digest="d" * 64)


@st.composite
def materials(draw: st.DrawFn) -> Material:
    of = draw(books_of_chance.books(SPAN))
    last_at = SPAN.at(SPAN.steps * 2)
    known = replace(
        of,
        inventory=land(of.inventory),
        incidents=draw(incidents(of)),
        now=min(of.now, last_at),
        known_until_at=min(of.known_until_at, last_at),
    )
    return material(known, tuple(draw(meetings(number)) for number in range(draw(st.integers(0, 2)))))


def material(of: Books, held: tuple[Meeting, ...] = ()) -> Material:
    return Material(
        period=PERIOD,
        before=BEFORE,
        aims=AIMS,
        books=of,
        books_before=of,
        earlier=EARLIER,
        line_books=of,
        meetings=held,
        loss_ratios={"1.cpe": 0.02},
    )
