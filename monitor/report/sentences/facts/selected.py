"""Facts of what a rule's query selects: their names are `<name of the query>_<measure>`. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import Status
from monitor import official
from monitor.report.figures.model import CommuneFigures, Figures, IncidentRecord, OutageRecord
from monitor.report.sentences import naming, query
from monitor.report.sentences.facts.fact import Fact, counted, measured
from monitor.report.sentences.model import Basis, How
from monitor.report.sentences.quantities import Ratio, Seconds
from monitor.report.sentences.query import Of, Query, Subject
from monitor.settings.report import ReportSettings

_MOST_SYSTEMS: Final = 4
_MOST_SOURCES: Final = 3
_MOST_DAYS: Final = 8
_TICKET: Final = " (phiếu "
"""Between a source and the number that it gave."""
OWN_FINDING: Final = "qua xác minh của đơn vị vận hành"
"""Said of a cause that a person confirmed without naming who told."""


def selected(
    name: str, asked: Query, figures: Figures, settings: ReportSettings, subject: Subject
) -> dict[str, Fact]:
    """Return the facts of one query."""
    match asked.of:
        case Of.OUTAGES:
            found = _of_outages(query.outages(asked, figures, settings, subject), figures)
        case Of.INCIDENTS:
            found = _of_incidents(query.incidents(asked, figures, subject), figures)
        case Of.COMMUNES:
            found = _of_communes(query.communes(asked, figures, settings), figures)
    return {f"{name}_{measure}": fact for measure, fact in found.items()}


def _of_outages(found: Sequence[OutageRecord], figures: Figures) -> dict[str, Fact]:
    began = [outage.id for outage in found if not outage.is_carried]
    every = [outage.id for outage in found]
    carried = [outage.id for outage in found if outage.is_carried]
    codes = naming.in_order({outage.unit_code for outage in found}, figures)
    others = sorted({outage.unit_code for outage in found} - set(codes))
    whole = measured(How.DOWN_S, every, Seconds(sum(outage.down_s for outage in found)))
    longest = max(found, key=lambda outage: outage.length_s, default=None)
    return {
        "luot": counted(How.OUTAGES, began),
        "chuyen_sang": counted(How.OUTAGES, carried),
        "dien_bien": _course(began, carried),
        "thoi_gian": whole,
        "keo_dai": Fact(f"{'tổng ' if len(found) > 1 else ''}thời gian {whole.bases[0].text}", whole.bases),
        "lau_nhat": measured(How.LONGEST_S, every, Seconds(0.0 if longest is None else longest.length_s)),
        "lau_nhat_tai": Fact("" if longest is None else naming.one(longest.unit_code, figures)),
        "so_xa": counted(How.UNITS, codes),
        "ds_xa": Fact(naming.named(codes, figures), district_bases(codes, figures)),
        "noi": place(codes, figures),
        "loai_xa": Fact(naming.kinds(codes, figures)),
        "tap_trung": Fact(
            naming.focus([outage.unit_code for outage in found if not outage.is_carried], figures)
        ),
        "so_don_vi": counted(How.UNITS, others),
        "ds_don_vi": Fact(
            naming.joined([naming.one(code, figures) for code in others])
            if len(others) <= naming.MOST_NAMED
            else ""
        ),
        "so_thiet_bi": counted(How.TARGETS, sorted({outage.target_id for outage in found})),
        "ds_he_thong": _systems(found, figures),
    }


def _course(began: Sequence[str], carried: Sequence[str]) -> Fact:
    """Say how many outages began, and how many went on from before: "06 lượt gián đoạn và 01 lượt từ kỳ trước ..."."""
    first, second = counted(How.OUTAGES, began), counted(How.OUTAGES, carried)
    said = f"{official.count(len(began or carried))} lượt gián đoạn"
    if not carried:
        return Fact(said, first.bases)
    lasting = f"{official.count(len(carried))} lượt từ kỳ trước kéo dài sang"
    if not began:
        return Fact(f"{said} từ kỳ trước kéo dài sang", second.bases)
    return Fact(f"{said} và {lasting}", first.bases + second.bases)


def _systems(found: Sequence[OutageRecord], figures: Figures) -> Fact:
    """Say of each system how often and how long: "Cổng DVCQG 06 lượt (03 giờ 40 phút)", those with most time first."""
    times = query.down_by_target(found)
    order = sorted(times, key=lambda target: -times[target])
    parts, bases = [], []
    for target in order[:_MOST_SYSTEMS]:
        own = [outage for outage in found if outage.target_id == target]
        began = tuple(outage.id for outage in own if not outage.is_carried)
        number, length = official.count(len(began)), official.span(times[target])
        parts.append(f"{figures.target_names.get(target, target)} {number} lượt ({length})")
        bases.append(Basis(How.OUTAGES, number, began))
        bases.append(Basis(How.DOWN_S, length, tuple(outage.id for outage in own)))
    if len(order) > _MOST_SYSTEMS:
        rest = tuple(order[_MOST_SYSTEMS:])
        parts.append(f"{official.count(len(rest))} hệ thống khác")
        bases.append(Basis(How.TARGETS, official.count(len(rest)), rest))
    return Fact(", ".join(parts), tuple(bases))


def _of_incidents(found: Sequence[IncidentRecord], figures: Figures) -> dict[str, Fact]:
    ids = [incident.id for incident in found]
    units = {code for incident in found for code in incident.unit_codes}
    codes = naming.in_order(units, figures)
    targets = tuple(dict.fromkeys(target for incident in found for target in incident.target_ids))
    others = targets[naming.MOST_NAMED :]
    rest = [Basis(How.TARGETS, official.count(len(others)), others)] if others else []
    down = [incident for incident in figures.incidents if incident.level is Status.DOWN]
    due = [incident for incident in down if incident.is_in_time is not None]
    return {
        "so": counted(How.INCIDENTS, ids),
        "thoi_gian": measured(How.INCIDENT_S, ids, Seconds(sum(incident.length_s for incident in found))),
        "ty_le": measured(How.UNKNOWN_SHARE, ids, Ratio(len(ids) / len(down)) if down else None),
        "ty_le_co_han": measured(How.IN_TIME_SHARE, ids, Ratio(len(ids) / len(due)) if due else None),
        "so_xa": counted(How.UNITS, codes),
        "ds_xa": Fact(naming.named(codes, figures), district_bases(codes, figures)),
        "noi": place(codes, figures),
        "loai_xa": Fact(naming.kinds(codes, figures)),
        "so_don_vi": counted(How.UNITS, sorted(figures.places.keys() & units - set(codes))),
        "nguon": Fact(_sources(found)),
        "ngay": Fact(_days(found, figures.zone)),
        "ds_he_thong": Fact(naming.targets(targets, figures.target_names), tuple(rest)),
    }


def _sources(found: Sequence[IncidentRecord]) -> str:
    """Say who says so: a carrier's fault is never ours to state. Each is named once, with its tickets if these are few."""
    sources = dict.fromkeys(incident.source for incident in found if incident.source)
    tickets: dict[str, list[str]] = {}
    for source in sources:
        who, _, ticket = source.removesuffix(")").partition(_TICKET)
        tickets.setdefault(who if ticket else source, []).extend([ticket] if ticket else [])
    known = [
        f"{who}{_TICKET}{', '.join(own)})" if own and len(sources) <= _MOST_SOURCES else who
        for who, own in tickets.items()
    ]
    if not known:
        return OWN_FINDING
    if all(incident.source for incident in found):
        return f"theo thông tin từ {naming.joined(known)}"
    return f"theo thông tin từ {', '.join(known)} và {OWN_FINDING}"


