"""What the story has changed about devices: named numbers by prefix, each with its time. Pure: `now` is given."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.demo.links import network_of


class StateName(StrEnum):
    """What can be changed. A device without one of these behaves as its model usually does."""

    WEB_DELAY_S = "web_delay_s"
    """How late its web server answers."""
    MCU_PORTS_USED = "mcu_ports_used"
    CALL_LOSS_RATIO = "call_loss_ratio"
    """What the endpoint says its call loses."""
    ON_BATTERY = "on_battery"
    """1: the UPS has no mains."""
    BEATS_STOPPED = "beats_stopped"
    """1: the machine sends no beats."""


@dataclass(frozen=True, slots=True)
class State:
    """A number and when it became so (seconds, any origin)."""

    value: float
    since: float


class States:
    """States by prefix ("10.51.3.0/24" or "10.51.3.7"): the longest prefix that has one counts."""

    def __init__(self) -> None:
        self._by_network: dict[ipaddress.IPv4Network, dict[StateName, State]] = {}

    def set(self, prefix: str, values: Mapping[str, float], *, now: float) -> None:
        """Set states of a prefix; the others stay. ValueError for an unknown name or anything that is no prefix."""
        wanted = {StateName(name): State(value, now) for name, value in values.items()}
        self._by_network.setdefault(network_of(prefix), {}).update(wanted)

    def find(self, address: str, name: StateName) -> State | None:
        """Return the state that counts for an address, None when nothing was set."""
        host = ipaddress.IPv4Address(address)
        found = [
            (network.prefixlen, states[name])
            for network, states in self._by_network.items()
            if name in states and host in network
        ]
        return max(found, key=lambda item: item[0])[1] if found else None

    def value(self, address: str, name: StateName, usual: float = 0.0) -> float:
        """Return the number that counts for an address, `usual` when nothing was set."""
        state = self.find(address, name)
        return usual if state is None else state.value
