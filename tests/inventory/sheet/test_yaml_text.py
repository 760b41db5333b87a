import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.files.reader import compose
from inventory.sheet.yaml_text import dump, quoted

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30).map(
    # The reader takes no hidden letter, whatever it is quoted by.
    lambda text: "".join(filter(str.isprintable, unicodedata.normalize("NFC", text)))
)
words = st.sampled_from(
    [
        "no",
        "true",
        "null",
        "~",
        "",
        "017",
        "+84",
        "0x1F",
        "0o17",
        "1_000",
        "1e3",
        ".5",
        "12:30",
        "- a",
        "a: b",
        "a #b",
        "#",
        "'",
        '"',
        "[a",
        "{a}",
        "a, b",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "=1+1",
        "Xã Ba Tơ",
        "10.51.7.1",
        "1.5",
        "https://a.b/?c=d&e",
        "a ",
        " a",
        "---",
        "...",
        "?",
        ".inf",
    ]
)
keys = (texts | words).filter(bool)
scalars = (
    texts
    | words
    | st.booleans()
    | st.none()
    | st.integers(-(10**16), 10**16)
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, values, max_size=4))
def test_is_read_back_as_it_was(data: dict[str, object]) -> None:
    text, _ = dump(data)

    document = compose("x.yaml", text.encode())

    assert document.problems == []
    assert document.data == data


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(keys, st.dictionaries(keys, scalars, min_size=1, max_size=3), max_size=4))
def test_knows_which_key_each_line_holds(data: dict[str, dict[str, object]]) -> None:
    text, paths = dump(data)

    document = compose("x.yaml", text.encode())

    assert document.data is not None
    for number, path in enumerate(paths, start=1):
        node = document.data
        for key in path[:-1]:
            node = node[key]
        assert node.places[path[-1]].line == number


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Xã Ba Tơ", "Xã Ba Tơ"),
        ("10.51.7.1", "10.51.7.1"),
        ("no", "no"),
        ("21484", '"21484"'),
        ("017", '"017"'),
        ("true", '"true"'),
        ("=1+1", '"=1+1"'),
        ("", '""'),
    ],
)
def test_quotes_only_what_would_be_read_otherwise(text: str, written: str) -> None:
    assert quoted(text) == written
