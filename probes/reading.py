"""What a probe saw: one value, no judgement. No clock, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FailureReason(StrEnum):
    """Why a reading is not ok. Each failure maps to exactly one of these."""

    TIMEOUT = "timeout"
    """No answer before the deadline."""
    UNREACHABLE = "unreachable"
    """A router or the target's stack said so (ICMP unreachable, EHOSTUNREACH from the path)."""
    REFUSED = "refused"
    """The target is there and refused (TCP RST, ICMP port unreachable)."""
    DNS = "dns"
    """The name has no usable record (NXDOMAIN, NODATA). A resolver that does not answer is LOCAL."""
    TLS = "tls"
    """Handshake or certificate."""
    AUTH = "auth"
    """The target is there and rejected our credentials."""
    PROTOCOL = "protocol"
    """The bytes were not of the protocol."""
    UNEXPECTED_ANSWER = "unexpected_answer"
    """Well-formed, but not what was asked for (status, keyword, OID)."""
    BLOCKED = "blocked"
    """The probe itself was turned away (WAF, captcha, rate limit): says nothing about the service behind."""
    LOCAL = "local"
    """Our side: no route, no permission, no descriptors, dead resolver, missing credential. Never the target's fault."""
    INTERNAL = "internal"
    """A bug in our code. Never the target's fault."""

    @property
    def is_ours(self) -> bool:
        """Whether the fault lies with the monitor."""
        return self in {FailureReason.LOCAL, FailureReason.INTERNAL}

    @property
    def says_nothing(self) -> bool:
        """Whether the result tells nothing of the target: a fault of ours, or nobody but the probe was refused."""
        return self.is_ours or self is FailureReason.BLOCKED


class ProbeError(Exception):
    """What ends one run before it has a result; becomes a reading that is not ok. `detail` is as in `Reading`."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reading:
    """One probe's answer.

    `metrics` maps a name ending in its unit (`rtt_p50_s`, `loss_ratio`, `http_status`) to a finite float.
    What could not be measured is missing, never 0. `reason` is None exactly when `ok`.
    `detail` is one line for people, without secrets and without control characters.
    `rtts_s` are the round trips of a burst in the order of sending, None where no answer came; empty for probes that send none.
    `notes` are facts in words (`tls_issuer`, `banner`) for whoever looks at this one run: clean lines like `detail`,
    neither judged nor stored.
    """

    ok: bool
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: FailureReason | None = None
    detail: str = ""
    rtts_s: tuple[float | None, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.ok != (self.reason is None):
            raise ValueError("a reading is ok exactly when it has no reason")


def failed(reason: FailureReason, detail: str = "", **metrics: float) -> Reading:
    """Build a reading that is not ok."""
    return Reading(ok=False, metrics=metrics, reason=reason, detail=detail)
