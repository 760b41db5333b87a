"""`report sentences --evidence ID`: what a sentence rests on, one by one."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from alerts.messages.vietnamese import VIETNAMESE
from monitor import official
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as OutputRow
from monitor.cli.reports.draft import based_on, sentence_json
from monitor.cli.reports.reading import asked
from monitor.report.editions.codec import as_data
from monitor.report.figures.model import Figures, IncidentRecord, OutageRecord
from monitor.report.sentences.model import Evidence, Sentence


def run(arguments: Namespace, out: Output) -> int:
    """Print the sentences' evidence in short, or all of one sentence's."""
    with asked(arguments) as found:
        draft = found.draft()
    if arguments.evidence is None:
        return _all(draft.sentences, out)
    chosen = sentence_of(draft.sentences, arguments.evidence)
    incidents, outages = _of(chosen.evidence, draft.figures)
    if out.is_json:
        out.json(
            {
                "schema": "report-evidence/1",
                "period": found.period.id,
                "sentence": sentence_json(chosen),
                "incidents": [as_data(each) for each in incidents],
                "outages": [as_data(each) for each in outages],
            }
        )
        return Exit.OK
    out.line(f"{chosen.id}: {chosen.text or chosen.auto_text}")
    _show(chosen.evidence, draft.figures, incidents, outages, out)
    return Exit.OK


def sentence_of(sentences: Iterable[Sentence], asked_id: str) -> Sentence:
    """Return the sentence of this id; CommandError names those there are."""
    known = {each.id.casefold(): each for each in sentences}
    found = known.get(asked_id.strip().casefold())
    if found is None:
        ids = ", ".join(each.id for each in known.values())
        raise CommandError(
            Exit.USAGE, f"dự thảo kỳ này không có câu '{asked_id}'", f"các câu: {ids or 'chưa có câu nào'}"
        )
    return found


def _all(sentences: Iterable[Sentence], out: Output) -> int:
    found = list(sentences)
    if out.is_json:
        out.json({"schema": "report-sentences/1", "sentences": [sentence_json(each) for each in found]})
        return Exit.OK
    rows: list[OutputRow] = [
        [each.id, "có" if each.is_used else "không", based_on(each.evidence) or official.NOTHING, each.text]
        for each in found
    ]
    out.table(("MÃ", "DÙNG", "CĂN CỨ", "CÂU"), rows)
    return Exit.OK


def _of(evidence: Evidence, figures: Figures) -> tuple[list[IncidentRecord], list[OutageRecord]]:
    incident_ids, outage_ids = set(evidence.incident_ids), set(evidence.outage_ids)
    return (
        [each for each in figures.incidents if each.id in incident_ids],
        [each for each in figures.outages if each.id in outage_ids],
    )


def _show(
    evidence: Evidence,
    figures: Figures,
    incidents: list[IncidentRecord],
    outages: list[OutageRecord],
    out: Output,
) -> None:
    zone = ZoneInfo(figures.zone)
    if incidents:
        rows: list[OutputRow] = [_incident_row(each, zone) for each in incidents]
        out.table(("SỰ CỐ", "NƠI", "TỪ", "THỜI LƯỢNG", "NGUYÊN NHÂN"), rows)
    if outages:
        rows = [_outage_row(each, figures, zone) for each in outages]
        out.table(("LƯỢT GIÁN ĐOẠN", "NƠI", "TỪ", "TRONG KỲ", "SỰ CỐ"), rows)
    for text in _others(evidence, figures):
        out.line(text)


def _incident_row(each: IncidentRecord, zone: ZoneInfo) -> list[Cell | str]:
    cause = "chưa xác định" if each.cause is None else VIETNAMESE.cause_kinds[each.cause]
    return [
        each.id,
        each.name,
        official.moment(each.opened_at, zone),
        official.span(each.length_s),
        Cell(cause, below=each.confirmed_by),
    ]


def _outage_row(each: OutageRecord, figures: Figures, zone: ZoneInfo) -> list[Cell | str]:
    return [
        each.id,
        figures.target_names.get(each.target_id, each.target_id),
        official.moment(each.from_at, zone),
        official.span(each.down_s),
        each.incident_id or official.NOTHING,
    ]


def _others(evidence: Evidence, figures: Figures) -> Iterator[str]:
    if evidence.unit_codes:
        names = [figures.places[code].name for code in evidence.unit_codes if code in figures.places]
        yield f"Đơn vị ({len(evidence.unit_codes)}): {', '.join(names)}"
    if evidence.target_ids:
        targets = [figures.target_names.get(each, each) for each in evidence.target_ids]
        yield f"Đối tượng ({len(evidence.target_ids)}): {', '.join(targets)}"
    if evidence.meeting_ids:
        yield f"Cuộc họp ({len(evidence.meeting_ids)}): {', '.join(evidence.meeting_ids)}"
