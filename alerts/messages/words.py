"""Words and formats that messages, pages and the command line share; Vietnamese unless told otherwise. Pure, NFC."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.english import ENGLISH
from alerts.messages.vietnamese import VIETNAMESE
from alerts.messages.vocabulary import Language, OwnPart, Vocabulary
from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from inventory.model import Layer
from inventory.names import short_unit_name
from probes.kind import Metric
from probes.kinds import KINDS
from probes.own import Sign

VOCABULARIES: Final[Mapping[Language, Vocabulary]] = MappingProxyType(
    {Language.VI: VIETNAMESE, Language.EN: ENGLISH}
)
AFFECTED: Final = VIETNAMESE.affected
"""Shown instead of a status while something it depends on is down."""

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_SECONDS_SHOWN_BELOW: Final = 10 * _MINUTE
_SWAPPED: Final = str.maketrans(",.", ".,")

VI: Final = Language.VI


def phrase(name: str, language: Language = VI, /, **values: str) -> str:
    """Return one of a language's phrases with its places filled."""
    return VOCABULARIES[language].phrases[name].format(**values)


def status_word(status: Status, *, affected: bool = False, language: Language = VI) -> str:
    """Return the word of a status; `affected`: it is down because something it depends on is."""
    known = VOCABULARIES[language]
    return known.affected if affected and status is Status.DOWN else known.statuses[status]


def layer_name(layer: Layer, language: Language = VI) -> str:
    """Return the full name of a layer."""
    return VOCABULARIES[language].layers[layer][0]


def layer_short_name(layer: Layer, language: Language = VI) -> str:
    """Return the name of a layer for a lock screen."""
    return VOCABULARIES[language].layers[layer][1]


def own_part(sign: Sign, language: Language = VI) -> OwnPart:
    """Return the words for a part of the monitor itself."""
    return VOCABULARIES[language].own[sign]


def cause_phrase(cause: str, language: Language = VI) -> str:
    """Say in plain words why a verdict or status came: a predicate for "kiểm tra 5 lần: ...".

    `cause` is a FailureReason, a Blindness or `<metric> <value> / <limit>`; "" when there is nothing to say.
    """
    known = VOCABULARIES[language].causes.get(cause)
    name, _, figures = cause.partition(" ")
    value, slash, limit = figures.partition(" / ")
    if known is not None or not slash:
        return known or ""
    metric = _metric(name)
    if metric is None:  # named by a check's own options: nobody can say what it counts
        return phrase("beyond", language)
    if language is not VI:  # the probes explain a metric in English, at length; its name is what can be said
        said = name.rpartition("_")[0].replace("_", " ") or name
        return f"{said} {_with_limit(name, float(value), float(limit), language)}"
    said, measured = metric.alarm or metric.vi, float(value)
    if (value, limit) == ("1", "1") or (metric.alarm and (value, limit) == ("0", "0")):
        return said  # a yes, or a no that has a name: it is the whole news
    if measured < 0 and metric.alarm_below_zero:
        said, measured = metric.alarm_below_zero, -measured
        if name.endswith("_s"):
            return f"{said} {duration(measured)} ({phrase('limit', limit=figure(name, float(limit)))})"
    return f"{said} {_with_limit(name, measured, float(limit), language)}"


def _with_limit(metric: str, value: float, limit: float, language: Language) -> str:
    return f"{figure(metric, value, language)} ({phrase('limit', language, limit=figure(metric, limit, language))})"


def held_word(reason: SuppressionReason, language: Language = VI) -> str:
    """Say why nobody is told now: "trong giờ bảo trì"."""
    return VOCABULARIES[language].held[reason][0]


def held_clause(reason: SuppressionReason, until_at: float, zone: ZoneInfo, language: Language = VI) -> str:
    """Say why somebody was told only at `until_at`.

    Not that maintenance ended then: closing time may have followed it. Nor that the fault began out of hours: a message
    that could not be sent before waits for the next opening as well.
    """
    return VOCABULARIES[language].held[reason][1].format(clock_time(until_at, zone))


def figure(metric: str, value: float, language: Language = VI) -> str:  # noqa: PLR0911 (one for each unit)
    """Write a measured value with the unit that the metric's name ends in."""
    match metric.rpartition("_")[2]:
        case "ratio":
            return percent(value, language)
        case "s":
            size = abs(value)
            short = size < _SECONDS_SHOWN_BELOW
            shown = short_time(size, language) if short else duration(size, language)
            return f"-{shown}" if value < 0 else shown
        case "bps":
            unit, name = (1e6, "Mbit/s") if abs(value) >= 1e6 else (1e3, "kbit/s")  # noqa: PLR2004 (a megabit)
            return f"{_brief(value / unit, 1, language)} {name}"
        case "bytes":
            return f"{number(value, language=language)} byte"
        case "celsius":
            return f"{_brief(value, 1, language)} °C"
        case "percent":
            return f"{_brief(value, 1, language)}%"
        case _:
            return number(value, 2, language).rstrip("0").rstrip(",.")


