"""A small real province for the pages: real inventory values, a real World, real incidents. No daemon."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from alerts.model.checks import CheckState, Status
from alerts.model.decision import SavedState
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings
from alerts.world import World
from inventory.model import Area, Check, Inventory, Layer, Target, Unit
from monitor.backup.facts import BackupFacts
from monitor.web.view import HealthFacts, Snapshot, build_snapshot
from probes.kind import Options

NOW = 1_795_290_012.0
"""02:40:12 on 22/11/2026 in Viet Nam."""

HEALTH = HealthFacts(
    version="0.1.0",
    started_at=NOW - 86_400,
    last_result_at=NOW - 5,
    checks=10,
    backup=BackupFacts(watched_from_at=NOW - 86_400, last_good_at=NOW - 3_600, size_bytes=4_096),
)

NAMES = (
    ("Xã Đăk Rơ Wa", "Thành phố Kon Tum"),
    ("Phường Đăk Cấm", "Thành phố Kon Tum"),
    ("Xã Măng Bút", "Huyện Kon Plông"),
    ("Xã Ba Tơ", "Huyện Ba Tơ"),
    ("Xã Nghĩa Giang", "Huyện Tư Nghĩa"),
    ("Phường Trương Quang Trọng", "Thành phố Quảng Ngãi"),
    ("Đặc khu Lý Sơn", "Huyện Lý Sơn"),
)


def unit(number: int, *, name: str = "", area: str = "") -> Unit:
    own, district = NAMES[number % len(NAMES)]
    kind = "đặc khu" if own.startswith("Đặc") else own.partition(" ")[0].lower()
    return Unit(
        code=f"{21_000 + number:05d}",
        name=name or own,
        kind=kind,
        area=area or ("kt" if number < 40 else "qn"),
        former_district=district,
    )


def target(owner: Unit, label: str, name: str, layer: Layer, *, depends_on: Iterable[str] = ()) -> Target:
    return Target(
        id=f"{owner.code}.{label}",
        name=name,
        unit_code=owner.code,
        layer=layer,
        profile="any",
        address="127.0.0.1",
        depends_on=tuple(depends_on),
    )


def check_of(target: Target, *, interval_s: float = 15) -> Check:
    return Check(
        id=f"{target.id}/icmp",
        target_id=target.id,
        kind="icmp",
        address=target.address,
        options=Options(),
        interval_s=interval_s,
        retry_interval_s=5,
        timeout_s=2,
        failures_to_down=3,
        successes_to_up=2,
    )


def inventory_of(units: Iterable[Unit], targets: Iterable[Target], *, interval_s: float = 15) -> Inventory:
    targets = list(targets)
    checks = [check_of(each, interval_s=interval_s) for each in targets if each.is_watched]
    return Inventory(
        areas={"kt": Area("kt", "Kon Tum (cũ)"), "qn": Area("qn", "Quảng Ngãi (cũ)")},
        units={each.code: each for each in units},
        targets={each.id: each for each in targets},
        checks={each.id: each for each in checks},
        parents={
            f"{each.id}/icmp": tuple(f"{parent}/icmp" for parent in each.depends_on) for each in targets
        },
        digest="0123456789abcdef",
    )


def commune_targets(owner: Unit, devices: int = 5) -> list[Target]:
    line = target(owner, "cpe", "Thiết bị đầu cuối TSLCD", Layer.TSLCD, depends_on=["core.router"])
    layers = [Layer.CONFERENCE, Layer.KIOSK, Layer.PC, Layer.PC, Layer.PC]
    return [
        line,
        *(
            target(owner, f"d{n}", f"Thiết bị {n}", layers[n % len(layers)], depends_on=[line.id])
            for n in range(devices)
        ),
    ]


def province(communes: int = 96, devices: int = 5) -> Inventory:
    core = Unit("core", "Trung tâm dữ liệu tỉnh", "province", "province")
    units = [unit(number) for number in range(communes)]
    targets = [
        target(core, "router", "Bộ định tuyến lõi", Layer.INFRA),
        target(core, "mcu", "MCU hội nghị truyền hình", Layer.CONFERENCE),
        target(core, "dvc", "Hệ thống một cửa điện tử", Layer.SHARED),
        target(core, "vneid", "VNeID", Layer.CENTRAL),
    ]
    for each in units:
        targets += commune_targets(each, devices)
    return inventory_of([core, *units], targets)


def incident(
    number: int, root_check_id: str, *, affected: Iterable[str] = (), lasting_s: float = 780
) -> Incident:
    return Incident(
        id=f"SC-2026-{number:04d}",
        root_check_id=root_check_id,
        opened_at=NOW - lasting_s,
        declared_at=NOW - lasting_s + 15,
        cause="timeout",
        affected=frozenset(affected),
    )


def world_of(
    inventory: Inventory,
    *,
    statuses: Mapping[str, Status] | None = None,
    incidents: Iterable[Incident] = (),
) -> World:
    """Everything up since yesterday, but for `statuses` and what `incidents` took down."""
    incidents = tuple(incidents)
    down = {
        check_id: each.opened_at for each in incidents for check_id in (each.root_check_id, *each.affected)
    }
    states = {check_id: CheckState(check_id, Status.UP, NOW - 86_400) for check_id in inventory.checks}
    states |= {check_id: CheckState(check_id, Status.DOWN, at) for check_id, at in down.items()}
    for check_id, status in (statuses or {}).items():
        states[check_id] = CheckState(check_id, status, NOW - 600)
    saved = SavedState(states=tuple(states.values()), incidents=incidents)
    return World(inventory, AlertSettings(), saved, mono=0.0)


def snapshot_of(
    inventory: Inventory,
    *,
    statuses: Mapping[str, Status] | None = None,
    incidents: Iterable[Incident] = (),
    health: HealthFacts = HEALTH,
    isolated_since_at: float | None = None,
) -> Snapshot:
    world = world_of(inventory, statuses=statuses, incidents=incidents)
    world.isolated_since_at = isolated_since_at
    return build_snapshot(world, replace(health, checks=len(inventory.checks)), NOW)


def cut(inventory: Inventory, number: int, unit_code: str) -> Incident:
    """The commune's line is cut; everything behind it is explained by that."""
    behind = [f"{each.id}/icmp" for each in inventory.targets.values() if each.unit_code == unit_code]
    root = f"{unit_code}.cpe/icmp"
    return incident(number, root, affected=[check_id for check_id in behind if check_id != root])
