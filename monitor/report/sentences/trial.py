"""Rules tried before they are used: every name they ask for is there, and every template writes something. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from jinja2 import TemplateError

from alerts.model.incident import CauseKind
from inventory.problem import near_miss
from monitor.accounting.model import Period
from monitor.report.figures.model import Figures
from monitor.report.sentences.environment import Expression, Text
from monitor.report.sentences.facts.fact import Facts
from monitor.report.sentences.facts.gathering import Each, general, special
from monitor.report.sentences.quantities import Quantity
from monitor.report.sentences.query import Query, Subject
from monitor.settings.report import ReportSettings

Where = tuple[str | int, ...]
"""The keys that lead to a part of a rule."""
Wrong = tuple[Where, str, str]
"""Where it is, what is wrong, and what may have been meant."""
_WEIGHT: Final[Where] = ("weight",)
_NOTHING: Final = Figures(
    period=Period("2026-11", 1_793_466_000.0, 1_796_058_000.0),
    before=Period("2026-10", 1_790_787_600.0, 1_793_466_000.0),
    zone="Asia/Ho_Chi_Minh",
    province="",
    made_at=0.0,
    known_until_at=0.0,
    inventory_digest="",
    least_coverage_ratio=0.9,
)


def wrong_in(
    parts: Mapping[Where, Expression | Text], each: Each | None, evidence: Mapping[str, Query]
) -> list[Wrong]:
    """Return what is wrong in conditions and templates of a rule: unknown names first, else what fails when tried."""
    names = set(_facts()) | set(special(each, evidence, _NOTHING, ReportSettings(), Subject()))
    found: list[Wrong] = []
    for path, part in parts.items():
        unknown = sorted(part.names - names)
        found.extend((path, f"không có số liệu tên '{name}'", near_miss(name, names)) for name in unknown)
        if not unknown:
            is_number = path == _WEIGHT
            found.extend((path, said, "") for said in _tried(part, each, evidence, is_number=is_number))
    return found


def _tried(
    part: Expression | Text, each: Each | None, evidence: Mapping[str, Query], *, is_number: bool
) -> Sequence[str]:
    for subject in _subjects(each):
        for values in _samples(special(each, evidence, _NOTHING, ReportSettings(), subject)):
            try:
                result = part(values)
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                return (f"không dùng được với số liệu mẫu: {error}",)
            if is_number and not isinstance(result, (int, float)):
                return ("cần một số",)
            if isinstance(part, Text) and "{" in str(result):
                return ("còn dấu { } sau khi điền số liệu",)
    return ()


def _subjects(each: Each | None) -> Iterator[Subject]:
    if each is Each.CAUSES:
        yield from (Subject(str(kind), cause=kind) for kind in CauseKind)
    else:
        yield Subject()


def _samples(own: Facts) -> Iterator[Mapping[str, Quantity]]:
    """Yield values of a period without anything, and of one with something of everything."""
    nothing = {name: fact.value for name, fact in {**_facts(), **own}.items()}
    yield nothing
    yield {name: _some(value) for name, value in nothing.items()}


def _some(value: Quantity) -> Quantity:
    match value:
        case bool():
            return True
        case int():
            return 7
        case float():
            return type(value)(0.5)
        case None:
            return None
        case _:
            return value or "..."


@cache
def _facts() -> Facts:
    return general(_NOTHING, ReportSettings(), {})
