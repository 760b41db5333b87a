"""Calls of an Official Account: the token goes along, and every way the answer can say no becomes a DeliveryError.

Business errors come as HTTP 200: only 2xx, JSON and `error` 0 together are a success.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.http_client import Answer, HttpClient
from alerts.channels.zalo_errors import PERSON_REST_S, RATE_REST_S, ErrorClass, error_of
from alerts.channels.zalo_token import TokenSource, code_of

_WITHIN_S: Final = 10.0
"""Two calls and a renewal between them end before whoever sends gives up: until a call is made nothing is in doubt."""
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500


class ZaloApi:
    """One Official Account's calls; `now` returns Unix seconds."""

    def __init__(self, client: HttpClient, tokens: TokenSource, now: Callable[[], float]) -> None:
        self.tokens = tokens
        self._client = client
        self._now = now

    async def aclose(self) -> None:
        """End what must not be cut, then close the connections."""
        await self.tokens.aclose()
        await self._client.aclose()

    async def call(
        self,
        method: str,
        url: str,
        table: Mapping[int, ErrorClass],
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return `data` of a success. A token that is not taken is renewed once. Raises DeliveryError."""
        token = await self.tokens.token()
        answer = await self._ask(method, url, token, body, query)
        if _refuses_token(answer, table):
            token = await self.tokens.token(rejected=token)
            answer = await self._ask(method, url, token, body, query)
            if _refuses_token(answer, table):
                text = "token_expired_after_refresh: the package has lapsed, or another app was authorised"
                self.tokens.trouble = DeliveryFailure.AUTH
                raise DeliveryError(text, DeliveryFailure.AUTH, retry_after_s=PERSON_REST_S)
        return _data(answer, table, self._now())

    async def _ask(
        self,
        method: str,
        url: str,
        token: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        headers = self.tokens.headers(token)
        return await self._client.call(
            method, url, within_s=_WITHIN_S, headers=headers, body=body, query=query
        )


def _refuses_token(answer: Answer, table: Mapping[int, ErrorClass]) -> bool:
    if answer.status >= _SERVER_ERROR:
        return False
    code = code_of(answer.object or {})
    return answer.status == _UNAUTHORIZED or (code is not None and table.get(code) is ErrorClass.TOKEN)


def _data(answer: Answer, table: Mapping[int, ErrorClass], now: float) -> dict[str, Any]:
    if answer.status >= _SERVER_ERROR:  # whatever stands in its body
        raise DeliveryError(f"zalo is out of order: HTTP {answer.status}", DeliveryFailure.DEFERRED)
    body = answer.object
    if body is None:
        if answer.status == _TOO_MANY:
            raise DeliveryError("zalo: HTTP 429", DeliveryFailure.RATE, retry_after_s=RATE_REST_S)
        text = f"zalo answers no JSON: HTTP {answer.status}"
        raise DeliveryError(text, DeliveryFailure.DEFERRED)
    code = code_of(body)
    if code is None:
        raise DeliveryError("zalo answers without a verdict", DeliveryFailure.DEFERRED, in_doubt=True)
    if code != 0:
        raise error_of(code, table, now=now)
    if answer.status // 100 != 2:  # noqa: PLR2004 (the class of successes)
        raise DeliveryError(f"zalo contradicts itself: HTTP {answer.status}", DeliveryFailure.DEFERRED)
    data = body.get("data")
    return data if isinstance(data, dict) else {}
