"""Which passwords are taken."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.people.common_passwords import common_passwords
from monitor.people.passwords import normal, weakness
from monitor.people.refusals import PeopleRefusal
from tests.effort import examples

COMMON = common_passwords()


def looked_at(
    password: str, *, name: str = "ngoc.bich", has_second_factor: bool = False
) -> PeopleRefusal | None:
    return weakness(password, name=name, common=COMMON, has_second_factor=has_second_factor)


@pytest.mark.parametrize(
    "password",
    [
        "mật khẩu 123456",
        "MatKhau@12345678",
        "anhyeuemnhieulam",
        "Việt Nam vô địch!!",
        "Quảng Ngãi 2026!!!",
        "qwertyuiopasdfgh",
        "12345678901234",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "Password12345678",
        "Đăng nhập hệ thống 1",
        "correct horse battery staple",
    ],
)
def test_what_guessers_try_first_is_not_taken(password: str) -> None:
    assert looked_at(password) is PeopleRefusal.PASSWORD_COMMON


def test_length_depends_on_whether_there_is_a_second_factor() -> None:
    assert looked_at("kx7#vò-t") is PeopleRefusal.PASSWORD_TOO_SHORT_ALONE
    assert looked_at("kx7#vò-t", has_second_factor=True) is None
    assert looked_at("kx7#vò-", has_second_factor=True) is PeopleRefusal.PASSWORD_TOO_SHORT
    assert looked_at("mười ba chữ x") is PeopleRefusal.PASSWORD_TOO_SHORT_ALONE
    assert looked_at("mười bốn chữ x") is None


def test_long_ones_are_taken_up_to_a_kilobyte() -> None:
    assert looked_at("con mèo trèo cây cau " * 3 + "!") is None
    assert looked_at("ab cdx" * 166) is None
    assert looked_at("ab cdx" * 167) is PeopleRefusal.PASSWORD_TOO_LONG


def test_nobody_is_called_like_their_password() -> None:
    assert looked_at("Ngọc.Bích-2026", name="ngoc.bich") is PeopleRefusal.PASSWORD_IS_NAME
    assert looked_at("ngoc.bich.1980.xa", name="ngoc.bich") is None


@settings(max_examples=examples(100))
@given(st.text(min_size=1, max_size=40))
def test_two_ways_to_type_the_same_letters_are_one_password(text: str) -> None:
    assert normal(unicodedata.normalize("NFD", text)) == normal(unicodedata.normalize("NFC", text))


@settings(max_examples=examples(200))
@given(st.text(max_size=60), st.booleans())
def test_any_text_gets_an_answer(text: str, has_second_factor: bool) -> None:  # noqa: FBT001 (drawn)
    answer = looked_at(text, has_second_factor=has_second_factor)

    assert answer is not None or len(normal(text)) >= (8 if has_second_factor else 14)
