"""The address plan: which address a target gets. Pure."""

from collections.abc import Collection, Mapping

from inventory.address import Network, address_problem, host_in, network
from inventory.problem import Problem, near_miss
from inventory.schema import AddressPlanForm, TargetForm
from inventory.source import YamlMap, place_of, problem_at
from inventory.validation import parse


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
                message = f"'{text}' không phải mạng đúng; cần dạng 10.51.7.0/24, các bit máy bằng 0"
                problems.append(self._problem("sites", code, message))
            else:
                self.sites[code] = site
        self._refuse_overlaps()

    def refuse_strangers(self, units: Collection[str], targets: Collection[str] | None) -> None:
        """Report sites of unknown units and exact addresses of unknown targets (None: not all targets are known)."""
        for code in self._form.sites:
            if code not in units:
                message = f"không có đơn vị mã '{code}'"
                self._problems.append(self._problem("sites", code, message, hint=near_miss(code, units)))
        for target_id in self._form.exact:
            if targets is not None and target_id not in targets:
                message = f"không có đối tượng '{target_id}'"
                self._problems.append(
                    self._problem("exact", target_id, message, hint=near_miss(target_id, targets))
                )

    def address_of(self, target_id: str, form: TargetForm, data: YamlMap, *, is_needed: bool) -> str:
        """Return the target's address, "" when it has none; `data` is the raw target."""
        site = self.sites.get(form.unit)
        if target_id in self._form.exact:
            address = self._form.exact[target_id]
            wrong = address_problem(address, site)
            if wrong:
                self._problems.append(self._problem("exact", target_id, wrong))
            return address
        if form.address:
            wrong = address_problem(form.address, site)
            if wrong:
                self._problems.append(problem_at(data, ("address",), wrong, under=f"targets.{target_id}"))
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
                    self._problems.append(self._problem("sites", code, message))
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


def duplicates(
    addresses: Mapping[tuple[str, str, object], list[str]], raw: Mapping[str, YamlMap]
) -> list[Problem]:
    """Return a warning for each address that two targets are measured at in the same way.

    `addresses` maps (kind, address, port or None) to target ids; it is no error because one device may play two roles.
    """
    found = []
    for (kind, address, _), target_ids in addresses.items():
        for target_id in dict.fromkeys(target_ids[1:]):
            if target_id == target_ids[0]:
                continue  # two checks of one target, in two ways
            place = place_of(raw[target_id], ("address",))
            message = f"phép đo {kind} trùng địa chỉ {address} với đối tượng '{target_ids[0]}'"
            found.append(Problem(*place, f"targets.{target_id}", message))
    return found
