"""`report draft`: the sentences with ticks, ids and how much each rests on, and what is still missing."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.cli.reports.reading import asked
from monitor.report.editions.codec import as_data
from monitor.report.editions.drafting import Draft
from monitor.report.editions.errata import lines
from monitor.report.editions.gaps import Gaps
from monitor.report.editions.model import FIELDS
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Evidence, Section, Sentence
from monitor.report.sentences.recheck import recheck

TITLES: Final[Mapping[Section, str]] = {
    Section.RESULTS: "1. Kết quả thực hiện",
    Section.DIFFICULTIES: "2.1. Khó khăn, hạn chế",
    Section.CAUSES: "2.2. Nguyên nhân",
    Section.MEASURES: "3. Một số giải pháp triển khai trong thời gian tới",
    Section.PROPOSALS: "4. Kiến nghị, đề xuất",
}
_NAMED: Final = 5


def run(arguments: Namespace, out: Output) -> int:
    """Print the draft; with --check 1 when a figure in it does not come out the same again."""
    with asked(arguments) as found:
        draft = found.draft()
    wrong = wrong_figures(draft.sentences, draft.figures)
    code = Exit.FINDINGS if wrong and arguments.check else Exit.OK
    if out.is_json:
        out.json(
            {
                "schema": "report-draft/1",
                "period": found.period.id,
                "sentences": [sentence_json(each) for each in draft.sentences],
                "gaps": _gaps_json(draft.gaps),
                "errata": [as_data(each) for each in draft.errata],
                "wrong": {id_: list(said) for id_, said in wrong.items()},
                "fields": {field.key: field.value for field in draft.fields},
            }
        )
        return code
    _show(draft, out)
    show_gaps(draft, out)
    for id_, said in wrong.items():
        out.note(f"Câu {id_}: {'; '.join(said)}")
    return code


def wrong_figures(sentences: Sequence[Sentence], figures: Figures) -> dict[str, tuple[str, ...]]:
    """Return what does not add up, by the id of the sentence: nothing, unless the program itself is wrong."""
    return {each.id: said for each in sentences if (said := recheck(each, figures))}


def _show(draft: Draft, out: Output) -> None:
    out.line(f"{draft.document.name}: {draft.document.subject}")
    out.line(draft.document.opening)
    for section, title in TITLES.items():
        sentences = [each for each in draft.sentences if each.section is section]
        if not sentences:
            continue
        out.line()
        out.line(title)
        for each in sentences:
            tick = "[x]" if each.is_used else "[ ]"
            marks = "".join(f" ({mark})" for mark in _marks(each))
            out.line(f"{tick} {each.id}{marks}: {each.text or each.auto_text}")
    _show_errata(draft, out)


def _marks(sentence: Sentence) -> list[str]:
    """Say what a sentence rests on and what was done to it."""
    marks = [based_on(sentence.evidence)] if based_on(sentence.evidence) else []
    if not sentence.rule_id:
        marks.append("thêm tay")
    elif sentence.is_edited:
        marks.append("sửa tay")
    if sentence.is_stale:
        marks.append("SỐ LIỆU ĐÃ ĐỔI sau khi sửa")
    return marks


def based_on(evidence: Evidence) -> str:
    """Say how much of each kind a sentence rests on: "12 sự cố, 37 lượt gián đoạn, 21 đơn vị"."""
    counts = (
        (len(evidence.incident_ids), "sự cố"),
        (len(evidence.outage_ids), "lượt gián đoạn"),
        (len(evidence.unit_codes), "đơn vị"),
        (len(evidence.target_ids), "đối tượng"),
        (len(evidence.meeting_ids), "cuộc họp"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _show_errata(draft: Draft, out: Output) -> None:
    zone = ZoneInfo(draft.figures.zone)
    for each in draft.errata:
        out.line()
        out.line("Đính chính")
        for text in lines(each, zone):
            out.line(text)


def show_gaps(draft: Draft, out: Output) -> None:
    """Say in the notes what is missing before it can be frozen."""
    missing = draft.gaps
    if missing.without_cause:
        out.note(
            f"Còn {len(missing.without_cause)} sự cố chưa xác định nguyên nhân: {_some(missing.without_cause)}. "
            f"Xem: tslcd-monitor report sentences --evidence NN-CR --period {draft.figures.period.id}; "
            "chọn: tslcd-monitor incident cause MÃ ..."
        )
    if missing.stale:
        out.note(
            f"{len(missing.stale)} câu sửa tay khi số liệu còn khác: {_some(missing.stale)}. Sửa lại: report edit MÃ --text "
            "..., hoặc --restore"
        )
    origins = {field.key: field.period_id for field in draft.fields}
    for key in missing.remembered:
        out.note(f"{FIELDS[key]} ({key}): còn lấy của kỳ {origins[key]}, xem lại bằng report field")
    for key in missing.unfilled:
        out.note(f"Chưa ghi: {FIELDS[key]} (report field {key} ...)")


def _some(ids: tuple[str, ...]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" và {more} mã khác" if more > 0 else "")


def sentence_json(sentence: Sentence) -> dict[str, object]:
    """Return a sentence as JSON."""
    evidence = sentence.evidence
    return {
        "id": sentence.id,
        "rule": sentence.rule_id or None,
        "section": sentence.section.value,
        "group": sentence.group or None,
        "text": sentence.text or sentence.auto_text,
        "autoText": sentence.auto_text,
        "used": sentence.is_used,
        "edited": sentence.is_edited,
        "stale": sentence.is_stale,
        "tiedTo": list(sentence.tied_to),
        "values": dict(sentence.values),
        "evidence": {
            "incidents": list(evidence.incident_ids),
            "outages": list(evidence.outage_ids),
            "units": list(evidence.unit_codes),
            "targets": list(evidence.target_ids),
            "meetings": list(evidence.meeting_ids),
        },
    }


def _gaps_json(missing: Gaps) -> dict[str, object]:
    return {
        "withoutCause": list(missing.without_cause),
        "stale": list(missing.stale),
        "remembered": list(missing.remembered),
        "unfilled": list(missing.unfilled),
    }
