"""What was found in a network -> targets to propose. Pure: who asked whom is monitor/discovery.py.

A profile is proposed only where what answered leaves one; everything else is for people to decide, with what it may be.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from inventory.model import Equipped, Inventory, Target

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NETWORK_GEAR: Final = ("tslcd-cpe", "switch", "internet-router")
_COMPUTERS: Final = ("pc", "one-stop-pc", "kiosk", "queue-machine", "meeting-pc")
_CAMERAS: Final = ("camera", "nvr")
_CONFERENCE: Final = ("vcs-endpoint", "vcs-hdx", "vcs-studio", "mcu-rmx")
_WINDOWS_SERVERS: Final = ("1.3.6.1.4.1.311.1.1.3.1.2", "1.3.6.1.4.1.311.1.1.3.1.3")

_BY_DEVICE: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("cisco-nx", "cisco-smb"), ("switch",)),
    **dict.fromkeys(("cisco-ios", "huawei-vrp", "h3c-comware", "juniper", "mikrotik"), _NETWORK_GEAR),
    **dict.fromkeys(("zte-m6000", "zte-zxr10", "d-link", "tp-link"), _NETWORK_GEAR),
    "fortigate": ("firewall",),
    "hdx": ("vcs-hdx",),
    "polycom-endpoint": ("vcs-endpoint",),
    "rmx": ("mcu-rmx",),
    "printer": ("printer",),
    "ups": ("ups",),
    "hikvision": _CAMERAS,
    "host": _COMPUTERS,
    "net-snmp": ("server", *_COMPUTERS, *_CAMERAS),
}
"""Name of the device's data (probes/snmp/vendors) -> profiles it may have; one alone is proposed."""

_ROLES: Final[Mapping[str, tuple[str, str]]] = {
    "tslcd-cpe": ("cpe", "Đường truyền TSLCD"),
    "internet-router": ("router", "Thiết bị Internet"),
    "switch": ("switch", "Switch mạng nội bộ"),
    "firewall": ("firewall", "Tường lửa"),
    "vcs-endpoint": ("vcs", "Điểm cầu hội nghị"),
    "vcs-hdx": ("vcs", "Điểm cầu hội nghị"),
    "mcu-rmx": ("mcu", "MCU hội nghị truyền hình"),
    "printer": ("printer", "Máy in"),
    "ups": ("ups", "Bộ lưu điện"),
    "nvr": ("nvr", "Đầu ghi hình"),
    "server": ("server", "Máy chủ"),
}
"""Profile -> what follows the unit's code in the id, and the name."""
_NEIGHBOURHOOD: Final[Mapping[int, int]] = {4: 24, 6: 64}
"""IP version -> prefix of the network that a commune's devices share."""
_MOST_NAMED: Final = 3
_OPEN_ROLE: Final = ("thiet-bi", "Thiết bị chưa rõ")

H323, RTSP, SMB = 1720, 554, 445


@dataclass(frozen=True, slots=True)
class Found:
    """What answered at one address. Texts are clean single lines; they come from the device and prove nothing."""

    address: str
    rtt_s: float
    object_id: str = ""
    description: str = ""
    name: str = ""
    device: str = ""
    """Name of the device's data, "" for none."""
    has_printer_mib: bool = False
    has_ups_mib: bool = False
    has_snmp: bool = False
    ports: tuple[int, ...] = ()
    """TCP ports that took a connection."""


