"""The access token of a Zalo Official Account (OAuth v4): renewed by one at a time, saved before it is used.

A refresh token works once; using it and losing the answer loses the grant, and only a person can get another one. So a
renewal is never cancelled half way, never tried by two, and what it gave is on the disk before anybody goes on.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.http_client import Answer, HttpClient
from alerts.channels.zalo_errors import PERSON_REST_S
from alerts.channels.zalo_file import TokenFile, TokenPair

OAUTH_URL: Final = "https://oauth.zaloapp.com"
RENEW_BEFORE_RATIO: Final = 0.2
"""A token is renewed when so much of its life is left: 5 of 25 hours, so a daemon that stands still loses nothing."""
FRESH_S: Final = 3_600.0
"""A token that is refused so soon after its renewal is not mended by another one."""
LONGEST_SECRET: Final = 64
"""An app secret has about 20 characters; people paste an access token instead."""

WAIT_S: Final = 8.0
"""What a message waits for a renewal; the renewal goes on."""

_RENEW_WITHIN_S: Final = 60.0
_ABOUT_TO_END_S: Final = 60.0
_BETWEEN_TRIES_S: Final = 900.0
_DEFAULT_LIFE_S: Final = 3_600.0
_CONSUMED: Final = frozenset({-14014, -14020})
_MISCONFIGURED: Final = frozenset({-14002, -14003, -14004})
_SERVER_ERROR: Final = 500
LOGIN_REMEDY: Final = "tslcd-monitor zalo-oa login --refresh-token-stdin"
APP_REMEDY: Final = "check zalo_oa.app_id and the app secret"


@dataclass(frozen=True, slots=True)
class ZaloApp:
    """The app on developers.zalo.me that acts for the Official Account. `proves`: it demands appsecret_proof."""

    app_id: str
    secret: str = field(repr=False)
    oauth_url: str = OAUTH_URL
    proves: bool = False


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A renewal that only a person, or another process, can make up for: that of one refresh token."""

    refresh_token: str = field(repr=False)
    text: str
    until: float

    @property
    def is_final(self) -> bool:
        """Whether only another login helps."""
        return self.until == float("inf")


