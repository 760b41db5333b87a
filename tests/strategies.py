"""Hypothesis strategies shared by the suites."""

from dataclasses import dataclass

from hypothesis import strategies as st

from inventory.model import Check, Inventory
from tests.alerts.province import check, province

CUT_MONO = 200.0
"""When a site's link is cut in these stories: every check has run at least twice by then."""

SKEW_S = 4.0
"""Within how many seconds things die, or come back, together."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site that loses everything at one moment. `outages` maps a check to (begin, end) in monotonic seconds."""

    inventory: Inventory
    root: str
    phases: dict[str, float]
    outages: dict[str, list[tuple[float, float]]]
    back_mono: float

    def __repr__(self) -> str:
        """One line per check: hypothesis prints this for a counterexample."""
        lines = [
            f"{c.id}: every {c.interval_s:g}, retry {c.retry_interval_s:g}, timeout {c.timeout_s:g}, "
            f"{c.failures_to_down} down, {c.successes_to_up} up, phase {self.phases[c.id]:.3f}, {self.outages[c.id]}"
            for c in self.inventory.checks.values()
        ]
        return "\n".join(["Site", *lines])


def checks(check_id: str) -> st.SearchStrategy[Check]:
    """A check of any usual patience."""

    def build(
        interval_s: float, retry_share: float, timeout_share: float, failures: int, successes: int
    ) -> Check:
        retry_interval_s = max(1.0, round(interval_s * retry_share))
        return check(
            check_id,
            interval_s=interval_s,
            retry_interval_s=retry_interval_s,
            timeout_s=max(0.5, round(retry_interval_s * timeout_share, 1)),
            failures_to_down=failures,
            successes_to_up=successes,
        )

    return st.builds(
        build,
        st.sampled_from([20.0, 30.0, 60.0]),
        st.sampled_from([0.1, 0.2, 0.33, 0.5]),
        st.sampled_from([0.1, 0.25, 0.5, 1.0]),
        st.integers(1, 4),
        st.integers(1, 3),
    )


@st.composite
def sites(draw: st.DrawFn, *, targets: int, outage_s: st.SearchStrategy[float]) -> Site:
    """A link and `targets` things behind it, each with one to three checks; all die and come back within SKEW_S.

    Patience is drawn; phases, skews and who has which patience come from a drawn seed (thousands of draws are slow).
    """
    patience = draw(st.lists(checks("any"), min_size=1, max_size=4))
    back_mono = CUT_MONO + draw(outage_s)
    chance = draw(st.randoms(use_true_random=False))
    parents: dict[str, tuple[str, ...]] = {"link/icmp": ()}
    for number in range(targets):
        primary = f"t{number:02}/icmp"
        parents[primary] = ("link/icmp",)
        for extra in ("http", "snmp")[: chance.randint(0, 2)]:
            parents[f"t{number:02}/{extra}"] = (primary,)
    outages = {
        each: [(CUT_MONO + chance.uniform(0, SKEW_S), back_mono + chance.uniform(0, SKEW_S))]
        for each in parents
    }
    outages["link/icmp"] = [(outages["link/icmp"][0][0], back_mono)]
    return Site(
        inventory=province((renamed(chance.choice(patience), each) for each in parents), parents),
        root="link/icmp",
        phases={each: chance.random() for each in parents},
        outages=outages,
        back_mono=back_mono,
    )


def renamed(shape: Check, check_id: str) -> Check:
    """The same patience under another name."""
    return check(
        check_id,
        interval_s=shape.interval_s,
        retry_interval_s=shape.retry_interval_s,
        timeout_s=shape.timeout_s,
        failures_to_down=shape.failures_to_down,
        successes_to_up=shape.successes_to_up,
    )
