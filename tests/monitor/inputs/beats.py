"""Beats for tests: a key, known assets, and an intake of them."""

import json
import time
from typing import Any

from inventory.model import Check, Inventory, Layer, Target
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import make_token
from probes.beats import BeatBook
from probes.heartbeat import HeartbeatOptions

SECRET = "khoa-cua-phep-thu-0123456789"
KEY = SECRET.encode()


def assets(**serials: int) -> Inventory:
    """An inventory with one heartbeat check for each asset (an underscore stands for a hyphen)."""
    codes = {name.replace("_", "-"): serial for name, serial in serials.items()}
    return Inventory(
        units={},
        targets={code: Target(code, code, "u", Layer.KIOSK, "p", "") for code in codes},
        checks={
            f"{code}/beat": Check(
                f"{code}/beat",
                code,
                "heartbeat",
                code,
                HeartbeatOptions(token_serial=serial),
                60,
                20,
                5,
                3,
                2,
            )
            for code, serial in codes.items()
        },
    )


def intake_of(inventory: Inventory) -> BeatIntake:
    intake = BeatIntake(BeatBook(opened_mono=time.monotonic()), key=KEY, mono=time.monotonic)
    intake.adopt(inventory)
    return intake


def token(asset: str, serial: int = 1) -> str:
    return make_token(KEY, asset, serial)


def beat(asset: str = "kiosk-01", **fields: Any) -> bytes:
    return json.dumps({"asset": asset, **fields}).encode()
