"""How people answer: links in messages, and what chat services post to us."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from monitor.settings.base import Section, known_address


class RepliesSettings(Section):
    """The listener for links in messages and for webhooks of chats; absent: messages carry no links to act on.

    The links begin with `public_url`; without TLS it listens on loopback only, behind a proxy that has a certificate.
    """

    host: Annotated[str, AfterValidator(known_address)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8444
    """0: any free port."""
    tls_cert: Path | None = None
    """Certificate with its chain (PEM)."""
    tls_key: Path | None = None
    """Its private key (PEM)."""
    zalo_oa_webhook: bool = False
    """Take events of the Official Account at /zalo/oa."""
    zalo_bot_webhook_secret: str | None = None
    """Name of the secret that Zalo sends with events of the bot; absent: /zalo/bot does not exist."""
