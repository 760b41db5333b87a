"""The province's central sign-on, as far as it is thinking: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636). Pure.

What the provider sends is looked at as if a stranger had sent it; time is an argument.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jwt

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""How ID tokens may be signed. Never "none", never by a shared secret."""
LEEWAY_S: Final = 60.0
OLDEST_S: Final = 900.0
"""An ID token that was issued longer ago is no answer to what we just asked."""
MOST_KEYS: Final = 50
TOKEN_BYTES: Final = 32_768
_LONGEST_NAME: Final = 200


class SignOnRefusal(StrEnum):
    """Why nobody is let in."""

    UNREACHABLE = "unreachable"
    NO_PROVIDER = "no_provider"
    """What the issuer publishes about itself is not what it should be."""
    LOST = "lost"
    """The browser does not hold what it was given, or took too long; or it comes a second time."""
    DENIED = "denied"
    CODE_REFUSED = "code_refused"
    BAD_TOKEN = "bad_token"  # noqa: S105 (reasons, not secrets)
    ENDED_TOKEN = "ended_token"  # noqa: S105
    NO_NAME = "no_name"
    NO_ACCOUNT = "no_account"
    NO_SECRET = "no_secret"  # noqa: S105


_AGAIN: Final = "bấm Đăng nhập lại từ đầu"
REFUSALS: Final[Mapping[SignOnRefusal, tuple[str, str]]] = {
    SignOnRefusal.UNREACHABLE: (
        "không gặp được máy chủ đăng nhập tập trung",
        "thử lại sau ít phút, hoặc đăng nhập bằng mật khẩu",
    ),
    SignOnRefusal.NO_PROVIDER: (
        "máy chủ đăng nhập tập trung trả lời không đúng chuẩn OpenID Connect",
        "người quản trị xem web.oidc.issuer và nhật ký; tạm thời đăng nhập bằng mật khẩu",
    ),
    SignOnRefusal.LOST: ("lần đăng nhập này đã quá hạn hoặc không bắt đầu từ trình duyệt này", _AGAIN),
    SignOnRefusal.DENIED: ("đăng nhập tập trung không đồng ý", _AGAIN),
    SignOnRefusal.CODE_REFUSED: (
        "máy chủ đăng nhập tập trung không nhận mã của lần đăng nhập này",
        f"{_AGAIN}; nếu vẫn vậy, người quản trị xem web.oidc.client_id và bí mật của nó",
    ),
    SignOnRefusal.BAD_TOKEN: (
        "không xác minh được chữ ký hoặc nội dung mà máy chủ đăng nhập tập trung gửi",
        f"{_AGAIN}; nếu vẫn vậy, báo người quản trị xem nhật ký",
    ),
    SignOnRefusal.ENDED_TOKEN: (
        "thời gian trong trả lời của máy chủ đăng nhập tập trung không khớp đồng hồ máy này",
        "người quản trị xem giờ của hai máy (chronyc tracking)",
    ),
    SignOnRefusal.NO_NAME: (
        "máy chủ đăng nhập tập trung không cho biết tên tài khoản",
        "người quản trị xem web.oidc.account_claim",
    ),
    SignOnRefusal.NO_ACCOUNT: (
        "đăng nhập tập trung đã nhận ra bạn, nhưng ở đây chưa có tài khoản mang tên này hoặc tài khoản đã bị khóa",
        "nhờ người quản trị thêm: tslcd-monitor user add",
    ),
    SignOnRefusal.NO_SECRET: (
        "chưa đọc được bí mật để hỏi máy chủ đăng nhập tập trung",
        "người quản trị đặt tệp bí mật mà web.oidc.client_secret_name nêu tên",
    ),
}
"""What is wrong, and what to do."""


class SignOnError(Exception):
    """Nobody is let in. `because`: one line for the log, not for the browser."""

    def __init__(self, reason: SignOnRefusal, because: str = "") -> None:
        self.reason = reason
        self.because = because
        self.detail, self.hint = REFUSALS[reason]
        super().__init__(f"{reason}: {because}")


@dataclass(frozen=True, slots=True)
class Provider:
    """What an issuer says of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_url: str
    token_url: str
    keys_url: str
    takes_basic: bool
    """Whether the client's secret goes into the Authorization header."""


