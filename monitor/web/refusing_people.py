"""What the desks of accounts refuse, as refusals of the web."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.web.refusing import RefusedError
from monitor.web.translating import translated, translator

_MINUTE_S: Final = 60
_STATUS: Final[Mapping[PeopleRefusal, int]] = {
    PeopleRefusal.UNKNOWN_ACCOUNT: 404,
    PeopleRefusal.UNKNOWN_TOKEN: 404,
    PeopleRefusal.UNKNOWN_SESSION: 404,
    PeopleRefusal.BAD_INVITATION: 410,
    PeopleRefusal.TICKET_ENDED: 410,
    PeopleRefusal.NAME_TAKEN: 409,
    PeopleRefusal.FACTOR_ALREADY: 409,
    PeopleRefusal.PASSWORD_TOO_LONG: 413,
    PeopleRefusal.WRONG_SIGN_IN: 401,
    PeopleRefusal.WRONG_CODE: 401,
    PeopleRefusal.CODE_USED: 401,
    PeopleRefusal.TOO_MANY: 429,
    PeopleRefusal.BUSY: 429,
}
_FIELD: Final[Mapping[PeopleRefusal, str]] = {
    PeopleRefusal.BAD_NAME: "name",
    PeopleRefusal.NAME_TAKEN: "name",
    PeopleRefusal.NO_DISPLAY_NAME: "displayName",
    PeopleRefusal.UNIT_MISSING: "unit",
    PeopleRefusal.UNIT_UNKNOWN: "unit",
    PeopleRefusal.UNIT_NOT_WANTED: "unit",
    PeopleRefusal.SCOPE_MISSING: "scopes",
    PeopleRefusal.SCOPE_TOO_WIDE: "scopes",
    PeopleRefusal.BAD_DAYS: "days",
    PeopleRefusal.PASSWORD_TOO_LONG: "mat-khau",
    PeopleRefusal.PASSWORD_TOO_SHORT: "mat-khau",
    PeopleRefusal.PASSWORD_TOO_SHORT_ALONE: "mat-khau",
    PeopleRefusal.PASSWORD_COMMON: "mat-khau",
    PeopleRefusal.PASSWORD_IS_NAME: "mat-khau",
    PeopleRefusal.PASSWORD_USED_BEFORE: "mat-khau",
    PeopleRefusal.WRONG_PASSWORD: "mat-khau-cu",
    PeopleRefusal.WRONG_CODE: "ma",
    PeopleRefusal.CODE_USED: "ma",
}


@contextmanager
def people_refusals(language: Language = Language.VI) -> Iterator[None]:
    """Around what asks a desk of accounts: its refusals become RefusedError, in the language of a page."""
    try:
        yield
    except PeopleError as error:
        raise RefusedError(
            _STATUS.get(error.reason, 422),
            error.detail,
            _hint(error, language),
            field=_FIELD.get(error.reason, ""),
            wait_s=error.wait_s,
        ) from error


def _hint(error: PeopleError, language: Language) -> str:
    _, hint = translator(language), translated(error.hint, language)
    if not error.wait_s:
        return hint
    whole = math.ceil(error.wait_s)
    if whole > _MINUTE_S:
        whole = math.ceil(whole / _MINUTE_S) * _MINUTE_S
    return _("%(hint)s: còn %(wait)s") % {"hint": hint, "wait": words.duration(whole, language)}
