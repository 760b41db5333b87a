"""Links that act: only what we made, for the one it was made for, while it lasts."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.replies.tokens import NONCE_BYTES, Grant, TokenRefusal, make_token, read_token

KEY = bytes(range(32))
NOW = 1_795_291_200.0
PEOPLE = ("ngoc", "phung", "to-truc")
IDS = st.builds(
    lambda year, number: f"SC-{year}-{number:04d}", st.integers(2024, 2099), st.integers(1, 9_999_999)
)
NONCES = st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)


def a_token(incident: str = "SC-2026-1187", contact: str = "ngoc", *, until_at: float = NOW + 60) -> str:
    return make_token(KEY, incident, contact, until_at=until_at, nonce=b"ab")


@given(IDS, st.sampled_from(PEOPLE), st.integers(1, 10_000_000), NONCES)
def test_what_was_made_is_read_back_short_and_safe_in_a_link(
    incident: str, contact: str, life_s: int, nonce: bytes
) -> None:
    token = make_token(KEY, incident, contact, until_at=NOW + life_s, nonce=nonce)

    assert len(token) <= 40
    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")
    assert read_token(KEY, token, PEOPLE, NOW) == Grant(incident, contact, NOW + life_s)


@settings(max_examples=300)
@given(st.data())
def test_any_changed_character_makes_it_nobodys(data: st.DataObject) -> None:
    token = a_token()
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(
        st.sampled_from(string.ascii_letters + string.digits + "-_. %/=\n").filter(lambda c: c != token[at])
    )

    changed = token[:at] + other + token[at + 1 :]

    assert read_token(KEY, changed, PEOPLE, NOW) is TokenRefusal.UNKNOWN


@given(st.text(max_size=60))
def test_anything_else_is_unknown(text: str) -> None:
    assert read_token(KEY, text, PEOPLE, NOW) is TokenRefusal.UNKNOWN


def test_it_ends_to_the_second() -> None:
    token = a_token(until_at=NOW + 60)

    assert isinstance(read_token(KEY, token, PEOPLE, NOW + 59), Grant)
    assert read_token(KEY, token, PEOPLE, NOW + 60) is TokenRefusal.EXPIRED


def test_it_cannot_be_turned_to_another_incident() -> None:
    token = a_token("SC-2026-1187")

    assert read_token(KEY, token.replace("1187", "1188"), PEOPLE, NOW) is TokenRefusal.UNKNOWN


def test_it_is_nobodys_once_its_owner_left() -> None:
    assert read_token(KEY, a_token(contact="ngoc"), ("phung",), NOW) is TokenRefusal.UNKNOWN


def test_another_key_knows_none_of_it() -> None:
    assert read_token(bytes(32), a_token(), PEOPLE, NOW) is TokenRefusal.UNKNOWN


def test_bits_behind_the_end_do_not_make_a_second_token() -> None:
    assert read_token(KEY, a_token() + "A", PEOPLE, NOW) is TokenRefusal.UNKNOWN
    assert read_token(KEY, a_token() + "=", PEOPLE, NOW) is TokenRefusal.UNKNOWN
