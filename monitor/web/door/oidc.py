"""Sign-in by the province's central sign-on: the browser goes there and comes back with a code, we fetch who it is.

Nothing that the provider sends opens anything by itself: an account of that name must be here, and not disabled.
"""

import base64
import hmac
import logging
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from alerts.channels.base import DeliveryError
from alerts.channels.http_client import HttpClient
from monitor.certificates import CertificateError
from monitor.people.desk import account_name
from monitor.people.random_ids import new_secret
from monitor.people.refusals import PeopleError
from monitor.people.sign_on import (
    Begun,
    Provider,
    SignOnError,
    SignOnRefusal,
    authorization_url,
    claims_of,
    discovery_url,
    key_id,
    keys_for,
    name_in,
    read_provider,
)
from monitor.people.signing_in import SignedIn
from monitor.secrets import SecretError
from monitor.settings.web import OidcSettings
from monitor.web.api.people_shapes import page_url
from monitor.web.door.cookies import Held, hand_out, held, take_away
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_people import people_refusals
from monitor.web.showing import SIGN_IN
from probes.kind import Secrets
from probes.wording import one_line

log = logging.getLogger(__name__)

BEGIN: Final = f"{SIGN_IN}/tap-trung"
BACK: Final = f"{BEGIN}/xong"
WITHIN_S: Final = 10.0
BEGUN_S: Final = 600.0
MOST_BEGUN: Final = 500
PROVIDER_KEPT_S: Final = 3_600.0
KEYS_ASKED_EVERY_S: Final = 30.0
"""A key that nobody knows may be a new one, or made up: not more often do we ask for it."""
_STATUS: Final[Mapping[SignOnRefusal, int]] = {
    SignOnRefusal.UNREACHABLE: 503,
    SignOnRefusal.NO_PROVIDER: 503,
    SignOnRefusal.NO_SECRET: 503,
    SignOnRefusal.LOST: 400,
}
_OURS: Final = frozenset({SignOnRefusal.UNREACHABLE, SignOnRefusal.NO_PROVIDER, SignOnRefusal.NO_SECRET})
"""Nobody who comes back is to blame for these."""
LetIn = Callable[[web.Request, SignedIn, str], Awaitable[web.Response]]


