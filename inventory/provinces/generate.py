"""A whole province made up from its real units: for measuring, for trying out, for learning. Pure and deterministic.

The units and areas are real. Everything else is an estimate (device_mix.py), and every address is one of this machine
(127.0.0.0/8) or of a network that must be simulated (10.0.0.0/8).
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from inventory.areas import area_ids, area_names
from inventory.provinces import Commune, Province
from inventory.provinces.device_mix import (
    APPLICATIONS,
    CENTRAL_SYSTEMS,
    CENTRE,
    EDGES,
    LGSP_SERVICES,
    SHARED_URLS,
    UPSTREAM,
    Device,
    Size,
    centre_devices,
    commune_devices,
    department_devices,
)
from inventory.provinces.skeleton import DEPARTMENTS, section, unit_of

Target = dict[str, object]
Targets = dict[str, Target]
District = tuple[str, str]
"""Former province and former district."""


class Addresses(StrEnum):
    """Where the addresses are: on this machine, or in a network that only a simulation has."""

    LOOPBACK = "loopback"
    EXAMPLE = "example"


_CENTRES = {
    "ttdl-tinh": "Trung tâm dữ liệu tỉnh",
    "ttdl-tinh-uy": "Trung tâm dữ liệu dùng chung (Tỉnh ủy)",
    "tt-tich-hop": "Trung tâm tích hợp dữ liệu tỉnh",
}
_OTHERS = {
    "tslcd": "Mạng truyền số liệu chuyên dùng",
    "nha-mang": "Nhà mạng",
    "vp-ubnd": "Văn phòng UBND tỉnh",
}
_GATEWAY = "ttdl-tinh.gateway"
_CARRIERS = ("VNPT", "Viettel", "VNPT")
_SERVICES = {
    "dns-1": ("Máy chủ tên miền số 1", "name-server"),
    "dns-2": ("Máy chủ tên miền số 2", "name-server"),
    "ntp": ("Máy chủ thời gian", "time-server"),
    "thu": ("Máy chủ thư công vụ", "mail-server"),
    "mqtt": ("Máy chủ MQTT", "mqtt-broker"),
}
_FED_BY_UPS = frozenset({"tslcd-cpe", "switch", "nvr"})
_SATURDAY = "mot-cua-thu-bay"
_NO_VCS_EVERY = 5
"""About 20 of 96 communes have no conference endpoint."""
_LAST_HOST = 254
_HEAD = (
    "# Tỉnh giả lập (tslcd-monitor inventory generate): đơn vị là thật, còn lại là ước lượng để thử và đo.\n"
)


def generate(province: Province, size: Size, addresses: Addresses) -> dict[str, str]:
    """Return file name -> YAML of the province's inventory folder."""
    files = _Province(province, size, addresses).files()
    return {name: _HEAD + text for name, text in files}


