"""The web server: where it listens, who may come in, for how long; and the province's central sign-on."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from inventory.files.source import YamlMap, problem_at
from inventory.problem import Problem
from monitor.people.rights import Role
from monitor.settings.base import Section, known_address

Seconds = Annotated[float, Field(ge=60, le=400 * 86_400, allow_inf_nan=False)]


class SessionSettings(Section):
    """How long somebody stays signed in.

    The defaults are the lock times that TCVN 14423:2026 suggests for level 3 (15 min users, 5 min administrators).
    """

    idle_s: Seconds = 900
    """Without anything being done for this long, one has to sign in again."""
    admin_idle_s: Seconds = 300
    """The same for administrators."""
    absolute_s: Seconds = 43_200
    """Whatever is done, one has to sign in again after this long."""
    screen_s: Seconds = 7_776_000
    """A wall screen (role screen) stays signed in this long, idle or not."""


class OidcSettings(Section):
    """The province's central sign-on (OpenID Connect, authorization code with PKCE)."""

    name: str = "đăng nhập tập trung của tỉnh"
    """What the button says: "Đăng nhập bằng ..."."""
    issuer: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    """Its address; /.well-known/openid-configuration is below it. http only on this machine."""
    client_id: str
    client_secret_name: str | None = None
    """Name of the secret; absent: a public client."""
    ca_file: Path | None = None
    """Certificate authority of its own (PEM)."""
    account_claim: str = "preferred_username"
    """The claim that holds the account's name here: accounts are made here first, nobody gets in by the sign-on alone."""


class WebSettings(Section):
    """Pages and API. Beyond this machine only with TLS, its own or that of a proxy in front."""

    host: Annotated[str, AfterValidator(known_address)] = "127.0.0.1"
    """Address to listen on; other than loopback needs `tls_cert`."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0: any free port."""
    enabled: bool = True
    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")] | None = None
    """What people type: https://giam-sat.example.gov.vn. Links and QR codes begin with it; other Host names are refused."""
    tls_cert: Path | None = None
    """Certificate with its chain (PEM); renewed files are taken over by themselves."""
    tls_key: Path | None = None
    """Its private key (PEM)."""
    proxies: list[IPv4Network | IPv6Network] = []
    """Whose X-Forwarded-For and X-Forwarded-Proto are believed: 127.0.0.1/32 with nginx on this machine."""
    sessions: SessionSettings = SessionSettings()
    idle_accounts_days: Annotated[int, Field(ge=1, le=3_650)] = 45
    """An account that nobody used for so long is disabled."""
    second_factor: list[Role] = [Role.ADMIN]
    """Roles that need a second factor (TOTP) to sign in with a password."""
    oidc: OidcSettings | None = None
    status_folder: Path | None = None
    """Where a copy of the status page is written every minute, for another web server; absent: status in state_dir."""


def anchored_web(web: WebSettings, anchored: Callable[[Path | None], Path | None]) -> WebSettings:
    """Return the section with absolute paths."""
    oidc = web.oidc and web.oidc.model_copy(update={"ca_file": anchored(web.oidc.ca_file)})
    files = {
        "tls_cert": anchored(web.tls_cert),
        "tls_key": anchored(web.tls_key),
        "status_folder": anchored(web.status_folder),
    }
    return web.model_copy(update={**files, "oidc": oidc})


def web_contradictions(
    web: WebSettings, data: YamlMap, *, is_loopback: Callable[[str], bool]
) -> Iterator[Problem]:
    """Yield what is wrong between keys that are right alone."""
    if (web.tls_cert is None) != (web.tls_key is None):
        message = "tls_cert và tls_key phải đi cùng nhau"
        yield problem_at(data, ("web", "tls_cert"), message, hint="thêm cái còn thiếu, hoặc bỏ cả hai")
    elif web.tls_cert is None and not is_loopback(web.host):
        message = f"trang web có đăng nhập, nên không mở ở '{web.host}' khi chưa mã hóa"
        hint = (
            "thêm tls_cert và tls_key, hoặc ghi host: 127.0.0.1 và đặt nginx có chứng thư phía trước "
            "(mẫu: deploy/nginx/tslcd-monitor.conf)"
        )
        yield problem_at(data, ("web", "host"), message, hint=hint)
    if web.tls_cert is not None and web.url is not None and not web.url.startswith("https://"):
        message = "trang web dùng TLS nên địa chỉ phải bắt đầu bằng https://"
        yield problem_at(data, ("web", "url"), message, hint="sửa http:// thành https://")
    if web.oidc is None:
        return
    issuer = urlsplit(web.oidc.issuer)
    if issuer.scheme != "https" and not is_loopback(issuer.hostname or ""):
        message = "không mã hóa chỉ được dùng với máy chủ đăng nhập trên chính máy này"
        yield problem_at(data, ("web", "oidc", "issuer"), message, hint="dùng https://")
    if web.url is None:
        message = "đăng nhập tập trung cần biết địa chỉ của trang này để quay lại"
        yield problem_at(
            data, ("web", "oidc"), message, hint="thêm web.url, ví dụ https://giam-sat.tinh.gov.vn"
        )
