"""Targets that make text for others of what strangers said: messages, lines for InfluxDB, verdicts on pages, addresses."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from alerts.messages.compose import TEXT_LIMIT, compose_letter
from alerts.messages.facts import IncidentFacts
from alerts.messages.letterhead import Letterhead
from alerts.messages.plain import clean, utf16_length
from alerts.messages.sample_province import OPENED_AT, Size
from alerts.messages.samples import KINDS, sample_news
from alerts.messages.style import Style
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from inventory.address import address_for, address_problem, address_remedy, host_of, is_url, lies_in, network
from monitor.influx.lines import Line, encode
from probes.http.json_path import JsonError, look, number, parse_json
from probes.http.judgement import Answer, judge
from probes.http.options import HttpOptions
from probes.http.redirect import is_web, next_url
from probes.http.text import charset_of, decoded
from probes.http.turned_away import turned_away_by
from probes.reading import FailureReason, ProbeError
from probes.resolve import ascii_name, ip_literal
from tests.fuzz.target import Target
from tests.monitor.influx.test_lines import parse

NAMES = (
    "Xã Thử",
    "{{ 7 * 7 }}",
    "<script>alert(1)</script>",
    "a\r\nBcc: x@y",
    "\u202eabc",
    "%s {0.__class__}",
    "x" * 300,
)
ADDRESSES = (
    "10.51.7.1",
    "https://cong.quangngai.gov.vn:8443/a?b",
    "[2001:db8::7]:443",
    "0177.0.0.1",
    "http://a:b@c/",
    "máy.vn",
    "1" * 300,
)
HTTP_SEEDS = (
    b"\x02text/html; charset=utf-8\x00<title>Cong</title> ok",
    b'\x02application/json\x00{"a":[{"b":1e999}],"ok":true}',
    b"\x05text/html;charset=utf-16\x00<html>captcha cloudflare</html>",
)
_STATUSES = (100, 199, 200, 204, 301, 403, 429, 500, 503, 999)
_OPTIONS = (
    HttpOptions(),
    HttpOptions(keyword=("ok", "Cổng"), forbidden_keyword=("lỗi",)),
    HttpOptions(expected_json={"a[0].b": 1, "ok": True}, json_metrics={"b": "a[-1].b"}),
    HttpOptions(expected_headers={"Content-Type": "html"}, max_body_bytes=10),
)


@cache
def _samples() -> tuple[tuple[ToldNews, ...], ...]:
    letterhead = Letterhead("Quảng Ngãi", ZoneInfo("Asia/Ho_Chi_Minh"))
    return tuple(
        sample_news(kind, size, letterhead, language)
        for language in Language
        for kind in KINDS
        for size in (Size.EMPTY, Size.LONGEST)
    )


def message(data: bytes) -> None:
    """A name, whatever it is, breaks no message, becomes no markup and no template, and starts no line of its own."""
    name = clean(data[1:].decode("utf-8", "replace"), 80)
    samples = _samples()
    items = samples[(data[0] if data else 0) % len(samples)]
    named = tuple(_with_name(item, name) for item in items)
    for language in Language:
        style = Style(language)
        made = compose_letter(named, style, now=OPENED_AT, channel="email")
        assert made.fault == ""
        assert utf16_length(made.text) <= TEXT_LIMIT
        assert all(letter == "\n" or letter.isprintable() for letter in made.text + made.body)
        assert made.subject.isprintable()
        assert made.html is None or "<script" not in made.html.lower()


def _with_name(item: ToldNews, name: str) -> ToldNews:
    if not isinstance(item.facts, IncidentFacts):
        return item
    facts = replace(
        item.facts, place=name, label=name, target=name, unit=name, cause=name, provider=name, ticket=name
    )
    return replace(item, facts=facts)


def line_protocol(data: bytes) -> None:
    """A line stays one line, and reads back."""
    measurement, key, text, *rest = [*data.decode("utf-8", "replace").split("\0"), "", "", ""]
    numbers: dict[str, float | int | str] = {"n": len(data), key: text, text: float(len(rest))}
    line = encode(Line(measurement, {key: text, "t": measurement}, numbers, 1))
    assert "\n" not in line
    assert "\r" not in line
    if measurement:
        assert parse(line).time_ns == 1


def http(data: bytes) -> None:
    """Any answer is fine or has a reason and a short one-line detail; numbers are finite."""
    head, _, body = data[1:].partition(b"\0")
    kind = head.decode("latin-1")
    headers = CIMultiDictProxy(CIMultiDict({"Content-Type": kind}))
    options = _OPTIONS[(data[0] if data else 0) % len(_OPTIONS)]
    status = _STATUSES[len(data) % len(_STATUSES)]
    charset = charset_of(kind)
    metrics: dict[str, float] = {}
    answer = Answer(status, headers, body, is_whole=bool(len(data) % 2), charset=charset)
    found = judge(answer, options, metrics, has_credentials=False)
    assert found is None or (found.reason in FailureReason and found.detail.isprintable())
    assert all(value == value and abs(value) != float("inf") for value in metrics.values())  # noqa: PLR0124 (NaN)
    decoded(body, charset)
    turned_away_by(status, headers, body)
    with suppress(JsonError):
        number(look(parse_json(body), "a[0].b"))


def redirect(data: bytes) -> None:
    """A redirect leads nowhere, or to the web, with nobody's password."""
    for base in ("https://cong.quangngai.gov.vn/a/b?c", "http://[::1]:8080/"):
        found = next_url(URL(base), data.decode("latin-1"))
        if found is not None:
            assert is_web(found)
            assert found.user is None
            assert found.password is None
            assert not found.fragment
            str(found).encode("ascii")


def address(data: bytes) -> None:
    """An address is refused with a remedy that is text, or every reader of it agrees on its host."""
    text = data.decode("utf-8", "replace")
    problem = address_problem(text)
    assert isinstance(address_remedy(text), str)
    network(text)
    for kind in ("icmp", "tcp", "http", "heartbeat"):
        with suppress(ValueError):
            made = address_for(kind, text, None, 443, target_id="u.may")
            assert made
    host = host_of(text)
    lies_in(text, ())
    if not problem:
        assert host
        assert "@" not in host
        if ip_literal(host) is None:
            ascii_name(host)
    with suppress(ProbeError):
        ascii_name(text)
    assert is_url(text) == ("://" in text)


TARGETS: Mapping[str, Target] = {
    "template": Target(message, tuple(text.encode() for text in NAMES), 512, tries=100),
    "line-protocol": Target(line_protocol, (b"icmp\x00k\x00v", b"a,b=c d\\\x00,\x00=\n"), 512),
    "http": Target(http, HTTP_SEEDS),
    "redirect": Target(
        redirect, (b"/next", b"//u:p@host:1/", b"https://[::1]/", "http://thử.vn/".encode()), 600
    ),
    "address": Target(address, tuple(text.encode() for text in ADDRESSES), 400),
}
