"""Figures of any month, for properties: what happened is random, and all rows add up."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor.conference.model import Attendance, Meeting, Seat
from monitor.report.figures.model import Figures, IncidentRecord, OutageRecord
from tests.monitor.report.small_figures import CENTRAL, COMMUNES, SHARED, at, incident, outage, small_figures

TARGETS = (
    *((f"{place.code}.cpe", Layer.TSLCD) for place in COMMUNES),
    ("so-noi-vu.cpe", Layer.TSLCD),
    *((f"{place.code}.kiosk", Layer.KIOSK) for place in COMMUNES[:3]),
    *((id_, Layer.SHARED) for id_ in SHARED),
    *((id_, Layer.CENTRAL) for id_ in CENTRAL),
    ("loi.may-chu", Layer.INFRA),
)
LENGTHS = st.sampled_from((20.0, 60.0, 3_599.0, 14_400.0, 14_401.0, 90_061.5, 400_000.0))


@st.composite
def outages(draw: st.DrawFn) -> list[OutageRecord]:
    found = []
    for number in range(draw(st.integers(0, 14))):
        target, layer = draw(st.sampled_from(TARGETS))
        is_carried = draw(st.integers(0, 5)) == 0
        made = outage(target, draw(st.integers(1, 29)), number / 10, draw(LENGTHS), layer=layer)
        found.append(replace(made, is_carried=is_carried, is_behind=draw(st.booleans())))
    return found


@st.composite
def incidents(draw: st.DrawFn) -> list[IncidentRecord]:
    found = []
    for number in range(draw(st.integers(0, 9))):
        names = draw(
            st.lists(st.sampled_from([name for name, _ in TARGETS]), min_size=1, max_size=7, unique=True)
        )
        is_known = draw(st.booleans())
        fields: dict[str, Any] = {
            "level": draw(st.sampled_from((Status.DOWN, Status.DEGRADED))),
            "cause": draw(st.sampled_from(CauseKind)) if is_known else None,
            "side": draw(st.sampled_from(Side)) if is_known else None,
            "source": draw(st.sampled_from(("", "VNPT (phiếu 7)", "Viettel", "điện lực tỉnh"))),
            "is_in_time": draw(st.sampled_from((None, True, False))),
            "acknowledged_at": draw(st.sampled_from((None, at(29)))),
        }
        made = incident(
            f"SC-2026-{number:04d}", "Sự cố", draw(st.integers(1, 29)), 0, draw(LENGTHS), names, **fields
        )
        found.append(replace(made, resolved_at=draw(st.sampled_from((None, at(30))))))
    return found


@st.composite
def meetings(draw: st.DrawFn) -> list[Attendance]:
    ready = st.sampled_from((None, True, False))
    return [
        Attendance(
            Meeting(
                f"HOP-{number}",
                "Họp",
                at(2 + number, 8),
                at(2 + number, 10),
                registered=draw(st.sampled_from((None, 9))),
            ),
            tuple(
                Seat(f"{place.code}.dau-cuoi", place.code, draw(ready), draw(ready), draw(st.booleans()), 0.0)
                for place in COMMUNES
            ),
            ports=draw(st.sampled_from((None, 5))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """Draw any month: quiet, stormy, half unknown, or without anything that is watched."""
    made = small_figures(
        outages=draw(outages()),
        incidents=draw(incidents()),
        meetings=draw(meetings()),
        unknown_s=draw(st.sampled_from((0.0, 600.0, 900_000.0))),
        maintenance_s=draw(st.sampled_from((0.0, 60.0))),
        restore_s=draw(st.sampled_from((None, 30.0, 9_000.0))),
        restore_before_s=draw(st.sampled_from((None, 30.0, 8_950.0))),
        acknowledgement_s=draw(st.sampled_from((None, 61.0))),
    )
    slow = draw(st.integers(0, 3))
    made = replace(
        made,
        central=tuple(replace(one, slow_count=slow, degraded_s=slow * 77.0) for one in made.central),
        shared=tuple(replace(one, slow_count=slow, degraded_s=slow * 5_000.5) for one in made.shared),
        known_until_at=draw(st.sampled_from((made.known_until_at, at(12, 7.5), made.period.from_at))),
    )
    if draw(st.integers(0, 4)) == 0:
        return replace(made, layers={}, lines=None, communes=(), shared=(), equipment=(), days=())
    return made