class CentralSignOn:
    """One for the daemon. Belongs to one event loop."""

    def __init__(
        self,
        daemon: DaemonPort,
        settings: OidcSettings,
        secrets: Secrets,
        let_in: LetIn,
        *,
        now: Callable[[], float],
    ) -> None:
        self._daemon = daemon
        self._settings = settings
        self._secrets = secrets
        self._let_in = let_in
        self._now = now
        self._client = HttpClient(tls=authorities(settings.ca_file))
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._provider: tuple[Provider, float] | None = None
        self._keys: tuple[Mapping[str, Any] | None, float] = (None, float("-inf"))

    def add(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(BEGIN, self._answered(self._begin))
        app.router.add_get(BACK, self._answered(self._back))
        app.on_cleanup.append(self._close)

    async def _close(self, _app: web.Application) -> None:
        await self._client.aclose()

    def _answered(self, handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                with people_refusals():
                    response: web.StreamResponse = await handler(request)
            except SignOnError as error:
                log.warning(
                    "sign_on_refused reason=%s source=%s because=%s",
                    error.reason,
                    request.remote,
                    one_line(error.because, 200),
                )
                raise RefusedError(_STATUS.get(error.reason, 403), error.detail, error.hint) from None
            return response

        return answer

    async def _begin(self, request: web.Request) -> web.Response:
        """Send the browser to the provider; what comes back must be from the same browser, soon, and once."""
        at = await self._daemon.people.sign_in.begin_elsewhere(request.remote or "")
        provider = await self._known_provider()
        next_path, until_at = request.query.get("tiep", "/"), self._now() + BEGUN_S
        begun = Begun(new_secret(), new_secret(), new_secret(), next_path, at, until_at)
        self._begun[begun.state] = begun
        while len(self._begun) > MOST_BEGUN:
            self._begun.popitem(last=False)
        url = authorization_url(provider, self._settings.client_id, self._redirect_url(), begun)
        response = web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})
        hand_out(request, response, Held.SIGN_ON, begun.state, max_age_s=BEGUN_S)
        return response

    async def _back(self, request: web.Request) -> web.Response:
        """Let in who the provider proves, as often as the address may try."""
        sign_in, source = self._daemon.people.sign_in, request.remote or ""
        back_at = await sign_in.back_from_elsewhere(source)
        try:
            begun = self._take(request)
            response = await self._proved(request, begun)
        except SignOnError as error:
            if error.reason in _OURS:
                sign_in.was_fine(source, begun_at=None, back_at=back_at)
            raise
        sign_in.was_fine(source, begun_at=begun.at, back_at=back_at)
        return response

    async def _proved(self, request: web.Request, begun: Begun) -> web.Response:
        if "error" in request.query:
            raise SignOnError(SignOnRefusal.DENIED, request.query["error"])
        provider = await self._known_provider()
        token = await self._token(provider, request.query.get("code", ""), begun)
        keys = await self._keys_for(provider, key_id(token))
        claims = claims_of(
            token, keys, provider, self._settings.client_id, nonce=begun.nonce, now=self._now()
        )
        name = account_name(name_in(claims, self._settings.account_claim))
        try:
            signed_in = await self._daemon.people.sign_in.came_otherwise(
                name, request.remote or "", request.headers.get("User-Agent", "")
            )
        except PeopleError as error:
            raise SignOnError(SignOnRefusal.NO_ACCOUNT, f"{name}: {error.reason}") from None
        response = await self._let_in(request, signed_in, begun.next_path)
        take_away(request, response, Held.SIGN_ON)
        return response

    def _take(self, request: web.Request) -> Begun:
        """Return the sign-in that the browser comes back from; it is used up by this."""
        state, kept = request.query.get("state", ""), held(request, Held.SIGN_ON)
        if not kept or not hmac.compare_digest(state.encode("utf-8", "replace"), kept.encode()):
            raise SignOnError(SignOnRefusal.LOST, "the browser does not hold this state")
        begun = self._begun.pop(state, None)
        if begun is None or not self._now() < begun.until_at:
            raise SignOnError(SignOnRefusal.LOST, "the state was used, or is too old")
        return begun

    async def _token(self, provider: Provider, code: str, begun: Begun) -> str:
        """Exchange the code for the ID token (RFC 6749, 4.1.3). A code is never sent twice."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url(),
            "client_id": self._settings.client_id,
            "code_verifier": begun.verifier,
        }
        headers = {}
        secret = self._secret()
        if secret and provider.takes_basic:
            headers["Authorization"] = _basic(self._settings.client_id, secret)
        elif secret:
            form["client_secret"] = secret
        answer = await self._ask("POST", provider.token_url, form=form, headers=headers)
        token = None if answer is None else answer.get("id_token")
        if not isinstance(token, str):
            because = "no ID token" if answer is None else str(answer.get("error", "no ID token"))
            raise SignOnError(SignOnRefusal.CODE_REFUSED, because)
        return token

    async def _known_provider(self) -> Provider:
        now = self._now()
        if self._provider is None or not 0 <= now - self._provider[1] < PROVIDER_KEPT_S:
            document = await self._ask("GET", discovery_url(self._settings.issuer))
            self._provider = read_provider(document, self._settings.issuer), now
        return self._provider[0]

    async def _keys_for(self, provider: Provider, kid: str) -> Any:
        """Return the keys that may have signed; one that is not known yet may be new."""
        document, asked_at = self._keys
        found = keys_for(document, kid)
        now = self._now()
        if not found and not 0 <= now - asked_at < KEYS_ASKED_EVERY_S:
            document = await self._ask("GET", provider.keys_url)
            self._keys = (document, now)
            found = keys_for(document, kid)
        return found

    async def _ask(self, method: str, url: str, **parts: Any) -> Mapping[str, Any] | None:
        headers = {"Accept": "application/json", **parts.pop("headers", {})}
        try:
            answer = await self._client.call(method, url, within_s=WITHIN_S, headers=headers, **parts)
        except DeliveryError as error:
            raise SignOnError(SignOnRefusal.UNREACHABLE, str(error)) from None
        return answer.object

    def _secret(self) -> str:
        name = self._settings.client_secret_name
        try:
            return self._secrets.get(name).strip() if name else ""
        except SecretError as error:
            raise SignOnError(SignOnRefusal.NO_SECRET, str(error)) from None

    def _redirect_url(self) -> str:
        """Return where the provider sends the browser back to: by the settings, never by a Host header."""
        return page_url(self._daemon.settings.web, BACK)


def _basic(client_id: str, secret: str) -> str:
    """Return the header of RFC 6749, 2.3.1: both are urlencoded first."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def authorities(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return whom to trust, None for the system's authorities. CertificateError when the file is none."""
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise CertificateError(f"{ca_file} không đọc được hoặc không phải PEM") from error
