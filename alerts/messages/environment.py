"""The templates: shipped ones for each language, and an operator's folder whose files win over them.

Sandboxed Jinja2; an undefined name is an error; only HTML escapes. A name is `<language>/<kind>.txt.j2`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.messages import words
from alerts.messages.facts import NamedUnits
from alerts.messages.plain import cut
from alerts.messages.vocabulary import Language

SHIPPED: Final = Path(__file__).parent / "templates"
_NAME: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """The environments of one set of templates, by language."""

    of: Mapping[Language, Environment]

    def render(self, language: Language, name: str, context: Mapping[str, object]) -> str:
        """Render `<language>/<name>`."""
        return self.of[language].get_template(f"{language}/{name}").render(context)


@cache
def load_templates(folder: Path | None = None) -> Templates:
    """Return the shipped templates, with those of `folder` in their place where it has them."""
    folders: Sequence[Path] = (SHIPPED,) if folder is None else (folder, SHIPPED)
    return Templates({language: _environment(folders, language) for language in Language})


def _environment(folders: Sequence[Path], language: Language) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "cat": partial(_cat, language=language),
        "count": partial(words.count, language=language),
        "duration": partial(words.duration, language=language),
        "clock_time": words.clock_time,
        "date_time": partial(words.date_time, language=language),
        "short_date": words.short_date,
        "short_date_time": words.short_date_time,
        "in_sentence": partial(words.in_sentence, language=language),
        "stop": words.stop,
        "share": partial(_share, language=language),
    }
    return environment


def _cat(names: Iterable[str], shown: int, noun: str = "", more: int = 0, *, language: Language) -> str:
    """Join the first `shown` names; the rest, and `more` that are not in the list, are counted as `noun`."""
    listed = list(names)
    noun = noun or words.phrase("noun_unit", language)
    rest = max(0, len(listed) - shown) + more
    head = ", ".join(cut(name, _NAME) for name in listed[:shown])
    counted = words.count(rest, language)
    if not rest:
        return head
    if not head:
        return words.phrase("counted", language, count=counted, noun=noun)
    return words.phrase("and_more", language, names=head, count=counted, noun=noun)


def _share(parts: Iterable[NamedUnits], shown: int, *, language: Language) -> str:
    """Write parts of a group: "Kon Tum (cũ) 25/40; Quảng Ngãi (cũ) 03/56"."""
    return "; ".join(
        words.phrase(
            "share",
            language,
            name=part.name,
            count=words.count(part.count, language),
            total=words.count(part.total, language),
        )
        for part in list(parts)[:shown]
    )