def _days(found: Sequence[IncidentRecord], zone: str) -> str:
    """Name the local days on which incidents began: "ngày 17/11", "các ngày 05/11, 17/11"."""
    days = sorted({datetime.fromtimestamp(incident.opened_at, ZoneInfo(zone)).date() for incident in found})
    if not days:
        return ""
    if len(days) > _MOST_DAYS:
        return f"{official.count(len(days))} ngày, từ {days[0]:%d/%m} đến {days[-1]:%d/%m}"
    noun = "ngày" if len(days) == 1 else "các ngày"
    return f"{noun} {naming.joined([f'{day:%d/%m}' for day in days])}"


def place(codes: Sequence[str], figures: Figures) -> Fact:
    """Return at how many communes and at which, as words that carry their figures."""
    bases = (Basis(How.UNITS, official.count(len(codes)), tuple(codes)),) if len(codes) != 1 else ()
    return Fact(naming.where(codes, figures), bases + district_bases(codes, figures))


def district_bases(codes: Sequence[str], figures: Figures) -> tuple[Basis, ...]:
    """Communes that are named one by one carry no figure; the others are counted by former district."""
    if len(codes) <= naming.MOST_NAMED:
        return ()
    groups = [own for _, own in naming.districts(codes, figures)] or [tuple(codes)]
    return tuple(Basis(How.UNITS, official.count(len(own)), own) for own in groups)


def _of_communes(found: Sequence[CommuneFigures], figures: Figures) -> dict[str, Fact]:
    codes = tuple(commune.place.code for commune in found)
    return {
        "so_xa": counted(How.UNITS, codes),
        "ds_xa": Fact(naming.named(codes, figures), district_bases(codes, figures)),
        "noi": place(codes, figures),
        "loai_xa": Fact(naming.kinds(codes, figures)),
        "thoi_gian": measured(How.DEGRADED_S, codes, Seconds(sum(commune.degraded_s for commune in found))),
    }
