"""What every check went through in a made-up stretch of time, and what of it was seen. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from alerts.model.checks import Blindness, CheckState, Status, Transition
from inventory.model import Check, Inventory
from monitor.demo.year.model import Fault, Script

SHORTEST_BEHIND_S = 150.0
"""What hangs on something that is away for a shorter time answers before it is missed."""
_MOST_LAG_S = 25


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch in which a check was bad, because of which strike of which fault. `is_root`: it was hit itself."""

    from_at: float
    until_at: float
    status: Status
    cause: str
    fault: int
    strike: int
    is_root: bool


def lag_s(check_id: str) -> float:
    """Return how long after what it hangs on a check shows the same: it runs at another moment."""
    return 1.0 + crc32(check_id.encode()) % _MOST_LAG_S


def spells(script: Script, inventory: Inventory) -> Mapping[str, Sequence[Spell]]:
    """Return check id -> its bad stretches in order; those of one check do not overlap."""
    primaries: dict[str, str] = {}
    for check in inventory.checks.values():
        primaries.setdefault(check.target_id, check.id)
    behind: dict[str, tuple[str, ...]] = {}
    found: defaultdict[str, list[Spell]] = defaultdict(list)
    for number, fault in enumerate(script.faults):
        for place, strike in enumerate(fault.strikes):
            root = primaries[strike.target_id]
            below = behind.get(root)
            if below is None:
                below = behind[root] = tuple(_below(inventory, root))
            for from_at, until_at in strike.spans:
                found[root].append(
                    Spell(from_at, until_at, fault.level, fault.cause, number, place, is_root=True)
                )
                if fault.level is Status.DOWN and until_at - from_at >= SHORTEST_BEHIND_S:
                    for each in below:
                        later_s = lag_s(each)
                        spell = Spell(
                            from_at + later_s,
                            until_at + later_s,
                            Status.DOWN,
                            fault.cause,
                            number,
                            place,
                            is_root=False,
                        )
                        found[each].append(spell)
    return {check_id: sorted(each, key=lambda spell: spell.from_at) for check_id, each in found.items()}


def _below(inventory: Inventory, check_id: str) -> Iterator[str]:
    passed = {check_id}
    waiting = [check_id]
    while waiting:
        for child in inventory.children.get(waiting.pop(), ()):
            if child not in passed:
                passed.add(child)
                waiting.append(child)
                yield child


def declared_after_s(check: Check) -> float:
    """Return how long after its first failure a check is declared down."""
    return (check.failures_to_down - 1) * check.retry_interval_s + check.timeout_s


def first_seen_at(script: Script, check_id: str) -> float:
    """Return when a check gave its first result."""
    return script.begin_at + lag_s(check_id)


def transitions_of(script: Script, check: Check, bad: Sequence[Spell]) -> list[Transition]:
    """Return what was seen of a check, in order: its own stretches, and the times in which the monitor was off."""
    down_s, up_s = declared_after_s(check), (check.successes_to_up - 1) * check.retry_interval_s + 1.0
    begun_at = first_seen_at(script, check.id)
    points: list[tuple[float, float, Status, str]] = [(begun_at, begun_at + up_s, Status.UP, "")]
    for spell in bad:
        points.append((spell.from_at, spell.from_at + down_s, spell.status, spell.cause))
        points.append((spell.until_at, spell.until_at + up_s, Status.UP, ""))
    for start, end in script.off:
        again_at = end + lag_s(check.id)
        now = next((point for point in reversed(points) if point[0] <= again_at), points[0])
        points = [point for point in points if not start <= point[0] <= again_at]
        points.append((start, end, Status.UNKNOWN, Blindness.STOPPED.value))
        points.append((again_at, again_at + up_s, now[2], now[3]))
        points.sort(key=lambda point: point[0])
    found: list[Transition] = []
    status = Status.UNKNOWN
    for at, declared_at, new, cause in points:
        if new is not status and at < script.end_at:
            found.append(Transition(check.id, at, declared_at, status, new, cause))
            status = new
    return found


def last_state(check_id: str, seen: Sequence[Transition]) -> CheckState:
    """Return the state that the last of these transitions left behind."""
    if not seen:
        return CheckState(check_id)
    last = seen[-1]
    resume = last.old if last.new is Status.UNKNOWN and last.old is not Status.UNKNOWN else None
    return CheckState(check_id, last.new, last.at, resume, last.cause)


def affected_by(
    all_spells: Mapping[str, Sequence[Spell]], faults: Sequence[Fault]
) -> Sequence[Sequence[list[str]]]:
    """Return, for each fault and each of its strikes, the checks that were away because of it, the root's left out."""
    found: list[list[list[str]]] = [[[] for _ in fault.strikes] for fault in faults]
    for check_id, bad in all_spells.items():
        for spell in bad:
            known = found[spell.fault][spell.strike]
            if not spell.is_root and (not known or known[-1] != check_id):
                known.append(check_id)
    return found
