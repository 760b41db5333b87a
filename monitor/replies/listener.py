"""The listener for replies in the daemon: its settings become links in messages, pages and hooks of chats."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from alerts.messages.letterhead import Letterhead
from alerts.world import World
from inventory.model import Inventory
from monitor.certificates import CertificateError, load_pair, server_context
from monitor.clock import Clock
from monitor.inputs.beat_http import Quiet
from monitor.inputs.zalo_updates import Heard
from monitor.listeners import NotOpenError
from monitor.replies.chats import Chats
from monitor.replies.deeds import Deeds
from monitor.replies.hooks import BOT_PATH, OA_PATH, ZaloHooks
from monitor.replies.links import Links
from monitor.replies.once import Once
from monitor.replies.page import ReplyPages
from monitor.replies.people import Said
from monitor.replies.site import ReplySite
from monitor.secrets import SecretError
from monitor.settings.replies import RepliesSettings
from monitor.settings.settings import Settings
from monitor.wording import os_words
from probes.kind import Secrets

log = logging.getLogger(__name__)

CONNECTION_S: Final = 20.0
"""A connection's whole life: handshake, request, answer."""
CONNECTIONS: Final = 200


class RepliesError(NotOpenError):
    """The listener cannot be opened as configured; the text says what to mend."""


class Replies:
    """Ties links, pages, hooks and chats together. `key` is what links are signed with."""

    def __init__(self, settings: Settings, world: World, deeds: Deeds, key: bytes, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        once = Once(deeds.is_used)
        self._links = Links(world, key, once, settings.public_url or "", clock=clock)
        self.chats = Chats(world, deeds, once, clock=clock)
        pages = ReplyPages(Letterhead(settings.province, ZoneInfo(settings.timezone), settings.web.url))
        self._site = ReplySite(world, self._links, pages, deeds, clock=clock)
        self._tls: ssl.SSLContext | None = None

    def link_for(self, incident_id: str, contact_id: str) -> str:
        """Return a link that acts, "" without a listener or for somebody who is not on the on-call file."""
        if self._settings.replies is None or self._settings.public_url is None:
            return ""
        return self._links.link_for(incident_id, contact_id)

    async def hear(self, heard: Heard) -> None:
        """Take what was polled. Raises StorageError: hand it on again."""
        await self.chats.hear(Said(heard.channel, heard.chat_id, heard.user_id, heard.message_id, heard.text))

    def adopt(self, _inventory: Inventory) -> None:
        """Use a certificate that was replaced from now on."""
        if self._tls is not None and self._settings.replies is not None:
            with suppress(CertificateError):  # the old one is better than none
                load_pair(self._tls, self._settings.replies.tls_cert, self._settings.replies.tls_key)

    @asynccontextmanager
    async def listening(self, secrets: Secrets) -> AsyncIterator[tuple[str, int] | None]:
        """Answer until the block ends; gives the address, None when nothing is configured. Raises RepliesError."""
        replies = self._settings.replies
        if replies is None:
            yield None
            return
        self._tls = _server_context(replies)
        runner = web.AppRunner(
            self._site.app(self._hooks(replies, secrets)),
            access_log=None,
            handle_signals=False,
            keepalive_timeout=5.0,
            shutdown_timeout=2.0,
            logger=Quiet(),
            max_line_size=2_048,
            max_field_size=4_096,
        )
        await runner.setup()
        try:
            server = await self._listen(replies, runner)
            host, port = server.sockets[0].getsockname()[:2]
            log.info("replies url=%s://%s:%d/", "https" if self._tls else "http", host, port)
            try:
                yield host, port
            finally:
                server.close()
        finally:
            await runner.cleanup()

    async def _listen(self, replies: RepliesSettings, runner: web.AppRunner) -> asyncio.Server:
        loop, handlers = asyncio.get_running_loop(), runner.server

        def connection() -> Any:
            """Return aiohttp's side of one connection, which ends in time whatever a stranger does to it."""
            if len(handlers.connections) >= CONNECTIONS:  # type: ignore[union-attr]  # set up: it is there
                return _Refused()
            protocol = handlers()  # type: ignore[misc]
            loop.call_later(CONNECTION_S, _end, protocol)
            return protocol

        try:
            return await loop.create_server(
                connection,
                replies.host,
                replies.port,
                ssl=self._tls,
                ssl_handshake_timeout=5.0 if self._tls else None,
            )
        except OSError as error:
            raise RepliesError(
                f"không nhận trả lời được ở {replies.host}:{replies.port} ({os_words(error)}); "
                "đổi replies.host hoặc replies.port"
            ) from error

    def _hooks(self, replies: RepliesSettings, secrets: Secrets) -> dict[str, Handler]:
        account = self._settings.zalo_oa
        oa_secret = _secret(secrets, account.webhook_secret if account is not None else None)
        bot_secret = _secret(secrets, replies.zalo_bot_webhook_secret)
        if replies.zalo_oa_webhook and not oa_secret:
            raise RepliesError(
                "replies.zalo_oa_webhook: chưa có khóa OA; ghi zalo_oa.webhook_secret, hoặc bỏ zalo_oa_webhook"
            )
        zalo = ZaloHooks(self.chats.hear, clock=self._clock, oa_secret=oa_secret, bot_secret=bot_secret)
        hooks: dict[str, Handler] = {}
        if replies.zalo_oa_webhook:
            hooks[OA_PATH] = zalo.official_account
        if bot_secret:
            hooks[BOT_PATH] = zalo.bot
        return hooks


class _Refused(asyncio.Protocol):
    """A connection too many: it ends as soon as it has begun, which with TLS is after the handshake."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _end(protocol: web.RequestHandler) -> None:
    if protocol.transport is not None:
        protocol.transport.abort()


def _secret(secrets: Secrets, name: str | None) -> str:
    try:
        return secrets.get(name).strip() if name else ""
    except SecretError as error:
        raise RepliesError(f"{error}; {error.remedy}") from error


def _server_context(replies: RepliesSettings) -> ssl.SSLContext | None:
    if replies.tls_cert is None:
        return None
    try:
        return server_context(replies.tls_cert, replies.tls_key)
    except CertificateError as error:
        raise RepliesError(f"replies: {error}; ghi đúng replies.tls_cert và replies.tls_key") from error
