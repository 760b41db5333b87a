"""What an inventory needs of the box: addresses, services, places. Pure but for `read_address_plan`.

Only addresses of private or test networks can be simulated; everything else is switched off in the demo, so that it
never asks a real system.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from inventory.address import PASSIVE_KINDS
from inventory.model import Check, Inventory
from monitor.demo.devices import DevicePlan
from monitor.demo.models import MODELS, Model
from monitor.demo.timeline import Places
from probes.snmp.scalars import SnmpOptions

_SIMULATED = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "198.18.0.0/15", "127.0.0.0/8"))
"""Private use (RFC 1918), benchmarking (RFC 2544): the simulated central systems; loopback."""
_SERVICES = {"http": "http", "tcp": "tcp", "h323": "tcp", "sip": "sip", "snmp": "snmp", "interfaces": "snmp"}
"""Which of the box's services answers a kind of check."""
_DEFAULT_PORTS = {"http": 80, "https": 443, "sip": 5060}
_ANY = "0.0.0.0"  # noqa: S104 (inside the province's namespace)


def host_of(inventory: Inventory, check: Check) -> str | None:
    """Return the IPv4 address a check is about when the box can simulate it, else None.

    A passive check goes nowhere: it is about the address that its target sends from.
    """
    is_passive = check.kind in PASSIVE_KINDS
    host = inventory.targets[check.target_id].address if is_passive else _split(check)[0]
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        return None
    return host if any(address in network for network in _SIMULATED) else None


def targets_elsewhere(inventory: Inventory) -> list[str]:
    """Return the ids of watched targets with a check that the box cannot simulate."""
    return sorted(
        {
            check.target_id
            for check in inventory.checks.values()
            if not check.is_own and host_of(inventory, check) is None
        }
    )


def size(inventory: Inventory) -> tuple[int, int]:
    """Return how many targets and checks the box simulates."""
    here = [check.target_id for check in inventory.checks.values() if host_of(inventory, check) is not None]
    return len(set(here)), len(here)


def networks(inventory: Inventory) -> list[str]:
    """Return the simulated addresses as few prefixes: nobody else answers in the province."""
    hosts = {
        ipaddress.IPv4Network(host)
        for check in inventory.checks.values()
        if (host := host_of(inventory, check))
    }
    return [str(network) for network in ipaddress.collapse_addresses(hosts)]


def places(inventory: Inventory, plan: Mapping[str, Any]) -> Places:
    """Return where each unit and target is. A unit without a network in the address plan is where its targets are."""
    targets = {
        check.target_id: host for check in inventory.checks.values() if (host := host_of(inventory, check))
    }
    sites: dict[str, set[str]] = {}
    for target_id, address in targets.items():
        sites.setdefault(inventory.targets[target_id].unit_code, set()).add(address)
    for code, network in (plan.get("sites") or {}).items():
        sites[str(code)] = {str(network)}
    return Places({code: tuple(sorted(prefixes)) for code, prefixes in sites.items()}, targets)


def device_plan(
    inventory: Inventory, *, community_file: Path, beats_file: Path, each_address: bool
) -> DevicePlan:
    """Return the services that the inventory's checks ask for.

    `each_address`: listen on exactly the addresses asked for; else on all of the province's namespace.
    """
    wanted: dict[str, set[str]] = {service: set() for service in _SERVICES.values()}
    models: dict[str, Model] = {}
    for check in inventory.checks.values():
        host, port = host_of(inventory, check), _split(check)[1]
        service = _SERVICES.get(check.kind)
        if service is None or port is None or host is None:
            continue
        wanted[service].add(f"{host if each_address else _ANY}:{port}")
        if isinstance(check.options, SnmpOptions) and check.options.device in MODELS:
            models[host] = check.options.device
    return DevicePlan(
        http=tuple(sorted(wanted["http"])),
        tcp=tuple(sorted(wanted["tcp"])),
        sip=tuple(sorted(wanted["sip"])),
        snmp=tuple(sorted(wanted["snmp"])),
        models=models,
        community_file=community_file,
        beats_file=beats_file,
    )


def beating(inventory: Inventory) -> dict[str, str]:
    """Return the machines that send beats: asset -> the address they send from."""
    return {
        check.address: host
        for check in inventory.checks.values()
        if check.kind in PASSIVE_KINDS and (host := host_of(inventory, check))
    }


def read_address_plan(folders: Iterable[Path]) -> dict[str, Any]:
    """Return the merged `address_plan` of these inventory folders, as it is written."""
    merged: dict[str, Any] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for part, entries in (document.get("address_plan") or {}).items():
            if part == "ranges":
                merged[part] = entries
            else:
                merged.setdefault(part, {}).update(entries or {})
    return merged


def loopback_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return an `address_plan` that moves every simulated network and address to 127.0.0.0/8: 10.51.a.b -> 127.51.a.b."""
    moved = {
        part: {str(key): _to_loopback(str(text)) for key, text in (plan.get(part) or {}).items()}
        for part in ("sites", "exact")
    }
    ranges = [_to_loopback(str(text)) for text in plan.get("ranges") or ()]
    return {"address_plan": {"ranges": ranges, **moved}}


def switch_off(target_ids: Sequence[str]) -> dict[str, Any]:
    """Return an overlay that switches targets off."""
    return {"targets": {target_id: {"enabled": False} for target_id in target_ids}}


def _to_loopback(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    host, slash, path = rest.partition("/")
    address = host.partition(":")[0]
    try:
        is_simulated = any(ipaddress.IPv4Address(address) in network for network in _SIMULATED)
    except ValueError:
        return text
    if not is_simulated:
        return text
    return f"{scheme}{separator}127.{host.partition('.')[2]}{slash}{path}"


def _split(check: Check) -> tuple[str, int | None]:
    """Return host and port of a check's address; the port is None for kinds without one."""
    option: int | None = getattr(check.options, "port", None)
    if "://" in check.address:
        parts = urlsplit(check.address)
        return parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
    host, _, port = check.address.partition(":")
    return host, int(port) if port.isdecimal() else option or _DEFAULT_PORTS.get(check.kind)
