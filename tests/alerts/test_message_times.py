"""Since when, and how it ended: what messages must not get wrong of what came back, got worse or was closed."""

from dataclasses import replace

import pytest

from alerts.messages.gathering import Story, gather_facts
from alerts.messages.sample_province import OPENED_AT as BEGUN
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Common, Dimension
from tests.alerts.message_samples import MINUTE, NOW, RESOLVED, facts_of, opened, resolved, stage, told

AGAIN = BEGUN + 10 * MINUTE


@pytest.mark.parametrize(
    ("incident", "since"),
    [
        (opened(downs=(BEGUN,)), BEGUN),
        (opened(downs=(BEGUN, AGAIN), episodes=2), AGAIN),
        (opened(downs=(AGAIN,)), AGAIN),
        (opened(downs=(AGAIN,), level=Status.DEGRADED), AGAIN),
        (opened(downs=(BEGUN, AGAIN), episodes=4, flapping_at=AGAIN), BEGUN),
        (resolved(downs=(AGAIN,)), AGAIN),
        (resolved(downs=(BEGUN, AGAIN), episodes=2), BEGUN),
    ],
    ids=[
        "once",
        "down again",
        "degraded before",
        "degraded",
        "flapping",
        "over, degraded before",
        "over, twice",
    ],
)
def test_since_when_is_since_it_is_so(incident: object, since: float) -> None:
    facts = facts_of(incident)  # type: ignore[arg-type]

    assert facts.opened_at == since


@pytest.mark.parametrize(
    ("reason", "said"), [(CloseReason.BY_HAND, "ĐÓNG SỰ CỐ"), (CloseReason.REMOVED, "NGỪNG GIÁM SÁT")]
)
def test_a_group_that_was_closed_or_removed_is_not_said_to_be_back(reason: CloseReason, said: str) -> None:
    where = stage()
    members = tuple(replace(each, resolved_at=NOW, close_reason=reason) for each in where.members(back=0))
    common = Common(Dimension.PROVIDER_DISTRICT, f"{where.provider}|{where.district}", "tslcd")
    group = resolved(root_check_id="", common=common, close_reason=reason)
    facts = gather_facts(Story(group, members=members, policy=where.policy), where.known, now=NOW)

    headline = told(facts, RESOLVED).text.splitlines()[0]

    assert said in headline
    assert "KHÔI PHỤC" not in headline
    assert len(headline) <= 50
