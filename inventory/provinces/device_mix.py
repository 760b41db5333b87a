"""What stands at a commune, a department and a data centre of a generated province: an estimate, sized three ways.

The counts are design sizes, no census: one commune has 6, 22 or 95 targets. No addresses, no YAML.
"""

from dataclasses import dataclass
from enum import StrEnum


class Size(StrEnum):
    """How much is watched: what every commune has, its one-stop centre too, every PC too."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Device:
    """One target of a unit: the end of its id, its profile, what it is called, the end of the id of what it needs."""

    role: str
    profile: str
    name: str
    needs: str = "switch"
    """A role of the same unit; UPSTREAM: what the unit hangs on; CENTRE: the province's data centre."""


UPSTREAM = "@upstream"
CENTRE = "@centre"

_LINE = (
    Device("cpe", "tslcd-cpe", "Đường truyền TSLCD", UPSTREAM),
    Device("switch", "switch", "Switch mạng nội bộ", "cpe"),
)
_ROUTER = Device("router", "internet-router", "Thiết bị Internet")
_VCS = Device("vcs", "vcs-endpoint", "Điểm cầu hội nghị")
_UPS = Device("ups", "ups", "Bộ lưu điện")
_AP = Device("wifi", "wifi-ap", "Điểm phát Wi-Fi")
_NVR = Device("nvr", "nvr", "Đầu ghi hình")


def _several(
    first: int, last: int, role: str, profile: str, name: str, needs: str = "switch"
) -> list[Device]:
    """Return devices numbered from `first` to `last`."""
    return [
        Device(f"{role}-{number}", profile, f"{name} số {number}", needs) for number in range(first, last + 1)
    ]


def _cameras(first: int, last: int) -> list[Device]:
    return _several(first, last, "camera", "camera", "Camera")


def _printers(first: int, last: int) -> list[Device]:
    return _several(first, last, "may-in", "printer", "Máy in", "switch-2")


def _switches(first: int, last: int) -> list[Device]:
    return _several(first, last, "switch", "switch", "Switch mạng nội bộ")


def _pcs(count: int) -> list[Device]:
    return _several(1, count, "pc", "pc", "Máy tính công chức", "switch-2")


def commune_devices(size: Size) -> list[Device]:
    """Return what a commune has: 6, 22 or 95 targets."""
    devices = [*_LINE, _ROUTER, _VCS]
    devices += [
        Device("kiosk", "kiosk", "Kiosk tra cứu"),
        Device("portal", "portal", "Trang thông tin điện tử", CENTRE),
    ]
    if size is Size.SMALL:
        return devices
    devices += [*_switches(2, 2), _UPS, _AP, _NVR, *_cameras(1, 4), *_printers(1, 2)]
    devices += [
        Device("lay-so", "queue-machine", "Máy lấy số xếp hàng", "switch-2"),
        Device("goi-so", "call-display", "Màn hình gọi số", "switch-2"),
        *_several(1, 3, "quay", "one-stop-pc", "Máy tính, máy quét quầy", "switch-2"),
        Device("lien-thong", "tcp-service", "Cổng liên thông một cửa", "cpe"),
    ]
    if size is Size.LARGE:
        devices += [*_switches(3, 5), *_cameras(5, 9), *_printers(3, 7), *_pcs(60)]
    return devices


def department_devices(size: Size) -> list[Device]:
    """Return what a department has: 3, 10 or 120 targets."""
    devices = [*_LINE, _VCS]
    if size is not Size.SMALL:
        devices += [_ROUTER, *_switches(2, 2), _UPS, _AP, _NVR, *_printers(1, 2)]
    if size is Size.LARGE:
        devices += [*_switches(3, 5), *_printers(3, 9), *_pcs(100)]
    return devices


def centre_devices(size: Size) -> list[Device]:
    """Return what a data centre has: 4, 60 or 260 targets."""
    devices = [
        Device("gateway", "gateway", "Cổng mạng", UPSTREAM),
        Device("firewall", "firewall", "Tường lửa", "gateway"),
        Device("switch", "switch", "Switch lõi", "firewall"),
        _UPS,
    ]
    if size is Size.SMALL:
        return devices
    devices += [*_switches(2, 4), Device("ups-2", "ups", "Bộ lưu điện số 2")]
    return devices + _several(
        1, 52 if size is Size.MEDIUM else 252, "may-chu", "server", "Máy chủ", "switch-2"
    )


EDGES = {Size.SMALL: 39, Size.MEDIUM: 50, Size.LARGE: 60}
"""Size -> targets of the province's own network: edges, nodes, the MCU, what everything else needs."""
APPLICATIONS = {Size.SMALL: 140, Size.MEDIUM: 260, Size.LARGE: 400}
"""Size -> applications and URLs."""
CENTRAL_SYSTEMS, SHARED_URLS, LGSP_SERVICES = 15, 20, 82
"""What the applications begin with; the rest are checks of the data centres' systems."""
