"""What `inventory show` prints for programs: units, targets, checks, where values come from. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from inventory.model import Check, Target, Unit
from inventory.resolved import Resolved


def unit_with_targets(unit: Unit, targets: Iterable[Target]) -> dict[str, Any]:
    """Return a unit and what stands there."""
    return {
        "schema": "inventory-unit/1",
        "unit": _unit_json(unit),
        "targets": [_target_json(target) for target in targets],
    }


def target_with_checks(
    target: Target,
    unit: Unit,
    checks: Iterable[Check],
    *,
    needs: Sequence[Sequence[str]],
    behind: Sequence[str],
    windows: Sequence[str],
    resolved: Iterable[Resolved] | None,
) -> dict[str, Any]:
    """Return a target, its checks and its neighbours; `needs` step by step up to the core, `resolved` where asked for."""
    body: dict[str, Any] = {
        "schema": "inventory-target/1",
        "target": _target_json(target),
        "unit": _unit_json(unit),
        "needs": [list(step) for step in needs],
        "behind": list(behind),
        "windows": list(windows),
        "checks": [_check_json(check) for check in checks],
    }
    if resolved is not None:
        body["resolved"] = [
            {
                "path": each.path,
                "value": each.value,
                "level": each.level.value,
                "file": None if each.place is None else each.place.file,
                "line": None if each.place is None else each.place.line,
            }
            for each in resolved
        ]
    return body


def _unit_json(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "area": unit.area,
        "formerDistrict": unit.former_district,
        "formerProvince": unit.former_province,
        "formerNames": list(unit.former_names),
    }


def _target_json(target: Target) -> dict[str, Any]:
    return {
        "id": target.id,
        "name": target.name,
        "unit": target.unit_code,
        "layer": target.layer.value,
        "profile": target.profile,
        "address": target.address or None,
        "equipped": target.equipped.value,
        "enabled": target.enabled,
        "watched": target.is_watched,
        "anchor": target.anchor,
        "owner": target.owner.value,
        "circuit": target.circuit_id,
        "dependsOn": list(target.depends_on),
        "poweredBy": list(target.powered_by),
        "tags": list(target.tags),
    }


def _check_json(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "kind": check.kind,
        "address": check.address,
        "intervalS": check.interval_s,
        "retryIntervalS": check.retry_interval_s,
        "timeoutS": check.timeout_s,
        "failuresToDown": check.failures_to_down,
        "successesToUp": check.successes_to_up,
        "policy": check.policy,
        "calendar": check.calendar,
        "thresholds": {
            limit.metric: {"warning": limit.warning, "critical": limit.critical, "below": limit.below}
            for limit in check.thresholds
        },
    }
