"""Names as people write, sort and type them: without xã or phường, in dictionary order, without marks. Pure."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from inventory.problem import near_miss

_UNIT_KINDS: Final = ("đặc khu", "phường", "thị trấn", "xã")
_LEAST_LIKE: Final = 0.8
"""difflib's ratio of a name that may be meant: "la ha" is 0.73 like "dak ha", and nobody means that."""

_MOST_CHOICES: Final = 5

_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_MARKS: Final = "\N{COMBINING BREVE}\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING HORN}"
_TONES: Final = (
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING HOOK ABOVE}\N{COMBINING TILDE}\N{COMBINING ACUTE ACCENT}"
    "\N{COMBINING DOT BELOW}"
)

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def short_unit_name(name: str) -> str:
    """Return a unit's name without xã, phường, đặc khu or (of a former one) thị trấn: "Đăk Rơ Wa"."""
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
    """Return `text` in small letters without marks; "Đăk Rơ Wa" becomes "dak ro wa" (NFD does not split đ).

    The Icelandic ð, whose capital looks like Đ and which old keyboards wrote for it, is one too.
    """
    split = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ð", "d"))
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
    answer = near_miss(fold(asked), folded, least=_LEAST_LIKE)
    for key, name in folded.items():
        answer = answer.replace(f"'{key}'", f"'{name}'")
    return answer


def former_hint(asked: str, former_names: Mapping[str, Collection[str]], names: Mapping[str, str]) -> str:
    """Return where a former unit is today: "La Hà (cũ) nay thuộc Xã Tư Nghĩa (21235)", "" when none has that name.

    Both map the code of today's unit; the kind of the former one (thị trấn) may be left out, or another.
    """
    wanted = {fold(asked), fold(short_unit_name(asked))}
    found = {
        f"{short_unit_name(former)} (cũ) nay thuộc {names[code]} ({code})": None
        for code, of_unit in former_names.items()
        for former in of_unit
        if wanted & {fold(former), fold(short_unit_name(former))}
    }
    return "; ".join(list(found)[:_MOST_CHOICES])


def near_id(asked: str, ids: Collection[str]) -> str:
    """Return the question "có phải '...'?" for the target id most like `asked`, "" when none is.

    Of an id with a unit's code ("21484.cpe") only those of the same unit, or of the same role elsewhere, are like it:
    two communes' codes differ by a digit and have nothing to do with each other.
    """
    prefix, dot, role = asked.partition(".")
    if not dot:
        return near_miss(asked, ids, least=_LEAST_LIKE)
    roles = [other.removeprefix(f"{prefix}.") for other in ids if other.startswith(f"{prefix}.")]
    units = [other.removesuffix(f".{role}") for other in ids if other.endswith(f".{role}")]
    same_unit = near_miss(role, roles).replace("'", f"'{prefix}.", 1)
    return same_unit or near_miss(prefix, units, least=0.8).replace("'?", f".{role}'?")


def unit_hint(asked: str, names: Mapping[str, str]) -> str:
    """Return which unit may be meant where a code was wanted; `names` maps code to name. "" when none is near.

    A person may have written the name; and a code is told with its name, since one digit makes another commune.
    """
    found = find(asked, names)
    if found:
        choices = " hay ".join(f"'{code}' ({names[code]})" for code in found[:_MOST_CHOICES])
        return f"ghi mã đơn vị, có phải {choices}?" if len(found) > 1 else f"ghi mã đơn vị: {choices}"
    answer = near_miss(asked, names)
    for code, name in names.items():
        if answer == f"có phải '{code}'?":
            return f"có phải '{code}' ({name})?" if name else answer
    return answer
