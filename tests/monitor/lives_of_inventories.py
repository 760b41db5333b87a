"""An inventory's life without a daemon around it: real folders, real versions, a clock turned by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from inventory.model import Inventory
from monitor.first_plan import FirstPlan, first_plan
from monitor.plan import Plan
from monitor.reloading import Reloading
from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError, StorageFault
from tests.clock import FakeClock

T = TypeVar("T")

SETTINGS = """
province: Tỉnh Thử
inventory: [danh-muc]
state_dir: state
alerting: {{policies: {{default: {{}}}}, group_wait_s: {group_wait_s}}}
inventory_watch: {{enabled: {watch}, quiet_s: 10}}
"""
INVENTORY = """
areas: {qn: {name: Quảng Ngãi (cũ)}}
units: {u: {name: Xã Thử, kind: xã, area: qn}}
profiles: {any: {layer: tslcd, checks: {icmp: {kind: icmp}}}}
"""
BROKEN = "targets: ["


async def inline(work: Callable[[], T]) -> T:
    """Run what blocks at once: the clock of a test does not wait for threads."""
    return work()


@dataclass
class Notes:
    """The audit log in memory."""

    entries: list[AuditEntry] = field(default_factory=list)
    is_full: bool = False

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        if self.is_full:
            raise StorageError(StorageFault.FULL, "ổ đĩa đầy", "dọn")
        self.entries += entries

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        return self.entries[::-1][:limit]

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries]


@dataclass
class Life:
    """A folder of settings and inventory, and whoever watches it."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    notes: Notes = field(default_factory=Notes)
    swaps: list[Plan] = field(default_factory=list)
    refreshed: int = 0
    counted: list[str] = field(default_factory=list)
    plan: Plan = field(init=False)
    reloading: Reloading = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "danh-muc").mkdir()
        (self.folder / "state").mkdir()
        self.settings()
        self.write(2)

    @property
    def file(self) -> Path:
        return self.folder / "danh-muc" / "tinh.yaml"

    def settings(self, *, watch: bool = True, group_wait_s: float = 5) -> None:
        text = SETTINGS.format(watch=str(watch).lower(), group_wait_s=group_wait_s)
        (self.folder / "giam-sat.yaml").write_text(text)

    def write(self, targets: int, *, note: str = "") -> None:
        """Let the folder name so many targets."""
        lines = [
            f'  u.t{number}: {{name: "Máy {number}{note}", unit: u, profile: any, address: 127.0.0.{number + 1}}}'
            for number in range(targets)
        ]
        self.file.write_text("\n".join([INVENTORY, "targets:", *lines]))

    async def start(self) -> FirstPlan:
        """Begin, as the daemon does."""
        first = first_plan(self.folder / "giam-sat.yaml")
        self.plan = first.plan
        self.reloading = Reloading(first, self, clock=self.clock, audit=self.notes, in_reader=inline)
        await self.reloading.begin()
        return first

    @property
    def targets(self) -> int:
        return len(self.plan.inventory.targets)

    @property
    def facts(self) -> Any:
        return self.reloading.facts

    def refresh(self, _inventory: Inventory) -> None:
        self.refreshed += 1

    def swap(self, plan: Plan) -> None:
        self.plan = plan
        self.swaps.append(plan)

    def count_reload(self, outcome: str) -> None:
        self.counted.append(outcome)
