"""How problems of files are told: the same two lines everywhere, the same object for programs."""

from collections.abc import Iterable

from inventory.problem import Problem


def told(problems: Iterable[Problem], kind: str = "lỗi") -> list[str]:
    """Return the lines: what is wrong with its file and line, and under it how to mend it."""
    lines = []
    for problem in problems:
        path = f"{problem.path}: " if problem.path else ""
        lines.append(f"{kind}: {problem.file}:{problem.line}: {path}{problem.message}")
        if problem.hint:
            lines.append(f"  cách sửa: {problem.hint}")
    return lines


def as_json(problem: Problem) -> dict[str, object]:
    """Return the problem for programs."""
    return {
        "file": problem.file,
        "line": problem.line,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    }
