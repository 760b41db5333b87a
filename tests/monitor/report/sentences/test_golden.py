"""A whole draft, word for word as approved.

After a change on purpose: `GOLDEN=write pytest tests/monitor/report/sentences/test_golden.py`, then read the difference
as the official would who signs it.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.accounting.model import Period
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import NOVEMBER, OCTOBER, at, nothing_happened, outage, small_figures

GOLDEN = Path(__file__).parent / "golden"


def drawn(sentences: Sequence[Sentence]) -> str:
    lines = []
    for section in Section:
        lines.append(f"== {section}")
        for sentence in sentences:
            if sentence.section is section:
                mark = "x" if sentence.is_used else " "
                group = f" {sentence.group}" if sentence.group else ""
                lines.append(f"[{mark}] {sentence.id}{group}\n    {sentence.text}")
    return "\n".join(lines) + "\n"


def quiet() -> Figures:
    made = nothing_happened(equipment=(), unknown_s=0.0, maintenance_s=0.0)
    return replace(made, communes=tuple(replace(each, degraded_s=0.0) for each in made.communes))


def wide() -> Figures:
    """Every commune fails, again and again, and one line has been down since October."""
    codes = ("23344", "23350", "23417", "21484", "21548", "21025")
    many = [
        outage(f"{code}.cpe", day, place / 2, 3_600.0 * (place + 1))
        for place, code in enumerate(codes)
        for day in (4, 9, 21)
    ]
    since = replace(
        outage("23344.cpe", 1, 0, 7_200.0), from_at=at(1) - 3_600, length_s=10_800.0, is_carried=True
    )
    return small_figures(outages=[since, *many])


MONTHS = {
    "november": small_figures(),
    "quiet": quiet(),
    "wide": wide(),
    "unknown": nothing_happened(unknown_s=NOVEMBER.length_s, known_until_at=at(20, 8)),
    "quarter": replace(
        small_figures(),
        period=Period("2026-q4", OCTOBER.from_at, OCTOBER.from_at + 92 * 86_400),
        before=Period("2026-q3", OCTOBER.from_at - 92 * 86_400, OCTOBER.from_at),
    ),
}


@pytest.mark.parametrize("name", MONTHS)
def test_draft_is_word_for_word_as_approved(name: str) -> None:
    changes = Changes({"backup_power_missing": "4", "storm_days": ""})
    written = drawn(write(MONTHS[name], read_rules(None), ReportSettings(), changes))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(written, encoding="utf-8")

    assert written == path.read_text(encoding="utf-8"), path.name
