import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inputs.heartbeats import (
    BEAT_BYTES,
    Outcome,
    RefusedError,
    Said,
    decode,
    is_right_token,
    key_of,
    make_token,
)
from tests.monitor.inputs.beats import KEY

CODES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def refusal(body: bytes | str, *, with_token: bool = False) -> Outcome:
    with pytest.raises(RefusedError) as caught:
        decode(body if isinstance(body, bytes) else body.encode(), with_token=with_token)
    return caught.value.outcome


def test_reads_what_a_beat_says() -> None:
    body = b'{"asset": "kiosk-01", "uptime_s": 86400, "disk_free_ratio": 0.31, "app_alive": true}'

    assert decode(body, with_token=False) == Said(
        "kiosk-01", {"uptime_s": 86400.0, "disk_free_ratio": 0.31, "app_alive": 1.0}
    )


def test_only_the_asset_is_needed() -> None:
    assert decode(b'{"asset":"KIOSK_7.a"}', with_token=False) == Said("KIOSK_7.a", {})


def test_a_token_is_read_where_it_belongs_and_refused_where_not() -> None:
    body = b'{"asset":"a","token":"ABC"}'

    assert decode(body, with_token=True).token == "ABC"
    assert refusal(body) is Outcome.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.MALFORMED),
        (b"asset=kiosk-01", Outcome.MALFORMED),
        (b'["asset"]', Outcome.MALFORMED),
        (b'"asset"', Outcome.MALFORMED),
        (b'{"asset":"a"', Outcome.MALFORMED),
        (b'{"asset":"a"} x', Outcome.MALFORMED),
        (b'\xef\xbb\xbf{"asset":"a"}', Outcome.MALFORMED),
        ('{"asset":"a"}'.encode("utf-16"), Outcome.MALFORMED),
        (b'{"asset":"\xff"}', Outcome.MALFORMED),
        (b'{"asset":"a","uptime_s":01}', Outcome.MALFORMED),
        (b"[" * 4_000, Outcome.MALFORMED),
        (b'{"asset":' * 400, Outcome.MALFORMED),
        (b'{"asset":{"asset":"a"}}', Outcome.MALFORMED),
        (b'{"asset":["a"]}', Outcome.MALFORMED),
        (b'{"asset":"a","asset":"b"}', Outcome.DUPLICATE_KEY),
        (b'{"asset":"a","user":"an"}', Outcome.UNKNOWN_KEY),
        (b'{"asset":"a","user_name":"Nguyen Van A"}', Outcome.UNKNOWN_KEY),
        (b'{"asset":"a","hostname":"PC-CUA-AN"}', Outcome.UNKNOWN_KEY),
        (b"{}", Outcome.BAD_VALUE),
        (b'{"asset":null}', Outcome.BAD_VALUE),
        (b'{"asset":7}', Outcome.BAD_VALUE),
        (b'{"asset":""}', Outcome.BAD_VALUE),
        (b'{"asset":"a/b"}', Outcome.BAD_VALUE),
        (b'{"asset":"a\\nb"}', Outcome.BAD_VALUE),
        (b'{"asset":"\\ud800"}', Outcome.BAD_VALUE),
        ('{"asset":"máy-1"}'.encode(), Outcome.BAD_VALUE),
        (b'{"asset":"' + b"a" * 65 + b'"}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":-1}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":1e10}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":1e999}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":-1e999}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":NaN}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":Infinity}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":-Infinity}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":' + b"9" * 4_000 + b"}", Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":"5"}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":true}', Outcome.BAD_VALUE),
        (b'{"asset":"a","uptime_s":null}', Outcome.BAD_VALUE),
        (b'{"asset":"a","disk_free_ratio":1.01}', Outcome.BAD_VALUE),
        (b'{"asset":"a","disk_free_ratio":31}', Outcome.BAD_VALUE),
        (b'{"asset":"a","app_alive":1}', Outcome.BAD_VALUE),
        (b'{"asset":"a","app_alive":"true"}', Outcome.BAD_VALUE),
        (b'{"asset":"a","app_alive":null}', Outcome.BAD_VALUE),
        (b'{"asset":"a"' + b" " * BEAT_BYTES + b"}", Outcome.TOO_LARGE),
    ],
)
def test_refuses_everything_else_with_its_reason(body: bytes, outcome: Outcome) -> None:
    assert refusal(body) is outcome


def test_refuses_a_number_of_5000_digits_although_it_is_too_large_anyway() -> None:
    assert refusal(b'{"asset":"a","uptime_s":' + b"9" * 5_000 + b"}") is Outcome.TOO_LARGE


@pytest.mark.parametrize("value", ["7", "null", '"' + "A" * 53 + '"'])
def test_refuses_a_token_that_can_be_none(value: str) -> None:
    assert refusal(f'{{"asset":"a","token":{value}}}', with_token=True) is Outcome.BAD_VALUE


@given(st.binary(max_size=5_000))
def test_any_bytes_are_a_beat_or_refused(body: bytes) -> None:
    try:
        decode(body, with_token=True)
    except RefusedError:
        return


@given(
    CODES,
    st.fixed_dictionaries(
        {},
        optional={
            "uptime_s": st.floats(0, 3e9),
            "disk_free_ratio": st.floats(0, 1),
            "app_alive": st.booleans(),
        },
    ),
)
def test_a_right_beat_is_read_as_it_was_written(asset: str, fields: dict[str, float]) -> None:
    said = decode(json.dumps({"asset": asset, **fields}).encode(), with_token=False)

    assert said.asset == asset
    assert dict(said.metrics) == {name: float(value) for name, value in fields.items()}


@given(CODES, CODES, st.integers(1, 9), st.integers(1, 9))
def test_a_token_is_right_for_one_asset_and_one_serial(
    asset: str, other: str, serial: int, later: int
) -> None:
    token = make_token(KEY, asset, serial)

    assert is_right_token(token, KEY, other, later) is ((asset, serial) == (other, later))
    assert not is_right_token(token, KEY + b"x", asset, serial)
    assert set(token) <= set(string.ascii_uppercase + string.digits)


@given(st.text())
def test_no_text_trips_the_comparison(token: str) -> None:
    assert not is_right_token(token, KEY, "a", 1)


def test_a_token_stays_what_it_is() -> None:
    """Kiosks hold tokens: an update of ours must not change them. Made by another program:

    printf 'tslcd-heartbeat/1\\0kiosk-01\\0%s' 1 | openssl dgst -sha256 -hmac 0123456789abcdef -binary | base32
    """
    assert make_token(b"0123456789abcdef", "kiosk-01", 1) == (
        "IYC2C7RFUFS52SRHD4TZNDVYN236YVPM3N4ELXOVB2M6UAX57YLA"
    )


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        key_of("ngan")
    assert key_of("0123456789abcdef\n") == b"0123456789abcdef"
