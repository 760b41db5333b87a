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
