"""Where beats of all ways meet: who is known, whose token is right, who beats too fast, what is counted.

No I/O; `mono` is the monotonic clock. A beat that is refused changes nothing but a count.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping

from inventory.model import Inventory
from monitor.inputs.heartbeats import Outcome, RefusedError, Said, decode, is_right_token
from monitor.inputs.source_gate import Bucket
from probes.beats import Beat, BeatBook
from probes.heartbeat import HeartbeatOptions

log = logging.getLogger(__name__)

PER_ASSET = (0.2, 5.0)
"""Beats a second, burst. One a minute is usual."""
PER_SOURCE = (50.0, 300.0)
"""Connections a second, burst: all machines of an office, or of the province, may come from one address."""
MOST_SOURCES = 10_000
LOG_EVERY_S = 60.0
"""The same refusal is logged at most this often; all are counted."""


class BeatIntake:
    """Judges what comes in, and keeps the good beats in the book. `counts` is by way and outcome."""

    def __init__(self, beats: BeatBook, *, key: bytes, mono: Callable[[], float]) -> None:
        self.beats = beats
        self.counts: Counter[tuple[str, str]] = Counter()
        self.key = key
        self._mono = mono
        self._known: Mapping[str, int] = {}
        self._assets: dict[str, Bucket] = {}
        self._sources: OrderedDict[str, Bucket] = OrderedDict()
        self._logged_mono: dict[tuple[str, str], float] = {}

    def adopt(self, inventory: Inventory) -> None:
        """Know the assets of this inventory's heartbeat checks, and no others."""
        self._known = known_assets(inventory)
        self._assets = {asset: bucket for asset, bucket in self._assets.items() if asset in self._known}
        self.beats.keep_only(self._known)

    def admits(self, source: str) -> bool:
        """Whether one more connection of this source is taken at all."""
        mono = self._mono()
        bucket = self._sources.pop(source, None) or Bucket.full(*PER_SOURCE, mono=mono)
        self._sources[source] = bucket  # the last used are at the end
        if len(self._sources) > MOST_SOURCES:
            self._sources.popitem(last=False)
        return bucket.take(mono=mono)

    def take(
        self, body: bytes, *, way: str, token: str | None = None, topic_asset: str | None = None
    ) -> Outcome:
        """Judge a beat, keep it if it is good, count it; never raises. `token`: when it is not in the beat itself."""
        asset = ""
        try:
            said = decode(body, with_token=token is None)
            asset = said.asset
            self._authenticate(said, said.token if token is None else token, topic_asset)
            self.beats.record(asset, Beat(self._mono(), said.metrics, way))
        except RefusedError as refused:
            return self.refuse(refused.outcome, way=way, about=asset)
        except Exception:  # one beat that trips us must not end the way for all others (case M-12)
            if self._is_news(way, Outcome.BUG):
                log.exception("beat_bug way=%s", way)
            self.counts[way, Outcome.BUG.value] += 1
            return Outcome.BUG
        self.counts[way, Outcome.ACCEPTED.value] += 1
        return Outcome.ACCEPTED

    def cannot_hear(self, way: str, why: str) -> None:
        """Note that beats stay outside for want of something here: that they are missing is no asset's fault."""
        self.beats.close_way(way, f"máy này không nhận được nhịp: {why}")

    def hears_again(self, way: str) -> None:
        """Note that one came in; after `cannot_hear` the waiting starts anew."""
        known = self.beats.ways.get(way)
        if known is not None and known.open_since_mono is None:
            self.beats.open_way(way, now_mono=self._mono())

    def refuse(self, outcome: Outcome, *, way: str, about: str = "") -> Outcome:
        """Count a refusal; log it, unless it repeats itself. `about` is an asset's code or a source."""
        self.counts[way, outcome.value] += 1
        if self._is_news(way, outcome):
            log.warning("beat_refused way=%s result=%s about=%s", way, outcome.value, about or "-")
        return outcome

    def _is_news(self, way: str, outcome: Outcome) -> bool:
        mono = self._mono()
        is_news = mono - self._logged_mono.get((way, outcome.value), float("-inf")) >= LOG_EVERY_S
        if is_news:
            self._logged_mono[way, outcome.value] = mono
        return is_news

    def _authenticate(self, said: Said, token: str, topic_asset: str | None) -> None:
        if topic_asset is not None and topic_asset != said.asset:
            raise RefusedError(Outcome.WRONG_TOPIC)
        # The same work for every asset, known or not: nobody without a right token learns which assets there are.
        serial = self._known.get(said.asset)
        if not is_right_token(token, self.key, said.asset, serial or 1):
            raise RefusedError(Outcome.BAD_TOKEN)
        if serial is None:
            raise RefusedError(Outcome.UNKNOWN_ASSET)
        # After the token: otherwise a stranger could use up what an asset may send.
        mono = self._mono()
        bucket = self._assets.setdefault(said.asset, Bucket.full(*PER_ASSET, mono=mono))
        if not bucket.take(mono=mono):
            raise RefusedError(Outcome.TOO_FAST)


def known_assets(inventory: Inventory) -> dict[str, int]:
    """Return each asset with the serial number of its token, the highest when several checks have it."""
    known: dict[str, int] = {}
    for check in inventory.checks.values():
        if isinstance(check.options, HeartbeatOptions):
            known[check.address] = max(known.get(check.address, 1), check.options.token_serial)
    return known
