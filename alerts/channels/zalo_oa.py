"""The channel `zalo_oa`: messages of a Zalo Official Account, to a person ("user:<id>") or its group ("group:<id>").

A person must have written to the account within seven days (else WINDOW: the next channel); a group takes messages at
any time. There is no key that would let Zalo notice a repetition. Sources: developers.zalo.me, Official Account API v3.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from alerts.channels.base import ChannelHealth, DeliveryError, DeliveryFailure
from alerts.channels.zalo_api import ZaloApi
from alerts.channels.zalo_errors import OA_ERRORS
from alerts.channels.zalo_text import Guard, zalo_text
from alerts.messages.message import Message

OPENAPI_URL: Final = "https://openapi.zalo.me"
_ADDRESS: Final = re.compile(r"(user|group):([A-Za-z0-9_-]{1,64})")
_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Account:
    """What Zalo says of the Official Account."""

    name: str
    package: str = ""
    package_until: date | None = None


@dataclass(frozen=True, slots=True)
class ZaloOaConfig:
    """The account's calls, what is kept out of texts, and the clock (`now` returns Unix seconds)."""

    api: ZaloApi
    guard: Guard
    now: Callable[[], float]
    base_url: str = OPENAPI_URL


class ZaloOaChannel:
    """Sends texts of one Official Account."""

    knows_repeats = False

    def __init__(self, config: ZaloOaConfig) -> None:
        self._api = config.api
        self._guard = config.guard
        self._now = config.now
        self._base_url = config.base_url
        self._last_success_at: float | None = None
        self._quota_left: int | None = None
        self._account: Account | None = None

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Send one text; returns Zalo's message id. Nothing lets Zalo notice a repetition."""
        del message_id, thread_id
        path, to = _target(recipient)
        text = zalo_text(message.text, self._guard)
        if not text:
            raise DeliveryError("the message has no text", DeliveryFailure.REJECTED, permanent=True)
        body = {"recipient": to, "message": {"text": text}}
        data = await self._api.call("POST", f"{self._base_url}{path}", OA_ERRORS, body=body)
        self._last_success_at = self._now()
        self._api.tokens.works()
        if not _is_per_person(data):
            self._quota_left = quota_of(data, "remain", self._quota_left)
        return str(data.get("message_id", ""))

    async def check(self) -> Account:
        """Ask Zalo for the account: name, and until when its package is paid. Raises DeliveryError."""
        data = await self._api.call("GET", f"{self._base_url}/v2.0/oa/getoa", OA_ERRORS)
        self._account = Account(
            name=str(data.get("name", "")),
            package=str(data.get("package_name") or ""),
            package_until=_day(data.get("package_valid_through_date")),
        )
        return self._account

    def health(self, now: float) -> ChannelHealth:
        """Return what is known of token, package and allowance."""
        tokens = self._api.tokens
        return ChannelHealth(
            last_success_at=self._last_success_at,
            token_age_s=tokens.age_s(now),
            needs_login=tokens.needs_login,
            quota_left=self._quota_left,
            package_until=None if self._account is None else self._account.package_until,
            trouble=tokens.trouble,
        )

    async def aclose(self) -> None:
        """Let a renewal of the token end, and close the connections."""
        await self._api.aclose()


def is_oa_address(text: str) -> bool:
    """Whether `text` names a person or a group of the Official Account."""
    return _ADDRESS.fullmatch(text) is not None


def quota_of(data: dict[str, Any], key: str, otherwise: int | None) -> int | None:
    """Return what is left of the allowance, as an answer's `quota` tells it, in numbers or in text."""
    quota = data.get("quota")
    with contextlib.suppress(TypeError, ValueError, KeyError):
        return int(quota[key]) if isinstance(quota, dict) else otherwise
    return otherwise


def _is_per_person(data: dict[str, Any]) -> bool:
    """Whether the quota told is that of answers to one person, not what the account has left."""
    quota = data.get("quota")
    return not isinstance(quota, dict) or quota.get("quota_type") == "reply"


def _target(recipient: str) -> tuple[str, dict[str, str]]:
    found = _ADDRESS.fullmatch(recipient)
    if found is None:
        text = "not an address of zalo_oa: user:<id> or group:<id>"
        raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
    if found[1] == "group":
        return "/v3.0/oa/group/message", {"group_id": found[2]}
    return "/v3.0/oa/message/cs", {"user_id": found[2]}


def _day(text: object) -> date | None:
    found = _DAY.match(text) if isinstance(text, str) else None
    with contextlib.suppress(ValueError):
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    return None
