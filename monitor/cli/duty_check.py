"""`check-config`: the on-call file, what policies want of it, and hours that nobody is on duty."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.oncall.model import Directory
from alerts.oncall.rota import gaps
from inventory.problem import Problem
from inventory.times.intervals import total_s
from monitor.alerting import policies_of
from monitor.duty.oncall_file import read_oncall, unknown_names
from monitor.settings.settings import Settings

AHEAD_S: Final = 14 * 86_400.0
"""How far ahead hours without anybody are looked for."""


@dataclass(frozen=True, slots=True)
class DutyFindings:
    """What was found about the on-call file."""

    summary: str
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def look_at_oncall(
    settings: Settings, path: Path, config: Path, now: float, *, is_whole: bool
) -> DutyFindings:
    """Read the on-call file at `path` and hold the policies of `config` against it.

    `is_whole`: False when parts of the settings are wrong.
    """
    read = read_oncall(path, settings, is_whole=is_whole)
    errors = list(read.problems)
    if not errors:
        errors += unknown_names(
            policies_of(settings.alerting), read.directory, config, settings.report.writers
        )
    warnings = () if errors else tuple(_gaps(read.directory, path, now))
    return DutyFindings(_summary(read.directory), tuple(errors), warnings)


def _summary(directory: Directory) -> str:
    groups = sum(each.is_group for each in directory.contacts.values())
    people = len(directory.contacts) - groups
    return f"{words.number(people)} người, {words.number(groups)} nhóm, {words.number(len(directory.rotas))} bảng trực"


def _gaps(directory: Directory, path: Path, now: float) -> Iterator[Problem]:
    for rota in directory.rotas.values():
        found = gaps(rota, now, now + AHEAD_S)
        if found:
            first = words.short_date_time(found[0][0], ZoneInfo(rota.zone))
            without = words.duration(total_s(found))
            message = f"trong 14 ngày tới có {without} không có ai trực, sớm nhất từ {first}"
            hint = "thêm ca, thêm người, hoặc để chính sách báo thêm một nhóm"
            yield Problem(str(path), 1, f"rotas.{rota.id}", message, hint)
