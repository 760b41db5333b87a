"""The dead-man's switch: a sign of life that goes out while there is progress. Whoever misses it knows before our users do.

It says nothing when probing, saving or delivering stands still, so silence means trouble, whatever the reason.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.http_client import HttpClient
from monitor.clock import Clock

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 15.0

Way = Callable[[bytes], Awaitable[None]]
"""Sends one sign of life; raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a sign of life says. `troubles` are codes of /healthz; `why_not`: why none may go out, "" when it may."""

    troubles: tuple[str, ...] = ()
    why_not: str = ""


class DeadMan:
    """Sends a sign of life by every way at each interval, while `sign` allows. `failures` counts by way."""

    def __init__(
        self,
        ways: Mapping[str, Way],
        sign: Callable[[], Sign],
        *,
        clock: Clock,
        interval_s: float,
        vantage: str,
    ) -> None:
        self.failures: dict[str, int] = dict.fromkeys(ways, 0)
        self.last_sent_at: dict[str, float] = {}
        self._ways = ways
        self._sign = sign
        self._clock = clock
        self._interval_s = interval_s
        self._vantage = vantage
        self._said = ""

    @property
    def sent_at(self) -> dict[str, float | None]:
        """Way -> when a sign last went out by it; None: not yet."""
        return {way: self.last_sent_at.get(way) for way in self._ways}

    async def run(self) -> None:
        """Send for ever; a bug of ours is said, and is silence no longer than it lasts."""
        while True:
            try:
                await self.send()
            except Exception:
                log.exception("dead_man_bug")
            await self._clock.sleep(self._interval_s)

    async def send(self) -> None:
        """Send one sign of life by every way, or say why not."""
        sign = self._sign()
        if sign.why_not:
            self._note(f"withheld reason={sign.why_not}")
            return
        status = "degraded" if sign.troubles else "ok"
        body = json.dumps(
            {
                "at": round(self._clock.now(), 3),
                "vantage": self._vantage,
                "status": status,
                "troubles": sign.troubles,
            }
        )
        failed = [name for name in self._ways if not await self._send_by(name, body.encode())]
        self._note(f"not_taken ways={','.join(failed)}" if failed else "")

    async def _send_by(self, name: str, body: bytes) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._ways[name](body)
        except (DeliveryError, TimeoutError):
            self.failures[name] += 1
            return False
        except Exception:
            log.exception("dead_man_bug way=%s", name)
            self.failures[name] += 1
            return False
        self.last_sent_at[name] = self._clock.now()
        return True

    def _note(self, said: str) -> None:
        """Log a trouble when it begins, changes and ends."""
        if said == self._said:
            return
        if said:
            log.warning("sign_of_life_%s", said)
        else:
            log.info("sign_of_life_goes_out_again")
        self._said = said


def by_http(client: HttpClient, url: str) -> Way:
    """Return the way that POSTs to `url` (a secret: whoever knows it can speak for us)."""

    async def post(body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await client.call("POST", url, within_s=TIMEOUT_S, headers=headers, content=body)
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise DeliveryError(f"HTTP {answer.status}", DeliveryFailure.REJECTED)

    return post
