"""Channels: how messages leave. Secrets are names of files."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from monitor.settings.base import PositiveSeconds, Section


class EmailSettings(Section):
    """The SMTP server for the channel `email`."""

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`tls` is implicit TLS (port 465); `none` is accepted for a loopback server only."""
    username: str | None = None
    password_secret: str | None = None
    """Name of the secret that holds the password."""
    sender: str
    """Address in From."""
    timeout_s: PositiveSeconds = 20
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""


class FileChannelSettings(Section):
    """The channel `file`: one JSON line a message."""

    path: Path


class WebhookSettings(Section):
    """One hook of the channel `webhook`: where messages are posted to, signed (see docs/reference.md)."""

    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$", max_length=2_000)]
    """https, or http on this machine."""
    secret_secret: str
    """Name of the secret that is shared with the receiver, at least 16 characters."""
    timeout_s: PositiveSeconds = 10
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""


class MqttOutSettings(Section):
    """The broker for the channel `mqtt`; without TLS on loopback only. An address is what follows `topic/`."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    tls: bool = False
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""
    username: str | None = None
    password_secret: str | None = None
    """Name of the secret that holds the password."""
    topic: Annotated[str, Field(pattern=r"^[^+#/\x00-\x1f][^+#\x00-\x1f]{0,199}$")] = "tslcd/alerts"
    """Where messages are published."""
    timeout_s: PositiveSeconds = 10
