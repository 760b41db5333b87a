"""Nothing secret gets through; what is not secret stays readable."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diagnosis.masking import Mask

SECRET = 'mật khẩu "rất" dài/&7'


def mask(*secrets: str, hosts: tuple[str, ...] = (), with_addresses: bool = False) -> Mask:
    return Mask(secrets, hosts, with_addresses=with_addresses)


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        quote(SECRET, safe=""),
        SECRET.encode("unicode_escape").decode(),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        SECRET.encode().hex(":").upper(),
        quote(SECRET, safe="").lower(),
        quote(quote(SECRET, safe=""), safe=""),
        quote_plus(SECRET),
        html.escape(SECRET),
        json.dumps(SECRET)[1:-1],
    ],
)
def test_a_secret_goes_however_it_is_spelled(spelled: str) -> None:
    assert mask(SECRET)(f"before {spelled} after") in {
        "before <bí mật> after",
        "before <bí mật>= after",
        "before <bí mật>== after",
    }


@pytest.mark.parametrize("spell", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "giam-sat"])
@pytest.mark.parametrize("behind", ["", "?", "??"])
def test_a_password_goes_that_is_told_in_base64_together_with_its_account(
    spell: Callable[[bytes], bytes], user: str, behind: str
) -> None:
    secret = "Đ?>~ÿ/kho-qua7"
    said = spell(f"{user}:{secret}{behind}".encode()).decode()

    masked = mask(secret)(f"Cookie {said}")

    left = masked.removeprefix("Cookie ").replace("<bí mật>", "")
    assert "<bí mật>" in masked
    assert len(left) <= len(spell(f"{user}:{behind}".encode())) + 4, (
        "all of the password but some bits at its ends"
    )


@pytest.mark.parametrize(
    ("secret", "told", "left"),
    [
        ("https://ping.example/9f8e7d6c5b4a3210", "GET /9f8e7d6c5b4a3210 500", "GET /<bí mật> 500"),
        ("giam-sat:mat-khau-dai", "login failed: mat-khau-dai", "login failed: <bí mật>"),
        (
            "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----",
            "key hkiG9w0BAQEFAASC is bad",
            "key <bí mật> is bad",
        ),
    ],
)
def test_what_is_secret_of_a_secret_goes_alone_too(secret: str, told: str, left: str) -> None:
    assert mask(secret)(told) == left


@given(st.text(min_size=4, max_size=30), st.text(max_size=50), st.text(max_size=50))
def test_no_known_secret_survives_any_surroundings(secret: str, before: str, after: str) -> None:
    masked = mask(secret, with_addresses=True)(before + secret + after)
    assert (
        secret in {"", "<bí mật>"} or secret in "<bí mật>" or secret not in masked.replace("<bí mật>", "\0")
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://giam-sat:quaymat@mail/x", "https://<bí mật>@mail/x"),
        ("GET /ping?token=abcdef123456&x=1", "GET /ping?token=<bí mật>&x=1"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: <bí mật>"),
        ('{"access_token": "qwertyuiop"}', '{"access_token": "<bí mật>"}'),
        ("token_secret: influx-token", "token_secret: influx-token"),  # names stay
        ("password_secret: null", "password_secret: null"),
    ],
)
def test_what_looks_like_a_secret_goes_without_being_known(text: str, left: str) -> None:
    assert mask()(text) == left


def test_addresses_get_the_same_stand_in_everywhere_and_loopback_stays() -> None:
    hide = mask(hosts=("cong.tinh.vn", "10.51.7.1"))

    assert (
        hide("10.51.7.1 và 2001:db8::7, lại 10.51.7.1; 127.0.0.1:8080")
        == "<ip-1> và <ip-2>, lại <ip-1>; 127.0.0.1:8080"
    )
    assert hide("https://cong.tinh.vn/ truc@tinh.vn 0912345678 00:1a:2b:3c:4d:5e") == (
        "https://<máy-6>/ <thư-3> <điện-thoại-4> <mac-5>"
    )
    assert hide("10.51.7.1") == "<ip-1>"


def test_versions_times_and_file_names_are_no_addresses() -> None:
    text = "3.11.2 2026-11-22T18:40:00Z 18:40:00 state.db tslcd-monitor.service aiohttp 3.14.5"
    assert mask()(text) == text


def test_addresses_stay_when_they_are_wanted() -> None:
    assert (
        mask("s3cret", with_addresses=True)("10.51.7.1 s3cret truc@tinh.vn")
        == "10.51.7.1 <bí mật> truc@tinh.vn"
    )
