"""`inventory calendar` and `inventory windows`, on a small inventory in files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inventory.times import texts
from monitor.cli import inventory_times_grammar
from monitor.clock import SystemClock
from tests.monitor.cli.conftest import Run

TIMES = """
calendars:
  mot-cua-thu-bay:
    base: mot-cua
    name: Một cửa có sáng thứ Bảy
    hours: {sat: ["07:00-11:00"]}
    days: {2026-09-09: ["07:00-09:00"]}
targets:
  21484.kiosk: {name: Kiosk, unit: "21484", profile: kiosk, address: 127.0.0.6, depends_on: [21484.cpe]}
windows:
  nut:
    title: Thay thiết bị nút
    reason: hết hạn hỗ trợ
    owner: VNPT
    document: 812/VNPT-QNG
    select: {areas: [qn], layers: [tslcd]}
    announced_at: 2026-11-10
    once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}
  hang-thang:
    title: Bảo dưỡng
    reason: định kỳ
    owner: Trung tâm Chuyển đổi số
    urgent: true
    select: {units: ["21484"]}
    monthly: {nth: 1, weekday: T4, at: "01:00", hours: 3}
  gap:
    title: Sửa nguồn
    reason: nguồn yếu
    owner: Điện lực
    select: {targets: [23308.cpe]}
    announced_at: 2026-11-27
    once: {from: 2026-12-03 08:00, to: 2026-12-03 09:00}
  cu:
    title: Đã qua
    reason: cũ
    owner: VNPT
    select: {targets: [23308.cpe]}
    announced_at: 2026-01-01
    once: {from: 2026-03-03 08:00, to: 2026-03-03 09:00}
