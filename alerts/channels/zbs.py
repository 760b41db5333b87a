"""The channel `zbs`: an approved template to a phone number (ZBS template message, formerly ZNS), paid per message.

For people outside of every window. Zalo shows the template's own words; the settings say which fact of a message fills
which of its parameters. `tracking_id` is the message id: whether Zalo notices a repetition by it is not known, so a
repetition counts as one that the receiver sees. Sources: developers.zalo.me, ZNS and ZBS API.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from alerts.channels.base import ChannelHealth, DeliveryError, DeliveryFailure
from alerts.channels.zalo_api import ZaloApi
from alerts.channels.zalo_errors import ZBS_ERRORS
from alerts.channels.zalo_oa import quota_of
from alerts.channels.zalo_text import Guard, shorten
from alerts.messages.message import Message
from alerts.messages.plain import clean

BUSINESS_URL: Final = "https://business.openapi.zalo.me"
_TRACKING_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,48}")
_PHONE: Final = re.compile(r"84\d{9}")


class Fact(StrEnum):
    """What of a message can fill a template's parameter."""

    ID = "id"
    """The incident's number."""
    HEADLINE = "headline"
    SUBJECT = "subject"
    SEVERITY = "severity"
    TIME = "time"
    """When the message was written, "14:05 22/11/2026"."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the template: the fact that fills it, cut to what the template takes."""

    fact: Fact
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ZbsConfig:
    """The template and what fills it, the account's calls, what is kept out, the clock. `zone` is that of times."""

    template_id: str
    api: ZaloApi
    guard: Guard
    now: Callable[[], float]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    base_url: str = BUSINESS_URL


class ZbsChannel:
    """Sends one template by phone number."""

    knows_repeats = False

    def __init__(self, config: ZbsConfig) -> None:
        self._config = config
        self._api = config.api
        self._guard = config.guard
        self._now = config.now
        self._last_success_at: float | None = None
        self._quota_left: int | None = None

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Send the template to a Vietnamese phone number; returns Zalo's message id."""
        del thread_id
        phone = phone_of(recipient)
        if phone is None:
            text = "not a phone number: 0 or 84 and nine digits"
            raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
        body = {
            "phone": phone,
            "template_id": self._config.template_id,
            "template_data": self._filled(message),
            "tracking_id": tracking_id(message_id),
        }
        url = f"{self._config.base_url}/message/template"
        data = await self._api.call("POST", url, ZBS_ERRORS, body=body)
        self._last_success_at = self._now()
        self._api.tokens.works()
        self._quota_left = quota_of(data, "remainingQuota", self._quota_left)
        return str(data.get("msg_id", ""))

    def health(self, now: float) -> ChannelHealth:
        """Return what is known of the allowance; the token is the account's."""
        tokens = self._api.tokens
        return ChannelHealth(
            last_success_at=self._last_success_at,
            token_age_s=tokens.age_s(now),
            needs_login=tokens.needs_login,
            quota_left=self._quota_left,
            trouble=tokens.trouble,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()

    def _filled(self, message: Message) -> dict[str, str]:
        written = datetime.fromtimestamp(message.composed_at, self._config.zone)
        facts = {
            Fact.ID: message.about_id,
            Fact.HEADLINE: message.headline,
            Fact.SUBJECT: message.subject,
            Fact.SEVERITY: str(message.severity),
            Fact.TIME: f"{written:%H:%M %d/%m/%Y}",
        }
        return {
            name: shorten(
                self._guard.hide(clean(facts[parameter.fact], 2 * parameter.limit)), parameter.limit
            )
            for name, parameter in self._config.parameters.items()
        }


def phone_of(text: str) -> str | None:
    """Return a Vietnamese mobile number as Zalo wants it ("84987654321"), None when it is none."""
    digits = "".join(character for character in text if character in "0123456789")
    if digits.startswith("0"):
        digits = "84" + digits[1:]
    is_written_so = re.fullmatch(r"\+?[\d .()-]+", text, re.ASCII) is not None
    return digits if is_written_so and _PHONE.fullmatch(digits) else None


def tracking_id(message_id: str) -> str:
    """Return the same id of at most 48 plain characters for the same message."""
    if _TRACKING_ID.fullmatch(message_id):
        return message_id
    return hashlib.sha256(message_id.encode()).hexdigest()[:40]
