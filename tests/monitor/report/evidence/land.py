"""A province of a few lines in which one went down for a night hour: its folder, databases and inventory."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult, Status, Transition
from alerts.model.decision import Decision
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Incident,
    IncidentEvent,
    LogKind,
    Side,
    Ticket,
)
from alerts.model.notification import Notification, NotificationKind
from inventory.loader import load
from inventory.model import Inventory
from monitor.accounting.model import Correction, Part
from monitor.report.evidence.gathering import evidence, read_measured, read_told
from monitor.report.evidence.model import Evidence
from monitor.series import result_rows
from monitor.series.model import StoredResult
from monitor.storage import corrections
from monitor.storage.opening import open_reader
from monitor.storage.state import StateStore
from tests.monitor.series.filling import burst, fill, opened

ZONE: Final = "Asia/Ho_Chi_Minh"
VN: Final = ZoneInfo(ZONE)
BEGIN: Final = datetime(2025, 3, 10, 2, 0, tzinfo=VN).timestamp()
END: Final = BEGIN + 3_600
NOW: Final = BEGIN + 86_400
CHECK: Final = "21484.cpe/icmp"
ANCHOR: Final = "core.edge/icmp"
SAMPLED: Final = range(-60 * 60, 2 * 60 * 60, 60)
PHONE: Final = "0912 345 678"
INVENTORY: Final = """
areas: {qn: {name: Quảng Ngãi (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21100": {name: Xã Bình Minh, kind: xã, area: qn, former_district: Huyện Bình Sơn}
  "21199": {name: Xã Sơn Tịnh, kind: xã, area: qn, former_district: Huyện Sơn Tịnh}
  core: {name: Trung tâm dữ liệu tỉnh, kind: cơ quan, area: province}
profiles:
  any:
    layer: tslcd
    checks:
      icmp: {kind: icmp, options: {count: 2, spacing_s: 0.01}}
circuits:
  kenh-1: {provider: VNPT, contract_code: GL-0001, availability_ratio: 0.995, restore_time_s: 14400, hotline: "18001166"}
  kenh-2: {provider: VNPT, contract_code: GL-0002}
  kenh-3: {provider: Viettel, contract_code: GL-0003}
targets:
  core.gateway: {name: Cổng tỉnh, unit: core, profile: any, layer: infra, address: 127.0.0.1, anchor: true}
  core.edge: {name: Biên nhà mạng, unit: core, profile: any, layer: infra, address: 127.0.0.2, anchor: true}
  21484.cpe: {name: CPE Ba Tơ, unit: "21484", profile: any, address: 127.0.0.3, circuit: kenh-1}
  21484.switch: {name: Switch Ba Tơ, unit: "21484", profile: any, address: 127.0.0.6}
  21523.cpe: {name: CPE Ba Tô, unit: "21523", profile: any, address: 127.0.0.4}
  21100.cpe: {name: CPE Bình Minh, unit: "21100", profile: any, address: 127.0.0.5, circuit: kenh-2}
  21199.cpe: {name: CPE Sơn Tịnh, unit: "21199", profile: any, address: 127.0.0.7, circuit: kenh-3}
"""
ONE: Final = Incident(
    "SC-2025-0007",
    CHECK,
    BEGIN,
    BEGIN + 120,
    "timeout",
    part_of="SC-2025-0008",
    resolved_at=END,
    close_reason=CloseReason.RECOVERED,
    choice=Choice(CauseKind.LINE, Side.ENTERPRISE, "Lan", END),
    ticket=Ticket("VNPT-77", BEGIN + 600, END + 60),
    acknowledged_at=BEGIN + 300,
    acknowledged_by="Lan",
    name="CPE Ba Tơ",
)
GROUP: Final = Incident(
    "SC-2025-0008",
    "",
    BEGIN,
    BEGIN + 130,
    "timeout",
    common=Common(Dimension.DISTRICT, "Huyện Ba Tơ", "tslcd"),
    resolved_at=END,
    close_reason=CloseReason.RECOVERED,
)
LOG: Final = (
    IncidentEvent(ONE.id, BEGIN + 120, LogKind.OPENED, text="timeout"),
    IncidentEvent(ONE.id, BEGIN + 125, LogKind.PATH, text="lúc mở sự cố: 1 10.51.250.1 (0,4 ms)"),
    IncidentEvent(GROUP.id, BEGIN + 130, LogKind.JOINED, text=ONE.id),
    IncidentEvent(GROUP.id, BEGIN + 130, LogKind.COMMON, text="district:Huyện Ba Tơ"),
    IncidentEvent(ONE.id, BEGIN + 200, LogKind.NOTE, "Lan", f"=gọi anh Nam {PHONE}, nam.le@vnpt.example <b>"),
    IncidentEvent(ONE.id, BEGIN + 600, LogKind.TICKET, "lan.tran@quangngai.example", "VNPT-77"),
    IncidentEvent(ONE.id, END, LogKind.CLOSED, text="recovered"),
)
MESSAGES: Final = (
    Notification(GROUP.id, NotificationKind.OPENED, "email", "lan.tran@quangngai.example", BEGIN + 130),
    Notification(GROUP.id, NotificationKind.OPENED, "sms", "+84912345678", BEGIN + 130),
)


def results() -> list[CheckResult]:
    """A result each minute: nothing comes back during the incident."""
    return [
        burst(
            BEGIN + second + 0.25,
            (None, None) if BEGIN <= BEGIN + second < END else (0.0111 + second * 1e-7, None),
            detail="không trả lời" if 0 <= second < END - BEGIN else "",
        )
        for second in SAMPLED
    ]


@dataclass(frozen=True)
class Land:
    """The folder that a settings file names, with everything in it."""

    folder: Path
    config: Path
    inventory: Inventory

    @property
    def state(self) -> Path:
        return self.folder / "state" / "state.db"

    @property
    def measured(self) -> Path:
        return self.folder / "state" / "results.db"

    def evidence(self, incident_id: str, *, now: float = NOW) -> Evidence | None:
        with closing(open_reader(self.state)) as state, closing(open_reader(self.measured)) as measured:
            told = read_told(state, self.inventory, incident_id, now=now)
            if told is None:
                return None
            return evidence(
                told,
                read_measured(measured, told, self.inventory, zone=VN),
                self.inventory,
                province="Quảng Ngãi",
                zone=ZONE,
                now=now,
                digest_then="cd" * 32,
            )


def build(folder: Path) -> Land:
    """Write it all."""
    (folder / "danh-muc").mkdir()
    (folder / "danh-muc" / "10.yaml").write_text(INVENTORY)
    (folder / "state").mkdir()
    config = folder / "tslcd-monitor.yaml"
    config.write_text("province: Quảng Ngãi\ninventory: [danh-muc]\nstate_dir: state\nsecrets_dir: secrets\n")
    land = Land(folder, config, load([folder / "danh-muc"]))
    asyncio.run(_write_state(land.state))
    _write_results(land.measured)
    return land


async def _write_state(path: Path) -> None:
    watched = (CHECK, ANCHOR, "core.gateway/icmp", "21523.cpe/icmp", "21100.cpe/icmp", "21199.cpe/icmp")
    ups = [
        Transition(each, BEGIN - 86_400, BEGIN - 86_400, Status.UNKNOWN, Status.UP, "") for each in watched
    ]
    down = (
        Transition(CHECK, BEGIN, BEGIN + 120, Status.UP, Status.DOWN, "timeout"),
        Transition("21523.cpe/icmp", BEGIN + 600, BEGIN + 700, Status.UP, Status.DOWN, "timeout"),
        Transition("21523.cpe/icmp", BEGIN + 1_200, BEGIN + 1_300, Status.DOWN, Status.UP, ""),
        Transition(CHECK, END, END + 60, Status.DOWN, Status.UP, ""),
    )
    corrected = Correction(
        0, (CHECK,), BEGIN, BEGIN + 60, Part.MAINTENANCE, None, f"VNPT báo {PHONE}", "Lan", "An", NOW
    )
    async with StateStore.open(path, now=BEGIN) as store:
        await store.commit(
            Decision(transitions=(*ups, *down), incidents=(GROUP, ONE), log=LOG, notifications=MESSAGES)
        )

        def write(connection: sqlite3.Connection) -> None:
            corrections.append(connection, corrected)
            connection.execute("update outbox set sent_at = ? where channel = 'email'", (BEGIN + 131,))
            connection.execute(
                "insert into muting (id, kind, selector, from_at, until_at, who, comment, created_at, title) "
                "values ('BT-2025-0003', 'maintenance', '{\"units\": [\"21484\"]}', ?, ?, 'Hà', 'thay', ?, 'x')",
                (END + 600, END + 1_200, BEGIN),
            )

        await store.database.write(write)
        await store.mark_alive(NOW)


def _write_results(path: Path) -> None:
    anchored = [burst(BEGIN + second, (0.001, 0.001), check_id=ANCHOR) for second in SAMPLED]
    with closing(opened(path)) as connection:
        fill(connection, results(), lambda each: each.started_at >= END)
        connection.execute("begin")
        result_rows.append_rows(
            connection, [StoredResult(10_000 + seq, each) for seq, each in enumerate(anchored)], {}
        )
        connection.execute(
            "insert into gap (id, from_at, until_at, results, why) values (1, ?, ?, 3, 'full')",
            (END + 1_500, END + 1_600),
        )
        connection.execute("commit")
