import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.influx.lines import INT64_MAX, INT64_MIN, Line, clean, encode, one_line
from tests.effort import examples

# The grammar of the reference, read left to right, as a server does: a backslash takes the next character with it.
NAME = r"(?:\\.|[^\\, ])+"
KEY = r"(?:\\.|[^\\,= ])+"
FIELD = re.compile(rf'({KEY})=("(?:\\.|[^"\\])*"|[^, ]+)(,|$)')
LINE = re.compile(rf"({NAME})((?:,{KEY}={KEY})*) (.*) (-?\d+)", re.DOTALL)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SPECIAL = st.text(st.sampled_from('a,= "\\\n\t#é'), max_size=8)
NAMES = TEXT | SPECIAL
VALUES = st.floats() | st.integers() | NAMES


def unescape(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)


def value(text: str) -> float | int | str:
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)


def parse(line: str) -> Line:
    """Read one line back, naively."""
    match = LINE.fullmatch(line)
    assert match, line
    measurement, tags, fields, time_ns = match.groups()
    pairs = re.findall(rf",({KEY})=({KEY})", tags)
    found, end = {}, 0
    while end < len(fields):
        field = FIELD.match(fields, end)
        assert field, fields
        found[unescape(field[1])] = value(field[2])
        end = field.end()
    return Line(
        unescape(measurement), {unescape(key): unescape(text) for key, text in pairs}, found, int(time_ns)
    )


def sayable(content: float | str) -> bool:
    if isinstance(content, str):
        return True
    return INT64_MIN <= content <= INT64_MAX if isinstance(content, int) else math.isfinite(content)


@settings(max_examples=examples(200))
@given(
    NAMES.filter(bool), st.dictionaries(NAMES, NAMES), st.dictionaries(NAMES, VALUES), st.integers(0, 2**62)
)
def test_a_line_reads_back_as_what_the_protocol_can_say_of_it(
    measurement: str, tags: dict[str, str], fields: dict[str, float | int | str], time_ns: int
) -> None:
    tags = {clean(key): clean(text) for key, text in tags.items() if key and text}
    fields = {clean(key): content for key, content in fields.items() if key}
    said = {
        key: one_line(content) if isinstance(content, str) else content
        for key, content in fields.items()
        if sayable(content)
    }

    line = encode(Line(measurement, tags, fields, time_ns))

    assert "\n" not in line
    if not said:
        assert line == ""
        return
    prefix = "_" if clean(measurement).startswith("#") else ""
    assert parse(line) == Line(prefix + clean(measurement), tags, said, time_ns)


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\\")))
def test_ordinary_text_is_kept_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_a_line_looks_like_the_reference_says() -> None:
    line = Line(
        "icmp",
        {"check": "a/icmp", "unit": "", "target": "a b"},
        {"ok": 1, "rtt_p50_s": 0.25, "reason": 'x"y'},
        5,
    )

    assert encode(line) == 'icmp,check=a/icmp,target=a\\ b ok=1i,rtt_p50_s=0.25,reason="x\\"y" 5'


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, 2**63, -(2**63) - 1])
def test_what_the_protocol_cannot_say_is_left_out(nothing: float) -> None:
    assert encode(Line("m", {}, {"a": nothing, "b": 1}, 0)) == "m b=1i 0"
    assert encode(Line("m", {}, {"a": nothing}, 0)) == ""
