"""Facts of the period itself and of what people filled in by hand. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor import official
from monitor.report import periods
from monitor.report.figures.model import Figures
from monitor.report.sentences.facts.fact import Fact, plain
from monitor.report.sentences.quantities import Ratio, Seconds
from monitor.settings.report import ReportSettings

_HOUR_S: Final = 3_600.0
_WHOLE: Final = 0.9995
"""From here on nothing worth telling is missing."""
_MOSTLY: Final = 0.9
"""What was watched for less of a period is told: its figures are those of a part of it."""


def of_period(figures: Figures, settings: ReportSettings, fields: Mapping[str, str]) -> dict[str, Fact]:
    """Return what the period is called, how much of it is known, the limits, and what was filled in by hand."""
    parts = figures.province_parts
    covered = parts.coverage_ratio
    watched = _watched(figures)
    return plain(
        ky=periods.name(figures.period, zone=figures.zone),
        loai_ky=periods.noun(figures.period),
        ky_truoc=periods.short_name(figures.before, beside=figures.period, zone=figures.zone),
        tinh=figures.province,
        cap_tinh=official.province_level(figures.province),
        da_het_ky=figures.known_until_at >= figures.period.until_at,
        tinh_den=periods.span(figures.period, zone=figures.zone, known_until_at=figures.known_until_at),
        ty_le_du_lieu=None if covered is None else Ratio(covered),
        ty_le_theo_doi=None if watched is None else Ratio(watched),
        moi_theo_doi=watched is not None and watched < _MOSTLY,
        thieu_du_lieu=covered is None or covered < _WHOLE,
        muc_du_lieu=Ratio(figures.least_coverage_ratio),
        bao_tri=Seconds(parts.maintenance_s),
        nguong_dai=Seconds(settings.long_hours * _HOUR_S),
        nguong_lap_lai=settings.repeated_at_least,
        nguong_suy_giam=Seconds(settings.degraded_hours * _HOUR_S),
        ngay_mua_bao=fields.get("storm_days", "").strip().rstrip("."),
        so_xa_thieu_nguon=_filled_count(fields.get("backup_power_missing", "")),
    )


def _watched(figures: Figures) -> float | None:
    """Return how much of what is over of the period was watched, of all targets together; None: nothing was."""
    parts, period = figures.province_parts, figures.period
    over = (min(figures.known_until_at, period.until_at) - period.from_at) / period.length_s
    watched_s = parts.total_s - parts.unwatched_s
    return min(1.0, watched_s / (parts.total_s * over)) if watched_s > 0 and over > 0 else None


def _filled_count(text: str) -> str:
    """Write a count that was filled in as counts are written; other words stay."""
    text = text.strip().rstrip(".")
    return official.count(int(text)) if text.isascii() and text.isdecimal() else text
