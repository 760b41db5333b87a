"""A small province with two links and what is behind them, for tests of silences and maintenance."""

from dataclasses import replace

from alerts import engine
from alerts.model.decision import Decision, SavedState
from alerts.model.hold import MutingKind
from alerts.model.settings import AlertSettings, MaintenanceNews
from alerts.muting.declaring import MutingRefusal, Wish, declare
from alerts.oncall.model import Policy, Step
from inventory.model import Area, Circuit, Inventory, Layer, Selector, Target, Unit, Window
from inventory.times.windows import windows_by_target
from probes.reading import Reading
from tests.alerts.province import EPOCH, GOOD, SILENT, check, province, result

HOUR_S = 3_600.0
DAY_S = 86_400.0
NOON = EPOCH // DAY_S * DAY_S + 5 * HOUR_S
"""At UTC+7."""
DUTY = Policy("default", (Step(("file:/truc",)),))
SETTINGS = AlertSettings(
    quiet=None, maintenance=MaintenanceNews(), policies={"default": DUTY}, new_target_quiet_s=0.0
)

UNITS = {
    "1": Unit("1", "Xã Ba Tơ", "xã", "qn", former_district="Huyện Ba Tơ"),
    "2": Unit("2", "Xã Đăk Hà", "xã", "kt", former_district="Huyện Đăk Hà"),
    "so": Unit("so", "Sở Nội vụ", "sở", "province"),
}
TARGETS = {
    "1.cpe": Target("1.cpe", "Bộ định tuyến", "1", Layer.TSLCD, "cpe", "", circuit_id="k1"),
    "1.kiosk": Target(
        "1.kiosk", "Kiosk", "1", Layer.KIOSK, "kiosk", "", depends_on=("1.cpe",), tags=("thu",)
    ),
    "2.cpe": Target("2.cpe", "Bộ định tuyến", "2", Layer.TSLCD, "cpe", "", circuit_id="k2"),
    "so.web": Target("so.web", "Trang web", "so", Layer.SHARED, "web", "", tags=("thu",)),
}
CHECKS = [
    replace(check(f"{id_}/icmp", failures_to_down=1, successes_to_up=1), interval_s=1e9) for id_ in TARGETS
]


def land(*windows: Window) -> Inventory:
    plain = province(CHECKS, {"1.kiosk/icmp": ("1.cpe/icmp",)})
    inventory = replace(
        plain,
        units=UNITS,
        targets=TARGETS,
        areas={id_: Area(id_, id_) for id_ in ("qn", "kt", "province")},
        circuits={"k1": Circuit("k1", "VNPT"), "k2": Circuit("k2", "Viettel")},
        windows={each.id: each for each in windows},
    )
    return replace(inventory, windows_of=windows_by_target(inventory.windows, inventory))


def window(id_: str, start: float, end: float, selector: Selector, *, until_up: bool = False) -> Window:
    return Window(id_, f"Thay {id_}", "cũ", "VNPT", selector, starts_at=start, ends_at=end, until_up=until_up)


class Watch:
    """An engine at work from NOON on: every decision it took, in order."""

    def __init__(
        self,
        inventory: Inventory,
        settings: AlertSettings = SETTINGS,
        saved: SavedState | None = None,
        *,
        at: float = NOON,
    ) -> None:
        self.now = at
        seen = dict.fromkeys(inventory.targets, 0.0)
        self.world, first = engine.start(
            inventory, settings, saved or SavedState(seen=seen), now=at, mono=at - EPOCH
        )
        self.decisions = [first]

    @property
    def mono(self) -> float:
        return self.now - EPOCH

    def take(self, decision: Decision | MutingRefusal) -> Decision:
        assert isinstance(decision, Decision), decision
        self.decisions.append(decision)
        return decision

    def measure(self, target_id: str, reading: Reading) -> Decision:
        self.now += 1.0
        measured = result(f"{target_id}/icmp", reading, self.mono)
        return self.take(engine.on_result(self.world, measured, now=self.now, mono=self.mono))

    def down(self, target_id: str) -> Decision:
        self.measure(target_id, SILENT)
        self.now += 15.0  # what fails together is seen failing some seconds apart
        return self.measure(target_id, SILENT)

    def up(self, target_id: str) -> Decision:
        return self.measure(target_id, GOOD)

    def tick(self, at: float) -> Decision:
        self.now = at
        return self.take(engine.on_tick(self.world, now=at, mono=self.mono))

    def reload(self, inventory: Inventory) -> Decision:
        settings = self.world.settings
        return self.take(engine.on_reload(self.world, inventory, settings, now=self.now, mono=self.mono))

    def mute(
        self,
        selector: Selector,
        until_at: float,
        kind: MutingKind = MutingKind.SILENCE,
        **more: object,
    ) -> str:
        wish = Wish(kind, selector, self.now, until_at, "Ngọc", "vì sao")
        decision = declare(self.world, replace(wish, **more), self.now)  # type: ignore[arg-type]
        return self.take(decision).mutings[0].id

    def told(self) -> list[tuple[str, str]]:
        """Return (kind, about whom) of everything that was told."""
        found = []
        for decision in self.decisions:
            found += [(each.kind.value, each.about_id) for each in decision.notifications]
            found += [("end", each.incident_id) for each in decision.recoveries]
        return found

    def bulletins(self) -> list[str]:
        return [each.id.removeprefix("maintenance:") for d in self.decisions for each in d.bulletins]
