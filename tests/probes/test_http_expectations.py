import json

import pytest
from pydantic import ValidationError

from probes.http import KIND, HttpOptions
from probes.reading import FailureReason, Reading
from tests.probes.secrets import PUBLIC
from tests.probes.servers import answering, lateness, page, serving

STATUS = {
    "state": "ok",
    "queue": {"mail.in": [3, 4.5, True], "late": None},
    "load": 1,
}


async def probe(answer: bytes, **options: object) -> Reading:
    async with serving(answering(answer)) as port, KIND.connect(PUBLIC) as measure:
        parsed = HttpOptions.model_validate_json(json.dumps(options), strict=True)
        return await measure(f"http://127.0.0.1:{port}/", parsed, timeout_s=2.0)


def status_page(document: object = STATUS) -> bytes:
    return page(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("options", "ok"),
    [
        ({"keyword": "dịch vụ"}, True),
        ({"keyword": ["dịch vụ", "công"]}, True),
        ({"keyword": ["dịch vụ", "tư"]}, False),
        ({"forbidden_keyword": "bảo trì"}, True),
        ({"forbidden_keyword": ["bảo trì", "công"]}, False),
        ({"keyword": "công", "forbidden_keyword": "lỗi"}, True),
        ({"keyword": "^c.*g$"}, False),
    ],
)
async def test_texts_must_occur_or_must_not(options: dict[str, object], *, ok: bool) -> None:
    seen = await probe(page("dịch vụ công".encode()), **options)

    assert seen.ok is ok
    assert seen.reason in {None, FailureReason.UNEXPECTED_ANSWER}


@pytest.mark.parametrize(
    ("options", "ok"),
    [
        ({"expected_headers": {"content-type": "json"}}, True),
        ({"expected_headers": {"X-Two": "b"}}, True),
        ({"expected_headers": {"X-Two": ""}}, True),
        ({"expected_headers": {"X-Missing": ""}}, False),
        ({"expected_headers": {"Content-Type": "html"}}, False),
        ({"forbidden_headers": {"X-Powered-By": ""}}, True),
        ({"forbidden_headers": {"X-Two": "c"}}, True),
        ({"forbidden_headers": {"X-Two": "b"}}, False),
        ({"forbidden_headers": {"x-two": ""}}, False),
    ],
)
async def test_headers_must_occur_or_must_not(options: dict[str, object], *, ok: bool) -> None:
    answer = page(b"{}", headers="Content-Type: application/json\r\nX-Two: a\r\nX-Two: b\r\n")

    seen = await probe(answer, **options)

    assert seen.ok is ok
    assert seen.reason in {None, FailureReason.UNEXPECTED_ANSWER}


@pytest.mark.parametrize(
    ("expected", "ok"),
    [
        ({"state": "ok", "load": 1}, True),
        ({"load": 1.0}, True),
        ({"load": True}, False),
        ({'queue["mail.in"][0]': 3}, True),
        ({'queue["mail.in"][2]': True}, True),
        ({'queue["mail.in"][2]': 1}, False),
        ({"queue.late": None}, True),
        ({"queue.missing": None}, False),
        ({"state": "bad"}, False),
        ({"state.deeper": "ok"}, False),
    ],
)
async def test_values_in_json_must_be_so(expected: dict[str, object], *, ok: bool) -> None:
    seen = await probe(status_page(), expected_json=expected)

    assert seen.ok is ok, seen
    assert seen.reason in {None, FailureReason.UNEXPECTED_ANSWER}


async def test_numbers_in_json_are_metrics() -> None:
    paths = {
        "load": "load",
        "last_ok": 'queue["mail.in"][-1]',
        "middle": 'queue["mail.in"][1]',
        "late_s": "queue.late",
    }

    seen = await probe(status_page(), json_metrics=paths)

    assert seen.ok
    measured = {name: seen.metrics[name] for name in paths if name in seen.metrics}
    assert measured == {"load": 1, "last_ok": 1, "middle": 4.5}


@pytest.mark.parametrize("path", ["state", "queue", "missing"])
async def test_a_metric_that_is_no_number_is_an_unexpected_answer(path: str) -> None:
    seen = await probe(status_page(), json_metrics={"x": path})

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert "x" not in seen.metrics


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b'{"x": NaN}',
        b'{"x": -Infinity}',
        b'{"x": 1e999}',
        b'{"x": ' + b"9" * 5_000 + b"}",
        b'{"x": ' + b"9" * 400 + b"}",
        b'{"x": "\xff"}',
        b"[" * 100_000,
        b'{"x":' * 50_000,
    ],
    ids=lambda body: body[:12].decode("latin1"),
)
async def test_hostile_json_is_an_unexpected_answer(body: bytes) -> None:
    seen = await probe(page(body), json_metrics={"x": "x"})

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail.isprintable()


@pytest.mark.alone
@pytest.mark.parametrize("unit", [b"[],", b'{"":1},', b"1,", b'"\\ud800",'])
async def test_the_largest_json_does_not_hold_up_the_others(unit: bytes) -> None:
    body = b"[" + unit * (262_000 // len(unit)) + b"0]"
    async with lateness() as late:
        seen = await probe(page(body), expected_json={"[-1]": 0})

    assert seen.ok
    assert late.held_s < 0.4


@pytest.mark.parametrize(
    "path", ["", ".", "a..b", "a.", ".a", "a[", "a[x]", "[1]b", 'a["', "$.a", "a b", "a[0].[1]"]
)
def test_a_senseless_path_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        HttpOptions(expected_json={path: 1})


@pytest.mark.parametrize(
    "options",
    [
        {"json_metrics": {"total_s": "x"}},
        {"json_metrics": {"Upper": "x"}},
        {"json_metrics": {"x": "x"}, "max_body_bytes": 300_000},
        {"keyword": "x", "method": "HEAD"},
        {"keyword": ""},
        {"keyword": []} | {"keyword": ["x"] * 21},
        {"request_headers": {"Authorization": "Basic x"}},
        {"request_headers": {"cookie": "x"}},
        {"request_headers": {"Host": "x"}},
        {"request_headers": {"X": "a\r\nY: b"}},
        {"request_headers": {"X y": "a"}},
        {"header_secrets": {"Transfer-Encoding": "x"}},
        {"request_headers": {"X": "a"}, "header_secrets": {"x": "secret"}},
        {"proxy": "http://user:word@proxy.test:3128"},
        {"proxy": "https://proxy.test"},
        {"proxy_secret": "account"},
        {"proxy": "http://proxy.test:99999"},
        {"header_secrets": {"proxy-authorization": "account"}},
        {"keyword": ["a", "b"], "forbidden_keyword": "b"},
        {"expected_headers": {"Server": "nginx"}, "forbidden_headers": {"server": ""}},
        {"method": "POST"},
        {"min_tls_version": "1.1"},
    ],
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HttpOptions.model_validate_json(json.dumps(options), strict=True)


def test_options_name_the_metrics_and_secrets_they_use() -> None:
    options = HttpOptions(
        json_metrics={"queue_length": "n"},
        header_secrets={"Authorization": "token"},
        proxy="http://proxy.test:3128",
        proxy_secret="account",
    )

    assert "queue_length" in options.metrics()
    assert "total_s" in options.metrics()
    assert options.secrets() == {"token", "account"}
