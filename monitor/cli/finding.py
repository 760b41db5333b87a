"""Find by name as people type it: without marks, without đ, without xã or phường. For searching only. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping

from alerts.words import short_unit_name
from inventory.problem import near_miss


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
