"""What the error codes of Zalo's interfaces mean to a delivery, as data: Official Account, ZBS templates, Bot. Pure.

Codes follow Zalo's published tables; a code nobody published is never tried again blindly.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure

_VIETNAM_S: Final = 7 * 3600
"""Zalo's days are Vietnam's: UTC+7, no summer time."""
_DAY_S: Final = 86_400
_MORNING_S: Final = 6 * 3600 + 300
"""06:05, when what may not be sent at night may."""

RATE_REST_S: Final = 60.0
BOT_RESTS_S: Final = (60.0, 300.0, 900.0)
PERSON_REST_S: Final = 900.0
"""Between looks at whether a person has mended the account."""


class ErrorClass(StrEnum):
    """What to do about a code."""

    TOKEN = "token"  # noqa: S105 (a class of errors)
    """The access token is not taken: renew it once, send once more."""
    HUMAN = "human"
    """App, account or permission: only a person can mend it."""
    BILL = "bill"
    """The package lapsed, or there is no money."""
    RATE = "rate"
    QUOTA = "quota"
    """Nothing more today."""
    WINDOW = "window"
    """This person has not written lately, or had enough today: the next channel."""
    RECIPIENT = "recipient"
    PAYLOAD = "payload"
    """The content is not taken."""
    NIGHT = "night"
    """Not before the morning."""
    TEMPORARY = "temporary"
    BUG = "bug"
    """A path or version that does not exist (any more)."""


def _table(rows: Mapping[ErrorClass, Iterable[int]]) -> Mapping[int, ErrorClass]:
    return MappingProxyType({code: kind for kind, codes in rows.items() for code in codes})


OA_ERRORS: Final = _table(
    {
        ErrorClass.TOKEN: (-216, -220),
        ErrorClass.HUMAN: (-204, -205, -209, -212, -219, -221, -223, -235, -242),
        ErrorClass.BILL: (-224, -320, -321),
        ErrorClass.RATE: (-32,),
        ErrorClass.QUOTA: (-211, -311),
        ErrorClass.WINDOW: (-213, -218, -230, -232, -305),
        # -237, -238, -241: the group's paid asset ended; -403: the account is not in it. Others still hear us.
        ErrorClass.RECIPIENT: (-217, -227, -237, -238, -241, -244, -403),
        ErrorClass.PAYLOAD: (-100, -201, -210, -214, -233, -248, -249),
        ErrorClass.NIGHT: (-234,),
        ErrorClass.TEMPORARY: (-200,),
        ErrorClass.BUG: (-240, 404),
    }
)
"""Codes of openapi.zalo.me."""

ZBS_ERRORS: Final = _table(
    {
        ErrorClass.TOKEN: (-124,),
        ErrorClass.HUMAN: (
            *(
                -101,
                -102,
                -103,
                -104,
                -105,
                -117,
                -120,
                -1201,
                -1202,
                -125,
                -1241,
                -131,
                -138,
                -1381,
                -145,
                -146,
            ),
            *(-126, -127, -135, -1351),
        ),
        ErrorClass.BILL: (-115, -136, -137),
        ErrorClass.QUOTA: (-144, -1441, -147, -1471, -1472, -160),
        ErrorClass.RECIPIENT: (-108, -110, -114, -118, -119, -134, -139, -140, -141),
        ErrorClass.PAYLOAD: (
            *(-106, -107, -109, -1091, -111, -112, -1121, -1122, -1123, -1124, -113, -1131, -116, -121, -122),
            *(
                -123,
                -128,
                -129,
                -130,
                -132,
                -142,
                -143,
                -148,
                -149,
                -1491,
                -150,
                -151,
                -152,
                -153,
                -158,
                -159,
            ),
            *(-161, -162),
        ),
        ErrorClass.NIGHT: (-133,),
        ErrorClass.TEMPORARY: (-100,),
        ErrorClass.RATE: (-32,),
        ErrorClass.BUG: (404,),
    }
)
"""Codes of business.openapi.zalo.me."""

_WORDS: Final[Mapping[ErrorClass, tuple[DeliveryFailure, bool, str]]] = MappingProxyType(
    {
        ErrorClass.TOKEN: (DeliveryFailure.AUTH, False, "the access token is not taken"),
        ErrorClass.HUMAN: (DeliveryFailure.ACCOUNT, True, "app, account or template may not send"),
        ErrorClass.BILL: (DeliveryFailure.ACCOUNT, True, "the account's package or money has run out"),
        ErrorClass.RATE: (DeliveryFailure.RATE, False, "too many calls in a minute"),
        ErrorClass.QUOTA: (DeliveryFailure.QUOTA, False, "the allowance is used up"),
        ErrorClass.WINDOW: (DeliveryFailure.WINDOW, True, "the person has not written lately"),
        ErrorClass.RECIPIENT: (DeliveryFailure.RECIPIENT, True, "the recipient cannot be reached"),
        ErrorClass.PAYLOAD: (DeliveryFailure.REJECTED, True, "the content is not taken"),
        ErrorClass.NIGHT: (DeliveryFailure.DEFERRED, False, "not at night"),
        ErrorClass.TEMPORARY: (DeliveryFailure.DEFERRED, False, "try again later"),
        ErrorClass.BUG: (DeliveryFailure.INTERNAL, True, "Zalo does not know this call"),
    }
)
"""Class -> reason, whether it is permanent, and what it is in words."""


def error_of(code: int, table: Mapping[int, ErrorClass], *, now: float) -> DeliveryError:
    """Return the failure that `code` stands for; `now` (Unix seconds) places the next midnight or morning."""
    kind = table.get(code, ErrorClass.PAYLOAD)
    reason, is_permanent, words = _WORDS[kind]
    known = "" if code in table else " (unknown code)"
    return DeliveryError(
        f"zalo error {code}{known}: {words}",
        reason,
        permanent=is_permanent,
        retry_after_s=_rest_s(kind, now),
    )


def bot_error(code: int, *, refused_before: int = 0, is_json: bool = True) -> DeliveryError:
    """Return what an `error_code` of the Bot means for sendMessage; `refused_before`: 429s without a success between.

    `is_json`: False when `code` is only the HTTP status of an answer that is no JSON: a gateway's.
    """
    match code:
        case 400:
            return DeliveryError(
                "zalo bot error 400: the chat is unknown, or has not written to the bot",
                DeliveryFailure.RECIPIENT,
                permanent=True,
            )
        case 401 | 404 if is_json:
            return DeliveryError(
                f"zalo bot error {code}: the bot's token is not taken",
                DeliveryFailure.AUTH,
                retry_after_s=PERSON_REST_S,
            )
        case 408:
            return DeliveryError(
                "zalo bot error 408: no answer in time", DeliveryFailure.TIMEOUT, in_doubt=True
            )
        case 429:
            rest_s = BOT_RESTS_S[min(refused_before, len(BOT_RESTS_S) - 1)]
            is_long = refused_before >= len(BOT_RESTS_S) - 1  # no minute's limit lasts so long: the month's
            reason = DeliveryFailure.QUOTA if is_long else DeliveryFailure.RATE
            return DeliveryError("zalo bot error 429: too many messages", reason, retry_after_s=rest_s)
        case _:  # 403 is documented as "Internal server error"
            return DeliveryError(
                f"zalo bot error {code}",
                DeliveryFailure.DEFERRED,
                retry_after_s=RATE_REST_S if code == 403 else None,  # noqa: PLR2004 (an error code)
            )


def until_midnight_s(now: float) -> float:
    """Return the seconds until the next midnight in Vietnam, more than nothing."""
    return _DAY_S - (now + _VIETNAM_S) % _DAY_S


def until_morning_s(now: float) -> float:
    """Return the seconds until the next 06:05 in Vietnam, more than nothing."""
    return _DAY_S - (now + _VIETNAM_S - _MORNING_S) % _DAY_S


def _rest_s(kind: ErrorClass, now: float) -> float | None:
    match kind:
        case ErrorClass.RATE:
            return RATE_REST_S
        case ErrorClass.QUOTA:
            return until_midnight_s(now)
        case ErrorClass.NIGHT:
            return until_morning_s(now)
        case ErrorClass.TOKEN:
            return PERSON_REST_S
        case _:
            return None
