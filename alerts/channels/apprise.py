"""The channel `apprise`: Telegram, SMS gateways and the rest of the world, by the library of that name (optional).

The library blocks, waits 5.5 s between two messages of one service unless told not to, cuts nothing that is too long,
says only "yes" or "no", and logs addresses that hold secrets. So it works in threads of our own, without its throttle,
split to what the service takes, and its log and that of the HTTP library below it are not heard. A "no" is tried again:
better twice than never. What was not done in time goes on in its thread and may arrive: in doubt. What found no thread,
because others hang, has not begun.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind

_THREADS: Final = 4
_UNHEARD: Final = logging.CRITICAL + 1
_LOGGERS: Final = ("apprise", "urllib3", "requests")


class AppriseMissingError(Exception):
    """The library is not installed."""


class AppriseAddressError(ValueError):
    """The library does not know what to do with an address; names the address, never shows it."""


@dataclass(frozen=True, slots=True)
class AppriseConfig:
    """Apprise URLs by the names that addresses use. `timeout_s` bounds one message: less than whoever sends waits."""

    urls: Mapping[str, str] = field(repr=False)
    timeout_s: float = 25.0


class AppriseChannel:
    """Sends through services that Apprise knows; an address is the name of one."""

    knows_repeats = False

    def __init__(self, config: AppriseConfig) -> None:
        """Load the library. Raises AppriseMissingError, and AppriseAddressError for the first URL that is wrong."""
        self._timeout_s = config.timeout_s
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(_UNHEARD)
        self._services = {name: _service(name, url) for name, url in config.urls.items()}
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="channel-apprise")

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Send the text through the service of this name."""
        del message_id, thread_id  # nothing that all services could carry
        service = self._services.get(recipient)
        if service is None:
            text = "no Apprise address of this name is configured"
            raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
        work = self._threads.submit(_send, service, message)
        try:
            async with asyncio.timeout(self._timeout_s):
                is_sent = await asyncio.wrap_future(work)
        except TimeoutError:
            has_begun = not work.cancel()
            text = "no answer in time" if has_begun else "earlier messages hang"
            raise DeliveryError(text, DeliveryFailure.TIMEOUT, in_doubt=has_begun) from None
        if not is_sent:
            raise DeliveryError("the service did not take it", DeliveryFailure.DEFERRED)
        return ""

    async def aclose(self) -> None:
        """Begin nothing any more; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _service(name: str, url: str) -> Any:
    """Return an Apprise of one service."""
    try:
        import apprise  # noqa: PLC0415 (optional: needed only where it is configured)
    except ImportError as error:
        raise AppriseMissingError from error
    asset = apprise.AppriseAsset(async_mode=False, interpret_escapes=False, secure_logging=True)
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise AppriseAddressError(name)
    plugin.request_rate_per_sec = 0.0
    plugin.overflow_mode = apprise.OverflowMode.SPLIT
    service = apprise.Apprise(asset=asset)
    service.add(plugin)
    return service


def _send(service: Any, message: Message) -> bool:
    """Send, blocking. Whatever a plugin raises is a no: its text may hold the address."""
    kind = "success" if message.kind is NotificationKind.RESOLVED else "failure"
    if message.kind is NotificationKind.BULLETIN:
        kind = "info"
    try:
        return bool(
            service.notify(title=message.subject, body=message.text, notify_type=kind, body_format="text")
        )
    except Exception:  # noqa: BLE001 (plugins of a hundred authors)
        return False
