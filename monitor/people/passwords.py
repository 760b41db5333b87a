"""Which passwords are taken, and in which form they are compared. Pure."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from monitor.people.refusals import PeopleRefusal

LONGEST_BYTES: Final = 1_000
SHORTEST: Final = 8
"""Characters, beside a second factor."""
SHORTEST_ALONE: Final = 14
"""Characters, when the password is all there is."""
KEPT_HASHES: Final = 10
"""How many earlier passwords of an administrator do not come back."""
_FEWEST_DIFFERENT: Final = 5
_RUNS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)


def normal(password: str) -> str:
    """Return what is hashed: nothing is trimmed; two ways to type the same Vietnamese letter are one (NFC)."""
    return unicodedata.normalize("NFC", password)


def is_too_long(password: str) -> bool:
    """Whether it is not even looked at."""
    return len(password.encode("utf-8", "replace")) > LONGEST_BYTES


def weakness(
    password: str, *, name: str, common: Collection[str], has_second_factor: bool
) -> PeopleRefusal | None:
    """Return why a new password is not taken, or None. `common`: folded, as of `folded`."""
    if is_too_long(password):
        return PeopleRefusal.PASSWORD_TOO_LONG
    text = normal(password)
    if len(text) < SHORTEST:
        return PeopleRefusal.PASSWORD_TOO_SHORT
    if len(text) < SHORTEST_ALONE and not has_second_factor:
        return PeopleRefusal.PASSWORD_TOO_SHORT_ALONE
    plain = folded(text)
    core = _core(plain)
    if _core(folded(name)) in {core, plain}:
        return PeopleRefusal.PASSWORD_IS_NAME
    if plain in common or core in common or _is_run(plain):
        return PeopleRefusal.PASSWORD_COMMON
    return None


def folded(text: str) -> str:
    """Return the text without marks, case and spaces, as people try it."""
    marked = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(each for each in marked if not unicodedata.combining(each) and not each.isspace())


def _core(plain: str) -> str:
    """Return it without the digits and signs that people put before and after a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)


def _is_run(plain: str) -> bool:
    """Whether it is few characters again and again, or a walk over the keyboard."""
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return True
    half = plain[: max(SHORTEST // 2, len(plain) // 2)]
    return any(half in run or half[::-1] in run for run in _RUNS) and _in_runs(plain)


def _in_runs(plain: str) -> bool:
    """Whether every pair of neighbours stands side by side in a run."""
    pairs = {plain[i : i + 2] for i in range(len(plain) - 1)}
    steps = {run[i : i + 2] for run in _RUNS for i in range(len(run) - 1)}
    steps |= {pair[::-1] for pair in steps}
    return len(pairs - steps) <= 1
