"""Checks that will never be measured, because `probes.allowed` of the settings keeps their address out. Pure.

A name is nobody's to judge here: where it leads is known when it is looked up.
"""

from collections.abc import Iterator

from inventory.address import UNASKED_KINDS, host_of
from inventory.files.source import problem_at
from inventory.loader import Assembled
from inventory.model import Check
from inventory.problem import Problem
from probes.http.options import HttpOptions
from probes.reach import DeclaredPlaces, Refused
from probes.resolve import ip_literal


def out_of_reach(assembled: Assembled, places: DeclaredPlaces) -> Iterator[Problem]:
    """Yield a warning for each target and address that its checks write and that must not be asked."""
    kept_out: dict[tuple[str, Refused], list[str]] = {}
    for check in assembled.loaded.inventory.checks.values():
        refused = _refused(check, places)
        if refused is not None:
            kept_out.setdefault((check.target_id, refused), []).append(check.id)
    for (target_id, refused), (first, *others) in kept_out.items():
        more = f" (và {len(others)} phép đo khác)" if others else ""
        why, _, remedy = refused.detail.partition("; ")
        raw, under = assembled.entries.raw_targets[target_id], f"targets.{target_id}"
        yield problem_at(raw, (), f"phép đo {first}{more} sẽ chưa rõ mãi: {why}", hint=remedy, under=under)


def _refused(check: Check, places: DeclaredPlaces) -> Refused | None:
    literal = ip_literal(host_of(check.address))
    if check.kind in UNASKED_KINDS or literal is None:
        return None
    if isinstance(check.options, HttpOptions) and check.options.proxy is not None:
        return places.refused_unseen(literal)
    return places.refused(literal, [literal], may_loop=False)
