"""The catalogue: nothing that pages say is missing in English, nothing is said past the catalogue."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

import monitor.web

WEB = Path(monitor.web.__file__).parent
ROOT = WEB.parent.parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PAGES = sorted((WEB / "pages").rglob("*.py"))
VIETNAMESE = re.compile(r"[À-ɏḀ-ỿ]")
SAYS = {"_", "gettext", "ngettext"}
REFUSES = {"RefusedError"}
"""Whoever shows a refusal looks its words up."""


def locale_maker() -> Any:
    spec = importlib.util.spec_from_file_location("make_locale", ROOT / "docs" / "make_locale.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_has_its_english() -> None:
    maker = locale_maker()
    english = {message.id: message.string for message in maker.read_english() if message.id}

    wanted = {message.id for message in maker.source_catalogue() if message.id}
    assert wanted - english.keys() == set()
    assert english.keys() - wanted == set(), "no longer said: make locale"
    assert [id_ for id_, said in english.items() if not said] == []
    assert [
        id_ for id_, said in english.items() if VIETNAMESE.search(str(said).replace("Quảng Ngãi", ""))
    ] == []


def asked_for(tree: ast.AST) -> Iterator[str]:
    """Yield the messages that code asks the catalogue for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS:
            yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


def test_no_message_hides_where_the_catalogue_does_not_look() -> None:
    """It does not look into f-strings."""
    catalogue = {message.id for message in locale_maker().read_english()}
    files = sorted(WEB.rglob("*.py"))
    found = {
        str(file): set(asked_for(ast.parse(file.read_text(encoding="utf-8")))) - catalogue for file in files
    }
    assert {file: texts for file, texts in found.items() if texts} == {}


def test_places_in_a_message_are_the_same_in_english() -> None:
    def places(text: object) -> list[str]:
        return sorted(set(re.findall(r"%\((\w+)\)[sd]", str(text))))

    english = [message for message in locale_maker().read_english() if message.id]
    assert [m.id for m in english if places(m.id) != places(m.string)] == []


def test_programs_read_what_people_translated() -> None:
    maker = locale_maker()

    assert (WEB / "locale" / "en.mo").read_bytes() == maker.compiled(maker.read_english()), "make locale"


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """Yield what a template says without asking the catalogue: line, text."""
    in_message, before = False, ["", ""]
    for line, kind, text in Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).lex(source):
        if kind == "name" and text in {"trans", "endtrans"}:
            in_message = text == "trans"
        if kind == "data" and not in_message and VIETNAMESE.search(text):
            yield line, text.strip()
        if (
            kind == "string"
            and VIETNAMESE.search(text)
            and not (before[1] == "(" and before[0] in SAYS)
            and before
            != [
                "ngettext",
                ",",
            ]
        ):
            yield line, text
        if kind != "whitespace":
            before = [before[1], text]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_templates_say_nothing_past_the_catalogue(path: Path) -> None:
    assert list(untranslated(path.read_text(encoding="utf-8"))) == []


def said_past(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield Vietnamese literals that no `_` and no refusal takes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SAYS:
                continue
            if name in REFUSES:
                yield from (
                    (each.lineno, ast.unparse(each)) for each in node.args if isinstance(each, ast.JoinedStr)
                )
                continue
        if isinstance(node, ast.keyword) and node.arg == "title":
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VIETNAMESE.search(node.value):
            yield node.lineno, node.value
        yield from said_past(node)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_say_nothing_past_the_catalogue(path: Path) -> None:
    assert list(said_past(ast.parse(path.read_text(encoding="utf-8")))) == []
