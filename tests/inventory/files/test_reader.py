import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.files.reader import MAX_DEPTH, compose
from inventory.files.source import YamlMap, place_of


def data_of(text: str) -> YamlMap:
    document = compose("a.yaml", text.encode())
    assert document.problems == []
    assert document.data is not None
    return document.data


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("off", "off"),
        ("12:30:45", "12:30:45"),
        ("017", "017"),
        ("0o17", "0o17"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("+84", "+84"),
        ("2025-07-01", "2025-07-01"),
        ("'5'", "5"),
        ("NaN", "NaN"),
        ("5", 5),
        ("-5", -5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_reads_scalars_as_yaml_1_2(written: str, read: object) -> None:
    value = data_of(f"a: {written}")["a"]

    assert value == read
    assert type(value) is type(read)


def test_keys_are_always_text() -> None:
    assert list(data_of("{21484: 1, no: 2, 017: 3, ~: 4, 1.0: 5}")) == ["21484", "no", "017", "~", "1.0"]


def test_knows_the_line_of_everything() -> None:
    data = data_of("a:\n  b:\n    - x\n    - {c: 1,\n       d: 2}\n\ne: 5\n")

    paths: list[tuple[str | int, ...]] = [("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "d"), ("e",)]
    assert [place_of(data, path).line for path in paths] == [1, 2, 4, 5, 7]


def test_what_is_missing_has_the_line_of_what_misses_it() -> None:
    data = data_of("x: 1\na:\n  b: 1\n")

    assert place_of(data, ("a", "missing", 3)).line == 2


def test_aliases_stand_for_what_they_name() -> None:
    data = data_of("a: &x {b: 1}\nc: *x\n")

    assert data["c"] == {"b": 1}
    assert place_of(data, ("c", "b")).line == 1


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert data_of("") == {}
    assert data_of("# only this\n") == {}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"na\ufeffme": 1', "name: tên khóa có ký tự ẩn U+FEFF (dấu BOM)"),
        ("na\u200bme: 1", "name: tên khóa có ký tự ẩn U+200B (dấu cách không bề rộng)"),
        ("\u202ename: 1", "name: tên khóa có ký tự ẩn U+202E (dấu đổi chiều chữ)"),
        ("name: Xã\u00a0Ba Tơ", "name: có ký tự ẩn U+00A0 (dấu cách không ngắt)"),
        ("name: [1, Ba\u00ad Tơ]", "name[1]: có ký tự ẩn U+00AD (dấu gạch nối mềm)"),
        ('name: "\\0"', "name: có ký tự ẩn U+0000"),
    ],
)
def test_names_characters_that_nobody_sees_and_goes_on_without_them(written: str, told: str) -> None:
    document = compose("a", f"{written}\nafter: 1\n".encode())

    assert [str(problem).partition("; ")[0] for problem in document.problems] == [f"a:1: {told}"]
    assert document.data is not None
    assert list(document.data) == ["name", "after"]


@pytest.mark.parametrize("line_end", ["\x85", "\u2028", "\u2029"])
def test_refuses_line_ends_that_no_editor_counts(line_end: str) -> None:
    problem = compose("a", f"a: 1\nb: x{line_end}  y\n".encode()).problems[0]

    assert str(problem).startswith(f"a:2: có dấu xuống dòng lạ U+{ord(line_end):04X}")


def test_accepts_windows_line_ends() -> None:
    assert data_of("a: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_accepts_as_many_levels_as_it_says() -> None:
    levels = MAX_DEPTH - 2
    assert compose("a", f"a: {'[' * levels}1{']' * levels}".encode()).problems == []
    assert compose("a", f"a: {'[' * (levels + 1)}1{']' * (levels + 1)}".encode()).problems


def test_a_million_brackets_are_a_problem_and_no_crash() -> None:
    assert [problem.message for problem in compose("a", b"[" * 1_000_000).problems] == ["lồng sâu quá 50 cấp"]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_never_raises_on_bytes(content: bytes) -> None:
    document = compose("a", content)

    assert (document.data is None) <= bool(document.problems)


@settings(deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>#'\"%@`,? \n\t\\0", max_size=60))
def test_never_raises_on_what_looks_like_yaml(text: str) -> None:
    document = compose("a", text.encode())

    assert (document.data is None) <= bool(document.problems)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=8), VALUES, min_size=1, max_size=5))
def test_reads_back_what_was_written(value: dict[str, Any]) -> None:
    def composed(item: Any) -> Any:
        if isinstance(item, str):
            return unicodedata.normalize("NFC", item)
        if isinstance(item, dict):
            return {composed(key): composed(inner) for key, inner in item.items()}
        return [composed(inner) for inner in item] if isinstance(item, list) else item

    # Quoted, so that the writer's rules (YAML 1.1) for plain text do not matter.
    text = yaml.dump(value, allow_unicode=True, default_style='"', Dumper=_Quoting)
    document = compose("a", text.encode(errors="surrogatepass"))

    if not document.problems:
        assert document.data == composed(value)
    else:
        assert any(
            "viết hai lần" in problem.message or "ký tự ẩn" in problem.message
            for problem in document.problems
        )


class _Quoting(yaml.SafeDumper):
    """Quotes text only."""

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        plain = tag != "tag:yaml.org,2002:str"
        return super().represent_scalar(tag, value, style="" if plain else style)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's interface)
        return True