"""


@pytest.fixture
def timed(config: Path) -> Path:
    (config.parent / "danh-muc" / "20.yaml").write_text(TIMES)
    return config


class TestCalendar:
    def test_lists_all_with_the_targets_that_use_each(self, run: Run, timed: Path) -> None:
        told = run("inventory", "calendar", "--config", timed)

        assert told.code == 0
        assert {row[0]: row[-1] for row in told.rows} == {
            "24x7": "5",
            "mot-cua": "1",
            "hanh-chinh": "0",
            "mot-cua-thu-bay": "0",
        }
        assert told.rows[0][2] == "ngày đêm"
        assert told.rows[3][2] == "T2–T6 07:00–11:30, 13:30–17:00; T7 07:00–11:00"
        assert "làm bù 10/01/2026 (giờ thứ Sáu)" in told.err

    def test_prints_a_month_as_people_read_it(self, run: Run, timed: Path) -> None:
        told = run("inventory", "calendar", "mot-cua-thu-bay", "--month", "2026-09", "--config", timed)

        assert len(told.rows) == 30
        assert told.rows[1] == ["T4 02/09", "nghỉ", "Quốc khánh"]
        assert told.rows[2] == ["T5 03/09", "07:00–11:30, 13:30–17:00", ""]
        assert told.rows[4] == ["T7 05/09", "07:00–11:00", ""]
        assert told.rows[8] == ["T4 09/09", "07:00–09:00", "giờ ghi riêng cho ngày này"]
        assert "24 ngày mở, 170 giờ" in told.err

    def test_shows_the_days_that_are_swapped(self, run: Run, timed: Path) -> None:
        rows = run("inventory", "calendar", "mot-cua", "--month", "2026-08", "--config", timed).rows

        assert rows[21] == ["T7 22/08", "07:00–11:30, 13:30–17:00", "làm bù, giờ như thứ Hai"]
        assert rows[30] == ["T2 31/08", "nghỉ", "Ngày nghỉ (thay cho ngày 22/08/2026)"]

    def test_as_json(self, run: Run, timed: Path) -> None:
        body = json.loads(
            run("inventory", "calendar", "mot-cua", "--month", "2026-01", "--config", timed, "--json").out
        )

        assert (body["schema"], body["month"], body["openHours"]) == ("inventory-calendar/1", "2026-01", 168)
        assert body["dates"][9] == {
            "date": "2026-01-10",
            "hours": ["07:00-11:30", "13:30-17:00"],
            "holiday": None,
            "workedAs": "fri",
            "exception": False,
        }
        listed = json.loads(run("inventory", "calendar", "--config", timed, "--json").out)
        assert listed["items"][1]["targets"] == 1
        assert listed["holidays"]["country"] == "VN"

    @pytest.mark.parametrize(("days", "warns"), [(-300, True), (2, False)])
    def test_says_who_is_never_told_of_because_all_sessions_are_over(
        self,
        run: Run,
        timed: Path,
        days: int,
        warns: bool,  # noqa: FBT001 (a parameter of the table)
    ) -> None:
        day = datetime.fromtimestamp(SystemClock().now(), UTC).date() + timedelta(days=days)
        (timed.parent / "danh-muc" / "30.yaml").write_text(
            f"calendars: {{hop: {{name: Họp, sessions: [{{day: {day}, hours: ['08:00-11:00']}}]}}}}\n"
            "targets: {21484.hop: {name: Họp, unit: '21484', profile: kiosk, address: 127.0.0.7, calendar: hop}}\n"
        )

        told = run("inventory", "calendar", "--config", timed)

        assert ("Lịch hop hai năm tới không có giờ mở nào: 1 đối tượng" in told.err) is warns

    def test_an_unknown_one_names_the_nearest(self, run: Run, timed: Path) -> None:
        told = run("inventory", "calendar", "mot-cu", "--config", timed)

        assert (told.code, "có phải 'mot-cua'?" in told.err) == (2, True)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--month", "2026-09"), "xem một tháng thì cần mã lịch"),
            (("mot-cua", "--month", "2026-13"), "--month: không có tháng '2026-13'"),
            (("mot-cua", "--month", "9/2026"), "--month: '9/2026' không phải tháng"),
            (("mot-cua", "--month", "9999-12"), "--month: năm phải từ 2000 đến 2100"),
        ],
    )
    def test_says_what_is_wrong_with_a_month(
        self, run: Run, timed: Path, arguments: tuple[str, ...], message: str
    ) -> None:
        told = run("inventory", "calendar", *arguments, "--config", timed)

        assert (told.code, message in told.err) == (2, True)


class TestWindows:
    def test_lists_what_comes_whom_it_hits_and_whether_they_were_told(self, run: Run, timed: Path) -> None:
        told = run("inventory", "windows", "--from", "2026-11-23", "--config", timed)

        assert told.code == 0
        assert [(row[0], row[3], row[4], row[-1]) for row in told.rows] == [
            (
                "22:00 01/12/2026 – 04:00 02/12",
                "nut: hết hạn hỗ trợ",
                "2 đơn vị, 3 đối tượng",
                "13 ngày làm việc",
            ),
            (
                "01:00 02/12/2026 – 04:00",
                "hang-thang: định kỳ",
                "1 đơn vị, 2 đối tượng",
                "không báo trước (gấp)",
            ),
            ("08:00 03/12/2026 – 09:00", "gap: nguồn yếu", "1 đơn vị, 1 đối tượng", "3 ngày làm việc, thiếu"),
        ]
        assert "Trùng nhau: nut và hang-thang, 01:00 02/12/2026 – 04:00, 2 đối tượng chung" in told.err
        assert "cu (Đã qua): không còn lần nào" in told.err

    def test_says_which_runs(self, run: Run, timed: Path) -> None:
        rows = run("inventory", "windows", "--from", "2026-12-02", "--days", "1", "--config", timed).rows

        assert [row[1].split(",")[0] for row in rows] == ["đang diễn ra", "03 giờ"]

    def test_tells_when_each_comes_next(self, run: Run, timed: Path) -> None:
        told = run("inventory", "windows", "--from", "2026-12-04", "--days", "20", "--config", timed)

        assert told.out == ""
        assert "Không có đợt bảo trì nào trong 20 ngày tới." in told.err
        assert "hang-thang (Bảo dưỡng): lần tới 01:00 06/01/2027 – 04:00" in told.err

    def test_extended_names_the_units(self, run: Run, timed: Path) -> None:
        told = run("inventory", "windows", "--from", "2026-11-23", "-o", "extended", "--config", timed)

        assert "Xã Ba Tơ, Xã Ba Tô" in told.out

    def test_as_json(self, run: Run, timed: Path) -> None:
        body = json.loads(
            run("inventory", "windows", "--from", "2026-11-23", "--config", timed, "--json").out
        )

        assert body["schema"] == "inventory-windows/1"
        assert body["items"][0] == {
            "window": "nut",
            "start": "2026-12-01T22:00:00+07:00",
            "end": "2026-12-02T04:00:00+07:00",
            "running": False,
            "noticeWorkingDays": 13,
        }
        assert body["windows"][0]["targets"] == ["21484.cpe", "21523.cpe"]
        assert body["windows"][0]["affectedTargets"] == 3
        assert body["windows"][3]["nextStart"] is None
        assert body["overlaps"][0]["targets"] == ["21484.cpe", "21484.kiosk"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--days", "0"), "--days: '0' không phải số ngày từ 1 đến 400"),
            (("--from", "hôm nay"), "--from: 'hôm nay' không phải ngày"),
        ],
    )
    def test_says_what_is_wrong_with_the_usage(
        self, run: Run, timed: Path, arguments: tuple[str, ...], message: str
    ) -> None:
        told = run("inventory", "windows", *arguments, "--config", timed)

        assert (told.code, message in told.err) == (2, True)


def test_the_command_line_takes_the_years_that_files_may_have() -> None:
    assert (inventory_times_grammar.FIRST_YEAR, inventory_times_grammar.LAST_YEAR) == (
        texts.FIRST_YEAR,
        texts.LAST_YEAR,
    )
