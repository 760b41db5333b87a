"""`report build`: the files of a frozen edition, or of the draft as it is now."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.reports.files import write_files
from monitor.cli.reports.reading import Asked, asked
from monitor.report import making
from monitor.report.editions.building import build_draft
from monitor.report.editions.keeping import edition_folder, reports_folder
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.editions.rebuilding import Rebuilt, document_id_of, rebuilt


def run(arguments: Namespace, out: Output) -> int:
    """Write the files; 6 when some could not be made."""
    with asked(arguments) as found:
        settings = found.place.settings
        formats = arguments.formats or tuple(settings.report.formats)
        kind = ReportKind(arguments.kind)
        edition = None if arguments.draft else found.edition(kind, arguments.revision)
        if edition is None and arguments.revision is not None:
            raise CommandError(
                Exit.FINDINGS,
                f"kỳ {found.period.id} chưa có bản chốt {arguments.revision}",
                "xem các bản: tslcd-monitor report list",
            )
        template = settings.report.template
        if edition is None:
            built = build_draft(found.sources, found.period, kind, formats, progress=_progress(out))
            document_id, made = built.draft.document.id, Rebuilt(built.made.files, built.made.failures)
        else:
            reports = reports_folder(settings.state_dir)
            folder = edition_folder(reports, edition.kind, edition.period_id, edition.revision)
            made = rebuilt(edition, formats, template, folder=folder, progress=_progress(out))
            document_id = document_id_of(edition)
    names = {each: f"{document_id}{making.SUFFIXES[each]}" for each in made.files}
    files = {names[each]: data for each, data in made.files.items()}
    write_files(arguments.to, files, overwrite=arguments.yes)
    return _told(found, edition, {each: arguments.to / name for each, name in names.items()}, made, out)


def _progress(out: Output) -> making.Progress:
    return lambda made_format: out.note(f"đang làm {made_format} ...")


def _told(
    found: Asked, edition: Edition | None, names: Mapping[str, Path], made: Rebuilt, out: Output
) -> int:
    if out.is_json:
        out.json(
            {
                "schema": "report-files/1",
                "period": found.period.id,
                "revision": None if edition is None else edition.revision,
                "files": {each: str(path) for each, path in names.items()},
                "failures": dict(made.failures),
                "changed": list(made.changed),
                "notes": list(made.notes),
            }
        )
    else:
        for path in names.values():
            out.line(str(path))
    for note in made.notes:
        out.note(f"Chú ý: {note}")
    for each, why in made.failures.items():
        out.error(f"không làm được {each}: {why}", "các dạng khác vẫn được ghi; thử lại riêng dạng này")
    what = "bản nháp" if edition is None else f"bản chốt {edition.revision}"
    out.note(f"Kỳ {found.period.id}, {what}: {len(names)} tệp")
    return Exit.PARTLY if made.failures or made.changed else Exit.OK
