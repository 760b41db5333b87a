"""Facts of shared and central systems and of the equipment of one-stop offices. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.accounting.model import Parts
from monitor.report.figures.model import Compared, Figures, SystemFigures
from monitor.report.sentences import comparing, naming
from monitor.report.sentences.facts.fact import Fact, counted, measured, plain
from monitor.report.sentences.model import Basis, How
from monitor.report.sentences.quantities import Ratio, Seconds
from monitor.report.sentences.query import Subject

_MOST_LISTED: Final = 4
_ONE_STOP: Final = {Layer.KIOSK: "kiosk", Layer.PC: "máy tính"}


def of_systems(figures: Figures, before: str) -> dict[str, Fact]:
    """Return the facts of all systems; `before`: what the period before is called."""
    return {
        **_shared(figures.shared),
        **_sites(figures.sites),
        **_central(figures.central),
        **_one_stop(figures, before),
    }


def of_one(system: SystemFigures | None) -> dict[str, Fact]:
    """Return the facts of the system that a sentence is about."""
    if system is None:
        return plain(ten="", kha_dung=None, luot_cham=0, thoi_gian_cham=Seconds(0))
    availability = system.compared.row.availability_ratio
    return {
        **plain(ten=system.name, kha_dung=None if availability is None else Ratio(availability)),
        "luot_cham": counted(How.SLOW, (system.target_id,), number=system.slow_count),
        "thoi_gian_cham": measured(How.SLOW_S, (system.target_id,), Seconds(system.degraded_s)),
    }


def subjects(systems: Sequence[SystemFigures]) -> tuple[Subject, ...]:
    """Return a subject for each system."""
    return tuple(Subject(system.target_id, target_id=system.target_id) for system in systems)


def _shared(systems: Sequence[SystemFigures]) -> dict[str, Fact]:
    known = [system for system in systems if system.compared.row.availability_ratio is not None]
    aimed = [system for system in known if system.compared.target_ratio is not None]
    missed = [system for system in aimed if not system.compared.meets]
    calm = tuple(system.target_id for system in known if not _failed(system))
    target = next((system.compared.target_ratio for system in aimed), None)
    return {
        **plain(
            ten_dung_chung="; ".join(_short(system.name) for system in systems),
            dung_chung_muc_tieu=None if target is None else Ratio(target),
            dung_chung_chua_dat=_listed(missed),
            dung_chung_thap_nhat=_lowest(known),
            dung_chung_thieu_du_lieu=len(known) < len(systems),
        ),
        "so_dung_chung": counted(How.TARGETS, tuple(system.target_id for system in systems)),
        "so_dung_chung_du_lieu": counted(How.TARGETS, tuple(system.target_id for system in known)),
        "so_dung_chung_dat": counted(
            How.TARGETS, tuple(system.target_id for system in aimed if system.compared.meets)
        ),
        "so_dung_chung_on_dinh": counted(How.TARGETS, calm),
    }


def _sites(sites: Compared | None) -> dict[str, Fact]:
    ratio = None if sites is None else sites.row.availability_ratio
    return plain(
        so_trang_xa=0 if sites is None else sites.row.members,
        trang_xa_kha_dung=None if ratio is None else Ratio(ratio),
        trang_xa_luot=0 if sites is None else sites.row.outages.count,
    )


def _failed(system: SystemFigures) -> bool:
    outages = system.compared.row.outages
    return outages.count + outages.carried > 0


def _lowest(known: Sequence[SystemFigures]) -> str:
    """Return "Cổng thông tin điện tử tỉnh (99,71%)" of the one with the least availability."""
    lowest = min(known, key=lambda system: system.compared.row.availability_ratio or 0.0, default=None)
    return "" if lowest is None else _listed([lowest])


def _listed(systems: Sequence[SystemFigures]) -> str:
    parts = [
        f"{system.name} ({official.ratio(system.compared.row.availability_ratio)})"
        for system in systems[:_MOST_LISTED]
    ]
    if len(systems) > _MOST_LISTED:
        parts.append(f"{official.count(len(systems) - _MOST_LISTED)} hệ thống khác")
    return naming.joined(parts)


def _short(name: str) -> str:
    """Return a system's name as one of a list of systems: "Thư điện tử công vụ"."""
    rest = name.removeprefix("Hệ thống ")
    return f"{rest[:1].upper()}{rest[1:]}"


def _central(systems: Sequence[SystemFigures]) -> dict[str, Fact]:
    slow = tuple(system.target_id for system in systems if system.slow_count)
    return {
        "so_trung_uong": counted(How.TARGETS, tuple(system.target_id for system in systems)),
        "so_trung_uong_du_lieu": counted(
            How.TARGETS,
            tuple(s.target_id for s in systems if s.compared.row.availability_ratio is not None),
        ),
        "trung_uong_luot_cham": counted(How.SLOW, slow, number=sum(system.slow_count for system in systems)),
        "trung_uong_thoi_gian_cham": measured(
            How.SLOW_S,
            slow,
            Seconds(sum(system.degraded_s for system in systems if system.slow_count)),
        ),
        "trung_uong_cham": _slow(systems),
    }


def _slow(systems: Sequence[SystemFigures]) -> Fact:
    """Name the slow systems, the slowest first, with how often each was: "Cổng Dịch vụ công quốc gia 02 lượt"."""
    found = sorted((one for one in systems if one.slow_count), key=lambda one: -one.degraded_s)
    told, rest = found[:_MOST_LISTED], tuple(one.target_id for one in found[_MOST_LISTED:])
    parts = [f"{one.name} {official.count(one.slow_count)} lượt" for one in told]
    bases = [Basis(How.SLOW, official.count(one.slow_count), (one.target_id,)) for one in told]
    if rest:
        parts.append(f"{official.count(len(rest))} hệ thống khác")
        bases.append(Basis(How.TARGETS, official.count(len(rest)), rest))
    return Fact(", ".join(parts), tuple(bases))


def _one_stop(figures: Figures, before: str) -> dict[str, Fact]:
    rows = {layer: figures.layers[layer] for layer in _ONE_STOP if layer in figures.layers}
    ratios: Mapping[str, float | None] = {
        _ONE_STOP[layer]: row.row.availability_ratio for layer, row in rows.items()
    }
    availability = together([row.row.parts for row in rows.values()]).availability_ratio(
        figures.least_coverage_ratio
    )
    having = tuple(commune.place.code for commune in figures.communes if commune.one_stop is not None)
    each = [f"{name} {official.ratio(ratio)}" for name, ratio in ratios.items()]
    return {
        **plain(
            so_thiet_bi=sum(row.row.members for row in rows.values()),
            thiet_bi_kha_dung=None if availability is None else Ratio(availability),
            thiet_bi_tung_loai="; ".join(each) if len(each) > 1 else "",
            thiet_bi_so_sanh=comparing.availability(next(iter(rows.values())), before)
            if len(rows) == 1
            else "",
        ),
        "thiet_bi_so_xa": counted(How.UNITS, having),
    }


def together(parts: Sequence[Parts]) -> Parts:
    """Return the sum of parts of time."""
    return Parts(
        *(
            sum(getattr(one, name) for one in parts)
            for name in (
                "up_s",
                "degraded_s",
                "down_s",
                "unknown_s",
                "maintenance_s",
                "off_hours_s",
                "unwatched_s",
            )
        )
    )
