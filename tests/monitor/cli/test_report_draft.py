"""`report draft --check`: every figure of the draft worked out again, from the disk."""

import json
from dataclasses import replace

import pytest

from monitor.cli.exits import Exit
from monitor.cli.reports.draft import wrong_figures
from monitor.report.editions.model import Changes
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.cli.conftest import Run, run
from tests.monitor.report.evidence.land import Land, build
from tests.monitor.report.small_figures import small_figures

__all__ = ["run"]


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    return build(tmp_path_factory.mktemp("land"))


def test_every_figure_of_a_draft_comes_out_the_same_again(land: Land, run: Run) -> None:
    told = run("report", "draft", "--check", "--period", "2025-03", "--config", land.config, "-o", "json")
    draft = json.loads(told.out)

    assert told.code == Exit.OK, told.err
    assert draft["wrong"] == {}
    assert "H1" in {sentence["id"] for sentence in draft["sentences"]}


def test_sentences_over_other_figures_are_named() -> None:
    figures = small_figures()
    sentences = write(figures, read_rules(None), ReportSettings(), Changes())
    fewer = replace(figures, outages=figures.outages[1:])

    assert wrong_figures(sentences, figures) == {}
    assert {"K5", "H8"}.isdisjoint(wrong_figures(sentences, fewer))
    assert {"H1", "H2"} <= set(wrong_figures(sentences, fewer))