@cache
def _metric(name: str) -> Metric | None:
    """Return what the probes call a metric."""
    return next((kind.metrics[name] for kind in KINDS.values() if name in kind.metrics), None)


def number(value: float, digits: int = 0, language: Language = VI) -> str:
    """Write a number with a decimal comma and thousands dots, or the other way round."""
    text = f"{value:,.{digits}f}"
    return text.translate(_SWAPPED) if VOCABULARIES[language].decimal_comma else text


def _brief(value: float, digits: int, language: Language) -> str:
    """Write a number without decimals that are zero."""
    return number(value, digits, language).removesuffix(f"{',' if language is VI else '.'}{'0' * digits}")


def count(value: int, language: Language = VI) -> str:
    """Write a count; in Vietnamese as official letters do, with two digits below ten."""
    is_padded = VOCABULARIES[language].two_digits and value < 10  # noqa: PLR2004 (the first two-digit number)
    return f"{value:02d}" if is_padded else number(value, language=language)


def percent(ratio: float, language: Language = VI) -> str:
    """Write a ratio as a percentage, with one decimal where it matters."""
    return f"{_brief(100 * ratio, 1, language)}%"


def milliseconds(seconds: float, language: Language = VI) -> str:
    """Write a short time in milliseconds, with one decimal below ten."""
    value = 1_000 * seconds
    return f"{_brief(value, 1, language) if value < 9.95 else number(value, language=language)} ms"  # noqa: PLR2004 (rounds to 10)


def short_time(seconds: float, language: Language = VI) -> str:
    """Write a measured time: milliseconds below ten seconds, seconds from there on."""
    if seconds < 10:  # noqa: PLR2004 (ten seconds)
        return milliseconds(seconds, language)
    return f"{_brief(seconds, 1, language)} {phrase('seconds', language)}"


def duration(seconds: float, language: Language = VI) -> str:
    """Write how long something lasted, in whole units never rounded up: the largest two that are not zero.

    Seconds are told below ten minutes only.
    """
    whole = max(0, int(seconds))
    if whole == 0:
        return phrase("under_a_second", language)
    sizes = (
        whole // _DAY,
        whole % _DAY // _HOUR,
        whole % _HOUR // _MINUTE,
        whole % _MINUTE if whole < _SECONDS_SHOWN_BELOW else 0,
    )
    parts = list(zip(sizes, VOCABULARIES[language].time_units, strict=True))
    first = next(index for index, (value, _) in enumerate(parts) if value)
    return " ".join(f"{count(value, language)} {unit}" for value, unit in parts[first : first + 2] if value)


def clock_time(at: float, zone: ZoneInfo) -> str:
    """Write the time of day, "02:47"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def short_date_time(at: float, zone: ZoneInfo) -> str:
    """Write time and day for a subject, "02:47 22/11"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m}"


def short_date(at: float, zone: ZoneInfo) -> str:
    """Write the day, "22/11"."""
    return f"{datetime.fromtimestamp(at, zone):%d/%m}"


def full_date(at: float, zone: ZoneInfo) -> str:
    """Write the day with its year, "22/11/2026"."""
    return f"{datetime.fromtimestamp(at, zone):%d/%m/%Y}"


def date_time(at: float, zone: ZoneInfo, language: Language = VI) -> str:
    """Write time and date, "02:47 ngày 22/11/2026"."""
    return datetime.fromtimestamp(at, zone).strftime(VOCABULARIES[language].date_time)


def in_sentence(name: str, language: Language = VI) -> str:
    """Return a unit's name as written inside a sentence: "xã Đăk Rơ Wa", but "Sở Nội vụ"."""
    name = unicodedata.normalize("NFC", name)
    is_kept = short_unit_name(name) == name or language is not VI
    return name if is_kept else name[0].lower() + name[1:]


def stop(text: str) -> str:
    """End a sentence, unless it was cut short."""
    return text if text.endswith("…") else f"{text}."


def former_area(district: str, language: Language = VI) -> str:
    """Say where a unit was before the merger: "địa bàn TP Kon Tum cũ"; "" when nothing is known."""
    district = _without_long_kind(district, language)
    return phrase("former_area", language, district=district) if district else ""


def former_short(district: str, language: Language = VI) -> str:
    """Name a former district or province in a list: "Đăk Hà (cũ)"."""
    district = _without_long_kind(district, language).removeprefix("huyện ")
    is_said = "(cũ)" in district or district == ""
    return district if is_said else phrase("former_short", language, district=district)


def _without_long_kind(district: str, language: Language) -> str:
    district = unicodedata.normalize("NFC", district).strip()
    for long, short in VOCABULARIES[language].former_kinds.items():
        district = short + district.removeprefix(long) if district.startswith(long) else district
    return district
