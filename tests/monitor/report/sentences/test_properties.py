"""What holds for the sentences of any month."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status
from monitor.accounting.model import Period
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.report.sentences.recheck import recheck
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.effort import examples
from tests.monitor.report.sentences.worlds import figures

NEVER = re.compile(
    r"None|\{|\}|\bnan\b|\binf\b|  |True|False|Undefined| [,;.)]|\( |,,|;;|\.\.|;,|,;|: ?[;,.]|\(\)"
)
COUNT = re.compile(
    r"(\d[\d.]*)(?:/\d+)? (?:lượt|sự cố|thiết bị|hệ thống|cuộc họp|xã|phường|đặc khu|địa phương|sở)"
)
GIVEN = re.compile(r"so với \d+ lượt của|từ \d+ lượt trở lên|Theo dõi \d+|theo dõi \d+|và 02 sở")
"""Counts of the period before, of the settings and of rows, which no single outage or incident makes up."""
MONTHS = (
    Period("2026-11", 1_793_466_000.0, 1_796_058_000.0),
    Period("2026-10", 1_790_787_600.0, 1_793_466_000.0),
    Period("2026-q4", 1_790_787_600.0, 1_798_736_400.0),
    Period("2026-w47", 1_794_762_000.0, 1_795_366_800.0),
)


@given(made=figures(), period=st.sampled_from(MONTHS))
@settings(max_examples=examples(120), deadline=None)
def test_sentences_of_any_month_are_clean_add_up_and_blame_nobody_by_themselves(
    made: Figures, period: Period
) -> None:
    made = replace(made, period=period)

    sentences = write(made, read_rules(None), ReportSettings(), Changes())

    for sentence in sentences:
        text = sentence.text
        assert not NEVER.search(text), text
        assert text.endswith("."), text
        assert text[0].isupper() or text[0].isdigit(), text
        assert unicodedata.is_normalized("NFC", text)
        assert recheck(sentence, made) == (), text
        assert all(value in text for value in sentence.values.values())
        told = set(COUNT.findall(GIVEN.sub("", text)))
        assert told <= {basis.text.partition("/")[0] for basis in sentence.bases}, text
    assert len({sentence.id for sentence in sentences}) == len(sentences)
    used = [s for s in sentences if s.section is Section.DIFFICULTIES and s.is_used]
    assert 1 <= len(used) <= 8
    causes_are_those_of_all_incidents_and_blame_no_carrier_by_themselves(made, sentences)


def causes_are_those_of_all_incidents_and_blame_no_carrier_by_themselves(
    made: Figures, sentences: Sequence[Sentence]
) -> None:
    down = [incident.id for incident in made.incidents if incident.level is Status.DOWN]
    told = [
        id_
        for sentence in sentences
        if sentence.section is Section.CAUSES
        for id_ in sentence.evidence.incident_ids
    ]
    assert sorted(told) == sorted(down)
    for sentence in sentences:
        if sentence.rule_id == "NN-DN":
            assert (
                "theo thông tin từ " in sentence.text or "qua xác minh của đơn vị vận hành" in sentence.text
            )
        elif sentence.section in {Section.RESULTS, Section.DIFFICULTIES}:
            assert "doanh nghiệp" not in sentence.text
