"""Commands that ask the running daemon."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.delivery.outbox import OutboxRow
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import CloseReason, IncidentEvent, LogKind
from alerts.model.notification import Notification, NotificationKind
from inventory.model import Layer
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import IncidentRecord
from tests.monitor.cli.conftest import Run
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

Serve = Callable[[HeldDaemon], Path]


def one_cut() -> HeldDaemon:
    inventory = samples.province(communes=8)
    incident = samples.cut(inventory, 1, "21003")
    snapshot = samples.snapshot_of(
        inventory, incidents=[incident], statuses={"21000.cpe/icmp": Status.DEGRADED}
    )
    daemon = HeldDaemon(snapshot)
    opened = Notification(incident.id, NotificationKind.OPENED, "email", "truc@example.vn", samples.NOW)
    sent = OutboxEntry(OutboxRow(1, opened, 1), samples.NOW, samples.NOW, None, None)
    event = IncidentEvent(incident.id, incident.declared_at, LogKind.OPENED, text="timeout")
    daemon.records[incident.id] = IncidentRecord(incident, (event,), (sent,))
    return daemon


def test_status_lists_what_needs_a_person_the_most_urgent_first(run: Run, serve: Serve) -> None:
    told = run("status", "--socket", serve(one_cut()))

    assert told.code == 0
    assert told.rows == [
        [
            "✕ Mất kết nối",
            "Xã Ba Tơ",
            "Huyện Ba Tơ",
            "02:27 (13 phút)",
            "–",
            "SC-2026-0001",
            "TSLCD: Thiết bị đầu cuối TSLCD",
        ],
        [
            "▲ Suy giảm",
            "Xã Đăk Rơ Wa",
            "Thành phố Kon Tum",
            "02:30 (10 phút)",
            "–",
            "–",
            "TSLCD: Thiết bị đầu cuối TSLCD",
        ],
    ]
    assert "10/12 hoạt động, 1 mất kết nối, 1 suy giảm · số liệu 02:40:07" in told.err
    assert "tslcd-monitor incident ack SC-2026-0001" in told.err


def test_status_names_the_device_that_is_down_while_the_line_is_up(run: Run, serve: Serve) -> None:
    inventory = samples.province(communes=2)
    kiosk = next(each for each in inventory.targets.values() if each.layer is Layer.KIOSK)
    incident = samples.incident(1, f"{kiosk.id}/icmp")

    told = run("status", "--socket", serve(HeldDaemon(samples.snapshot_of(inventory, incidents=[incident]))))

    [row] = told.rows
    assert row[-1] == f"Kiosk: {kiosk.name}"


def test_status_of_one_place_says_nothing_of_incidents_elsewhere(run: Run, serve: Serve) -> None:
    inventory = samples.province(communes=8)
    incidents = [samples.cut(inventory, 1, "21003"), samples.cut(inventory, 2, "21005")]
    path = serve(HeldDaemon(samples.snapshot_of(inventory, incidents=incidents)))

    own = run("status", "--socket", path, "21005")
    well = run("status", "--socket", path, "21001")

    assert "incident ack SC-2026-0002" in own.err
    assert "SC-2026" not in well.err


def test_status_with_exit_code_tells_scripts(run: Run, serve: Serve) -> None:
    path = serve(one_cut())

    assert run("status", "--socket", path, "--exit-code").code == 1
    assert (
        run("status", "--socket", path, "--exit-code", "dak ro wa").code == 2
    )  # two communes of that name here
    assert run("status", "--socket", path, "--exit-code", "21001").code == 0


def test_status_can_be_narrowed_to_layer_and_area(run: Run, serve: Serve) -> None:
    path = serve(one_cut())

    kiosks = json.loads(run("status", "--socket", path, "--layer", "kiosk", "--json").out)
    provincial = json.loads(run("status", "--socket", path, "--area", "province", "--json").out)

    assert kiosks["schema"] == "status/1"
    assert [item["state"] for item in kiosks["items"]] == ["affected"] + ["up"] * 7
    assert {item["area"] for item in provincial["items"]} == {"province"}


def test_status_of_a_provincial_system_names_its_incident_and_who_took_it(run: Run, serve: Serve) -> None:
    incident = replace(
        samples.incident(7, "core.mcu/icmp"), acknowledged_by="B. Ngọc", acknowledged_at=samples.NOW
    )
    snapshot = samples.snapshot_of(samples.province(communes=2), incidents=[incident])

    told = run("status", "--socket", serve(HeldDaemon(snapshot)))

    ((_, name, _, _, taker, found, _),) = told.rows
    assert (name, taker, found) == ("MCU hội nghị truyền hình", "B. Ngọc", "SC-2026-0007")


def test_status_of_an_unknown_area_names_the_areas_there_are(run: Run, serve: Serve) -> None:
    path = serve(one_cut())

    near = run("status", "--socket", path, "--area", "provinc")
    far = run("status", "--socket", path, "--area", "hue")

    assert (near.code, far.code) == (2, 2)
    assert "không có địa bàn 'provinc'" in near.err
    assert "có phải 'province'?" in near.err
    assert "chọn một trong: kt: Kon Tum (cũ), qn: Quảng Ngãi (cũ), province: cấp tỉnh" in far.err


def test_status_extended_shows_everything_with_its_layers(run: Run, serve: Serve) -> None:
    told = run("status", "--socket", serve(one_cut()), "-o", "extended")

    assert len(told.rows) == 12
    assert "TSLCD: mất kết nối" in told.rows[0][-1]


def test_status_says_when_nothing_is_certain(run: Run, serve: Serve) -> None:
    daemon = one_cut()
    daemon.held = replace(daemon.held, health=replace(samples.HEALTH, last_result_at=samples.NOW - 100))

    told = run("status", "--socket", serve(daemon), "--exit-code")

    assert told.code == 1
    assert "mọi trạng thái là chưa rõ" in told.err
    assert "kết quả đo mới nhất cách đây" in told.err


def test_an_ambiguous_name_is_listed_and_not_guessed(run: Run, serve: Serve) -> None:
    told = run("status", "--socket", serve(one_cut()), "dak ro wa")

    assert told.code == 2
    assert "Xã Đăk Rơ Wa (21000" in told.err
    assert "Xã Đăk Rơ Wa (21007" in told.err


def test_an_unknown_name_gets_a_hint(run: Run, serve: Serve) -> None:
    told = run("status", "--socket", serve(one_cut()), "mang but oi")

    assert told.code == 2
    assert "có phải 'Măng Bút'?" in told.err


def test_a_former_name_says_where_it_is_now(run: Run, serve: Serve) -> None:
    owner = replace(samples.unit(0, name="Xã Tư Nghĩa"), former_names=("Thị trấn La Hà",))
    inventory = samples.inventory_of([owner], [samples.target(owner, "cpe", "a", Layer.TSLCD)])

    told = run("status", "--socket", serve(HeldDaemon(samples.snapshot_of(inventory))), "la ha")

    assert told.code == 2
    assert "La Hà (cũ) nay thuộc Xã Tư Nghĩa (21000)" in told.err


def test_names_cannot_steer_the_terminal_or_forge_columns(run: Run, serve: Serve) -> None:
    owner = samples.unit(0, name="Xã\x1b[31m\tX\nY")
    inventory = samples.inventory_of([owner], [samples.target(owner, "cpe", "a", Layer.TSLCD)])
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[samples.incident(1, "21000.cpe/icmp")]))

    told = run("status", "--socket", serve(daemon))

    assert [len(row) for row in told.rows] == [7]
    assert "\x1b" not in told.out


def test_incident_list_show_and_json(run: Run, serve: Serve) -> None:
    path = serve(one_cut())

    listed = run("incident", "list", "--socket", path)
    shown = run("incident", "show", "SC-2026-0001", "--socket", path)
    as_json = json.loads(run("incident", "show", "SC-2026-0001", "--socket", path, "--json").out)

    assert listed.rows[0][:4] == ["SC-2026-0001", "đang mở", "Xã Ba Tơ", "Thiết bị đầu cuối TSLCD"]
    assert listed.rows[0][6] == "5"
    assert "mở sự cố\tmáy\tkhông trả lời" in shown.out
    assert "tin báo sự cố\temail\ttruc@example.vn\tđã gửi" in shown.out
    assert as_json["item"]["targetsBehind"] == 5


@pytest.mark.parametrize(("wait_s", "until"), [(4_800.0, "04:00"), (91_200.0, "04:00 23/11/2026")])
def test_why_nobody_was_called_is_shown(run: Run, serve: Serve, wait_s: float, until: str) -> None:
    daemon = one_cut()
    until_at = samples.NOW + wait_s
    daemon.held = replace(
        daemon.held, holds={"SC-2026-0001": Hold(SuppressionReason.MAINTENANCE, "w", until_at)}
    )
    record = daemon.records["SC-2026-0001"]
    waits = replace(record.notifications[0].row.notification, due_at=until_at)
    event = IncidentEvent("SC-2026-0001", samples.NOW, LogKind.HELD, text=f"maintenance {until_at:.0f}")
    entry = OutboxEntry(OutboxRow(1, waits, held=SuppressionReason.MAINTENANCE), None, None, None, None)
    daemon.records["SC-2026-0001"] = replace(record, log=(*record.log, event), notifications=(entry,))
    path = serve(daemon)

    shown = run("incident", "show", "SC-2026-0001", "--socket", path)
    as_json = json.loads(run("incident", "show", "SC-2026-0001", "--socket", path, "--json").out)
    status = run("status", "--socket", path)

    assert "Giữ tin\ttrong giờ bảo trì, đến" in shown.out
    assert "giữ tin\tmáy\ttrong giờ bảo trì, đến" in shown.out
    assert "chờ gửi (trong giờ bảo trì đến" in shown.out
    assert (as_json["item"]["held"]["reason"], as_json["log"][-1]["text"]) == ("maintenance", "maintenance")
    assert f"SC-2026-0001: trong giờ bảo trì, giữ tin đến {until}\n" in status.err


def test_incident_list_shows_closed_ones_when_asked(run: Run, serve: Serve) -> None:
    daemon = one_cut()
    record = daemon.records["SC-2026-0001"]
    closed = replace(record.incident, resolved_at=samples.NOW, close_reason=CloseReason.RECOVERED)
    daemon.records["SC-2026-0001"] = replace(record, incident=closed)
    path = serve(daemon)

    assert run("incident", "list", "--socket", path).out == ""
    assert run("incident", "list", "--all", "--socket", path).rows[0][1] == "đã khôi phục"


def test_incident_ack_takes_it_for_the_one_who_asks(
    run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = one_cut()
    monkeypatch.setenv("SUDO_USER", "ngoc")

    told = run("incident", "ack", "SC-2026-0001", "--comment", "đang gọi VNPT", "--socket", serve(daemon))

    assert (told.code, told.out) == (0, "SC-2026-0001: ngoc nhận xử lý\n")
    assert daemon.taken == [("SC-2026-0001", "ngoc", "đang gọi VNPT")]


def test_taking_it_twice_is_refused(run: Run, serve: Serve) -> None:
    path = serve(one_cut())
    run("incident", "ack", "SC-2026-0001", "--who", "B. Ngọc", "--socket", path)

    told = run("incident", "ack", "SC-2026-0001", "--who", "B. Ngọc", "--socket", path)

    assert told.code == 1
    assert "chính người này đã nhận xử lý rồi" in told.err


@pytest.mark.parametrize("action", ["show", "ack"])
def test_an_unknown_incident_is_told(run: Run, serve: Serve, action: str) -> None:
    told = run("incident", action, "../SC 1?x", "--socket", serve(one_cut()))

    assert told.code == 1
    assert told.err.startswith("lỗi: không có sự cố")
    assert "incident list --all" in told.err


def test_a_store_that_does_not_answer_is_not_an_unknown_incident_and_open_ones_are_listed(
    run: Run, serve: Serve
) -> None:
    daemon = one_cut()
    daemon.fault = StorageError(StorageFault.LOCKED, "state.db", "wait")
    path = serve(daemon)

    assert run("incident", "list", "--all", "--socket", path).code == 4
    assert run("incident", "show", "SC-2026-0001", "--socket", path).code == 4
    assert run("incident", "list", "--socket", path).code == 0


def test_no_daemon_is_code_four_with_a_remedy(run: Run, config: Path) -> None:
    told = run("status", "--config", config)

    assert told.code == 4
    assert "không gặp được tiến trình giám sát" in told.err
    assert "chưa có tiến trình nào chạy ở đó" in told.err
    assert "systemctl status tslcd-monitor" in told.err


def test_something_else_behind_the_socket_is_code_four(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # keeps the socket's path short
        listener.bind(path.name)
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        told = run("status", "--socket", path.name)
        thread.join()

    assert told.code == 4
