"""A province of communes on leased lines, for the stories of what many have in common."""

from collections.abc import Iterable
from dataclasses import replace

from inventory.model import PROVINCE, Area, Check, Circuit, Inventory, Layer, Target, Unit
from tests.alerts.province import check, province

COMMUNES = 96
FIRST_KT = 62
"""Communes from here on are of the area kt; those up to FIRST_KT_VIETTEL there are on VNPT lines."""
FIRST_KT_VIETTEL = 82
NODE = "nut/icmp"
DEVICES = ("switch", "router", "vcs", "camera", "kiosk", "pc1", "pc2", "pc3", "pc4", "may-in")
KT_VNPT = range(FIRST_KT, FIRST_KT_VIETTEL)
"""Twenty communes: all on one carrier in one area."""


def code(number: int) -> str:
    return f"{21000 + number}"


def root(number: int) -> str:
    return f"{code(number)}.cpe/icmp"


def communes(*, devices: int, quick: bool = True) -> Inventory:
    """96 communes, each a line with `devices` behind it (two checks each), all behind one node.

    `quick`: lines are checked as a TSLCD profile does it: every 15 seconds, three failures a second apart.
    """
    circuits = {f"kenh-{n}": Circuit(f"kenh-{n}", provider(n)) for n in range(COMMUNES)}
    units = {code(n): _unit(n) for n in range(COMMUNES)} | {"tinh": Unit("tinh", "Tỉnh", "sở", PROVINCE)}
    targets = [Target("nut", "Nút tỉnh", "tinh", Layer.TSLCD, "tslcd-node", "127.0.0.1")]
    checks: list[Check] = [_line_check(NODE, quick=quick)]
    parents: dict[str, tuple[str, ...]] = {}
    for number in range(COMMUNES):
        unit, link = code(number), root(number)
        targets.append(_target(f"{unit}.cpe", unit, Layer.TSLCD, ("nut",), f"kenh-{number}"))
        snmp = f"{unit}.cpe/snmp"
        checks += [_line_check(link, quick=quick), replace(check(snmp), kind="snmp")]
        parents[link], parents[snmp] = (NODE,), (link,)
        for device in DEVICES[:devices]:
            layer = Layer.PC if device.startswith("pc") else Layer.INFRA
            targets.append(_target(f"{unit}.{device}", unit, layer, (f"{unit}.cpe",), None))
            ping, web = f"{unit}.{device}/icmp", f"{unit}.{device}/http"
            checks += [check(ping), check(web)]
            parents[ping], parents[web] = (link,), (ping,)
    return replace(
        province(checks, parents),
        units=units,
        areas={each: Area(each, each) for each in ("qn", "kt")},
        circuits=circuits,
        targets={each.id: each for each in targets},
    )


def provider(number: int) -> str:
    if number >= FIRST_KT:
        return "VNPT" if number in KT_VNPT else "Viettel"
    return "VNPT" if number % 2 else "Viettel"


def checks_of(inventory: Inventory, numbers: Iterable[int]) -> list[str]:
    """Return every check of these communes."""
    prefixes = tuple(f"{code(each)}." for each in numbers)
    return [each for each in inventory.checks if each.startswith(prefixes)]


def _unit(number: int) -> Unit:
    area = "kt" if number >= FIRST_KT else "qn"
    return Unit(code(number), f"Xã {number}", "xã", area, former_district=f"Huyện {area} {number % 7}")


def _target(
    target_id: str, unit: str, layer: Layer, depends_on: tuple[str, ...], circuit: str | None
) -> Target:
    return Target(
        target_id, target_id, unit, layer, "any", "127.0.0.1", depends_on=depends_on, circuit_id=circuit
    )


def _line_check(check_id: str, *, quick: bool) -> Check:
    if not quick:
        return check(check_id)
    return check(check_id, interval_s=15.0, retry_interval_s=1.0, timeout_s=1.0, failures_to_down=3)
