"""The section `reported`: which classes of equipment the official reports count, and what they printed. No I/O."""

import re
from collections.abc import Collection
from typing import Annotated, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from inventory.files.folders import Sections
from inventory.files.source import YamlMap, problem_at
from inventory.model import ReportedClass, ReportedFigure
from inventory.problem import Problem, near_miss
from inventory.schema import Form, OptionalText, Slug, Text
from inventory.validation import no_mapping, parse

_MONTH_OR_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")


def _month_or_day(text: str) -> str:
    if not _MONTH_OR_DAY.fullmatch(text):
        raise PydanticCustomError("rule", "cần tháng hoặc ngày, ví dụ 2025-09 hoặc 2025-09-15")
    return text


Note = Annotated[str, Field(max_length=600)]
Units = Annotated[int, Field(ge=0, le=100_000)]


class FigureForm(Form):
    """One count of a report."""

    printed: Text
    """The report's own words: 57/96."""
    of: Annotated[int, Field(ge=1, le=100_000)]
    """How many units were counted over."""
    on: Annotated[str, AfterValidator(_month_or_day)]
    """Month or day of the report: 2025-09."""
    source: Text
    have: Units | None = None
    """How many units have it."""
    without: Units | None = None
    """How many have none, where the report says that instead."""
    derived: bool = False
    """Nobody printed it: it was worked out from what `note` names."""
    note: OptionalText = ""

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if (self.have is None) == (self.without is None):
            raise PydanticCustomError("rule", "cần đúng một trong have (số nơi có), without (số nơi chưa có)")
        if (self.have or self.without or 0) > self.of:
            raise PydanticCustomError("rule", "have và without không được lớn hơn of")
        return self


class ReportedForm(Form):
    """`reported: {may-lay-so: ...}`: a class of equipment that the reports count."""

    name: Text
    profiles: tuple[Slug, ...] = ()
    """A unit has the class when it has a target of one of these. Empty: nobody knows what the report meant."""
    figures: tuple[FigureForm, ...] = ()
    note: Note = ""
    """What a reader of the figures must know."""


def read_reported(sections: Sections, problems: list[Problem]) -> dict[str, ReportedClass]:
    """Return the classes in the order of the files; adds to `problems` what is wrong with them."""
    section = sections.maps["reported"]
    found: dict[str, ReportedClass] = {}
    for key, data in section.items():
        under = f"reported.{key}"
        refused = _refused(key)
        if refused:
            problems.append(problem_at(section, (key,), refused, under="reported"))
        if not isinstance(data, YamlMap):
            message, hint = no_mapping(data)
            problems.append(problem_at(section, (key,), message, hint=hint, under="reported"))
            continue
        form = parse(ReportedForm, data, under=under)
        if isinstance(form, list):
            problems += form
            continue
        if sections.complete:
            problems += _unknown_profiles(form, data, sections.maps["profiles"].keys(), under)
        figures = tuple(ReportedFigure(**figure.model_dump()) for figure in form.figures)
        found[key] = ReportedClass(key, form.name, form.profiles, figures, form.note)
    return found


def _refused(key: str) -> str:
    rule: TypeAdapter[str] = TypeAdapter(Slug)
    try:
        rule.validate_python(key)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return ""


def _unknown_profiles(form: ReportedForm, data: YamlMap, known: Collection[str], under: str) -> list[Problem]:
    return [
        problem_at(
            data,
            ("profiles", index),
            f"không có mẫu thiết bị (profile) '{profile}'",
            hint=near_miss(profile, known),
            under=under,
        )
        for index, profile in enumerate(form.profiles)
        if profile not in known
    ]
