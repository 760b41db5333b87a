"""The medium province of a benchmark: 2,732 targets with about 6,800 checks, in the box's address range."""

from pathlib import Path
from typing import Any

import yaml

SITES = 124
"""22 targets each, and 4 nodes above them: 2,732."""

_PROFILES: dict[str, Any] = {
    "node": {"checks": {"icmp": {"kind": "icmp"}, "snmp": {"kind": "snmp"}}},
    "network": {"checks": {"icmp": {"kind": "icmp"}, "snmp": {"kind": "snmp"}}},
    "service": {
        "checks": {
            "icmp": {"kind": "icmp"},
            "http": {"kind": "http", "address": "http://{address}/"},
            "tcp": {"kind": "tcp", "options": {"port": 1720}},
        }
    },
    "device": {"checks": {"icmp": {"kind": "icmp"}, "tcp": {"kind": "tcp", "options": {"port": 1720}}}},
}

_DEVICES = ["network"] * 5 + ["service"] * 11 + ["device"] * 6
"""What stands at a site: 22 targets with 55 checks."""


def write_settings(folder: Path, *, state_dir: Path) -> Path:
    """Write the settings and the inventory of the medium province; return the settings file."""
    inventory = folder / "inventory"
    inventory.mkdir()
    _write(inventory / "province.yaml", _inventory())
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    community = secrets / "snmp-community"
    community.write_text("public\n", encoding="utf-8")
    community.chmod(0o600)
    config = folder / "settings.yaml"
    _write(
        config,
        {
            "province": "Tỉnh đo hiệu năng",
            "inventory": [str(inventory)],
            "state_dir": str(state_dir),
            "secrets_dir": str(secrets),
            "file": {"path": str(state_dir / "messages.jsonl")},
            "alerting": {"policies": {"default": {"steps": [{"to": ["file:bench"]}]}}},
            "web": {"enabled": False},
        },
    )
    return config


def _inventory() -> dict[str, Any]:
    units = {"core": {"name": "Lõi", "kind": "sở", "area": "province"}}
    targets: dict[str, Any] = {}
    for node in range(4):
        targets[f"core.n{node}"] = {
            "name": f"Nút {node}",
            "unit": "core",
            "profile": "node",
            "address": f"10.51.255.{node + 1}",
        }
    for site in range(SITES):
        code = f"{20_000 + site}"
        units[code] = {"name": f"Xã {site}", "kind": "xã", "area": "qn"}
        for index, profile in enumerate(_DEVICES):
            targets[f"{code}.d{index:02}"] = {
                "name": f"Thiết bị {index} – xã {site}",
                "unit": code,
                "profile": profile,
                "address": f"10.51.{site}.{index + 1}",
                "depends_on": [f"{code}.d00"] if index else [f"core.n{site % 4}"],
            }
    profiles = {name: {"layer": "infra", **profile} for name, profile in _PROFILES.items()}
    return {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "units": units,
        "profiles": profiles,
        "targets": targets,
    }


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
