"""Names as people write, sort and type them: without xã or phường, in dictionary order, without marks. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from inventory.problem import near_miss

_UNIT_KINDS: Final = ("đặc khu", "phường", "xã")

_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_MARKS: Final = "\N{COMBINING BREVE}\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING HORN}"
_TONES: Final = (
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING HOOK ABOVE}\N{COMBINING TILDE}\N{COMBINING ACUTE ACCENT}"
    "\N{COMBINING DOT BELOW}"
)

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def short_unit_name(name: str) -> str:
    """Return a unit's name without xã, phường or đặc khu: "Đăk Rơ Wa"."""
    name = unicodedata.normalize("NFC", name)
    for kind in _UNIT_KINDS:
        if name.casefold().startswith(f"{kind} "):
            return name[len(kind) + 1 :]
    return name


def sort_key(name: str) -> SortKey:
    """Return the key of Vietnamese dictionary order, by the name without xã, phường or đặc khu.

    Letters first (a ă â ... d đ ... o ô ơ ... u ư), then tones (ngang huyền hỏi ngã sắc nặng), then the text itself.
    """
    letters: list[tuple[int, int]] = []
    tones: list[int] = []
    for character in short_unit_name(name).casefold():
        decomposed = unicodedata.normalize("NFD", character)
        base, marks = decomposed[0], decomposed[1:]
        own = "".join(mark for mark in marks if mark in _LETTER_MARKS)
        letter = unicodedata.normalize("NFC", base + own)
        place = _ALPHABET.find(letter)
        letters.append((2, place) if place >= 0 else (int(letter.isdigit()), ord(letter[0])))
        tones.append(max((_TONES.find(mark) + 1 for mark in marks), default=0))
    return tuple(letters), tuple(tones), name


def fold(text: str) -> str:
    """Return `text` in small letters without marks; "Đăk Rơ Wa" becomes "dak ro wa" (NFD does not split đ)."""
    split = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).replace("-", " ").split())


def find(asked: str, names: Mapping[str, str]) -> list[str]:
    """Return the ids whose id or name is `asked`: exact first, else by folded name, else by its beginning.

    `names` maps id to name. Several ids mean that the name alone does not decide.
    """
    if asked in names:
        return [asked]
    exact = unicodedata.normalize("NFC", asked).casefold()
    wanted = fold(asked)
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: exact in {name.casefold(), short_unit_name(name).casefold()},
        lambda name: wanted in {fold(name), fold(short_unit_name(name))},
        lambda name: bool(wanted) and fold(short_unit_name(name)).startswith(wanted),
    )
    for test in tests:
        found = [id_ for id_, name in names.items() if test(name)]
        if found:
            return found
    return []


def hint(asked: str, names: Iterable[str]) -> str:
    """Return the question "có phải '...'?" for the name most like `asked`, "" when none is."""
    folded = {fold(short_unit_name(name)): short_unit_name(name) for name in names}
    answer = near_miss(fold(asked), folded)
    for key, name in folded.items():
        answer = answer.replace(f"'{key}'", f"'{name}'")
    return answer
