"""Too many difficulties made into one sentence: "Ngoài ra, ...". Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.report.editions.model import Changes
from monitor.report.sentences.environment import clean
from monitor.report.sentences.evidence import with_bases
from monitor.report.sentences.model import Basis, Evidence, Section, Sentence
from monitor.report.sentences.overriding import orphan, overridden

MOST_BULLETS: Final = 8
"""So many bullets are read; what follows is not."""
FOLDED_ID: Final = "NGOAI-RA"
_LEAST_FOLDED: Final = 2
"""One sentence made into one sentence is no shorter."""


@dataclass(frozen=True, slots=True)
class Short:
    """A sentence in few words, without full stop, and the figures in it."""

    text: str
    bases: tuple[Basis, ...] = ()


def folded(
    sentences: Sequence[Sentence], shorts: Mapping[str, Short], changes: Changes
) -> tuple[Sentence, ...]:
    """Return the sentences, with the last difficulties in one when there are more than eight that are used.

    What the writer edited, ticked or placed stays by itself. What is folded stays as well, but not used.
    `shorts`: id of a sentence -> what is said of it in few words.
    """
    used = [one for one in sentences if one.section is Section.DIFFICULTIES and one.is_used]
    free = [one for one in used if one.rule_id and not _is_chosen(one, changes)]
    rest = free[-(len(used) - MOST_BULLETS + 1) :] if len(used) > MOST_BULLETS else []
    override = changes.overrides.get(FOLDED_ID)
    if len(rest) < _LEAST_FOLDED:
        if override is None or not clean(override.text or ""):
            return tuple(sentences)
        return _inserted(sentences, orphan(override, FOLDED_ID, Section.DIFFICULTIES))
    gone = {one.id for one in rest}
    kept = [replace(one, is_used=False) if one.id in gone else one for one in sentences]
    return _inserted(kept, overridden(_together(rest, shorts), override))


def _is_chosen(sentence: Sentence, changes: Changes) -> bool:
    override = changes.overrides.get(sentence.id)
    return sentence.is_edited or (
        override is not None and (override.is_used is not None or override.position is not None)
    )


def _together(rest: Sequence[Sentence], shorts: Mapping[str, Short]) -> Sentence:
    said = [shorts.get(one.id) or Short(_within(one.auto_text), one.bases) for one in rest]
    text = clean(f"Ngoài ra, còn ghi nhận: {'; '.join(short.text for short in said)}")
    bases = tuple(basis for short in said for basis in short.bases)
    whole = Evidence(
        *(
            tuple(dict.fromkeys(id_ for one in rest for id_ in getattr(one.evidence, name)))
            for name in ("incident_ids", "outage_ids", "unit_codes", "target_ids", "meeting_ids")
        )
    )
    return Sentence(
        id=FOLDED_ID,
        rule_id=FOLDED_ID,
        section=Section.DIFFICULTIES,
        auto_text=text,
        evidence=with_bases(whole, bases),
        tied_to=tuple(one.id for one in rest),
        text=text,
        bases=bases,
    )


def _within(text: str) -> str:
    return text[:1].lower() + text[1:].removesuffix(".")


def _inserted(sentences: Sequence[Sentence], one: Sentence) -> tuple[Sentence, ...]:
    """Put a sentence behind the difficulties that are used."""
    last = max(
        (
            place
            for place, each in enumerate(sentences)
            if each.section is Section.DIFFICULTIES and each.is_used
        ),
        default=-1,
    )
    return (*sentences[: last + 1], one, *sentences[last + 1 :])
