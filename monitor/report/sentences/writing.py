"""Sentences of a period: made by the rules, then as the writer changed them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from jinja2 import TemplateError

from inventory.problem import Problem, ProblemsError
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.environment import Text, clean
from monitor.report.sentences.evidence import evidence
from monitor.report.sentences.facts.fact import Facts
from monitor.report.sentences.facts.gathering import general, special, subjects
from monitor.report.sentences.folding import Short, folded
from monitor.report.sentences.model import Sentence
from monitor.report.sentences.overriding import changed
from monitor.report.sentences.quantities import Quantity, written_text
from monitor.report.sentences.query import Subject
from monitor.report.sentences.rules import Rule
from monitor.settings.report import ReportSettings

_Result = TypeVar("_Result")


def write(
    figures: Figures, rules: Sequence[Rule], settings: ReportSettings, changes: Changes
) -> tuple[Sentence, ...]:
    """Return every sentence whose condition holds, and what the writer added, in the order of the report.

    By section and group (the settings' order of sides), then by weight or where the writer put it; also those that are
    not used (`is_used`). Suggestions are there only beside a finding they are tied to. Raises ProblemsError of a rule that
    cannot be worked out with these figures, though it could with those it was tried with.
    """
    facts = general(figures, settings, changes.fields)
    month = datetime.fromtimestamp(figures.period.from_at, ZoneInfo(figures.zone)).month
    made: list[Sentence] = []
    shorts: dict[str, Short] = {}
    for rule in rules:
        for subject, own in _subjects(rule, figures, settings, facts):
            sentence = _sentence(rule, subject, own, figures, settings, month=month)
            if not sentence.auto_text:
                continue
            made.append(sentence)
            if rule.short is not None:
                shorts[sentence.id] = _short(rule, rule.short, own)
    kept = _tied(_alone(made, rules), rules)
    grouped = [replace(sentence, group=_group(sentence.group, settings)) for sentence in kept]
    return folded(changed(grouped, rules, settings, changes), shorts, changes)


def _subjects(
    rule: Rule, figures: Figures, settings: ReportSettings, facts: Facts
) -> Iterator[tuple[Subject, Facts]]:
    """Yield what a rule makes sentences about now, with all facts of each."""
    for subject in subjects(rule.each, figures):
        own = {**facts, **special(rule.each, rule.evidence, figures, settings, subject)}
        if _of(rule, rule.when, _values(own)):
            yield subject, own


def _of(
    rule: Rule, part: Callable[[Mapping[str, Quantity]], _Result], values: Mapping[str, Quantity]
) -> _Result:
    """Work out a condition or a template of a rule, and say which rule it is that cannot be."""
    try:
        return part(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        message = f"không viết được câu với số liệu của kỳ này: {error}"
        hint = "sửa điều kiện, mẫu câu của luật, hoặc tạm bỏ luật: off: true"
        raise ProblemsError([Problem(rule.file, rule.line, rule.id, message, hint)]) from None


def _values(facts: Facts) -> dict[str, Quantity]:
    return {name: fact.value for name, fact in facts.items()}


def _sentence(
    rule: Rule, subject: Subject, facts: Facts, figures: Figures, settings: ReportSettings, *, month: int
) -> Sentence:
    values = _values(facts)
    variant = rule.variants[(month - 1) % len(rule.variants)]
    said = _of(rule, variant, values)
    weight = _of(rule, rule.weight, values)
    printed = _printed(variant, values, said)
    bases = tuple(basis for name in printed for basis in facts[name].bases if basis.text in said)
    return Sentence(
        id=f"{rule.id}:{subject.key}" if subject.key else rule.id,
        rule_id=rule.id,
        section=rule.section,
        auto_text=said,
        evidence=evidence(rule.evidence, bases, figures, settings, subject),
        group=rule.group,
        weight=float(weight) if isinstance(weight, (int, float)) else 0.0,
        is_used=rule.is_ticked,
        tied_to=rule.tied_to,
        text=said,
        values=printed,
        bases=bases,
    )


def _short(rule: Rule, text: Text, facts: Facts) -> Short:
    """Return what is said of a sentence in few words, with the figures in it."""
    said = clean_part(_of(rule, text, _values(facts)))
    names = sorted(text.names)
    return Short(said, tuple(basis for name in names for basis in facts[name].bases if basis.text in said))


def _printed(variant: Text, values: Mapping[str, Quantity], said: str) -> dict[str, str]:
    """Return what was put into a template, by name; what only conditions ask for is not printed."""
    shown = {name: clean_part(written_text(values[name])) for name in sorted(variant.names)}
    return {name: text for name, text in shown.items() if text and text in said}


def clean_part(text: str) -> str:
    """Return a part of a sentence as it stands in the clean sentence."""
    return clean(text).removesuffix(".") if text else ""


def _alone(made: Iterable[Sentence], rules: Sequence[Rule]) -> list[Sentence]:
    """Leave out what is said only when nothing else is."""
    lonely = {rule.id for rule in rules if rule.is_alone}
    found = list(made)
    full = {sentence.section for sentence in found if sentence.is_used and sentence.rule_id not in lonely}
    return [sentence for sentence in found if sentence.rule_id not in lonely or sentence.section not in full]


def _tied(made: Sequence[Sentence], rules: Sequence[Rule]) -> list[Sentence]:
    """Leave out suggestions without their finding, and tie the others to the sentences that there are."""
    ids: dict[str, list[str]] = {}
    for sentence in made:
        ids.setdefault(sentence.rule_id, []).append(sentence.id)
    tied = {rule.id for rule in rules if rule.tied_to}
    kept = []
    for sentence in made:
        found = tuple(id_ for rule_id in sentence.tied_to for id_ in ids.get(rule_id, ()))
        if found or sentence.rule_id not in tied:
            kept.append(replace(sentence, tied_to=found))
    return kept


def _group(group: str, settings: ReportSettings) -> str:
    """Return the side under which a cause stands: of a side that the settings do not name the last one."""
    sides = [str(side) for side in settings.sides]
    return group if group in ("", "unknown", *sides) else sides[-1]