@dataclass(frozen=True, slots=True)
class Known:
    """An address that the inventory has already. `note` says what it has wrongly, "" for nothing."""

    found: Found
    target_ids: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A target to add. What nobody can tell is "": `unit_code`, `profile`; then `candidates` are profiles it may have."""

    found: Found
    id: str
    name: str
    unit_code: str
    profile: str
    reason: str
    """Why this profile, or why none: one Vietnamese clause."""
    candidates: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    unit_reason: str = ""
    """Why this unit, or why none: one Vietnamese clause; "" when the address plan says it."""

    @property
    def is_complete(self) -> bool:
        """Whether it can be put into the inventory as it is."""
        return bool(self.unit_code and self.profile)


@dataclass(frozen=True, slots=True)
class Proposals:
    """Everything that answered, by address."""

    known: tuple[Known, ...]
    new: tuple[Proposal, ...]
    """Complete ones."""
    review: tuple[Proposal, ...]
    """Those that a person must look at first."""


def propose(found: Sequence[Found], inventory: Inventory) -> Proposals:
    """Compare what answered with the inventory; ids of proposals are free and differ from each other."""
    known_ids = _addresses(inventory)
    neighbours = _neighbours(known_ids, inventory)
    taken = set(inventory.targets)
    known: list[Known] = []
    proposals: list[Proposal] = []
    for item in sorted(found, key=lambda item: _number(item.address)):
        target_ids = known_ids.get(item.address, ())
        if target_ids:
            note = _not_as_written([inventory.targets[target_id] for target_id in target_ids])
            known.append(Known(item, target_ids, note))
        else:
            proposal = _proposal(item, inventory, neighbours, taken)
            taken.add(proposal.id)
            proposals.append(proposal)
    return Proposals(
        tuple(known),
        tuple(proposal for proposal in proposals if proposal.is_complete),
        tuple(proposal for proposal in proposals if not proposal.is_complete),
    )


def _number(address: str) -> tuple[int, int]:
    ip = ipaddress.ip_address(address)
    return ip.version, int(ip)


def _addresses(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    """Return the ids of the targets at each IP address; targets that are known by a name are at none."""
    at: dict[str, tuple[str, ...]] = {}
    for target in inventory.targets.values():
        host = (urlsplit(target.address).hostname or "") if "://" in target.address else target.address
        try:
            address = str(ipaddress.ip_address(host))
        except ValueError:
            continue
        at[address] = (*at.get(address, ()), target.id)
    return at


def _not_as_written(targets: Sequence[Target]) -> str:
    if any(target.is_watched for target in targets):
        return ""
    if all(target.equipped is not Equipped.YES for target in targets):
        word = "chưa trang bị" if targets[0].equipped is Equipped.NO else "chưa rõ có hay không"
        return f"danh mục ghi {word}, nhưng địa chỉ này có trả lời"
    return "danh mục đang tắt giám sát"


def _neighbours(
    known_ids: Mapping[str, tuple[str, ...]], inventory: Inventory
) -> dict[_Network, dict[str, list[str]]]:
    """Return, for each /24 (IPv6: /64), the units that have targets there and these targets' ids."""
    found: dict[_Network, dict[str, list[str]]] = {}
    for address, target_ids in known_ids.items():
        of_unit = found.setdefault(_around(address), {})
        for target_id in target_ids:
            of_unit.setdefault(inventory.targets[target_id].unit_code, []).append(target_id)
    return found


def _around(address: str) -> _Network:
    ip = ipaddress.ip_address(address)
    return ipaddress.ip_network((ip, _NEIGHBOURHOOD[ip.version]), strict=False)


def _proposal(
    found: Found,
    inventory: Inventory,
    neighbours: Mapping[_Network, Mapping[str, Sequence[str]]],
    taken: set[str],
) -> Proposal:
    unit_code, unit_reason = _unit_of(found.address, inventory), ""
    if not unit_code:
        near = _around(found.address)
        unit_code, unit_reason = _unit_by_neighbours(near, neighbours.get(near, {}), inventory)
    candidates, reason = _profiles(found)
    profile = candidates[0] if len(candidates) == 1 else ""
    role, title = _ROLES.get(profile, (profile, profile)) if profile else _OPEN_ROLE
    own_id = _free_id(f"{unit_code or 'chua-ro'}.{role}", taken)
    number = own_id.removeprefix(f"{unit_code or 'chua-ro'}.{role}").replace("-", " ")
    unit = inventory.units.get(unit_code)
    name = f"{title}{number} – {unit.name if unit else found.address}"
    return Proposal(
        found,
        id=own_id,
        name=name,
        unit_code=unit_code,
        profile=profile,
        reason=reason,
        candidates=() if profile else candidates,
        depends_on=_parents(unit_code, profile, inventory),
        unit_reason=unit_reason,
    )


