"""The folder of the made-up year but for its databases: settings, the province's own additions, people. All made up."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

import inventory
from inventory.loader import load
from inventory.model import Inventory, Unit
from monitor.demo.folder import write_private

PROVINCE: Final = Path(inventory.__file__).parent / "quangngai"
SETTINGS: Final = "tslcd-monitor.yaml"
MADE_UP: Final = "giả định"
"""Stands in every name that somebody might take for a real one."""
PEOPLE: Final = ("ngoc", "an", "binh")
NAMES: Final = (f"Bích Ngọc ({MADE_UP})", f"A Thiu ({MADE_UP})", f"Thanh Bình ({MADE_UP})")
GROUP: Final = "to-truc"
MCU_PORTS: Final = 90
"""Commune endpoints and those of departments together are nearly as many: a province-wide meeting has more points."""

_CARRIERS: Final = (("VNPT", 0.50, 0.995, 4), ("Viettel", 0.35, 0.995, 4), ("MobiFone", 0.15, 0.99, 8))
"""Name, share of the districts, contracted availability, hours to restore: made up."""
_WITH: Final = (("kiosk", 70), ("queue", 38), ("scan-pc", 80), ("pc", 26))
"""Role -> how many communes have one that is watched."""
_WITHOUT: Final = 8
"""How many of the others are known to have none; of the rest nobody knows."""


def write_land(folder: Path, seed: int) -> Inventory:
    """Write everything but the databases into an empty folder; return the inventory. Raises OSError, ProblemsError."""
    secrets = folder / "secrets"
    overlay = folder / "danh-muc"
    for made in (secrets, overlay, folder / "state"):
        made.mkdir(mode=0o700)
    write_private(secrets / "heartbeat-key", "khoa-gia-dinh-cua-nam-trinh-dien-0123456789\n")
    units = load([PROVINCE]).units
    # The address of PROVINCE in the settings is that of the installed program.
    _write(overlay / "nam-gia-dinh.yaml", _overlay(units, seed))
    _write(folder / "truc.yaml", _people())
    _write(folder / SETTINGS, _settings())
    return load([PROVINCE, overlay])


def _write(path: Path, data: Mapping[str, Any]) -> None:
    head = (
        "# Số liệu giả định, do `tslcd-monitor demo --year` viết ra để xem thử; không có gì ở đây là thật.\n"
    )
    write_private(path, head + yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=110))


def _overlay(units: Mapping[str, Unit], seed: int) -> dict[str, Any]:
    communes = [code for code, unit in units.items() if unit.is_commune]
    targets: dict[str, dict[str, Any]] = {}
    circuits: dict[str, dict[str, Any]] = {}
    carrier_of = _carriers({units[code].former_district for code in communes}, seed)
    for number, code in enumerate(communes, start=1):
        name, _, availability_ratio, hours = carrier_of[units[code].former_district]
        circuits[f"kenh-{code}"] = {
            "provider": f"{name} ({MADE_UP})",
            "contract_code": f"HĐ-{MADE_UP}-{name}/{number:03d}",
            "hotline": "0900 000 000",
            "bandwidth_bps": 10_000_000,
            "availability_ratio": availability_ratio,
            "restore_time_s": hours * 3_600,
        }
        targets[f"{code}.cpe"] = {"circuit": f"kenh-{code}"}
    for role, count in _WITH:
        chosen = random.Random(f"{seed}:{role}").sample(communes, count + _WITHOUT)  # noqa: S311 (a script)
        for code in chosen[:count]:
            targets[f"{code}.{role}"] = {"equipped": "yes"}
        for code in chosen[count:]:
            targets[f"{code}.{role}"] = {"equipped": "no"}
    return {"circuits": circuits, "targets": targets, "address_plan": {"hosts": {"queue": 21}}}


def _carriers(districts: set[str], seed: int) -> dict[str, tuple[str, float, float, int]]:
    """Let each former district have one carrier, as contracts are usually let."""
    shuffled = sorted(districts)
    random.Random(f"{seed}:carriers").shuffle(shuffled)  # noqa: S311 (a script)
    found: dict[str, tuple[str, float, float, int]] = {}
    reached = 0.0
    for carrier in _CARRIERS:
        first, reached = round(reached * len(shuffled)), reached + carrier[1]
        found |= dict.fromkeys(shuffled[first : round(reached * len(shuffled))], carrier)
    return found


def _people() -> dict[str, Any]:
    people = {
        id_: {"name": name, "phone": f"0900 000 00{number}", "tell": {"email": f"{id_}@example.gov.vn"}}
        for number, (id_, name) in enumerate(zip(PEOPLE, NAMES, strict=True), start=1)
    }
    return {
        "people": people,
        "groups": {GROUP: {"name": f"Tổ trực ({MADE_UP})", "tell": {"email": "totruc@example.gov.vn"}}},
        "rotas": {
            "csht": {
                "name": "Trực hạ tầng",
                "shifts": [
                    {"name": "Cả ngày", "hours": "00:00-24:00", "people": list(PEOPLE), "since": "2020-01-01"}
                ],
                "leave": [],
            }
        },
    }


def _settings() -> dict[str, Any]:
    return {
        "province": "Quảng Ngãi",
        "inventory": [str(PROVINCE), "danh-muc"],
        "oncall": "truc.yaml",
        "state_dir": "state",
        "secrets_dir": "secrets",
        # Its addresses are somebody else's or nobody's: a daemon that is started here asks none of them.
        "simulated": True,
        "measuring": False,
        "email": {"host": "127.0.0.1", "port": 2525, "security": "none", "sender": "giamsat@example.gov.vn"},
        "heartbeats": {"http": {"host": "127.0.0.1", "port": 0}},
        "web": {"port": 0},
        "alerting": {
            "policies": {
                "default": {
                    "steps": [{"to": [GROUP, "rota:csht"]}, {"to": list(PEOPLE), "after_minutes": 30}]
                },
                "record-only": {},
            }
        },
        "report": {
            "target_ratios": {"tslcd": 0.99, "shared": 0.99, "kiosk": 0.95, "pc": 0.95},
            "mcu_ports": MCU_PORTS,
            "writers": [PEOPLE[0]],
        },
    }
