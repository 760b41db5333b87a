"""Figures and documents as JSON: what was written reads the same, and what is none of ours is refused."""

import json
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.report.document.model import Document
from monitor.report.editions.codec import CodecError, as_data, as_json, from_json
from monitor.report.figures.model import Figures
from tests.effort import examples
from tests.monitor.report.rich_document import rich_document
from tests.monitor.report.small_figures import nothing_happened, small_figures


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Twig:
    leaves: tuple[Leaf, ...]
    by_colour: dict[Colour, int]
    place: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    parts: tuple[Leaf | Twig, ...]
    day: date
    value: str | int | float | None = None
    is_tall: bool = False


leaves = st.builds(Leaf, st.text(), st.none() | st.floats(allow_nan=False, allow_infinity=False))
twigs = st.builds(
    Twig,
    st.lists(leaves, max_size=2).map(tuple),
    st.dictionaries(st.sampled_from(Colour), st.integers()),
    st.none() | st.tuples(st.integers(), st.integers()),
)
trees = st.builds(
    Tree,
    st.lists(leaves | twigs, max_size=3).map(tuple),
    st.dates(),
    st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)


@settings(max_examples=examples(60))
@given(trees)
def test_every_value_reads_as_it_was_written(tree: Tree) -> None:
    read = from_json(Tree, as_json(tree))

    assert read == tree
    assert type(read.value) is type(tree.value)
    assert as_json(read) == as_json(tree)


def test_a_document_and_its_figures_read_as_they_were_frozen() -> None:
    for figures in (small_figures(), nothing_happened()):
        assert from_json(Figures, as_json(figures)) == figures
    document = rich_document()
    assert from_json(Document, as_json(document)) == document


def test_what_was_damaged_is_refused() -> None:
    text = as_json(rich_document())
    for damaged in (
        text[:-1],
        text.replace('"kind ":"Heading"', '"kind ":"Picture"', 1),
        text.replace('"id":"', '"id":5,"x":"', 1),
        "[]",
        "null",
        as_json(Leaf("x")),
    ):
        with pytest.raises(CodecError):
            from_json(Document, damaged)


def test_what_a_later_version_added_has_its_default_when_an_old_text_is_read() -> None:
    data = json.loads(as_json(rich_document()))
    del data["mark"]

    assert from_json(Document, json.dumps(data)) == replace(rich_document(), mark="")


def test_no_number_without_a_value_is_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json(Leaf("x", float("nan")))


def test_other_programs_are_not_told_the_names_of_our_classes() -> None:
    assert as_data(Tree((Leaf("a", 1.0),), date(2026, 11, 1))) == {
        "parts": [{"name": "a", "at": 1.0}],
        "day": "2026-11-01",
        "value": None,
        "is_tall": False,
    }