class TokenSource:
    """Gives out the access token. `now` returns Unix seconds. Raises ValueError for a secret that cannot be one."""

    def __init__(
        self,
        app: ZaloApp,
        file: TokenFile,
        client: HttpClient,
        now: Callable[[], float],
        *,
        wait_s: float = WAIT_S,
    ) -> None:
        if not app.secret or len(app.secret) > LONGEST_SECRET:
            raise ValueError("this is not an app secret")
        self._app = app
        self._file = file
        self._client = client
        self._now = now
        self._wait_s = wait_s
        self._lock = asyncio.Lock()
        self._renewals: set[asyncio.Task[str]] = set()
        self._unsaved: TokenPair | None = None
        self._replaced = ""
        self._refusal: _Refusal | None = None
        self._saved_at: float | None = None
        self._try_after = float("-inf")
        self.trouble: DeliveryFailure | None = None

    @property
    def needs_login(self) -> bool:
        """Whether a person must log the Official Account in."""
        return self._refusal is not None and self._refusal.is_final

    def age_s(self, now: float) -> float | None:
        """How long ago the pair was renewed, None when that is not known."""
        return None if self._saved_at is None else max(0.0, now - self._saved_at)

    def works(self) -> None:
        """Note that Zalo took a message: what was wrong is over, but for a pair that is not on the disk."""
        self.trouble = None if self._unsaved is None else DeliveryFailure.DISK

    async def token(self, *, rejected: str = "") -> str:
        """Return an access token other than `rejected`, renewed if need be. Raises DeliveryError.

        Cancelling the caller does not cancel a renewal: it ends in the file.
        """
        pair = await self._current()
        now = self._now()
        if pair.access_token == rejected or _is_over(pair, now):
            return await self._waited_for(self._begin(rejected))
        if _is_due(pair, now) and now >= self._try_after:
            self._try_after = now + _BETWEEN_TRIES_S
            self._begin("")  # beside the message that asks: it is not held up
        return pair.access_token

    async def _waited_for(self, renewal: asyncio.Task[str]) -> str:
        """Wait, but not as long as Zalo may take: whoever sends has a deadline, and nothing is in doubt yet."""
        try:
            async with asyncio.timeout(self._wait_s):
                return await asyncio.shield(renewal)
        except TimeoutError:
            pass
        raise DeliveryError("zalo: no new access token in time", DeliveryFailure.CONNECT)

    def _begin(self, rejected: str) -> asyncio.Task[str]:
        renewal = asyncio.create_task(self._renewed(rejected), name="zalo-token")
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)
        renewal.add_done_callback(_look_at)
        return renewal

    async def login(self, refresh_token: str) -> None:
        """Use a refresh token that a person brought, at once, and save what it gives. Raises DeliveryError."""
        async with self._lock, self._file.locked():
            self._refusal = None
            await self._renew(TokenPair("", refresh_token, expires_at=0.0, saved_at=0.0))
            if self._unsaved is not None:
                raise DeliveryError("the new token cannot be saved", DeliveryFailure.DISK)

    def headers(self, token: str) -> dict[str, str]:
        """Return the headers that carry the token: a bare one of Zalo's own, no bearer."""
        headers = {"access_token": token}
        if self._app.proves:
            proof = hmac.new(self._app.secret.encode(), token.encode(), hashlib.sha256)
            headers["appsecret_proof"] = proof.hexdigest()
        return headers

    async def aclose(self) -> None:
        """Wait for renewals that are under way: they must reach the disk."""
        while self._renewals:
            await asyncio.wait(set(self._renewals))
        self._file.close()

    async def _current(self) -> TokenPair:
        """Return the pair in force: the file's, unless ours could not be written there yet."""
        if self._unsaved is not None:
            await self._keep_unsaved()
        pair = self._unsaved or await self._file.read()
        if pair is None:
            self._refusal = _Refusal("", "nobody has logged in yet", float("inf"))
            raise self._fail("nobody has logged in yet")
        if self._refusal is not None and self._refusal.refresh_token != pair.refresh_token:
            self._refusal = None  # somebody logged in, or another process renewed
        self._saved_at = pair.saved_at
        return pair

    async def _renewed(self, rejected: str) -> str:
        async with self._lock, self._file.locked():
            pair = await self._current()
            now = self._now()
            is_rejected = pair.access_token == rejected
            if not is_rejected and not _is_due(pair, now):
                return pair.access_token
            if is_rejected and 0 <= now - pair.saved_at < FRESH_S:
                text = "token_expired_after_refresh: the package has lapsed, or another app was authorised"
                raise self._fail(text)
            if self._refusal is not None and now < self._refusal.until:
                raise self._fail(self._refusal.text)
            return (await self._renew(pair)).access_token

    async def _renew(self, pair: TokenPair) -> TokenPair:
        try:
            answer = await self._ask(pair.refresh_token)
        except DeliveryError as error:
            if not error.in_doubt:
                raise
            # The old token tells whether Zalo had heard us: once, since nothing else can.
            answer = await self._ask(pair.refresh_token)
        renewed = self._read(answer, pair)
        self._replaced, self._unsaved = pair.refresh_token, renewed
        await self._keep_unsaved(is_ours=True)
        self._refusal, self._saved_at = None, renewed.saved_at
        return renewed

    async def _keep_unsaved(self, *, is_ours: bool = False) -> None:
        """Save the pair that is not on the disk yet; on a full disk it is used meanwhile, and tried again."""
        pair = self._unsaved
        if pair is None:
            return
        stored = await self._file.read()
        if not is_ours and stored is not None and stored.refresh_token not in {"", self._replaced}:
            self._unsaved = None  # somebody logged in anew
            return
        try:
            await self._file.save(pair)
        except DeliveryError as error:
            self.trouble = error.reason
        else:
            self._unsaved, self.trouble = None, None

    async def _ask(self, refresh_token: str) -> Answer:
        return await self._client.call(
            "POST",
            f"{self._app.oauth_url}/v4/oa/access_token",
            within_s=_RENEW_WITHIN_S,
            headers={"secret_key": self._app.secret},
            form={
                "refresh_token": refresh_token,
                "app_id": self._app.app_id,
                "grant_type": "refresh_token",
            },
        )

    def _read(self, answer: Answer, pair: TokenPair) -> TokenPair:
        """Return the new pair, or raise what its absence means."""
        if answer.status >= _SERVER_ERROR:
            text = f"the token service is out of order: HTTP {answer.status}"
            raise DeliveryError(text, DeliveryFailure.DEFERRED)
        if not answer.content.strip():
            raise self._refuse(pair, "the refresh token was used already", float("inf"))
        body = answer.object
        if body is None:
            raise DeliveryError("the token service answers no JSON", DeliveryFailure.DEFERRED)
        access = body.get("access_token")
        if isinstance(access, str) and access:
            fresh = body.get("refresh_token")
            now = self._now()
            return TokenPair(
                access_token=access,
                refresh_token=fresh if isinstance(fresh, str) and fresh else pair.refresh_token,
                expires_at=now + _life_s(body.get("expires_in")),
                saved_at=now,
            )
        code = code_of(body)
        if code in _CONSUMED:
            raise self._refuse(pair, f"error {code}: the refresh token is not valid any more", float("inf"))
        what = "app_id or app secret is wrong" if code in _MISCONFIGURED else "no token was given"
        raise self._refuse(pair, f"error {code}: {what}", self._now() + PERSON_REST_S)

    def _refuse(self, pair: TokenPair, text: str, until: float) -> DeliveryError:
        self._refusal = _Refusal(pair.refresh_token, text, until)
        return self._fail(text)

    def _fail(self, text: str) -> DeliveryError:
        self.trouble = DeliveryFailure.AUTH
        is_wrong_app = self._refusal is not None and not self._refusal.is_final
        text = f"zalo: {text}; " + (APP_REMEDY if is_wrong_app else f"run: {LOGIN_REMEDY}")
        return DeliveryError(text, DeliveryFailure.AUTH, retry_after_s=PERSON_REST_S)


def code_of(body: dict[str, object]) -> int | None:
    """Return the envelope's `error`: a number, which may be written as text; None when it is neither."""
    code = body.get("error")
    try:
        return int(code) if isinstance(code, int | str) else None
    except ValueError:
        return None


def _is_over(pair: TokenPair, now: float) -> bool:
    return now >= pair.expires_at - _ABOUT_TO_END_S


def _is_due(pair: TokenPair, now: float) -> bool:
    return now >= pair.expires_at - max(
        _ABOUT_TO_END_S, RENEW_BEFORE_RATIO * (pair.expires_at - pair.saved_at)
    )


def _life_s(told: object) -> float:
    try:
        life_s = float(told) if isinstance(told, int | float | str) else 0.0
    except ValueError:
        life_s = 0.0
    return life_s if 0 < life_s < float("inf") else _DEFAULT_LIFE_S


def _look_at(task: asyncio.Task[str]) -> None:
    """Let nobody complain of an error that its caller, cancelled meanwhile, cannot fetch any more."""
    if not task.cancelled():
        task.exception()
