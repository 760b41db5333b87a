"""Forms that are right in themselves -> targets, checks, inventory. Reads no files."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from inventory.address import address_for, address_remedy, needs_address
from inventory.addressing import AddressPlan
from inventory.bandwidth import deaf_for_want_of_contract, with_contract
from inventory.checks import CheckPlan, CheckPlanner
from inventory.entries import Entries
from inventory.files.folders import Sections
from inventory.files.source import YamlMap, problem_at
from inventory.graph import relate
from inventory.inheritance import Inheritance
from inventory.model import OWN_KIND, Area, Check, Circuit, Equipped, Inventory, Layer, Target, Unit
from inventory.problem import Problem
from inventory.schema import TargetForm
from inventory.secret_needs import secrets_of
from probes.kind import Kind, Secrets
from probes.snmp_ranges import AccountRanges, OutOfRangeError


class Builder:
    """Collects targets and checks from entries that are right in themselves."""

    def __init__(
        self,
        sections: Sections,
        entries: Entries,
        kinds: Mapping[str, Kind],
        problems: list[Problem],
        *,
        policies: Collection[str] | None = None,
        shipped: Path | None = None,
    ) -> None:
        self._sections = sections
        self._entries = entries
        self._problems = problems
        self._targets: dict[str, Target] = {}
        self._checks: dict[str, Check] = {}
        self._checks_of: dict[str, list[str]] = {}
        self._inheritance = inheritance_of(sections, entries)
        self._planner = CheckPlanner(self._inheritance, kinds, problems, policies=policies, shipped=shipped)
        for name in entries.profiles:
            self._planner.try_profile(name)
        for code, says in entries.unit_says.items():
            for name in says.profiles:
                self._planner.try_profile(name, code)

    def add(self, target_id: str, form: TargetForm, plan: AddressPlan) -> None:
        """Add a target with its checks; a target of a wrong profile adds nothing (the profile's problem is told)."""
        profile = self._entries.profiles.get(form.profile)
        if profile is None:
            plan.address_of(target_id, form, self._entries.raw_targets[target_id], is_needed=False)
            return
        layer = form.layer or profile.layer
        switch = self._entries.layers.get(layer)
        enabled = form.enabled and (switch is None or switch.enabled)
        is_watched = enabled and form.equipped is Equipped.YES
        data = self._entries.raw_targets[target_id]
        plans = self._planner.for_target(target_id, form.profile, form.unit, data)
        is_reached = not plans or any(needs_address(p.form.kind, p.form.address) for p in plans)
        target = Target(
            id=target_id,
            name=form.name,
            unit_code=form.unit,
            layer=layer,
            profile=form.profile,
            address=plan.address_of(target_id, form, data, is_needed=is_watched and is_reached),
            depends_on=tuple(dict.fromkeys(form.depends_on)),
            circuit_id=form.circuit,
            anchor=form.anchor,
            equipped=form.equipped,
            enabled=enabled,
            impact=profile.impact if form.impact is None else form.impact,
            first_action=profile.first_action if form.first_action is None else form.first_action,
            tags=tuple(form.tags),
            owner=self._inheritance.owner(form.profile, form.unit, (target_id, data))[0],
            powered_by=tuple(form.powered_by),
        )
        self._targets[target_id] = target
        self._refuse_mixed(target, plans or (), data)
        plan.refuse_outside(target_id, target.address, target.owner, data)
        if target.is_watched and plans is not None:
            self._add_checks(target, plans, data)

    def _add_checks(self, target: Target, plans: Sequence[CheckPlan], data: YamlMap) -> None:
        under = f"targets.{target.id}"
        if not plans:
            message = "được giám sát mà không có phép đo nào"
            hint = "bật một phép đo, hoặc đặt enabled: false"
            self._problems.append(problem_at(data, ("checks",), message, hint=hint, under=under))
        circuit = self._entries.circuits.get(target.circuit_id or "")
        for plan in (with_contract(plan, circuit) for plan in plans):
            deaf = deaf_for_want_of_contract(plan)
            if deaf is not None:
                message = f"ngưỡng {deaf} cần băng thông hợp đồng"
                hint = (
                    "thêm bandwidth_bps vào kênh của đối tượng, hoặc contracted_bps vào options của phép đo"
                )
                where = ("checks", plan.label)
                self._problems.append(problem_at(data, where, message, hint=hint, under=under))
            if not target.address and needs_address(plan.form.kind, plan.form.address):
                continue
            try:
                port = getattr(plan.options, "port", None)
                address = address_for(
                    plan.form.kind, target.address, plan.form.address, port, target_id=target.id
                )
            except ValueError as error:
                hint = address_remedy(target.address) or address_remedy(plan.form.address or "")
                self._problems.append(problem_at(data, ("address",), str(error), hint=hint, under=under))
                continue
            check = _check(target, plan, address)
            self._checks[check.id] = check
            self._checks_of.setdefault(target.id, []).append(check.id)

    def _refuse_mixed(self, target: Target, plans: Sequence[CheckPlan], data: YamlMap) -> None:
        """Report a target of the layer of the monitor itself that asks others, and the other way round: no account would be right."""
        is_own = target.layer is Layer.SELF
        wrong = next((plan for plan in plans if (plan.form.kind == OWN_KIND) is not is_own), None)
        if wrong is not None:
            message = f"phép đo {wrong.label} (loại {wrong.form.kind}) không hợp với lớp {target.layer}"
            hint = "lớp self chỉ dành cho phép đo loại self, tức chương trình giám sát tự canh mình"
            where = ("checks", wrong.label)
            self._problems.append(problem_at(data, where, message, hint=hint, under=f"targets.{target.id}"))

    def refuse_unwatched(self) -> None:
        """Report an inventory that watches nothing: a daemon that is silent for ever."""
        if not self._problems and not self._checks:
            message = "không có đối tượng nào được giám sát"
            hint = "xem lại enabled, equipped và layers"
            self._problems.append(Problem(self._sections.where, 1, "targets", message, hint))

    def refuse_missing_secrets(self, secrets: Secrets, ranges: AccountRanges) -> None:
        """Report secrets that checks need and that are not there, each once, and addresses no account is meant for."""
        users: dict[str, list[str]] = {}
        for check in self._checks.values():
            try:
                needed = secrets_of(check, ranges)
            except OutOfRangeError as error:
                data, under = self._entries.raw_targets[check.target_id], f"targets.{check.target_id}"
                message = f"phép đo {check.id}: {error}"
                self._problems.append(problem_at(data, (), message, hint=error.remedy, under=under))
                continue
            for name in needed:
                users.setdefault(name, []).append(check.id)
        for name, check_ids in users.items():
            try:
                secrets.get(name)
            except KeyError as error:
                reason = getattr(error, "reason", "chưa có")
                target_id = self._checks[check_ids[0]].target_id
                others = f" (và {len(check_ids) - 1} phép đo khác)" if len(check_ids) > 1 else ""
                message = f"phép đo {check_ids[0]}{others} cần bí mật '{name}': {reason}"
                hint = getattr(error, "remedy", "") or f"đặt tệp '{name}' vào thư mục bí mật"
                data = self._entries.raw_targets[target_id]
                self._problems.append(problem_at(data, (), message, hint=hint, under=f"targets.{target_id}"))

    def finish(self, own_ranges: tuple[str, ...]) -> Inventory:
        """Freeze; only when there was no problem. `own_ranges`: the networks that the address plan declares."""
        relations = relate(self._targets, self._checks_of)
        return Inventory(
            areas={area_id: Area(area_id, form.name) for area_id, form in self._entries.areas.items()},
            units={
                code: Unit(
                    code,
                    form.name,
                    form.kind,
                    form.area,
                    form.former_district,
                    form.former_province,
                    tile=None if form.tile is None else (form.tile[0], form.tile[1]),
                    former_names=tuple(form.former_names),
                )
                for code, form in self._entries.units.items()
            },
            targets=self._targets,
            checks=self._checks,
            circuits={
                circuit_id: Circuit(
                    circuit_id,
                    form.provider,
                    form.contract_code,
                    form.hotline,
                    bandwidth_bps=form.bandwidth_bps,
                    bandwidth_up_bps=form.bandwidth_up_bps,
                    availability_ratio=form.availability_ratio,
                    restore_time_s=form.restore_time_s,
                )
                for circuit_id, form in self._entries.circuits.items()
            },
            parents=relations.parents,
            children=relations.children,
            ancestors_first=relations.ancestors_first,
            anchors=tuple(
                ids[0] for target_id, ids in self._checks_of.items() if self._targets[target_id].anchor
            ),
            own_ranges=own_ranges,
            digest=self._sections.digest,
        )


def inheritance_of(sections: Sections, entries: Entries) -> Inheritance:
    """Return what all levels above the targets say, as far as it is right."""
    profiles = {name: sections.maps["profiles"][name] for name in entries.profiles}
    return Inheritance(entries.defaults, profiles, entries.unit_says)


def _check(target: Target, plan: CheckPlan, address: str) -> Check:
    return Check(
        id=f"{target.id}/{plan.label}",
        target_id=target.id,
        kind=plan.form.kind,
        address=address,
        options=plan.options,
        interval_s=plan.form.interval_s,
        retry_interval_s=plan.retry_interval_s,
        min_gap_s=plan.min_gap_s,
        timeout_s=plan.timeout_s,
        failures_to_down=plan.form.failures_to_down,
        successes_to_up=plan.form.successes_to_up,
        thresholds=plan.thresholds,
        policy=plan.form.policy,
        calendar=plan.form.calendar,
    )
