"""Each rule makes its sentence exactly when its condition holds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor.accounting.model import Parts
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import (
    HOUR,
    MEETINGS,
    NOVEMBER,
    at,
    incident,
    nothing_happened,
    outage,
    small_figures,
)

Change = Callable[[Figures], Figures]
ALWAYS = {"K1", "K2", "K3", "K4", "K5", "K6"}
"""What is said of any month of a province where everything is watched."""


def calm(**fields: Any) -> Figures:
    """A month in which nothing happened, nothing was excluded and nothing is missing."""
    known = {"equipment": (), "unknown_s": 0.0, "maintenance_s": 0.0, "restore_before_s": None}
    made = nothing_happened(**known | fields)
    return replace(made, communes=tuple(replace(each, degraded_s=0.0) for each in made.communes))


def ids(figures: Figures, settings: ReportSettings | None = None) -> set[str]:
    written = write(figures, read_rules(None), settings or ReportSettings(), Changes())
    return {sentence.id for sentence in written}


def line(unit: str = "21484", day: int = 3, hours: float = 1.0, **fields: Any) -> Figures:
    return calm(outages=[outage(f"{unit}.cpe", day, 9, hours * HOUR, **fields)])


def down(cause: CauseKind | None, side: Side | None, **fields: Any) -> Figures:
    return calm(
        incidents=[incident("SC-1", "A", 3, 9, HOUR, ["21484.cpe"], cause=cause, side=side, **fields)]
    )


def slow(figures: Figures, *, count: int = 1) -> Figures:
    return replace(
        figures,
        shared=(replace(figures.shared[0], slow_count=count, degraded_s=600.0), *figures.shared[1:]),
        central=(replace(figures.central[0], slow_count=count, degraded_s=600.0), *figures.central[1:]),
    )


def degraded(hours: float) -> Figures:
    made = calm()
    return replace(made, communes=(replace(made.communes[0], degraded_s=hours * HOUR), *made.communes[1:]))


def times(count: int, **fields: Any) -> Figures:
    return calm(outages=[outage("21484.cpe", 3 + day, 9, HOUR, **fields) for day in range(count)])


def test_calm_month_says_that_nothing_happened() -> None:
    assert ids(calm()) == ALWAYS | {"H0"}


@pytest.mark.parametrize(
    ("figures", "made"),
    [
        (line(), {"H1", "GP1"}),
        (line(is_carried=True), {"H1", "GP1"}),
        (line(is_behind=True), {"H1", "GP1"}),
        (line("so-noi-vu"), {"H1-so"}),
        (times(2), {"H1", "GP1"}),
        (times(3), {"H1", "H2", "H4", "GP1"}),
        (times(3, is_carried=True), {"H1", "GP1"}),
        (degraded(2.01), {"H3", "GP3"}),
        (degraded(2), {"H0"}),
        (calm(meetings=MEETINGS[1:]), {"H0"}),
        (calm(meetings=MEETINGS[:1]), {"H5", "H5-mcu", "GP5", "GP5-mcu", "KN5"}),
        (calm(outages=[outage("21484.kiosk", 3, 8, 4.1 * HOUR, layer=Layer.KIOSK)]), {"H6", "GP6"}),
        (calm(outages=[outage("21484.kiosk", 3, 8, 4 * HOUR, layer=Layer.KIOSK)]), {"H0"}),
        (
            calm(outages=[outage("21484.pc", day, 8, 3 * HOUR, layer=Layer.PC) for day in (3, 4)]),
            {"H6", "GP6"},
        ),
        (
            calm(outages=[outage("21484.kiosk", 3, 8, 9 * HOUR, layer=Layer.KIOSK, is_behind=True)]),
            {"H0"},
        ),
        (calm(outages=[outage("21484.dau-cuoi", 3, 8, 9 * HOUR, layer=Layer.CONFERENCE)]), {"H0"}),
        (calm(outages=[outage("tthc", 3, 8, 60, layer=Layer.SHARED)]), {"H7:tthc", "GP7"}),
        (calm(outages=[outage("vneid", 3, 8, 60, layer=Layer.CENTRAL)]), {"H8", "KN8"}),
        (slow(calm()), {"H7:thu-dien-tu", "H8", "GP7", "KN8"}),
        (calm(outages=[outage("loi.bgp", 3, 8, 60, layer=Layer.INFRA)]), {"H11", "GP7"}),
        (calm(outages=[outage("loi.bgp", 3, 8, 60, layer=Layer.INFRA, is_behind=True)]), {"H0"}),
        (calm(equipment=small_figures().equipment), {"K7", "H10", "GP6"}),
        (calm(equipment=small_figures().equipment[1:]), {"H0"}),
        (calm(maintenance_s=60.0), {"K9", "H0"}),
        (calm(unknown_s=60.0), {"H0"}),
        (calm(unknown_s=NOVEMBER.length_s * 0.01), {"K8", "H0", "GP-DL"}),
        (calm(unknown_s=NOVEMBER.length_s * 0.2), {"K8", "H-DL", "GP-DL"}),
        (calm(known_until_at=at(20)), {"K8", "H0", "GP-DL"}),
        (calm(restore_s=3_700.0, restore_before_s=3_600.0), {"H9", "H0", "GP9"}),
        (calm(restore_s=3_600.0, restore_before_s=3_601.0), {"H0"}),
        (calm(restore_s=3_600.0, restore_before_s=None), {"H0"}),
        (down(None, None), {"NN-CR", "H0", "GP-NN"}),
        (down(None, None, guess=CauseKind.LINE), {"NN-CR", "H0", "GP-NN"}),
        (down(None, None, level="degraded"), {"H0"}),
        (down(CauseKind.LINE, Side.ENTERPRISE), {"NN-DN:line", "H0", "KN1"}),
        (down(CauseKind.POWER, Side.LOCAL), {"NN-DP:power", "H0", "GP-NGUON"}),
        (down(CauseKind.CENTRAL, Side.CENTRAL), {"NN-TW:central", "H0"}),
        (down(CauseKind.DISASTER, Side.OBJECTIVE), {"NN-KQ:disaster", "H0"}),
    ],
)
def test_sentence_is_made_exactly_when_its_condition_holds(figures: Figures, made: set[str]) -> None:
    assert ids(figures) - ALWAYS == made


def test_former_province_with_most_outages_is_named_from_three_fifths_on() -> None:
    def shared_out(first: int, second: int) -> Figures:
        return calm(
            outages=[
                *(outage("23417.cpe", 2 + day, 9, HOUR) for day in range(first)),
                *(outage("21484.cpe", 2 + day, 9, HOUR) for day in range(second)),
            ]
        )

    assert "H4" in ids(shared_out(3, 2))
    assert "H4" not in ids(shared_out(4, 3))
    assert "H4" not in ids(shared_out(2, 0)), "two outages are no pattern"


def test_province_that_was_always_one_names_no_former_one() -> None:
    made = times(9)
    whole = replace(
        made,
        communes=tuple(
            replace(each, place=replace(each.place, former_province="Quảng Ngãi")) for each in made.communes
        ),
    )

    assert "H4" not in ids(whole)


def test_limits_are_those_of_the_settings() -> None:
    assert "H2" in ids(times(2), ReportSettings(repeated_at_least=2))
    assert "H3" in ids(degraded(1), ReportSettings(degraded_hours=0.5))
    kiosk = calm(outages=[outage("21484.kiosk", 3, 8, HOUR, layer=Layer.KIOSK)])
    assert "H6" in ids(kiosk, ReportSettings(long_hours=0.5))


def test_what_is_not_watched_is_not_spoken_of() -> None:
    bare = replace(calm(), layers={}, lines=None, communes=(), shared=(), central=())

    assert ids(bare) == {"K6", "H0"}


def test_counts_are_compared_with_whole_periods_only() -> None:
    def said(figures: Figures) -> bool:
        written = write(figures, read_rules(None), ReportSettings(), Changes())
        return "so với 06 lượt của tháng 10" in next(each.text for each in written if each.id == "H1")

    made = line()
    assert made.lines is not None
    assert made.lines.before is not None
    before = made.lines.before
    half_watched = replace(before, parts=Parts(up_s=1.0, unwatched_s=1.0))
    half_known = replace(before, coverage_ratio=0.5)

    assert said(made)
    assert not said(replace(made, lines=replace(made.lines, before=half_watched)))
    assert not said(replace(made, lines=replace(made.lines, before=half_known)))
    assert not said(replace(made, lines=replace(made.lines, before=None)))
    assert not said(replace(made, known_until_at=at(20)))
