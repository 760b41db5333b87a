"""Codes from telephones."""

import pyotp

from monitor.people.refusals import PeopleRefusal
from monitor.people.second_factor import (
    enrolment_uri,
    looks_like_recovery,
    new_recovery_codes,
    new_totp_secret,
    recovery_hash,
    step_of,
)

NOW = 1_795_290_012.0
SECRET = "JBSWY3DPEHPK3PXP" * 2


def code(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


def test_a_code_is_taken_once_and_from_a_clock_that_is_a_little_off() -> None:
    step = int(NOW // 30)

    for off in (-1, 0, 1):
        assert step_of(SECRET, code(step + off), now=NOW, last_step=0) == step + off
    assert step_of(SECRET, code(step - 2), now=NOW, last_step=0) is PeopleRefusal.WRONG_CODE
    assert step_of(SECRET, code(step + 2), now=NOW, last_step=0) is PeopleRefusal.WRONG_CODE
    assert step_of(SECRET, code(step), now=NOW, last_step=step) is PeopleRefusal.CODE_USED
    assert step_of(SECRET, code(step - 1), now=NOW, last_step=step) is PeopleRefusal.CODE_USED
    assert step_of(SECRET, code(step + 1), now=NOW, last_step=step) == step + 1


def test_codes_are_six_digits_however_they_are_grouped() -> None:
    right = code(int(NOW // 30))

    assert step_of(SECRET, f" {right[:3]} {right[3:]} ", now=NOW, last_step=0) == int(NOW // 30)
    for wrong in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef", right + "0"):
        assert step_of(SECRET, wrong, now=NOW, last_step=0) is PeopleRefusal.WRONG_CODE


def test_recovery_codes_are_ten_of_their_own_and_forgive_how_they_are_typed() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(looks_like_recovery(each) for each in codes)
    assert recovery_hash(codes[0].upper().replace("-", " ")) == recovery_hash(codes[0])
    assert recovery_hash(codes[0]) != recovery_hash(codes[1])
    assert not looks_like_recovery("123 456")


def test_the_telephone_is_told_whose_code_it_is() -> None:
    secret = new_totp_secret()

    uri = enrolment_uri(secret, "ngoc", "Giám sát Quảng Ngãi")

    assert len(secret) >= 32
    assert uri.startswith("otpauth://totp/")
    assert pyotp.parse_uri(uri).name == "ngoc"
