"""The address plan: which address a target gets, and which addresses are the province's own. Pure."""

import ipaddress
from collections.abc import Collection, Mapping

from inventory.address import (
    Network,
    address_problem,
    address_remedy,
    host_in,
    lies_in,
    network,
    network_remedy,
    within,
)
from inventory.files.source import YamlMap, place_of, problem_at
from inventory.model import Check, Owner
from inventory.names import near_id, unit_hint
from inventory.problem import Problem
from inventory.schema import AddressPlanForm, TargetForm
from inventory.validation import parse

_WIDEST = {4: 8, 6: 32}
"""IP version -> shortest prefix of an own range: 0.0.0.0/0 would declare the whole internet one's own."""
_ADD_RANGE = "thêm mạng của tỉnh vào address_plan.ranges"


class AddressPlan:
    """Gives each target its address: `exact`, else its own, else host number in its unit's network."""

    def __init__(self, data: YamlMap, problems: list[Problem]) -> None:
        self._data = data
        self._problems = problems
        form = parse(AddressPlanForm, data, under="address_plan")
        self._is_complete = not isinstance(form, list)
        if isinstance(form, list):
            problems += form
            form = _right_parts(data)
        self._form = form
        self.sites: dict[str, Network] = {}
        for code, text in form.sites.items():
            site = network(text)
            if site is None:
                message = f"'{text}' không phải mạng đúng"
                problems.append(self._problem("sites", code, message, hint=network_remedy(text)))
            else:
                self.sites[code] = site
        self._refuse_overlaps()
        self._ranges = self._own_ranges()
        self._refuse_sites_outside()

    @property
    def own_ranges(self) -> tuple[str, ...]:
        """The declared networks, neighbours joined, sorted."""
        return tuple(map(str, self._ranges))

    def refuse_strangers(self, units: Mapping[str, str], targets: Collection[str] | None) -> None:
        """Report sites of unknown units and exact addresses of unknown targets (None: not all targets are known).

        `units` maps codes to names.
        """
        for code in self._form.sites:
            if code not in units:
                message = f"không có đơn vị mã '{code}'"
                hint = unit_hint(code, units) or "khai báo trong units, hoặc bỏ dòng này"
                self._problems.append(self._problem("sites", code, message, hint=hint))
        for target_id in self._form.exact:
            if targets is not None and target_id not in targets:
                message = f"không có đối tượng '{target_id}'"
                hint = near_id(target_id, targets) or "bỏ dòng này, hoặc thêm đối tượng vào targets"
                self._problems.append(self._problem("exact", target_id, message, hint=hint))

    def address_of(self, target_id: str, form: TargetForm, data: YamlMap, *, is_needed: bool) -> str:
        """Return the target's address, "" when it has none; `data` is the raw target."""
        site = self.sites.get(form.unit)
        if target_id in self._form.exact:
            address = self._form.exact[target_id]
            wrong = address_problem(address, site)
            if wrong:
                hint = address_remedy(address)
                self._problems.append(self._problem("exact", target_id, wrong, hint=hint))
            return address
        if form.address:
            wrong = address_problem(form.address, site)
            if wrong:
                hint, under = address_remedy(form.address), f"targets.{target_id}"
                self._problems.append(problem_at(data, ("address",), wrong, hint=hint, under=under))
            return form.address
        role = target_id.removeprefix(f"{form.unit}.")
        number = self._form.hosts.get(role)
        if site is not None and number is not None and role != target_id:
            return self._planned(target_id, form.unit, role, number, site)
        # What the plan says wrongly was told already.
        if is_needed and self._is_complete and (site is not None or form.unit not in self._form.sites):
            message = f"không có địa chỉ: thiếu address, và address_plan không có sites.{form.unit} cùng hosts.{role}"
            hint = "thêm address, hoặc đặt enabled: false"
            self._problems.append(problem_at(data, (), message, hint=hint, under=f"targets.{target_id}"))
        return ""

    def refuse_outside(self, target_id: str, address: str, owner: Owner, data: YamlMap) -> None:
        """Report an IP address that is in none of the declared ranges, unless its owner is not the province.

        Names are not looked up. Addresses out of the plan's sites are reported with their site.
        """
        if not self._ranges or owner is not Owner.LOCAL or lies_in(address, self._ranges) is not False:
            return
        is_exact = target_id in self._form.exact
        if address_problem(address) or not (is_exact or "address" in data):
            return
        message = f"địa chỉ {address} nằm ngoài các mạng của tỉnh ({', '.join(self.own_ranges)})"
        hint = f"sửa địa chỉ; hoặc {_ADD_RANGE}; hoặc ghi owner: enterprise (central) nếu là của nơi khác"
        if is_exact:
            self._problems.append(self._problem("exact", target_id, message, hint=hint))
        else:
            under = f"targets.{target_id}"
            self._problems.append(problem_at(data, ("address",), message, hint=hint, under=under))

    def _own_ranges(self) -> tuple[Network, ...]:
        own: dict[int, list[Network]] = {4: [], 6: []}
        is_whole = True
        for index, text in enumerate(self._form.ranges):
            found = network(text)
            if found is None:
                message, hint = f"'{text}' không phải mạng đúng", network_remedy(text)
            elif found.prefixlen < _WIDEST[found.version]:
                message, hint = (
                    f"mạng {text} quá rộng",
                    "chỉ ghi các mạng mà tỉnh quản lý, ví dụ 10.51.0.0/16",
                )
            elif found.is_multicast:
                message, hint = f"{text} là mạng multicast", "chỉ ghi các mạng mà tỉnh quản lý"
            else:
                own[found.version].append(found)
                continue
            place = problem_at(self._data, ("ranges", index), message, hint=hint, under="address_plan")
            self._problems.append(place)
            is_whole = False
        if not is_whole:
            return ()  # What lies outside of half the ranges is no mistake.
        joined = [*ipaddress.collapse_addresses(own[4]), *ipaddress.collapse_addresses(own[6])]  # type: ignore[type-var]  # one version each
        return tuple(joined)

    def _refuse_sites_outside(self) -> None:
        for code, site in self.sites.items() if self._ranges else ():
            if not within(site, self._ranges):
                message = f"mạng {site} nằm ngoài các mạng của tỉnh ({', '.join(self.own_ranges)})"
                hint = f"sửa mạng, hoặc {_ADD_RANGE}"
                self._problems.append(self._problem("sites", code, message, hint=hint))

    def _planned(self, target_id: str, unit: str, role: str, number: int, site: Network) -> str:
        address = host_in(site, number)
        wrong = f"mạng {site} của đơn vị {unit} không có máy số {number}" if address is None else ""
        wrong = wrong or address_problem(address or "", site)
        if wrong:
            self._problems.append(self._problem("hosts", role, wrong, hint=f"đặt exact cho {target_id}"))
        return address or ""

    def _refuse_overlaps(self) -> None:
        for version in (4, 6):
            last: tuple[str, Network] | None = None
            own = [(code, site) for code, site in self.sites.items() if site.version == version]
            for code, site in sorted(own, key=lambda item: (int(item[1].network_address), item[1].prefixlen)):
                if last is not None and int(site.network_address) <= int(last[1].broadcast_address):
                    message = f"mạng {site} trùng với mạng {last[1]} của đơn vị {last[0]}"
                    hint = "sửa một trong hai mạng"
                    self._problems.append(self._problem("sites", code, message, hint=hint))
                    continue
                last = (code, site)

    def _problem(self, part: str, key: str, message: str, *, hint: str = "") -> Problem:
        return problem_at(self._data, (part, key), message, hint=hint, under="address_plan")


