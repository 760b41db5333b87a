"""What `check-config` looks at for reports: the province's own sentences and house template."""

from inventory.problem import Problem, ProblemsError
from monitor.settings.report import ReportSettings


def look_at_sentences(settings: ReportSettings) -> tuple[str, list[Problem]]:
    """Return how many rules there are with the province's own on top, and what is wrong with these."""
    from monitor.report.sentences.rules import read_rules  # noqa: PLC0415 (only who has own rules pays for it)

    try:
        return f"{len(read_rules(settings.sentences))} quy tắc", []
    except ProblemsError as error:
        return "", list(error.problems)


def look_at_template(settings: ReportSettings) -> list[Problem]:
    """Return what is wrong with the house template: then reports are written on the built-in one."""
    from monitor.report.docx.template import template_problems  # noqa: PLC0415 (python-docx)

    return [] if settings.template is None else list(template_problems(settings.template))
