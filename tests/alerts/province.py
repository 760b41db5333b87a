"""Small inventories, readings and results for tests, built directly."""

from collections.abc import Iterable, Mapping

from alerts.model.checks import CheckResult
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Policy, Recipient, Step
from inventory.model import Check, Inventory, Threshold
from probes.kind import Options
from probes.reading import FailureReason, Reading, failed

EPOCH = 1_770_000_000.0
"""Unix seconds when the monotonic clock of these tests shows 0."""

GOOD = Reading(ok=True, metrics={"rtt_p50_s": 0.010, "loss_ratio": 0.0})
SLOW = Reading(ok=True, metrics={"rtt_p50_s": 0.300, "loss_ratio": 0.0})
SILENT = failed(FailureReason.TIMEOUT)
OUR_FAULT = failed(FailureReason.LOCAL)
OUR_BUG = failed(FailureReason.INTERNAL)

RTT_LIMITS = (Threshold("rtt_p50_s", warning=0.2, critical=1.0),)
DUTY = (Recipient("email", "truc@example.vn"), Recipient("file", "/var/log/alerts"))
POLICY = Policy("default", (Step(("email:truc@example.vn", "file:/var/log/alerts")),))
SETTINGS = AlertSettings(group_wait_s=5.0, policies={"default": POLICY}, quiet=None)


def check(
    check_id: str,
    *,
    interval_s: float = 60.0,
    retry_interval_s: float = 20.0,
    timeout_s: float = 5.0,
    failures_to_down: int = 3,
    successes_to_up: int = 2,
    thresholds: tuple[Threshold, ...] = RTT_LIMITS,
    policy: str = "default",
) -> Check:
    return Check(
        id=check_id,
        target_id=check_id.partition("/")[0],
        kind="icmp",
        address="127.0.0.1",
        options=Options(),
        interval_s=interval_s,
        retry_interval_s=retry_interval_s,
        timeout_s=timeout_s,
        failures_to_down=failures_to_down,
        successes_to_up=successes_to_up,
        thresholds=thresholds,
        policy=policy,
    )


def province(
    checks: Iterable[Check],
    parents: Mapping[str, tuple[str, ...]] | None = None,
    anchors: tuple[str, ...] = (),
) -> Inventory:
    """Build an inventory; `checks` lists parents before children."""
    by_id = {each.id: each for each in checks}
    parents = dict(parents or {})
    children: dict[str, tuple[str, ...]] = {}
    for child_id, parent_ids in parents.items():
        for parent_id in parent_ids:
            children[parent_id] = (*children.get(parent_id, ()), child_id)
    return Inventory(
        units={},
        targets={},
        checks=by_id,
        parents=parents,
        children=children,
        ancestors_first=tuple(by_id),
        anchors=anchors,
    )


def result(check_id: str, reading: Reading, started_mono: float, duration_s: float = 0.0) -> CheckResult:
    return CheckResult(
        check_id=check_id,
        started_at=EPOCH + started_mono,
        duration_s=duration_s,
        reading=reading,
        started_mono=started_mono,
    )