def _unit_of(address: str, inventory: Inventory) -> str:
    """Return the unit in whose network the address lies (the smallest, should several hold it), "" for none."""
    ip = ipaddress.ip_address(address)
    sites = [(ipaddress.ip_network(text), code) for code, text in inventory.sites.items()]
    return max(((site.prefixlen, code) for site, code in sites if ip in site), default=(0, ""))[1]


def _unit_by_neighbours(
    near: _Network, units: Mapping[str, Sequence[str]], inventory: Inventory
) -> tuple[str, str]:
    """Return the unit that all known targets around an address belong to ("": none or several), and that evidence."""
    if len(units) == 1:
        [(unit_code, target_ids)] = units.items()
        named = ", ".join(target_ids[:_MOST_NAMED]) + (", …" if len(target_ids) > _MOST_NAMED else "")
        return unit_code, f"cả {len(target_ids)} đối tượng đã biết trong {near} là của {unit_code} ({named})"
    lack = (
        "address_plan.sites không có mạng chứa địa chỉ này" if inventory.sites else "address_plan.sites trống"
    )
    around = (
        f"trong {near} có đối tượng của {len(units)} đơn vị"
        if units
        else f"chưa biết đối tượng nào trong {near}"
    )
    return "", f"{lack}, {around}"


def _profiles(found: Found) -> tuple[tuple[str, ...], str]:
    """Return the profiles it may have (one: that one), and why."""
    if found.device:
        return _profiles_by_device(found)
    if found.has_printer_mib != found.has_ups_mib:
        mib, profile = ("Printer-MIB", "printer") if found.has_printer_mib else ("UPS-MIB", "ups")
        return (profile,), f"SNMP: có {mib}"
    if found.has_snmp:
        return (), "SNMP: loại thiết bị chưa biết"
    hints = {H323: _CONFERENCE, RTSP: _CAMERAS, SMB: (*_COMPUTERS, "server")}
    opened = [port for port in hints if port in found.ports]
    if len(opened) == 1:
        return hints[opened[0]], f"cổng {opened[0]} mở"
    return (), "các cổng mở chưa nói lên loại thiết bị" if found.ports else "chỉ trả lời ping"


def _profiles_by_device(found: Found) -> tuple[tuple[str, ...], str]:
    candidates = _BY_DEVICE.get(found.device, ())
    reason = f"SNMP: {found.device}"
    if found.object_id in _WINDOWS_SERVERS:
        return ("server",), f"{reason}, là Windows Server"
    if candidates == _NETWORK_GEAR and "switch" in found.description.casefold():
        return ("switch",), f"{reason}, tự giới thiệu là switch"
    if candidates == _CAMERAS and any(word in found.description.upper() for word in ("NVR", "DVR")):
        return ("nvr",), f"{reason}, tự giới thiệu là đầu ghi"
    return candidates, reason


def _free_id(wanted: str, taken: set[str]) -> str:
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free


def _parents(unit_code: str, profile: str, inventory: Inventory) -> tuple[str, ...]:
    """Return the unit's switch, else its CPE, where it has exactly one: of several nobody can tell which."""
    own = [target for target in inventory.targets.values() if unit_code and target.unit_code == unit_code]
    for parent in ("switch", "tslcd-cpe"):
        if profile == parent:
            continue
        found = [target.id for target in own if target.profile == parent and target.equipped is Equipped.YES]
        if len(found) == 1 and profile != "tslcd-cpe":
            return (found[0],)
    return ()
