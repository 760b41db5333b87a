"""What a writer made of the sentences: other words, ticks, order, sentences of their own. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from monitor.report.editions.model import Changes
from monitor.report.sentences.environment import clean
from monitor.report.sentences.model import Addition, Override, Section, Sentence
from monitor.report.sentences.rules import Rule
from monitor.settings.report import ReportSettings

UNKNOWN_GROUP: Final = "unknown"
"""Causes that nobody confirmed; they come last."""


def changed(
    made: Sequence[Sentence], rules: Sequence[Rule], settings: ReportSettings, changes: Changes
) -> tuple[Sentence, ...]:
    """Return the sentences as the writer changed them, with those the writer added, in the order of the report."""
    own = [overridden(sentence, changes.overrides.get(sentence.id)) for sentence in made]
    own.extend(_left_behind(made, rules, changes.overrides))
    own.extend(overridden(_added(one), changes.overrides.get(one.id)) for one in changes.additions)
    groups = ["", *map(str, settings.sides), UNKNOWN_GROUP]
    ordered: list[Sentence] = []
    for section in Section:
        for group in dict.fromkeys((*groups, *sorted(sentence.group for sentence in own))):
            part = [s for s in own if s.section is section and s.group == group]
            ordered.extend(_placed(part, changes.overrides))
    return tuple(ordered)


def overridden(sentence: Sentence, override: Override | None) -> Sentence:
    """Return one sentence as the writer changed it."""
    if override is None:
        return sentence
    text = "" if override.text is None else clean(override.text)
    is_stale = bool(text and override.auto_text) and clean(override.auto_text) != sentence.auto_text
    return replace(
        sentence,
        text=text or sentence.text,
        is_used=sentence.is_used if override.is_used is None else override.is_used,
        is_edited=bool(text),
        is_stale=is_stale,
    )


def orphan(override: Override, rule_id: str, section: Section, group: str = "") -> Sentence:
    """Return a writer's text whose automatic sentence is no longer there: it is shown, and not used."""
    text = clean(override.text or "")
    return Sentence(
        id=override.sentence_id,
        rule_id=rule_id,
        section=section,
        auto_text="",
        group=group,
        is_used=False,
        text=text,
        is_edited=True,
        is_stale=True,
    )


def _left_behind(
    made: Sequence[Sentence], rules: Sequence[Rule], overrides: Mapping[str, Override]
) -> list[Sentence]:
    known = {rule.id: rule for rule in rules}
    present = {sentence.id for sentence in made}
    groups = {sentence.rule_id: sentence.group for sentence in made}
    found = []
    for id_, override in sorted(overrides.items()):
        rule = known.get(id_.partition(":")[0])
        if rule is not None and id_ not in present and clean(override.text or ""):
            found.append(orphan(override, rule.id, rule.section, groups.get(rule.id, rule.group)))
    return found


def _added(addition: Addition) -> Sentence:
    return Sentence(
        id=addition.id,
        rule_id="",
        section=addition.section,
        auto_text="",
        group=addition.group,
        weight=float("-inf"),
        text=clean(addition.text),
        is_edited=True,
    )


def _placed(part: Sequence[Sentence], overrides: Mapping[str, Override]) -> list[Sentence]:
    """Return them by weight, and those with a place of their own where the writer put them."""
    wanted = {
        sentence.id: override.position
        for sentence in part
        if (override := overrides.get(sentence.id)) is not None and override.position is not None
    }
    ordered = sorted((s for s in part if s.id not in wanted), key=lambda sentence: -sentence.weight)
    for sentence in sorted((s for s in part if s.id in wanted), key=lambda s: (wanted[s.id], s.id)):
        ordered.insert(max(0, wanted[sentence.id] - 1), sentence)
    return ordered
