"""A small province for whole-daemon stories: its inventory as the YAML's data, and where everything is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PROVINCE = "10.51.0.0/16"
ANCHORS = {"lõi": "10.51.250.1", "biên A": "10.51.251.1", "biên B": "10.51.252.1"}
ANCHOR_CHECKS = {"loi.cong/icmp", "loi.bien-a/icmp", "loi.bien-b/icmp"}
SNMPD_PORT = 1161

Data = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A commune: a link, a switch behind it, devices behind the switch. `number` is also its code's end."""

    number: int
    devices: Mapping[str, str]
    """Role -> profile."""

    @property
    def code(self) -> str:
        return f"210{self.number:02}"

    @property
    def name(self) -> str:
        return f"Xã Thử Nghiệm {self.number}"

    @property
    def prefix(self) -> str:
        return f"10.51.{self.number}.0/24"

    @property
    def link(self) -> str:
        """The check that is to blame when the site is cut."""
        return f"{self.code}.cpe/icmp"

    @property
    def addresses(self) -> list[str]:
        return [f"10.51.{self.number}.{host}" for host in range(1, len(self.devices) + 3)]

    def targets(self) -> Iterator[tuple[str, Data]]:
        yield f"{self.code}.cpe", self._target(1, "duong-truyen", ["loi.cong"])
        yield f"{self.code}.switch", self._target(2, "chuyen-mach", [f"{self.code}.cpe"])
        for host, (role, profile) in enumerate(self.devices.items(), start=3):
            yield f"{self.code}.{role}", self._target(host, profile, [f"{self.code}.switch"])

    def _target(self, host: int, profile: str, needs: list[str]) -> Data:
        address = f"10.51.{self.number}.{host}"
        name = f"{profile} {host} {self.name}"
        return {
            "name": name,
            "unit": self.code,
            "profile": profile,
            "address": address,
            "depends_on": needs,
        }


def small_site(number: int) -> Site:
    """Return a commune of five targets, one of every kind of device."""
    return Site(number, {"vcs": "phong-hop", "trang": "trang-web", "kiosk": "may-tra-cuu"})


def large_site(number: int) -> Site:
    """Return a commune of twenty targets."""
    kinds = {"may-tra-cuu": 7, "may-tinh": 5, "phong-hop": 2, "trang-web": 2, "luu-dien": 2}
    return Site(number, {f"{kind}-{n}": kind for kind, count in kinds.items() for n in range(count)})


def check_ids(land: Data) -> set[str]:
    """Return the ids of all checks of an inventory's data."""
    return {
        f"{target_id}/{label}"
        for target_id, target in land["targets"].items()
        for label in {**land["profiles"][target["profile"]]["checks"], **target.get("checks", {})}
    }


TIMING = {
    "interval_s": 1,
    "retry_interval_s": 1,
    "timeout_s": 0.5,
    "failures_to_down": 2,
    "successes_to_up": 2,
}


def inventory(*sites: Site) -> Data:
    """Return the whole inventory: every check every second, two failures to be down, two answers to be up."""
    # Not by `defaults`: the shipped profiles would take them too, and their bursts do not fit in such a timeout.
    ping = {"kind": "icmp", "options": {"count": 2, "spacing_s": 0.02}, **TIMING}
    snmp = {"kind": "snmp", **TIMING}
    tcp = {"kind": "tcp", "options": {"port": 1720}, **TIMING}
    http = {"kind": "http", "address": "http://{address}/", **TIMING}
    targets: Data = {}
    for (target_id, layer), address in zip(
        (("loi.cong", "infra"), ("loi.bien-a", "infra"), ("loi.bien-b", "infra")),
        ANCHORS.values(),
        strict=True,
    ):
        targets[target_id] = {
            "name": f"Cổng {target_id}",
            "unit": "loi",
            "profile": "cong",
            "layer": layer,
            "address": address,
            "anchor": True,
        }
    for site in sites:
        targets |= dict(site.targets())
    return {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": {
            "loi": {"name": "Trung tâm dữ liệu", "kind": "trung tâm dữ liệu", "area": "province"},
            **{site.code: {"name": site.name, "kind": "xã", "area": "qn"} for site in sites},
        },
        # Names that no shipped profile has: one of the same name would only be changed.
        "profiles": {
            "cong": {"layer": "infra", "checks": {"icmp": ping}},
            "duong-truyen": {"layer": "tslcd", "checks": {"icmp": ping}},
            "chuyen-mach": {"layer": "infra", "checks": {"icmp": ping, "snmp": snmp}},
            "phong-hop": {"layer": "conference", "checks": {"icmp": ping, "h323": tcp}},
            "trang-web": {"layer": "shared", "checks": {"http": http}},
            "may-tra-cuu": {"layer": "kiosk", "checks": {"icmp": ping}},
            "may-tinh": {"layer": "pc", "checks": {"icmp": ping}},
            "luu-dien": {"layer": "infra", "checks": {"icmp": ping, "snmp": snmp}},
        },
        "targets": targets,
    }
