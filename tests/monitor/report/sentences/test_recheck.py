from dataclasses import replace

import pytest

from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Basis, Evidence, How, Sentence
from monitor.report.sentences.recheck import recheck
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import OUTAGES, small_figures


def sentence(figures: Figures, id_: str = "H1") -> Sentence:
    return next(s for s in write(figures, read_rules(None), ReportSettings(), Changes()) if s.id == id_)


def test_every_kind_of_figure_is_worked_out_again() -> None:
    figures = small_figures()
    slow = replace(
        figures, central=tuple(replace(each, slow_count=2, degraded_s=90.0) for each in figures.central)
    )
    sentences = write(slow, read_rules(None), ReportSettings(), Changes())

    assert {basis.how for s in sentences for basis in s.bases} == set(How)
    assert [recheck(s, slow) for s in sentences if recheck(s, slow)] == []


def test_figures_that_changed_since_are_found() -> None:
    figures = small_figures()
    longer = replace(figures, outages=tuple(replace(o, down_s=o.down_s + 60) for o in figures.outages))

    assert recheck(sentence(figures), longer) == (
        "câu viết '20 giờ 18 phút', tính lại được '20 giờ 24 phút'",
    )


def test_what_is_no_longer_there_is_named() -> None:
    figures = small_figures()
    gone = OUTAGES[0].id
    fewer = replace(figures, outages=tuple(o for o in figures.outages if o.id != gone))

    assert f"'06' dựa vào {gone}, không có trong số liệu" in recheck(sentence(figures), fewer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": Evidence()}, "'06' dựa vào đối tượng không có trong căn cứ của câu"),
        ({"auto_text": "Không có số nào."}, "'06' không có trong câu"),
        (
            {"bases": (Basis(How.OUTAGES, "02", (OUTAGES[0].id, OUTAGES[0].id)),)},
            "'02' kể một đối tượng hai lần",
        ),
        ({"bases": (Basis(How.OUTAGES, "09", (OUTAGES[0].id,)),)}, "câu viết '09', tính lại được '01'"),
    ],
)
def test_sentence_that_does_not_add_up_is_found(change: dict[str, object], said: str) -> None:
    figures = small_figures()
    made = replace(sentence(figures), **change)  # type: ignore[arg-type]  # one field of its own type each time

    assert said in recheck(made, figures)
