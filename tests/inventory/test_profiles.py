"""The shipped device classes: whole, right, said in Vietnamese, and described."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.messages import words
from inventory.loader import load
from inventory.model import Inventory

BASE = Path(__file__).parent / "base.yaml"
FOLDER = Path(__file__).parents[2] / "inventory" / "profiles"
PROFILES: dict[str, dict[str, Any]] = {
    name: profile
    for file in sorted(FOLDER.glob("*.yaml"))
    for name, profile in yaml.safe_load(file.read_text(encoding="utf-8")).get("profiles", {}).items()
}
MORE = {
    "central-system": {"address": "https://tw.example/"},
    "shared-system": {"address": "https://tinh.example/"},
    "tslcd-cpe": {"circuit": "kenh"},
}
CLASSES_OF_A_COMMUNE = {
    *("tslcd-cpe", "internet-router", "switch", "wifi-ap", "vcs-endpoint", "meeting-pc", "kiosk"),
    *("queue-machine", "call-display", "one-stop-pc", "printer", "ups", "camera", "nvr", "portal", "pc"),
}


def everything(folder: Path) -> Inventory:
    """One target of each profile, all checks switched on."""
    targets = {
        name: {
            "name": f"Thử {name}",
            "unit": "21484",
            "profile": name,
            "address": f"192.0.2.{number + 1}",
            "checks": {label: {"enabled": True} for label in profile["checks"]},
        }
        | MORE.get(name, {})
        for number, (name, profile) in enumerate(PROFILES.items())
    }
    circuits = {"kenh": {"provider": "VNPT", "bandwidth_bps": 10_000_000}}
    (folder / "moi-loai.yaml").write_text(
        yaml.safe_dump({"targets": targets, "circuits": circuits}, allow_unicode=True)
    )
    return load([BASE, folder])


def test_every_check_of_every_profile_is_right_when_it_is_switched_on(tmp_path: Path) -> None:
    inventory = everything(tmp_path)

    made = {check.id for check in inventory.checks.values()}
    assert made >= {f"{name}/{label}" for name, profile in PROFILES.items() for label in profile["checks"]}


def test_every_class_of_a_commune_has_its_profile() -> None:
    assert CLASSES_OF_A_COMMUNE - PROFILES.keys() == set()


def test_what_needs_a_secret_is_off_until_somebody_has_it(tmp_path: Path) -> None:
    for check in everything(tmp_path).checks.values():
        name, _, label = check.id.partition("/")
        if check.options.secrets() and check.kind != "heartbeat":
            assert PROFILES[name]["checks"][label].get("enabled") is False, check.id


def test_every_limit_of_a_profile_reads_as_vietnamese(tmp_path: Path) -> None:
    for check in everything(tmp_path).checks.values():
        for threshold in check.thresholds:
            limit = threshold.critical if threshold.warning is None else threshold.warning
            phrase = words.cause_phrase(f"{threshold.metric} {limit:g} / {limit:g}")
            assert phrase not in {"", "vượt ngưỡng cho phép"}, threshold.metric
            assert unicodedata.is_normalized("NFC", phrase)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_says_what_people_lose_and_what_to_do_first(name: str) -> None:
    for key in ("impact", "first_action"):
        text = PROFILES[name][key]
        assert 10 <= len(text) <= 120
        assert unicodedata.is_normalized("NFC", text)


def test_the_guide_lists_exactly_the_shipped_profiles() -> None:
    guide = (FOLDER.parents[1] / "docs" / "inventory.md").read_text(encoding="utf-8")
    table = guide.partition("| class | profile |")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([a-z0-9-]+)`", table)) == set(PROFILES)