@dataclass(frozen=True, slots=True)
class Begun:
    """One sign-in under way: what only this browser and we know. `at`, `until_at`: Unix seconds."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next_path: str
    at: float
    until_at: float


def discovery_url(issuer: str) -> str:
    """Return where an issuer says what it is."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def read_provider(document: Mapping[str, Any] | None, issuer: str) -> Provider:
    """Return the provider. Raises SignOnError when the document is of somebody else, or leads away from TLS."""
    if document is None or str(document.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise SignOnError(SignOnRefusal.NO_PROVIDER, "the document names another issuer")
    scheme = urlsplit(issuer).scheme
    methods = document.get("token_endpoint_auth_methods_supported")

    def address(name: str) -> str:
        url = document.get(name)
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme not in {scheme, "https"} or not parts.hostname:
            raise SignOnError(SignOnRefusal.NO_PROVIDER, f"{name} is no address")
        return str(url)

    return Provider(
        issuer=str(document["issuer"]),
        authorization_url=address("authorization_endpoint"),
        token_url=address("token_endpoint"),
        keys_url=address("jwks_uri"),
        # Section 3: client_secret_basic when nothing is said.
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
    )


def authorization_url(provider: Provider, client_id: str, redirect_url: str, begun: Begun) -> str:
    """Return where the browser goes to sign in."""
    asked = {
        "response_type": "code",
        "scope": "openid profile",
        "client_id": client_id,
        "redirect_uri": redirect_url,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge_of(begun.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(provider.authorization_url).query else "?"
    return f"{provider.authorization_url}{joint}{urlencode(asked)}"


def challenge_of(verifier: str) -> str:
    """Return what is said of a verifier before it is shown (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def key_id(token: str) -> str:
    """Return which key signed a token, "" when it does not say. Raises SignOnError."""
    if len(token) > TOKEN_BYTES:
        raise SignOnError(SignOnRefusal.BAD_TOKEN, "the token is too large")
    try:
        found = jwt.get_unverified_header(token).get("kid", "")
    except jwt.PyJWTError as error:
        raise SignOnError(SignOnRefusal.BAD_TOKEN, f"no token: {type(error).__name__}") from None
    return found if isinstance(found, str) else ""


def keys_for(document: Mapping[str, Any] | None, kid: str) -> tuple[jwt.PyJWK, ...]:
    """Return the provider's signing keys that may have signed: the one named, or all when none is named."""
    listed = None if document is None else document.get("keys")
    found = []
    for each in (listed if isinstance(listed, list) else [])[:MOST_KEYS]:
        # A key for encryption, or one whose secret half is shared, signs nothing here.
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or each.get("kty") == "oct":
            continue
        if kid and each.get("kid", kid) != kid:
            continue
        try:
            found.append(jwt.PyJWK.from_dict(each))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # of a kind that we do not know
    return tuple(found)


def claims_of(
    token: str, keys: Sequence[jwt.PyJWK], provider: Provider, client_id: str, *, nonce: str, now: float
) -> Mapping[str, Any]:
    """Return what an ID token says, after everything about it was looked at (Core 1.0, 3.1.3.7). Raises SignOnError."""
    claims = _signed_claims(token, keys, provider, client_id)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignOnError(SignOnRefusal.BAD_TOKEN, "another nonce")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise SignOnError(SignOnRefusal.BAD_TOKEN, "issued to another client")
    ends_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    if not issued_at - LEEWAY_S <= now < ends_at + LEEWAY_S or now - issued_at > OLDEST_S:
        raise SignOnError(SignOnRefusal.ENDED_TOKEN, f"iat {issued_at:.0f}, exp {ends_at:.0f}, now {now:.0f}")
    return claims


def name_in(claims: Mapping[str, Any], claim: str) -> str:
    """Return the account's name that the claims hold. Raises SignOnError."""
    name = claims.get(claim)
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        raise SignOnError(SignOnRefusal.NO_NAME, f"no usable claim {claim!r}")
    return name


def _signed_claims(
    token: str, keys: Sequence[jwt.PyJWK], provider: Provider, client_id: str
) -> Mapping[str, Any]:
    because = "no key of the provider"
    for key in keys:
        if key.algorithm_name not in ALGORITHMS:
            because = "a key of an algorithm that is not taken"
            continue
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                # The key's own: one for RSA must not be used in another way.
                algorithms=[key.algorithm_name],
                audience=client_id,
                issuer=provider.issuer,
                # Times are looked at with our clock.
                options={
                    "require": ["exp", "iat", "aud", "iss", "sub"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            because = type(error).__name__
            continue
        return claims
    raise SignOnError(SignOnRefusal.BAD_TOKEN, because)


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:  # noqa: PLR2004 (year 5000)
        raise SignOnError(SignOnRefusal.BAD_TOKEN, f"{name} is no time")
    return float(value)
