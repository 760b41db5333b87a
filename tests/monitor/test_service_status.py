from dataclasses import replace
from zoneinfo import ZoneInfo

from monitor.service_status import status_line
from tests.monitor.web.samples import province, snapshot_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_the_line_says_what_is_watched_and_then_what_is_wrong_with_the_monitor() -> None:
    snapshot = snapshot_of(province())
    inventory = replace(snapshot.health.inventory, version=5)
    well = replace(snapshot, health=replace(snapshot.health, inventory=inventory))
    ill = replace(well, health=replace(well.health, outbox_dead=3))
    blind = replace(
        well,
        health=replace(
            well.health, state_fault="ổ đĩa đầy", state_failing_for_s=100.0, state_unsaved=2, outbox_dead=0
        ),
    )

    watching = status_line(well, ZONE)
    assert watching.startswith("đang giám sát ")
    assert watching.endswith("sự cố đang mở, danh mục bản 5")
    assert status_line(ill, ZONE) == (
        f"{watching}. Máy giám sát cần xem: 3 tin nhắn không gửi được, cần người xem: "
        "tslcd-monitor notify queue --dead"
    )
    said = status_line(blind, ZONE)
    assert said.startswith(
        "MÁY GIÁM SÁT HỎNG: chưa ghi được trạng thái (2 thay đổi đang chờ): ổ đĩa đầy. Đang giám"
    )