def _right_parts(data: YamlMap) -> AddressPlanForm:
    """Return what can be used of a wrong plan, to go on looking for problems."""
    right = AddressPlanForm()
    for key in AddressPlanForm.model_fields:
        part = YamlMap(data.place)
        if key in data:
            part.put(key, data[key], data.places[key])
        form = parse(AddressPlanForm, part)
        if not isinstance(form, list):
            right = right.model_copy(update={key: getattr(form, key)})
    return right


def duplicates(checks: Mapping[str, Check], raw: Mapping[str, YamlMap]) -> list[Problem]:
    """Return a warning for each pair of targets measured in the same way at one address, and for each copied check.

    It is no error because one device may play two roles. `raw` holds the targets as written.
    """
    first: dict[tuple[str, str, object], Check] = {}
    pairs: dict[tuple[str, str, str], list[str]] = {}
    found = []
    for check in checks.values():
        earlier = first.setdefault((check.kind, check.address, getattr(check.options, "port", None)), check)
        if earlier is check:
            continue
        if earlier.target_id != check.target_id:
            pair = (check.target_id, earlier.target_id, check.address)
            pairs.setdefault(pair, []).append(check.kind)
        elif earlier.options == check.options:
            _, label = check.id.split("/", 1)
            _, other = earlier.id.split("/", 1)
            message = f"phép đo '{label}' và '{other}' đo giống hệt nhau: {check.kind} tới {check.address}"
            where = ("checks", label)
            under = f"targets.{check.target_id}"
            found.append(
                problem_at(raw[check.target_id], where, message, hint="bỏ một trong hai", under=under)
            )
    for (target_id, other, address), kinds in pairs.items():
        place = place_of(raw[target_id], ("address",))
        message = f"đo cùng địa chỉ {address} với đối tượng '{other}' ({', '.join(dict.fromkeys(kinds))})"
        hint = "nếu chép nhầm thì sửa địa chỉ; nếu một máy làm hai việc thì để nguyên"
        found.append(Problem(*place, f"targets.{target_id}", message, hint))
    return found
