"""What is wrong with a file, said to the person who wrote it. No YAML, no I/O."""

import difflib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

_MOST_CANDIDATES = 2_000
"""difflib compares with every candidate; beyond this a hint costs more than it helps."""
_LONGEST = 2_000
"""Characters of a message: it may quote a name that is a whole page, pasted by mistake."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error or warning. `file` as the person named it, `line` from 1, `path` the dotted keys, texts Vietnamese.

    `hint` is the remedy or the nearest valid name, "" when there is none.
    """

    file: str
    line: int
    path: str
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        # Names of files are any bytes, keys any letters: they would break the log and the page, or steer the terminal.
        for name in ("file", "path", "message", "hint"):
            text = getattr(self, name)
            if not text.isprintable():
                object.__setattr__(self, name, "".join(map(_shown, text)))
        for name in ("message", "hint"):
            if len(getattr(self, name)) > _LONGEST:
                object.__setattr__(self, name, f"{getattr(self, name)[:_LONGEST]}…")

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        path = f"{self.path}: " if self.path else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}{path}{self.message}{hint}"


def _shown(character: str) -> str:
    if not unicodedata.category(character).startswith("C"):
        return character
    return f"\\u{ord(character):04x}"


class ProblemsError(Exception):
    """A file (or several) cannot be used; `problems` holds everything found, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InventoryError(ProblemsError):
    """The inventory cannot be used."""


def dotted(path: Iterable[str | int]) -> str:
    """Write a path for people: `targets.21484.cpe.depends_on[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def near_miss(name: str, candidates: Collection[str], *, least: float = 0.6) -> str:
    """Return the question "có phải 'xyz'?" for the candidate most like `name`, "" when none is.

    `least`: how like it must be at least, 0..1 (difflib's ratio).
    """
    if len(candidates) > _MOST_CANDIDATES:
        return ""
    folded = {candidate.casefold(): candidate for candidate in sorted(candidates, reverse=True)}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=least)
    return f"có phải '{folded[close[0]]}'?" if close else ""


def collapse(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by file and line, and merge what one line of a template says about 96 units into one problem."""
    groups: dict[tuple[str, int, str, str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: (problem.file, problem.line)):
        last = problem.path.rpartition(".")[2]
        groups.setdefault((problem.file, problem.line, last, problem.message, problem.hint), []).append(
            problem
        )
    collapsed = []
    for first, *others in groups.values():
        count = len({problem.path for problem in others} - {first.path})
        note = f" (và {count} chỗ khác cùng dòng)" if count else ""
        collapsed.append(replace(first, message=first.message + note))
    return tuple(collapsed)
