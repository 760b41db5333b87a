"""Figures of one November in a made-up province of six communes, for whoever writes, draws or lists them. No I/O.

`small_figures()` is a plausible month; give it other outages, incidents or meetings, and its rows are added up anew, so
that counts, sums and rows always agree. Any other field of `Figures` can be given as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.equipment.coverage import ClassCoverage
from inventory.model import Layer, ReportedClass
from monitor.accounting.model import Outages, Parts, Period, Row
from monitor.conference.model import Attendance, Meeting, Seat
from monitor.report.figures.model import (
    CauseFigures,
    CommuneFigures,
    Compared,
    DayFigures,
    Figures,
    IncidentRecord,
    MonthPoint,
    OutageRecord,
    Place,
    SystemFigures,
)

ZONE: Final = "Asia/Ho_Chi_Minh"
NOVEMBER: Final = Period("2026-11", 1_793_466_000.0, 1_796_058_000.0)
OCTOBER: Final = Period("2026-10", 1_790_787_600.0, 1_793_466_000.0)
HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
OPEN_S: Final = 21 * 8 * HOUR
"""Office hours of the month."""
LEAST_COVERAGE: Final = 0.9

PLACES: Final[Mapping[str, Place]] = {
    place.code: place
    for place in (
        Place("23344", "Xã Đăk Pék", "xã", "kt", "Huyện Đăk Glei", "Kon Tum", (0, 0)),
        Place("23350", "Xã Đăk Plô", "xã", "kt", "Huyện Đăk Glei", "Kon Tum", (1, 0)),
        Place("23417", "Xã Măng Ri", "xã", "kt", "Huyện Tu Mơ Rông", "Kon Tum", (1, 1)),
        Place("21484", "Xã Ba Tơ", "xã", "qn", "Huyện Ba Tơ", "Quảng Ngãi", (0, 2)),
        Place("21548", "Đặc khu Lý Sơn", "đặc khu", "qn", "Huyện Lý Sơn", "Quảng Ngãi", (3, 0)),
        Place("21025", "Phường Cẩm Thành", "phường", "qn", "Thành phố Quảng Ngãi", "Quảng Ngãi", (2, 1)),
        Place("so-noi-vu", "Sở Nội vụ", "sở", "province", "", ""),
        Place("so-tai-chinh", "Sở Tài chính", "sở", "province", "", ""),
        Place("trung-uong", "Trung ương quản lý", "trung ương", "province", "", ""),
        Place("so-khcn", "Sở Khoa học và Công nghệ", "sở", "province", "", ""),
    )
}
AREAS: Final = {"kt": "Kon Tum (cũ)", "qn": "Quảng Ngãi (cũ)"}
COMMUNES: Final = tuple(place for place in PLACES.values() if place.area != "province")
SHARED: Final = {
    "thu-dien-tu": "Hệ thống Thư điện tử công vụ",
    "tthc": "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh",
}
CENTRAL: Final = {"dvcqg": "Cổng Dịch vụ công quốc gia", "vneid": "Ứng dụng định danh VNeID"}


def at(day: int, hour: float = 0.0) -> float:
    """Return a moment of that November."""
    return NOVEMBER.from_at + (day - 1) * DAY + hour * HOUR


def outage(
    target_id: str, day: int, hour: float, length_s: float, *, layer: Layer = Layer.TSLCD, **fields: Any
) -> OutageRecord:
    """Return an outage that began on a day of the month; `target_id` "21484.cpe" belongs to unit 21484."""
    from_at = at(day, hour)
    unit = target_id.partition(".")[0]
    return OutageRecord(
        id=f"{target_id}.ping@{int(from_at)}",
        check_id=f"{target_id}.ping",
        target_id=target_id,
        unit_code={**dict.fromkeys(SHARED, "so-khcn"), **dict.fromkeys(CENTRAL, "trung-uong")}.get(
            unit, unit
        ),
        layer=layer,
        from_at=from_at,
        **{"until_at": from_at + length_s, "down_s": length_s, "length_s": length_s} | fields,
    )


def incident(
    id_: str, name: str, day: int, hour: float, length_s: float, targets: Sequence[str], **fields: Any
) -> IncidentRecord:
    """Return an incident that was declared two minutes after its first failure, and is over."""
    opened_at = at(day, hour)
    units = tuple(dict.fromkeys(target.partition(".")[0] for target in targets if "." in target))
    known: dict[str, Any] = {
        "layer": Layer.TSLCD,
        "level": Status.DOWN,
        "opened_at": opened_at,
        "declared_at": opened_at + 120,
        "resolved_at": opened_at + length_s,
        "length_s": length_s,
        "down_s": length_s,
        "unit_codes": units,
        "target_ids": tuple(targets),
    }
    return IncidentRecord(id_, name, **known | fields)


_LINE: Final[Mapping[str, Any]] = {"cause": CauseKind.LINE, "side": Side.ENTERPRISE}
_POWER: Final[Mapping[str, Any]] = {"cause": CauseKind.POWER, "side": Side.LOCAL}
_STORM: Final[Mapping[str, Any]] = {"cause": CauseKind.DISASTER, "side": Side.OBJECTIVE}
_CENTRAL: Final[Mapping[str, Any]] = {"cause": CauseKind.CENTRAL, "side": Side.CENTRAL}

OUTAGES: Final = (
    outage("23417.cpe", 3, 1.5, 5.2 * HOUR, incident_id="SC-2026-0101", **_LINE),
    outage("21484.cpe", 5, 9, 0.6 * HOUR, incident_id="SC-2026-0102", **_POWER),
    outage("23417.cpe", 9, 14, 0.7 * HOUR, incident_id="SC-2026-0103"),
    outage("dvcqg", 10, 8.5, 0.9 * HOUR, layer=Layer.CENTRAL, incident_id="SC-2026-0104", **_CENTRAL),
    outage("21484.kiosk", 12, 8, 9 * HOUR, layer=Layer.KIOSK, until_at=at(13, 9)),
    outage("23417.cpe", 17, 22, 6.1 * HOUR, incident_id="SC-2026-0105", **_STORM),
    outage("23344.cpe", 17, 22, 4.4 * HOUR, incident_id="SC-2026-0105", **_STORM),
    outage("23350.cpe", 17, 22, 3.3 * HOUR, incident_id="SC-2026-0105", **_STORM),
    outage("23417.kiosk", 18, 0.5, 2 * HOUR, layer=Layer.KIOSK, is_behind=True, incident_id="SC-2026-0105"),
    outage("tthc", 20, 15, 0.8 * HOUR, layer=Layer.SHARED, incident_id="SC-2026-0106"),
    outage("dvcqg", 24, 9, 2.1 * HOUR, layer=Layer.CENTRAL, incident_id="SC-2026-0107", **_CENTRAL),
    outage("vneid", 25, 10, 0.5 * HOUR, layer=Layer.CENTRAL),
)
INCIDENTS: Final = (
    incident(
        "SC-2026-0101",
        "Đường truyền TSLCD – Xã Măng Ri",
        3,
        1.5,
        5.2 * HOUR,
        ["23417.cpe"],
        acknowledged_at=at(3, 1.5) + 600,
        acknowledged_by="Nguyễn Văn An",
        confirmed_by="Nguyễn Văn An",
        source="VNPT (phiếu 12345)",
        ticket_number="12345",
        is_in_time=False,
        **_LINE,
    ),
    incident(
        "SC-2026-0102",
        "Đường truyền TSLCD – Xã Ba Tơ",
        5,
        9,
        0.6 * HOUR,
        ["21484.cpe"],
        acknowledged_at=at(5, 9) + 420,
        confirmed_by="Trần Thị Bình",
        is_in_time=True,
        **_POWER,
    ),
    incident(
        "SC-2026-0103",
        "Đường truyền TSLCD – Xã Măng Ri",
        9,
        14,
        0.7 * HOUR,
        ["23417.cpe"],
        guess=CauseKind.LINE,
    ),
    incident(
        "SC-2026-0104",
        "Cổng Dịch vụ công quốc gia",
        10,
        8.5,
        0.9 * HOUR,
        ["dvcqg"],
        layer=Layer.CENTRAL,
        confirmed_by="Trần Thị Bình",
        **_CENTRAL,
    ),
    incident(
        "SC-2026-0105",
        "03 xã thuộc địa bàn Kon Tum (cũ)",
        17,
        22,
        6.1 * HOUR,
        ["23417.cpe", "23344.cpe", "23350.cpe"],
        down_s=13.8 * HOUR,
        is_group=True,
        acknowledged_at=at(17, 22) + 900,
        confirmed_by="Nguyễn Văn An",
        is_in_time=False,
        **_STORM,
    ),
    incident(
        "SC-2026-0106",
        "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh",
        20,
        15,
        0.8 * HOUR,
        ["tthc"],
        layer=Layer.SHARED,
    ),
    incident(
        "SC-2026-0107",
        "Cổng Dịch vụ công quốc gia",
        24,
        9,
        2.1 * HOUR,
        ["dvcqg"],
        layer=Layer.CENTRAL,
        confirmed_by="Trần Thị Bình",
        **_CENTRAL,
    ),
)
MEETINGS: Final = (
    Attendance(
        Meeting("HOP-2026-0001", "Họp Ban Chỉ đạo chuyển đổi số", at(6, 8), at(6, 11), registered=120),
        tuple(
            Seat(
                f"{place.code}.dau-cuoi",
                place.code,
                place.code != "23417",
                place.code != "23417",
                place.code == "21484",
                0,
            )
            for place in COMMUNES
        ),
        ports=100,
    ),
    Attendance(
        Meeting("HOP-2026-0002", "Họp giao ban tháng 11", at(26, 14), at(26, 17)),
        tuple(Seat(f"{place.code}.dau-cuoi", place.code, True, True, False, 0) for place in COMMUNES),
        ports=100,
    ),
)
EQUIPMENT: Final = (
    ClassCoverage(
        ReportedClass("kiosk", "Thiết bị tra cứu TTHC (kiosk)", ("kiosk",)),
        have=("23417", "21484", "21025"),
        without=("21548",),
        unknown=("23344", "23350"),
    ),
    ClassCoverage(ReportedClass("khong-neu-ten", "(báo cáo không nêu tên thiết bị)")),
)


def small_figures(
    *,
    outages: Iterable[OutageRecord] = OUTAGES,
    incidents: Iterable[IncidentRecord] = INCIDENTS,
    meetings: Iterable[Attendance] = MEETINGS,
    unknown_s: float = 600.0,
    maintenance_s: float = 7_200.0,
    **fields: Any,
) -> Figures:
    """Return the figures of the month; `unknown_s` and `maintenance_s` are those of every target."""
    month = _Month(tuple(outages), tuple(incidents), unknown_s, maintenance_s)
    lines = {place.code: month.row(place.code, [f"{place.code}.cpe"]) for place in COMMUNES}
    communes = tuple(_commune(month, place) for place in COMMUNES)
    made = Figures(
        period=NOVEMBER,
        before=OCTOBER,
        zone=ZONE,
        province="Quảng Ngãi",
        made_at=NOVEMBER.until_at + 7 * HOUR,
        known_until_at=NOVEMBER.until_at,
        inventory_digest="3f5a" * 16,
        least_coverage_ratio=LEAST_COVERAGE,
        layers={layer: month.compared(layer.value, targets, layer) for layer, targets in _targets().items()},
        communes=communes,
        areas=AREAS,
        line_areas=_by(month, "area", lines),
        line_former_districts=_by(month, "former_district", lines),
        line_former_provinces=_by(month, "former_province", lines),
        lines=month.compared("lines", [f"{place.code}.cpe" for place in COMMUNES]),
        department_lines=2,
        circuits=tuple(month.compared(f"TSL-{code}", [f"{code}.cpe"]) for code in lines),
        providers=(month.compared("VNPT", [f"{place.code}.cpe" for place in COMMUNES]),),
        shared=tuple(month.system(id_, name, Layer.SHARED) for id_, name in SHARED.items()),
        central=tuple(month.system(id_, name, Layer.CENTRAL) for id_, name in CENTRAL.items()),
        outages=month.outages,
        incidents=month.incidents,
        causes=_causes(month.incidents),
        months=(
            MonthPoint("2026-09", 0.9971, 0.999),
            MonthPoint("2026-10", 0.9968, 0.998),
            MonthPoint(
                "2026-11",
                month.compared("lines", [f"{code}.cpe" for code in lines]).row.availability_ratio,
                0.9997,
            ),
        ),
        days=tuple(month.day(number) for number in range(1, 31)),
        hours=tuple(tuple(HOUR if (d, h) == (2, 22) else 0.0 for h in range(24)) for d in range(7)),
        degraded_hours=tuple(HOUR if 8 <= hour < 10 else 0.0 for hour in range(24)),
        meetings=tuple(meetings),
        equipment=EQUIPMENT,
        province_parts=month.parts([target for targets in _targets().values() for target in targets]),
        acknowledgement_s=_mean(
            [i.acknowledged_at - i.declared_at for i in month.incidents if i.acknowledged_at]
        ),
        restore_s=_mean(
            [o.length_s for o in month.outages if o.layer is Layer.TSLCD and o.until_at is not None]
        ),
        restore_before_s=1.5 * HOUR,
        places=PLACES,
        target_names={
            **{target: _target_name(target) for targets in _targets().values() for target in targets},
            **SHARED,
            **CENTRAL,
        },
    )
    return replace(made, **fields)


def nothing_happened(**fields: Any) -> Figures:
    """Return a month in which nothing failed and nobody met."""
    return small_figures(**{"outages": (), "incidents": (), "meetings": ()} | fields)


class _Month:
    """Outages, and the rows they add up to."""

    def __init__(
        self,
        outages: tuple[OutageRecord, ...],
        incidents: tuple[IncidentRecord, ...],
        unknown_s: float,
        maintenance_s: float,
    ) -> None:
        self.outages = tuple(sorted(outages, key=lambda outage: outage.from_at))
        self.incidents = tuple(sorted(incidents, key=lambda incident: incident.declared_at))
        self._unknown_s, self._maintenance_s = unknown_s, maintenance_s

    def parts(self, targets: Sequence[str]) -> Parts:
        """Return the seconds of these targets."""
        down_s = sum(outage.down_s for outage in self.outages if outage.target_id in targets)
        off_s = sum(NOVEMBER.length_s - OPEN_S for target in targets if target.endswith(("kiosk", "pc")))
        unknown_s, maintenance_s = len(targets) * self._unknown_s, len(targets) * self._maintenance_s
        rest_s = len(targets) * NOVEMBER.length_s - off_s - unknown_s - maintenance_s - down_s
        return Parts(
            up_s=max(0.0, rest_s),
            down_s=down_s,
            unknown_s=unknown_s,
            maintenance_s=maintenance_s,
            off_hours_s=off_s,
        )

    def row(self, key: str, targets: Sequence[str], name: str = "") -> Row:
        """Return the row of these targets."""
        own = [outage for outage in self.outages if outage.target_id in targets]
        over = [outage for outage in own if outage.until_at is not None]
        parts = self.parts(targets)
        return Row(
            key,
            name or (PLACES[key].name if key in PLACES else key),
            parts,
            Outages(
                count=sum(not outage.is_carried for outage in own),
                carried=sum(outage.is_carried for outage in own),
                longest_s=max((outage.length_s for outage in own), default=0.0),
                over_1h=sum(outage.length_s > HOUR for outage in own),
                over_4h=sum(outage.length_s > 4 * HOUR for outage in own),
                over_24h=sum(outage.length_s > DAY for outage in own),
                mttr_s=_mean([outage.length_s for outage in over]),
                restored=len(over),
                incidents=sum(
                    not set(targets).isdisjoint(incident.target_ids) for incident in self.incidents
                ),
            ),
            members=len(targets),
            availability_ratio=parts.availability_ratio(LEAST_COVERAGE),
            coverage_ratio=parts.coverage_ratio,
        )

    def compared(self, key: str, targets: Sequence[str], layer: Layer = Layer.TSLCD) -> Compared:
        """Return the row beside that of a month before that was a little better."""
        row = self.row(key, targets)
        before = replace(
            row,
            parts=Parts(up_s=NOVEMBER.length_s * len(targets)),
            outages=Outages(count=len(targets), mttr_s=1.5 * HOUR),
            availability_ratio=0.9968,
            coverage_ratio=0.998,
        )
        return Compared(row, before, {Layer.TSLCD: 0.995, Layer.KIOSK: 0.98, Layer.SHARED: 0.999}.get(layer))

    def system(self, id_: str, name: str, layer: Layer) -> SystemFigures:
        """Return one system."""
        compared = self.compared(id_, [id_], layer)
        return SystemFigures(
            id_, name, replace(compared, row=replace(compared.row, name=name)), compared.row.parts.down_s, 0.0
        )

    def day(self, number: int) -> DayFigures:
        """Return one day's outages of lines."""
        day = date(2026, 11, number)
        began = [
            outage
            for outage in self.outages
            if outage.layer is Layer.TSLCD
            and at(number) <= outage.from_at < at(number + 1)
            and not outage.is_carried
        ]
        return DayFigures(day, len(began), sum(outage.down_s for outage in began), day.weekday() >= 5)


