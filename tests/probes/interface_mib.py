"""A device's interface table for tests (IF-MIB, RFC 2863)."""

from dataclasses import dataclass, field

from tests.probes.agent import counter32, counter64, gauge, integer, text, ticks

_IF, _IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
ETHERNET, LOOPBACK = 6, 24


@dataclass
class Port:
    """One interface; octets are bytes and the packets behind them, a thousand bytes each."""

    index: int
    name: str | bytes
    speed_bps: int = 100_000_000
    kind: int = ETHERNET
    admin: int = 1
    oper: int = 1
    in_octets: int = 0
    out_octets: int = 0
    in_errors: int = 0
    out_discards: int = 0
    discontinuity: int = 0
    is_wide: bool = True
    """Whether it has the 64-bit counters."""
    has_octets: bool = True
    """Whether it has the 32-bit ones."""
    has_name: bool = True
    """Whether it has an ifName besides ifDescr."""

    def objects(self) -> dict[str, bytes]:
        narrow = {
            2: text(self.name if not self.has_name else b"Descr of " + self._raw),
            3: integer(self.kind),
            5: gauge(min(self.speed_bps, 2**32 - 1)),
            7: integer(self.admin),
            8: integer(self.oper),
            10: counter32(self.in_octets % 2**32),
            11: counter32(self.in_octets // 1_000 % 2**32),
            13: counter32(0),
            14: counter32(self.in_errors),
            16: counter32(self.out_octets % 2**32),
            17: counter32(self.out_octets // 1_000 % 2**32),
            19: counter32(self.out_discards),
            20: counter32(0),
        }
        if not self.has_octets:
            del narrow[10], narrow[16]
        found = {f"{_IF}.{column}.{self.index}": value for column, value in narrow.items()}
        if self.has_name:
            found[f"{_IFX}.1.{self.index}"] = text(self.name)
        if self.is_wide:
            wide = {
                6: counter64(self.in_octets),
                7: counter64(self.in_octets // 1_000),
                8: counter64(0),
                9: counter64(0),
                10: counter64(self.out_octets),
                11: counter64(self.out_octets // 1_000),
                12: counter64(0),
                13: counter64(0),
                15: gauge(round(self.speed_bps / 1e6)),
                19: ticks(self.discontinuity),
            }
            found |= {f"{_IFX}.{column}.{self.index}": value for column, value in wide.items()}
        return found

    @property
    def _raw(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name


@dataclass
class Box:
    """A device. `show` puts its present state into the agent's objects."""

    ports: list[Port]
    uptime_ticks: int = 1_000_000
    boots: int | None = None
    table_changed: int | None = 0
    objects: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.show()

    def show(self, *, later_s: float = 0.0) -> None:
        self.uptime_ticks = (self.uptime_ticks + round(later_s * 100)) % 2**32
        self.objects.clear()
        self.objects["1.3.6.1.2.1.1.3.0"] = ticks(self.uptime_ticks)
        if self.boots is not None:
            self.objects["1.3.6.1.6.3.10.2.1.2.0"] = integer(self.boots)
        if self.table_changed is not None:
            self.objects["1.3.6.1.2.1.31.1.5.0"] = ticks(self.table_changed)
        for port in self.ports:
            self.objects.update(port.objects())
