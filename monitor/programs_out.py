"""Channels to other programs, built from settings: webhooks, MQTT, Apprise."""

import ssl
from collections.abc import Callable, Mapping
from typing import Final

from alerts.channels.apprise import (
    AppriseAddressError,
    AppriseChannel,
    AppriseConfig,
    AppriseMissingError,
)
from alerts.channels.base import Channel
from alerts.channels.mqtt import MqttChannel, MqttConfig
from alerts.channels.webhook import Hook, WebhookChannel, WebhookConfig
from monitor.settings.channels import MqttOutSettings, WebhookSettings
from monitor.settings.settings import Settings

LEAST_SECRET: Final = 16
"""Characters of a secret that signs."""
SecretOf = Callable[[str | None], str | None]


class OutgoingError(Exception):
    """A channel or the way to InfluxDB cannot be opened as configured; the text says what to mend."""


def channels_to_programs(
    settings: Settings, secret_of: SecretOf, *, now: Callable[[], float]
) -> dict[str, Channel]:
    """Build those that are configured, by name. `now`: Unix seconds. Raises OutgoingError."""
    built: dict[str, Channel] = {}
    if settings.webhooks:
        built["webhook"] = _webhook(settings.webhooks, secret_of, now=now)
    if settings.mqtt_out is not None:
        built["mqtt"] = _mqtt(settings.mqtt_out, secret_of)
    if settings.apprise:
        built["apprise"] = _apprise(settings.apprise, secret_of)
    return built


def _webhook(
    hooks: Mapping[str, WebhookSettings], secret_of: SecretOf, *, now: Callable[[], float]
) -> Channel:
    built = {}
    for name, hook in hooks.items():
        secret = (secret_of(hook.secret_secret) or "").strip()
        if len(secret) < LEAST_SECRET:
            raise OutgoingError(
                f"webhooks.{name}: bí mật '{hook.secret_secret}' ngắn hơn {LEAST_SECRET} ký tự; "
                "tạo bằng: openssl rand -base64 32"
            )
        built[name] = Hook(hook.url, secret, hook.timeout_s, hook.ca_file)
    try:
        return WebhookChannel(WebhookConfig(built, now))
    except OSError as error:
        raise OutgoingError(
            f"webhooks: ca_file không đọc được hoặc không phải PEM ({error.strerror})"
        ) from error


def _mqtt(settings: MqttOutSettings, secret_of: SecretOf) -> Channel:
    context = None
    if settings.tls:
        try:
            context = ssl.create_default_context()
            if settings.ca_file is not None:
                context.load_verify_locations(settings.ca_file)
        except OSError as error:
            message = f"mqtt_out.ca_file: {settings.ca_file} không đọc được hoặc không phải PEM"
            raise OutgoingError(message) from error
    return MqttChannel(
        MqttConfig(
            host=settings.host,
            port=settings.port,
            topic=settings.topic.rstrip("/"),
            tls=context,
            username=settings.username,
            password=secret_of(settings.password_secret),
            timeout_s=settings.timeout_s,
        )
    )


def _apprise(names: Mapping[str, str], secret_of: SecretOf) -> Channel:
    urls = {name: (secret_of(secret) or "").strip() for name, secret in names.items()}
    try:
        return AppriseChannel(AppriseConfig(urls))
    except AppriseMissingError as error:
        raise OutgoingError(
            'apprise: chưa cài thư viện; chạy pip install "tslcd-monitor[apprise]", hoặc bỏ phần apprise'
        ) from error
    except AppriseAddressError as error:
        name = str(error)
        raise OutgoingError(
            f"apprise.{name}: bí mật '{names.get(name, '')}' không phải địa chỉ Apprise; "
            "xem cách viết của từng dịch vụ ở tài liệu của Apprise"
        ) from error
