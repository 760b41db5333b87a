"""The mail: the lines of a message as a table, and their HTML twin. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.messages.reach import UnitTargets
from alerts.messages.vocabulary import Language
from alerts.messages.words import count, phrase

UNITS_LISTED: Final = 100
_TARGETS_LISTED: Final = 20
_LABELLED: Final = re.compile(r"(?P<label>[^\W\d][^:.,;()]{1,32}): (?P<text>\S.*)")
_LINK: Final = re.compile(r"(?P<before>.*?)(?P<link>https?://\S+)$")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mail: `label` "" spans the table; `link` ends the line, "" for none."""

    label: str
    text: str
    link: str = ""


def rows_of(lines: Sequence[str]) -> Iterator[Row]:
    """Take lines apart: what begins with a few words and a colon has them as its label."""
    for line in lines:
        labelled = _LABELLED.fullmatch(line)
        label, text = (labelled["label"], labelled["text"]) if labelled else ("", line)
        linked = _LINK.fullmatch(text)
        yield Row(label, linked["before"], linked["link"]) if linked else Row(label, text)


def listed(group: UnitTargets, language: Language) -> str:
    """Write one line of the list of what is behind."""
    names = ", ".join(group.targets[:_TARGETS_LISTED])
    rest = len(group.targets) - _TARGETS_LISTED
    noun = phrase("noun_device", language)
    if rest > 0:
        names = phrase("and_more", language, names=names, count=count(rest, language), noun=noun)
    area = f" ({group.area})" if group.area else ""
    counted = phrase("counted", language, count=count(len(group.targets), language), noun=noun)
    return f"{group.unit}{area} – {counted}: {names}"
