"""Facts of the lines of communes: availability, what it is compared with, where and when it fails. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.report.figures.model import Compared, Figures, OutageRecord
from monitor.report.sentences import comparing, naming
from monitor.report.sentences.facts.fact import Fact, counted, measured, plain
from monitor.report.sentences.model import How
from monitor.report.sentences.quantities import Ratio

_HOURS: Final = 24
_MOST_UNWATCHED: Final = 0.1
"""Counts of a period that was watched for less of its time are no measure of another."""
_MOST_OF_IT: Final = 0.6
"""A window that holds so much of all degraded time is worth naming,"""
_LONGEST_WINDOW: Final = 8
"""unless it is longer than a working day."""


def of_lines(figures: Figures, before: str) -> dict[str, Fact]:
    """Return the facts of all lines of communes; `before`: what the period before is called."""
    lines = figures.lines
    communes = naming.commune_codes(figures)
    watched = [commune.place.code for commune in figures.communes if commune.line is not None]
    meeting = [commune.place.code for commune in figures.communes if commune.line and commune.line.meets]
    target = None if lines is None else lines.target_ratio
    availability = None if lines is None else lines.row.availability_ratio
    covered = None if lines is None else lines.row.coverage_ratio
    outages = of_communes(figures)
    then = _count_before(figures)
    return {
        **plain(
            tslcd_kha_dung=None if availability is None else Ratio(availability),
            tslcd_so_sanh=comparing.availability(lines, before),
            tslcd_du_lieu=None if covered is None else Ratio(covered),
            tslcd_muc_tieu=None if target is None else Ratio(target),
            tslcd_so_sanh_luot=comparing.counts(
                sum(not outage.is_carried for outage in outages), then, before
            ),
            so_so_nganh=figures.department_lines,
            cac_loai=naming.kinds(communes, figures),
            khung_gio=_window(figures.degraded_hours),
            khac_phuc_cham=_is_slower(figures.restore_s, figures.restore_before_s),
            khac_phuc_so_sanh=comparing.lengths(figures.restore_s, figures.restore_before_s, before),
        ),
        "tong_xa": counted(How.UNITS, communes),
        "so_xa_theo_doi": counted(How.UNITS, watched),
        "so_xa_dat": counted(How.UNITS, meeting),
        **_most_hit(figures, outages).facts(),
    }


def _count_before(figures: Figures) -> int | None:
    """Return the outages of the period before; None when one of the two periods is not a whole one."""
    before = None if figures.lines is None else figures.lines.before
    if before is None or figures.known_until_at < figures.period.until_at:
        return None
    is_whole = before.parts.unwatched_s <= _MOST_UNWATCHED * before.parts.total_s
    is_known = (before.coverage_ratio or 0.0) >= figures.least_coverage_ratio
    return before.outages.count if is_whole and is_known else None


def of_communes(figures: Figures) -> tuple[OutageRecord, ...]:
    """Return the outages of lines of communes."""
    communes = frozenset(naming.commune_codes(figures))
    return tuple(
        outage for outage in figures.outages if outage.layer is Layer.TSLCD and outage.unit_code in communes
    )


@dataclass(frozen=True, slots=True)
class _MostHit:
    """The former province with the greatest share of outages, where there are several."""

    name: str = ""
    kinds: str = ""
    others: str = ""
    of_communes: float = 0.0
    """Its share of the communes."""
    ids: tuple[str, ...] = ()
    share: float = 0.0
    difference: str = ""
    """By how many percentage points its availability is lower; "" when it is not, or not known."""

    def facts(self) -> dict[str, Fact]:
        share = measured(How.SHARE, self.ids, Ratio(self.share)) if self.ids else Fact(Ratio(0.0))
        return {
            **plain(
                dia_ban=self.name,
                dia_ban_loai=self.kinds,
                dia_ban_ty_le_xa=Ratio(self.of_communes),
                dia_ban_con_lai=self.others,
                dia_ban_thap_hon=self.difference,
            ),
            "dia_ban_luot": counted(How.OUTAGES, self.ids),
            "dia_ban_ty_trong": share,
        }


def _most_hit(figures: Figures, outages: Sequence[OutageRecord]) -> _MostHit:
    provinces = {
        commune.place.code: commune.place.former_province
        for commune in figures.communes
        if commune.place.former_province
    }
    names = tuple(dict.fromkeys(provinces.values()))
    began = [outage for outage in outages if not outage.is_carried]
    if len(names) < 2 or not began:  # noqa: PLR2004 (nothing to compare)
        return _MostHit()
    by_name: Mapping[str, list[str]] = {name: [] for name in names}
    for outage in began:
        if outage.unit_code in provinces:
            by_name[provinces[outage.unit_code]].append(outage.id)
    most = max(names, key=lambda name: len(by_name[name]))
    rest = [name for name in names if name != most]
    return _MostHit(
        f"{most} (cũ)",
        naming.kinds([code for code, name in provinces.items() if name == most], figures),
        f"địa bàn {rest[0]} (cũ)" if len(rest) == 1 else "các địa bàn còn lại",
        list(provinces.values()).count(most) / len(figures.communes),
        tuple(by_name[most]),
        len(by_name[most]) / len(began),
        _lower_by(figures.line_former_provinces, most, rest),
    )


def _lower_by(rows: Sequence[Compared], most: str, rest: Sequence[str]) -> str:
    found = {row.row.key: row.row.availability_ratio for row in rows}
    here, there = found.get(most), found.get(rest[0])
    if len(rest) != 1 or here is None or there is None:
        return ""
    said = official.points(here, there)
    return said.removeprefix("−") if said.startswith("−") else ""


def _window(hours: Sequence[float]) -> str:
    """Return the shortest part of the day that holds most of all degraded time: "từ 08 giờ đến 10 giờ"."""
    whole = sum(hours)
    if len(hours) != _HOURS or whole <= 0:
        return ""
    for length in range(1, _LONGEST_WINDOW + 1):
        starts = range(_HOURS - length + 1)
        best = max(starts, key=lambda start: sum(hours[start : start + length]))
        if sum(hours[best : best + length]) >= _MOST_OF_IT * whole:
            return f"từ {best:02d} giờ đến {best + length:02d} giờ"
    return ""


def _is_slower(now_s: float | None, then_s: float | None) -> bool:
    return now_s is not None and then_s is not None and now_s > then_s and _differ(now_s, then_s)


def _differ(now_s: float, then_s: float) -> bool:
    return official.span(now_s) != official.span(then_s)
