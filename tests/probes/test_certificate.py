import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.certificate import notes, parse
from tests.probes.certificates import certificate_der

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY_S = 86_400


def test_a_certificate_says_how_long_it_lasts() -> None:
    leaf = parse(certificate_der(days=(-60, 30), now=NOW))

    assert leaf is not None
    assert leaf.metrics(now=NOW.timestamp()) == {
        "certificate_s": 30 * DAY_S,
        "certificate_lifetime_ratio": pytest.approx(1 / 3),
    }


def test_one_that_has_ended_counts_on_below_zero() -> None:
    leaf = parse(certificate_der(days=(-60, -10), now=NOW))

    assert leaf is not None
    assert leaf.metrics(now=NOW.timestamp()) == {
        "certificate_s": -10 * DAY_S,
        "certificate_lifetime_ratio": 0,
    }


def test_one_that_has_not_begun_has_its_whole_life_left() -> None:
    leaf = parse(certificate_der(days=(5, 95), now=NOW))

    assert leaf is not None
    assert leaf.metrics(now=NOW.timestamp())["certificate_lifetime_ratio"] == 1


@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_are_nothing(data: bytes) -> None:
    assert parse(data) is None
    assert notes([data]) == {}


def test_a_certificate_cut_anywhere_is_nothing() -> None:
    der = certificate_der(now=NOW)

    assert [parse(der[:length]) for length in range(0, len(der), 7)] == [None] * len(range(0, len(der), 7))


def test_names_are_clean_lines_whatever_they_hold() -> None:
    der = certificate_der(subject="Cô\u0323ng\u202e\nTLS", names=20, now=NOW)
    said = notes([der, der, b"no certificate"])

    assert said["tls_subject"] == unicodedata.normalize("NFC", "Cộng TLS")
    assert said["tls_issuer"] == "issuer"
    assert said["tls_names"] == ", ".join(f"n{number}.test" for number in range(8)) + " (và 12 tên khác)"
    assert said["tls_chain"] == "3: Cộng TLS > Cộng TLS > ?"


def test_a_certificate_may_have_no_names() -> None:
    assert notes([certificate_der(names=0, now=NOW)])["tls_names"] == ""
