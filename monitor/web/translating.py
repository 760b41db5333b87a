"""The catalogue of what pages say. Vietnamese is the source: a message is its own key, English is locale/en.po.

Programs read en.mo, which `make locale` writes from en.po; a test fails when a message is missing or the two differ.
"""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from alerts.messages.vocabulary import Language

FOLDER: Final = Path(__file__).parent / "locale"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return the catalogue of a language; of Vietnamese, none: its messages are the keys."""
    if language is Language.VI:
        return gettext.NullTranslations()
    with (FOLDER / f"{language.value}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def translated(text: str, language: Language) -> str:
    """Return what a table of Vietnamese texts holds in the language; what is no message of the catalogue stays."""
    return translations(language).gettext(text) if text else ""


def translator(language: Language) -> Callable[[str], str]:
    """Return what turns a message into the language. Name it `_`, so that the catalogue finds the message."""
    return translations(language).gettext
