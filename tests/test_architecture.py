"""What keeps the tree readable: small files, small functions, nothing that changes at module level."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("probes", "inventory", "alerts", "monitor")
MOST_LINES = 350
MOST_FUNCTION_LINES = 60


def _long(text: str, tree: ast.Module) -> list[str]:
    lines = text.count("\n")
    return ([f"{lines} lines"] if lines > MOST_LINES else []) + [
        f"{node.name}: {node.end_lineno - node.lineno} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MOST_FUNCTION_LINES
    ]


def _unclear(tree: ast.Module) -> list[str]:
    said = [] if ast.get_docstring(tree) else ["does not say what it is for"]
    return said + [
        f"line {node.lineno}: declares a global" for node in ast.walk(tree) if isinstance(node, ast.Global)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_has_one_subject_says_it_and_declares_no_global_and_a_function_has_one_thought(
    package: str,
) -> None:
    # One test for a package: two for each of a thousand files cost every worker seconds before the first one ran.
    sources = sorted((ROOT / package).rglob("*.py"))
    assert sources
    wrong = []
    for path in sources:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        wrong += [f"{path.relative_to(ROOT)}: {each}" for each in (*_long(text, tree), *_unclear(tree))]
    assert not wrong, "\n".join(wrong)
