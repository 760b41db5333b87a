"""The second factor: codes from a telephone (TOTP, RFC 6238), each taken once, and recovery codes. Pure but for chance."""

import hmac
import secrets
from typing import Final

import pyotp

from monitor.people.random_ids import digest
from monitor.people.refusals import PeopleRefusal

STEP_S: Final = 30
RECOVERY_CODES: Final = 10
_CODE_DIGITS: Final = 6
_GROUPS: Final = 4
_GROUP_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_totp_secret() -> str:
    """Return 160 random bits in base32."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, account: str, issuer: str) -> str:
    """Return what the QR code says to the telephone."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, *, now: float, last_step: int) -> int | PeopleRefusal:
    """Return the time step a code belongs to (the telephone's clock may be one off), or why it is not taken."""
    typed = "".join(code.split())
    if len(typed) != _CODE_DIGITS or not typed.isascii() or not typed.isdigit():
        return PeopleRefusal.WRONG_CODE
    totp, current = pyotp.TOTP(secret), int(now // STEP_S)
    matching = [
        step
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(totp.generate_otp(step), typed)
    ]
    if not matching:
        return PeopleRefusal.WRONG_CODE
    return next((step for step in matching if step > last_step), PeopleRefusal.CODE_USED)


def new_recovery_codes() -> tuple[str, ...]:
    """Return the codes that replace the telephone, each once: 79 random bits each."""
    return tuple(
        "-".join("".join(secrets.choice(_GROUP_LETTERS) for _ in range(4)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    )


def recovery_hash(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed."""
    return digest("".join(each for each in code.casefold() if each in _GROUP_LETTERS))


def looks_like_recovery(code: str) -> bool:
    """Whether this is meant as a recovery code, not as digits of a telephone."""
    return sum(each in _GROUP_LETTERS for each in code.casefold()) >= _CODE_DIGITS + 2
