"""The channel `webhook`: each message as signed JSON to a program of somebody else's.

    POST <url>
    Content-Type: application/json
    Idempotency-Key: <message id>              the same when a message is repeated
    X-Tslcd-Timestamp: <Unix seconds>
    X-Tslcd-Signature: v1=<hex HMAC-SHA256 of timestamp "." body, with the shared secret>

2xx: taken. Redirects are not followed. 4xx is permanent, but for 408, 409, 425 and 429, and so is no other answer. Each
address is a server of its own, so no trouble with one makes the others rest.
"""

import hashlib
import hmac
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from alerts.channels.base import CHANNEL_WIDE, DeliveryError, DeliveryFailure
from alerts.channels.http_client import HttpClient
from alerts.channels.record import json_line
from alerts.messages.message import Message

SIGNATURE: Final = "X-Tslcd-Signature"
TIMESTAMP: Final = "X-Tslcd-Timestamp"
_PASSING: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LONGEST_REST_S: Final = 3_600.0
"""A server that asks for more is asked again all the same: an alarm does not wait for days."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to post, and the secret shared with whoever listens there. `ca_file` (PEM) is trusted as well."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    timeout_s: float = 10.0
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """The hooks by name, and the clock (Unix seconds) that dates signatures."""

    hooks: Mapping[str, Hook]
    now: Callable[[], float]


class WebhookChannel:
    """Posts to hooks; an address is the name of one."""

    knows_repeats = True

    def __init__(self, config: WebhookConfig) -> None:
        """Read the certificate authorities; raise OSError if one is not readable."""
        self._config = config
        self._clients = {name: HttpClient(tls=_trust(hook.ca_file)) for name, hook in config.hooks.items()}

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Post the message. See the module for what is permanent."""
        hook = self._config.hooks.get(recipient)
        if hook is None:
            text = "no webhook of this name is configured"
            raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
        body = json_line(message, recipient, message_id=message_id, thread_id=thread_id)
        timestamp = str(int(self._config.now()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message_id,
            TIMESTAMP: timestamp,
            SIGNATURE: sign(hook.secret, timestamp, body),
        }
        failure = None
        try:
            answer = await self._clients[recipient].call(
                "POST", hook.url, within_s=hook.timeout_s, headers=headers, content=body
            )
        except DeliveryError as error:
            failure = _of_one_address(error)
        if failure is not None:
            raise failure
        if not HTTPStatus(200) <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(answer.status, self._rest_s(answer.retry_after))
        return f"HTTP {answer.status}"

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    def _rest_s(self, retry_after: str) -> float | None:
        """Return how long the server wants to be left alone (RFC 9110, 10.2.3: seconds, or a date)."""
        if retry_after.isascii() and retry_after.isdigit():
            return min(float(retry_after[:10]), _LONGEST_REST_S)
        try:
            until_at = parsedate_to_datetime(retry_after).timestamp()
        except (ValueError, OverflowError):
            return None
        return min(max(0.0, until_at - self._config.now()), _LONGEST_REST_S)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request, as the header carries it."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def _refusal(status: int, rest_s: float | None) -> DeliveryError:
    text = f"answer {status}"
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _PASSING:
        reason = DeliveryFailure.RECIPIENT if status in _GONE else DeliveryFailure.REJECTED
        return DeliveryError(text, reason, permanent=True)
    return DeliveryError(text, DeliveryFailure.DEFERRED, retry_after_s=rest_s)


def _of_one_address(error: DeliveryError) -> DeliveryError:
    """Return the failure so that no other hook rests because of it."""
    if error.reason not in CHANNEL_WIDE:
        return error
    return DeliveryError(str(error), DeliveryFailure.DISCONNECTED, in_doubt=error.in_doubt)


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context
