"""Whom an incident's policies tell, step by step; of a group those of all its members together. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from alerts.model.incident import Incident, Told
from alerts.oncall.model import DEFAULT_POLICY, SELF_POLICY, Policy, Recipient, Step
from alerts.oncall.routing import applies, recipients_of
from alerts.world import World
from inventory.model import Check

NOBODY: Final = Policy("")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of one policy."""

    policy: Policy
    step: Step

    def recipients(self, world: World, now: float) -> tuple[Recipient, ...] | None:
        """Return whom it tells at this moment, None when it is not for this hour."""
        if not applies(self.step, self.policy, world.inventory, now):
            return None
        return recipients_of(world.settings.directory, self.step, now)


def policies_of(world: World, incident: Incident) -> tuple[Policy, ...]:
    """Return the policies that have steps, by id: that of the incident's root, of a group those of all its members.

    What a person merged into another is told by that one's policy alone: that is what merging says.
    """
    roots = [incident.root_check_id]
    if incident.is_group:
        roots = [member.root_check_id for member in world.members_of(incident.id)]
    checks = (world.inventory.checks.get(each) for each in roots)
    return policies_named(world, sorted({_policy_id(world, check) for check in checks if check is not None}))


def _policy_id(world: World, check: Check) -> str:
    """Return whose policy tells of a check: of the monitor itself the one named so, if there is one."""
    is_usual = check.is_own and check.policy == DEFAULT_POLICY and SELF_POLICY in world.settings.policies
    return SELF_POLICY if is_usual else check.policy


def policies_named(world: World, ids: Iterable[str]) -> tuple[Policy, ...]:
    """Return those of these policies that there are and that tell anybody."""
    known = world.settings.policies
    return tuple(known[each] for each in ids if each in known and known[each].steps)


def ladder_of(policies: Collection[Policy]) -> tuple[Rung, ...]:
    """Return the steps of all policies by the time of each; its place there is a step's number."""
    rungs = [Rung(policy, step) for policy in policies for step in policy.steps]
    if len(policies) > 1:
        rungs.sort(key=lambda rung: rung.step.after_s)
    return tuple(rungs)


def repeat_s(policies: Iterable[Policy]) -> float:
    """Return after how long the last step is told again, 0 never."""
    return min((policy.repeat_s for policy in policies if policy.repeat_s > 0), default=0.0)


def reached_s(world: World, told: Told) -> float:
    """Return how far up its ladder an incident was told: the `after_s` of the last step."""
    ladder = ladder_of(policies_named(world, told.policies))
    return ladder[told.step].step.after_s if 0 <= told.step < len(ladder) else 0.0


def policy_of(world: World, incident: Incident) -> Policy:
    """Return all that the incident's policies say as one: for texts, which name the steps."""
    policies = policies_of(world, incident)
    if len(policies) < 2:  # noqa: PLR2004 (one, or none)
        return policies[0] if policies else NOBODY
    return Policy(
        id="+".join(policy.id for policy in policies),
        steps=tuple(rung.step for rung in ladder_of(policies)),
        repeat_s=repeat_s(policies),
        calendar=policies[0].calendar,
    )
