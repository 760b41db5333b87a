"""The channels of Zalo: Bot, Official Account, ZBS templates; their secrets and what is wrong between their keys."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from alerts.channels.zalo_bot_api import BOT_URL
from alerts.channels.zalo_oa import OPENAPI_URL
from alerts.channels.zalo_token import OAUTH_URL
from alerts.channels.zbs import BUSINESS_URL, Fact
from inventory.files.source import YamlMap, problem_at
from inventory.problem import Problem
from monitor.settings.base import Section

if TYPE_CHECKING:
    from monitor.settings.settings import Settings


def _base_url(text: str) -> str:
    """Refuse what would carry a token in clear over a network."""
    url = urlsplit(text)
    is_own = url.scheme == "http" and url.hostname in {"127.0.0.1", "::1", "localhost"}
    if not url.hostname or "@" in url.netloc or url.query or not (url.scheme == "https" or is_own):
        raise PydanticCustomError(
            "rule",
            "cần https:// (http:// chỉ dùng được trên chính máy này), không kèm tên đăng nhập",
            {"hint": "bỏ dòng này để dùng địa chỉ của Zalo"},
        )
    return text.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]


class ZaloBotSettings(Section):
    """The channel `zalo_bot`: a bot made with Zalo Bot Creator. An address is the id of a chat that wrote to it."""

    token_secret: str = "zalo-bot-token"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the bot's token."""
    monthly: Annotated[int, Field(ge=1, le=10_000_000)] | None = 3_000
    """Messages that the bot's plan allows a month; absent: no limit."""
    poll: bool = True
    """Ask Zalo for what people write to the bot. Off where a webhook brings it, or another program asks."""
    base_url: BaseUrl = BOT_URL


class ZaloOaSettings(Section):
    """The channel `zalo_oa`: a verified Official Account. An address is `user:<id>` or `group:<id>`.

    Its tokens lie in `zalo-oa.json` of the state folder: run `tslcd-monitor zalo-oa login` once.
    """

    app_id: Annotated[str, Field(pattern=r"^\d{1,32}$")]
    """Number of the app on developers.zalo.me, in quotes."""
    secret_secret: str = "zalo-app-secret"  # noqa: S105 (a name)
    """Name of the secret that holds the app's secret key."""
    webhook_secret: str | None = None
    """Name of the secret that holds the OA secret key, with which Zalo signs webhooks."""
    appsecret_proof: bool = False
    """The app demands a proof of its secret with every call."""
    base_url: BaseUrl = OPENAPI_URL
    oauth_url: BaseUrl = OAUTH_URL


class ZbsParameterSettings(Section):
    """What fills one parameter of the template."""

    fact: Fact
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    """Characters that the template takes there."""


class ZbsSettings(Section):
    """The channel `zbs`: an approved template to a phone number, paid per message. Needs `zalo_oa`."""

    template_id: Annotated[str, Field(pattern=r"^\d{1,32}$")]
    """Number of the template, in quotes."""
    parameters: Annotated[dict[str, ZbsParameterSettings], Field(min_length=1, max_length=20)]
    """Parameter of the template -> what fills it."""
    base_url: BaseUrl = BUSINESS_URL


def secrets_of_zalo(settings: "Settings") -> dict[str, str | None]:
    """Return the secrets that these sections name: dotted key -> name."""
    named: dict[str, str | None] = {}
    if settings.zalo_bot is not None:
        named["zalo_bot.token_secret"] = settings.zalo_bot.token_secret
    if settings.zalo_oa is not None:
        named["zalo_oa.secret_secret"] = settings.zalo_oa.secret_secret
        named["zalo_oa.webhook_secret"] = settings.zalo_oa.webhook_secret
    return named


def zalo_contradictions(settings: "Settings", data: YamlMap) -> Iterator[Problem]:
    """Yield what is wrong between keys that are right alone."""
    if settings.zbs is not None and settings.zalo_oa is None and not data.get("zalo_oa"):
        hint = "thêm zalo_oa: {app_id: ...}: tin theo mẫu gửi bằng mã truy cập của Official Account"
        yield problem_at(data, ("zbs",), "kênh zbs cần phần zalo_oa", hint=hint)
