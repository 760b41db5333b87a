"""Beats as the daemon uses them: its settings become ways for beats to arrive, its inventory says whose they may be."""

import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import Final

from inventory.model import Inventory
from monitor import certificates
from monitor.bug_fence import kept_going
from monitor.certificates import CertificateError, load_pair
from monitor.clock import Clock
from monitor.inputs.beat_http import BACKLOG, BeatListener
from monitor.inputs.beat_http import WAY as HTTP
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.beat_mqtt import BeatSubscriber, Broker
from monitor.inputs.heartbeats import key_of
from monitor.listeners import Listeners, NotOpenError
from monitor.settings.inputs import BeatHttpSettings, BeatMqttSettings, HeartbeatSettings
from monitor.wording import os_words
from probes.beats import BeatBook
from probes.kind import Secrets

log = logging.getLogger(__name__)

ATTEND_S: Final = 1.0


class BeatInputError(NotOpenError):
    """Beats cannot be received; the text says why and what to do."""


class BeatInput:
    """Takes beats of the inventory's assets. Raises BeatInputError when a secret or the broker's authority cannot be used.

    `tls`: of the HTTPS listener, None while it is closed, or has no certificate.
    """

    def __init__(
        self, beats: BeatBook, settings: HeartbeatSettings, secrets: Secrets, *, clock: Clock
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self.intake = BeatIntake(beats, key=read_key(settings, secrets), mono=clock.monotonic)
        self.tls: ssl.SSLContext | None = None
        self._broker = None if settings.mqtt is None else _broker(settings.mqtt, secrets)

    def adopt(self, inventory: Inventory) -> None:
        """Know the assets of this inventory; a key or a certificate that was replaced is used from now on."""
        self.intake.adopt(inventory)
        try:
            self.intake.key = read_key(self._settings, self._secrets)
            if self._settings.http is not None and self.tls is not None:
                load_certificate(self.tls, self._settings.http)
        except BeatInputError as error:
            log.error("beats_keep_old_key_or_certificate error=%s", error)  # noqa: TRY400 (the text says it all)

    @asynccontextmanager
    async def receiving(self, listeners: Listeners) -> AsyncIterator[None]:
        """Receive until the block ends; an HTTPS listener that cannot be opened keeps no beat of the broker out."""
        self.intake.beats.begin_attending(self._clock.monotonic())
        loops: dict[str, Callable[[], Awaitable[None]]] = {"beats:attention": self._attend}
        if self._broker is not None:
            loops["beats:mqtt"] = BeatSubscriber(self.intake, self._broker, clock=self._clock).run
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(kept_going(loops, self._clock))
            if self._settings.http is not None:
                listening = partial(self._listening, self._settings.http)
                await stack.enter_async_context(listeners.kept_open("beats:http", listening))
            yield

    @asynccontextmanager
    async def _listening(self, settings: BeatHttpSettings) -> AsyncIterator[None]:
        """Take beats over HTTPS until the block ends. Raises BeatInputError; that beats stay out is no asset's fault."""
        with ExitStack() as stack:
            try:
                self.tls = server_context(settings)
                sock = stack.enter_context(listening_socket(settings))
            except BeatInputError as error:
                self.intake.cannot_hear(HTTP, str(error))
                raise
            host, port = sock.getsockname()[:2]
            run = BeatListener(self.intake, sock, self.tls).run
            self.intake.beats.open_way(HTTP, now_mono=self._clock.monotonic())
            log.info("beats url=%s://%s:%d/beat", "https" if self.tls else "http", host, port)
            async with kept_going({"beats:http": run}, self._clock):
                yield

    async def _attend(self) -> None:
        while True:
            await self._clock.sleep(ATTEND_S)
            self.intake.beats.attend(self._clock.monotonic())


def read_key(settings: HeartbeatSettings, secrets: Secrets) -> bytes:
    """Return the key of the assets' tokens. Raises BeatInputError."""
    try:
        return key_of(secrets.get(settings.key_secret))
    except KeyError as error:
        raise BeatInputError(f"{error}; {getattr(error, 'remedy', 'đặt tệp bí mật rồi chạy lại')}") from error
    except ValueError as error:
        raise BeatInputError(f"bí mật '{settings.key_secret}': {error}") from error


def server_context(settings: BeatHttpSettings) -> ssl.SSLContext | None:
    """Return the listener's TLS context, None without a certificate. Raises BeatInputError."""
    if settings.tls_cert is None:
        return None
    try:
        return certificates.server_context(settings.tls_cert, settings.tls_key)
    except CertificateError as error:
        raise _unusable(error) from error


def load_certificate(context: ssl.SSLContext, settings: BeatHttpSettings) -> None:
    """Read certificate and key anew. Raises BeatInputError; the context then keeps those that it has."""
    try:
        load_pair(context, settings.tls_cert, settings.tls_key)
    except CertificateError as error:
        raise _unusable(error) from error


def _unusable(error: CertificateError) -> BeatInputError:
    return BeatInputError(
        f"heartbeats.http: {error}; ghi đúng heartbeats.http.tls_cert và heartbeats.http.tls_key"
    )


def listening_socket(settings: BeatHttpSettings) -> socket.socket:
    """Bind and listen. Raises BeatInputError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((settings.host, settings.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise BeatInputError(
            f"không nhận nhịp được ở {settings.host}:{settings.port} ({os_words(error)}); "
            "đổi heartbeats.http.host hoặc heartbeats.http.port"
        ) from error
    return sock


def _broker(settings: BeatMqttSettings, secrets: Secrets) -> Broker:
    try:
        password = secrets.get(settings.password_secret) if settings.password_secret else None
    except KeyError as error:
        raise BeatInputError(f"{error}; {getattr(error, 'remedy', 'đặt tệp bí mật rồi chạy lại')}") from error
    return Broker(
        settings.host,
        settings.port,
        settings.topic,
        client_context(settings),
        settings.username,
        password,
    )


def client_context(settings: BeatMqttSettings) -> ssl.SSLContext | None:
    """Return the TLS context for the broker, None without TLS. Raises BeatInputError."""
    if not settings.tls:
        return None
    try:
        context = ssl.create_default_context()
        if settings.ca_file is not None:
            context.load_verify_locations(settings.ca_file)
    except OSError as error:
        raise BeatInputError(
            f"heartbeats.mqtt.ca_file: {settings.ca_file} không đọc được hoặc không phải PEM; ghi đúng tệp PEM"
        ) from error
    return context