def _targets() -> Mapping[Layer, list[str]]:
    codes = [place.code for place in COMMUNES]
    return {
        Layer.TSLCD: [*(f"{code}.cpe" for code in codes), "so-noi-vu.cpe", "so-tai-chinh.cpe"],
        Layer.CONFERENCE: [f"{code}.dau-cuoi" for code in codes],
        Layer.KIOSK: [f"{code}.kiosk" for code in codes],
        Layer.PC: [f"{code}.pc" for code in codes],
        Layer.SHARED: list(SHARED),
        Layer.CENTRAL: list(CENTRAL),
    }


def _target_name(target_id: str) -> str:
    unit, _, kind = target_id.partition(".")
    names = {
        "cpe": "Đường truyền TSLCD",
        "dau-cuoi": "Điểm cầu hội nghị",
        "kiosk": "Kiosk tra cứu",
        "pc": "Máy tính và máy quét số hóa",
    }
    return f"{names[kind]} – {PLACES[unit].name}" if kind else target_id


def _commune(month: _Month, place: Place) -> CommuneFigures:
    return CommuneFigures(
        place,
        line=month.compared(place.code, [f"{place.code}.cpe"]),
        conference=month.compared(place.code, [f"{place.code}.dau-cuoi"], Layer.CONFERENCE),
        one_stop=month.compared(place.code, [f"{place.code}.kiosk", f"{place.code}.pc"], Layer.KIOSK),
        loss_ratio=0.0012,
        degraded_s=3 * HOUR if place.code == "23417" else 0.0,
    )


def _by(month: _Month, attribute: str, lines: Mapping[str, Row]) -> tuple[Compared, ...]:
    keys = dict.fromkeys(getattr(PLACES[code], attribute) for code in lines)
    return tuple(
        month.compared(key, [f"{place.code}.cpe" for place in COMMUNES if getattr(place, attribute) == key])
        for key in keys
    )


def _causes(incidents: Sequence[IncidentRecord]) -> tuple[CauseFigures, ...]:
    found: dict[tuple[Side | None, CauseKind | None], list[IncidentRecord]] = {}
    for item in incidents:
        if item.level is Status.DOWN:
            found.setdefault((item.side, item.cause), []).append(item)
    rows = [
        CauseFigures(
            side,
            kind,
            len(items),
            sum(item.length_s for item in items),
            tuple(item.id for item in items),
            tuple(dict.fromkeys(code for item in items for code in item.unit_codes)),
        )
        for (side, kind), items in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.side is None, row.side or "", -row.count, row.kind or "")))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