class _Province:
    """One province being made up; the order of the calls decides the addresses."""

    def __init__(self, province: Province, size: Size, addresses: Addresses) -> None:
        self._province = province
        self._size = size
        first = 127 if addresses is Addresses.LOOPBACK else 10
        self._range = f"{first}.{int(province.code)}.0.0/16"
        self._networks = (f"{first}.{int(province.code)}.{third}" for third in range(256))
        self._areas = area_ids(province)
        self._circuits: dict[str, Target] = {}

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield each file's name and text."""
        core, nodes = self._core()
        communes = self._communes(nodes)
        upstream = f"tslcd.nut-{next(iter(self._areas.values()))}"
        departments: Targets = {}
        for code, name in DEPARTMENTS.items():
            departments |= self._unit(code, name, department_devices(self._size), upstream)
        yield "00-don-vi.yaml", self._units()
        yield "10-duong-truyen.yaml", section("circuits", self._circuits)
        yield "20-loi.yaml", section("targets", core)
        yield "30-xa.yaml", section("targets", communes)
        yield "40-so-nganh.yaml", section("targets", departments)
        yield "50-ung-dung.yaml", section("targets", self._applications())
        yield "90-dia-chi.yaml", section("address_plan", {"ranges": [self._range]})

    def _hosts(self) -> Iterator[str]:
        """Yield addresses of networks of their own."""
        while True:
            network = next(self._networks)
            yield from (f"{network}.{host}" for host in range(1, _LAST_HOST + 1))

    def _units(self) -> str:
        bodies = {code: (name, "cơ quan") for code, name in (_CENTRES | _OTHERS).items()}
        bodies |= {code: (name, "sở") for code, name in DEPARTMENTS.items()}
        units: Targets = {
            code: {"name": name, "kind": kind, "area": "province"} for code, (name, kind) in bodies.items()
        }
        units |= {commune.code: self._commune_unit(commune) for commune in self._province.communes}
        saturday = {
            "base": "mot-cua",
            "name": "Giờ một cửa có sáng thứ Bảy",
            "hours": {"sat": ["07:00-11:00"]},
        }
        return "".join(
            (
                section("areas", {id_: {"name": name} for id_, name in area_names(self._province).items()}),
                section("units", units),
                section("calendars", {_SATURDAY: saturday}),
            )
        )

    def _commune_unit(self, commune: Commune) -> Target:
        unit = unit_of(commune, self._areas)
        return unit | ({"profiles": {"kiosk": {"calendar": _SATURDAY}}} if commune.kind == "phường" else {})

    def _unit(
        self, code: str, unit: str, devices: Sequence[Device], upstream: str, portal: str = ""
    ) -> Targets:
        """Return the targets of a unit by id; `upstream` is the id of what it hangs on."""
        hosts = self._hosts()
        has_ups = any(device.profile == "ups" for device in devices)
        made: Targets = {}
        for device in devices:
            needs = {UPSTREAM: upstream, CENTRE: _GATEWAY}.get(device.needs, f"{code}.{device.needs}")
            target = _target(f"{device.name} – {unit}", code, device.profile, needs)
            target["address"] = portal if device.role == "portal" else next(hosts)
            if device.profile == "tslcd-cpe":
                target["circuit"] = self._circuit(code)
            if has_ups and device.profile in _FED_BY_UPS:
                target["powered_by"] = [f"{code}.ups"]
            made[f"{code}.{device.role}"] = target
        return made

    def _circuit(self, code: str) -> str:
        number = len(self._circuits)
        self._circuits[f"kenh-{code}"] = {
            "provider": _CARRIERS[number % len(_CARRIERS)],
            "contract_code": f"GL-{number + 1:04}",
            "bandwidth_bps": 10_000_000 * (1 + number % 2),
            "availability_ratio": 0.995,
            "restore_time_s": 14_400,
        }
        return f"kenh-{code}"

    def _core(self) -> tuple[Targets, Mapping[District, str]]:
        """Return data centres and the province's network, and the node that each former district hangs on."""
        first = next(iter(self._areas.values()))
        core: Targets = {}
        for code, name in _CENTRES.items():
            upstream = "" if code == "ttdl-tinh" else f"tslcd.nut-{first}"
            core |= self._unit(code, name, centre_devices(self._size), upstream)
        core[_GATEWAY] |= {"anchor": True, "depends_on": []}
        edges = {
            "bien.vnpt": _target("Biên nhà mạng VNPT", "nha-mang", "carrier-edge", _GATEWAY)
            | {"anchor": True},
            "bien.viettel": _target("Biên nhà mạng Viettel", "nha-mang", "carrier-edge", _GATEWAY)
            | {"anchor": True},
        }
        for id_ in self._areas.values():
            needs = _GATEWAY if id_ == first else f"tslcd.nut-{first}"
            edges[f"tslcd.nut-{id_}"] = _target(f"Nút TSLCD {id_.upper()}", "tslcd", "tslcd-node", needs)
        edges["vp-ubnd.mcu"] = _target("MCU hội nghị truyền hình", "vp-ubnd", "mcu-rmx", f"tslcd.nut-{first}")
        for role, (name, profile) in _SERVICES.items():
            edges[f"ttdl-tinh.{role}"] = _target(name, "ttdl-tinh", profile, "ttdl-tinh.switch")
        rings, nodes = self._rings(EDGES[self._size] - len(edges))
        edges |= rings
        for number in range(1, EDGES[self._size] - len(edges) + 1):
            edges[f"ttdl-tinh.soc-{number}"] = _target(
                f"Máy chủ SOC số {number}", "ttdl-tinh", "server", "ttdl-tinh.switch"
            )
        for edge, address in zip(edges.values(), self._hosts(), strict=False):
            edge["address"] = address
        return core | edges, nodes

    def _rings(self, most: int) -> tuple[Targets, Mapping[District, str]]:
        """Return at most so many nodes between area and communes, and which of them each former district hangs on."""
        districts = dict.fromkeys((c.former_province, c.former_district) for c in self._province.communes)
        count = min(most, len(districts))
        rings: Targets = {}
        nodes = {}
        for index, district in enumerate(
            sorted(districts, key=lambda place: (self._areas[place[0]], place[1]))
        ):
            node = f"tslcd.gom-{index * count // len(districts) + 1}"
            upstream = f"tslcd.nut-{self._areas[district[0]]}"
            rings.setdefault(node, _target(f"Nút gom TSLCD {district[1]}", "tslcd", "tslcd-node", upstream))
            nodes[district] = node
        return rings, nodes

    def _communes(self, nodes: Mapping[District, str]) -> Targets:
        portals = self._hosts()
        made: Targets = {}
        for index, commune in enumerate(self._province.communes, start=1):
            node = nodes[commune.former_province, commune.former_district]
            devices = commune_devices(self._size)
            made |= self._unit(commune.code, commune.name, devices, node, next(portals))
            if index % _NO_VCS_EVERY == 0:
                made[f"{commune.code}.vcs"]["equipped"] = "no"
        return made

    def _applications(self) -> Targets:
        hosts = self._hosts()
        made: Targets = {}
        for number in range(1, APPLICATIONS[self._size] + 1):
            kind, profile = _application(number)
            needs = _GATEWAY if profile == "central-system" else "ttdl-tinh.firewall"
            address = next(hosts)
            made[f"ung-dung.{number:03}"] = _target(f"{kind} số {number}", "ttdl-tinh", profile, needs) | {
                "address": address if profile in {"tls-service", "tcp-service"} else f"http://{address}/"
            }
        return made


def _application(number: int) -> tuple[str, str]:
    """Return what the application of this number is called, and its profile."""
    if number <= CENTRAL_SYSTEMS:
        return "Hệ thống của Trung ương", "central-system"
    if number <= CENTRAL_SYSTEMS + SHARED_URLS:
        return "Hệ thống dùng chung", "shared-system"
    if number <= CENTRAL_SYSTEMS + SHARED_URLS + LGSP_SERVICES:
        return "Dịch vụ LGSP", "tls-service"
    return ("Trang phần mềm", "shared-system") if number % 2 else ("Cổng phần mềm", "tcp-service")


def _target(name: str, unit: str, profile: str, needs: str) -> Target:
    return {"name": name, "unit": unit, "profile": profile, "depends_on": [needs] if needs else []}
