"""Inventories and incidents that the message tests share: typical, longest, with nothing optional."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.messages.facts import IncidentFacts, Letterhead, gather_facts
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident
from inventory.model import Check, Circuit, Inventory, Layer, Target, Unit
from probes.kind import Options

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OPENED_AT = 1_795_290_420.0
"""02:47 on 22/11/2026 in Viet Nam."""
MINUTE = 60.0
HOUR = 3_600.0
LETTERHEAD = Letterhead(province="Quảng Ngãi", zone=ZONE, public_url="https://giamsat.quangngai.gov.vn/")

RO_WA = Unit("23308", "Xã Đăk Rơ Wa", "xã", "kt", "Thành phố Kon Tum")
LONGEST = Unit("21172", "Phường Trương Quang Trọng", "phường", "qn", "Thành phố Quảng Ngãi")
CENTRE = Unit("ttcds", "Trung tâm Chuyển đổi số", "sở", "province")

LINK = Target(
    id="23308.cpe",
    name="CPE Đăk Rơ Wa",
    unit_code=RO_WA.code,
    layer=Layer.TSLCD,
    profile="tslcd-cpe",
    address="10.64.7.1",
    circuit_id="q-ktm-018",
    impact="Trung tâm PVHCC xã không tiếp nhận được hồ sơ; điểm cầu hội nghị không vào được",
    first_action="gọi đầu mối xã hỏi nguồn điện và đèn thiết bị; nếu có điện thì báo nhà mạng mã kênh Q-KTM-018",
)
CIRCUIT = Circuit("q-ktm-018", "VNPT", "Q-KTM-018", "1800 1166")


def target(identity: str, name: str, unit: Unit, layer: Layer, *needs: str) -> Target:
    return Target(identity, name, unit.code, layer, "any", "10.99.1.1", depends_on=needs)


def check(owner: Target, kind: str = "icmp") -> Check:
    return Check(f"{owner.id}/{kind}", owner.id, kind, owner.address, Options(), 60, 10, 5, 5, 2)


def inventory(
    units: list[Unit], targets: list[Target], circuits: tuple[Circuit, ...] = (), more: tuple[Check, ...] = ()
) -> Inventory:
    """Build the relations as the loader promises them, for targets that are all watched."""
    checks = {one.id: one for one in [*(check(owner) for owner in targets), *more]}
    parents = {
        f"{owner.id}/icmp": tuple(f"{needed}/icmp" for needed in owner.depends_on) for owner in targets
    } | {one.id: (f"{one.target_id}/icmp",) for one in more}
    children: dict[str, tuple[str, ...]] = {}
    for child, needs in parents.items():
        for parent in needs:
            children[parent] = (*children.get(parent, ()), child)
    return Inventory(
        units={unit.code: unit for unit in units},
        targets={owner.id: owner for owner in targets},
        checks=checks,
        circuits={circuit.id: circuit for circuit in circuits},
        parents=parents,
        children=children,
    )


def commune() -> Inventory:
    """One commune: a link and 14 targets behind it."""
    behind = [target("23308.vcs", "Thiết bị hội nghị", RO_WA, Layer.CONFERENCE, LINK.id)]
    behind += [target(f"23308.kiosk{n}", f"Kiosk {n:02d}", RO_WA, Layer.KIOSK, LINK.id) for n in (1, 2)]
    behind += [target(f"23308.pc{n}", f"Máy tính {n:02d}", RO_WA, Layer.PC, LINK.id) for n in range(1, 12)]
    return inventory([RO_WA], [LINK, *behind], (CIRCUIT,))


def province(units: int = 28, behind_each: int = 14) -> Inventory:
    """Build one node with many communes behind it, all with the longest names there are."""
    node = replace(
        target("tinh.nut", "Nút " + "truyền dẫn " * 12, CENTRE, Layer.INFRA),
        circuit_id="dai",
        impact="Các " + "đơn vị ở khu vực phía Tây không truy cập được hệ thống dùng chung, " * 8,
        first_action="Gọi " + "đầu mối nhà mạng ở khu vực và hỏi nguồn điện của nút truyền dẫn, " * 8,
    )
    communes = [
        replace(LONGEST, code=f"{n:05d}", name=f"{LONGEST.name} {n:02d}") for n in range(1, units + 1)
    ]
    targets = [node]
    for unit in communes:
        link = target(f"{unit.code}.cpe", f"CPE {unit.name}", unit, Layer.TSLCD, node.id)
        targets.append(link)
        targets += [
            target(f"{unit.code}.pc{n}", f"Máy tính tiếp nhận hồ sơ {n:02d}", unit, Layer.PC, link.id)
            for n in range(1, behind_each)
        ]
    circuit = Circuit("dai", "Tập đoàn " * 12, "HĐ-" * 30, "0123 456 789 / " * 8)
    return inventory([CENTRE, *communes], targets, (circuit,))


def bare() -> Inventory:
    """Build one target with nothing optional."""
    return inventory(
        [replace(RO_WA, former_district="")],
        [replace(LINK, circuit_id=None, impact="", first_action="")],
    )


def opened(**changes: object) -> Incident:
    incident = Incident("SC-2026-1187", "23308.cpe/icmp", OPENED_AT, OPENED_AT + 100, "timeout")
    return replace(incident, **changes)  # type: ignore[arg-type]


def resolved(**changes: object) -> Incident:
    given = {"resolved_at": OPENED_AT + 78 * MINUTE, "close_reason": CloseReason.RECOVERED}
    return opened(**(given | changes))


def before(days: float, lasted_s: float, number: int) -> Incident:
    """Build an earlier incident of the same check."""
    at = OPENED_AT - days * 24 * HOUR
    return resolved(id=f"SC-2026-{number:04d}", opened_at=at, declared_at=at, resolved_at=at + lasted_s)


HISTORY = (
    before(2, 4 * HOUR + 12 * MINUTE, 901),
    before(9, 20 * MINUTE, 800),
    before(29, HOUR, 700),
    before(31, 9 * HOUR, 600),
)


def all_down(inventory: Inventory) -> dict[str, Status]:
    return dict.fromkeys(inventory.checks, Status.DOWN)


def typical_opened() -> IncidentFacts:
    known = commune()
    return gather_facts(
        opened(),
        known,
        all_down(known),
        now=OPENED_AT + 13 * MINUTE,
        letterhead=LETTERHEAD,
        history=HISTORY,
    )


def typical_resolved() -> IncidentFacts:
    known = commune()
    incident = resolved(acknowledged_by="Bích Ngọc", affected=frozenset(known.checks) - {"23308.cpe/icmp"})
    now = OPENED_AT + 79 * MINUTE
    silent = {"23308.kiosk1/icmp", "23308.pc3/icmp"}
    return gather_facts(
        incident,
        known,
        all_down(known) | {"23308.cpe/icmp": Status.UP},
        now=now,
        letterhead=LETTERHEAD,
        answered_at={check_id: now - 20 for check_id in known.checks if check_id not in silent},
    )


def _longest(incident: Incident) -> IncidentFacts:
    known = province()
    return gather_facts(
        replace(incident, id="SC-2026-12345", root_check_id="tinh.nut/icmp", acknowledged_by="Nguyễn " * 30),
        known,
        all_down(known),
        now=OPENED_AT + 41 * 24 * HOUR,
        letterhead=replace(LETTERHEAD, public_url="https://giamsat.quangngai.gov.vn/" + "x" * 150),
        history=tuple(replace(one, root_check_id="tinh.nut/icmp") for one in HISTORY),
    )


def longest_opened() -> IncidentFacts:
    return _longest(opened(cause="jitter_s 123456789.5 / 123456789"))


def longest_resolved() -> IncidentFacts:
    affected = frozenset(province().checks) - {"tinh.nut/icmp"}
    return _longest(resolved(affected=affected, resolved_at=OPENED_AT + 40 * 24 * HOUR + 23.5 * HOUR))


def _empty(incident: Incident) -> IncidentFacts:
    letterhead = replace(LETTERHEAD, public_url=None)
    return gather_facts(incident, bare(), {}, now=OPENED_AT + 2 * MINUTE, letterhead=letterhead)


def empty_opened() -> IncidentFacts:
    return _empty(opened(cause="chưa từng thấy"))


def empty_resolved() -> IncidentFacts:
    return _empty(resolved(resolved_at=OPENED_AT + 95))


def late_opened() -> IncidentFacts:
    return replace(typical_opened(), resolved_at=OPENED_AT + 10 * MINUTE)


def removed() -> IncidentFacts:
    return replace(typical_opened(), resolved_at=OPENED_AT + 10 * MINUTE, was_removed=True)


def removed_check() -> IncidentFacts:
    return replace(removed(), removed_check="h323")
