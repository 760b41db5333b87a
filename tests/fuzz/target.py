"""A reader of strangers' bytes as a function of bytes: whatever comes in, it is judged, in time, and without a surprise.

A target fails by raising: an exception that its product code does not promise, or an assertion about what came out.
`python -m tests.fuzz` looks for such bytes with coverage in sight; test_targets.py tries some in every run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

PLACES: Final[Mapping[str, str]] = {
    "icmp": "packets",
    "ber": "packets",
    "snmp-community": "packets",
    "snmp-v3": "packets",
    "snmp-table": "packets",
    "trap": "packets",
    "dns": "packets",
    "sip": "packets",
    "mqtt": "packets",
    "heartbeat": "inputs_of_people",
    "zalo": "inputs_of_people",
    "reply": "inputs_of_people",
    "csv": "inputs_of_people",
    "yaml": "inputs_of_people",
    "settings": "inputs_of_people",
    "inventory": "inputs_of_people",
    "template": "texts",
    "line-protocol": "texts",
    "http": "texts",
    "redirect": "texts",
    "address": "texts",
}
"""The module of each target. Only that one is imported: under coverage an import takes long."""


@dataclass(frozen=True, slots=True)
class Target:
    """`run` takes any bytes; `seeds` are right or nearly right ones to begin with."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...] = (b"",)
    most_bytes: int = 4_096
    tries: int = 400
    """In the long form of test_targets.py; a fifth of them in every run."""


def target(name: str) -> Target:
    """Return a target of PLACES."""
    found: Mapping[str, Target] = import_module(f"tests.fuzz.{PLACES[name]}").TARGETS
    return found[name]
