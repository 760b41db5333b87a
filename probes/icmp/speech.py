"""The estimated speech index: the E-model (ITU-T G.107), reduced to what echo requests can tell. Pure.

An index, not a measured MOS, and of speech, not of video: loss of pings is not loss of RTP where QoS marks differ.
Codec: G.711 with packet loss concealment (Ie = 0, Bpl = 25.1), random loss (BurstR = 1), a jitter buffer of twice
the jitter, 20 ms of packetisation, all other parameters at the defaults of G.107.
"""

from dataclasses import dataclass
from enum import StrEnum

_BASE_R = 93.2
_PACKET_MS = 20
_NOTICED_MS = 177.3
"""One-way delay beyond which a dialogue suffers more quickly."""
_LOSS_ROBUSTNESS = 25.1  # Bpl of G.711 with concealment, ITU-T G.113 appendix I
_BEST_MOS = 4.5


class Band(StrEnum):
    """What an R value means to a listener (ITU-T G.109), in the words of messages and pages."""

    GOOD = "tốt"
    FAIR = "khá"
    MEDIUM = "trung bình"
    POOR = "kém"
    UNFIT = "không đạt"


@dataclass(frozen=True, slots=True)
class Speech:
    """An estimate: `r` from 0 to 100, `mos` from 1 to 4.5."""

    r: float
    mos: float


def speech(*, rtt_s: float, jitter_s: float, loss_ratio: float) -> Speech:
    """Estimate how speech over this way would be heard. One-way delay is taken as half the round trip."""
    delay_ms = rtt_s * 1_000 / 2 + 2 * jitter_s * 1_000 + _PACKET_MS
    delay_impairment = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - _NOTICED_MS)
    loss_percent = loss_ratio * 100
    loss_impairment = 95 * loss_percent / (loss_percent + _LOSS_ROBUSTNESS)
    r = min(100.0, max(0.0, _BASE_R - delay_impairment - loss_impairment))
    mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r)
    return Speech(r, min(_BEST_MOS, max(1.0, mos)))


def band(r: float) -> Band:
    """Return the band of an R value; a limit belongs to the better one."""
    limits = ((80, Band.GOOD), (70, Band.FAIR), (60, Band.MEDIUM), (50, Band.POOR))
    return next((name for least, name in limits if r >= least), Band.UNFIT)
