"""What is said of silences and maintenance, and the times that people type."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.muting.declaring import MutingRefusal
from inventory.model import Area, Inventory, Selector, Unit
from monitor.muting.texts import REFUSALS, read_time, scope_text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 18, 20, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("text", "day", "hour", "minute"),
    [
        ("2026-11-23 06:00", 23, 6, 0),
        ("2026-11-23", 23, 0, 0),
        ("06:00", 23, 6, 0),
        ("18:30", 22, 18, 30),
        ("18:20", 23, 18, 20),
        ("2026-11-22T23:00:00+00:00", 23, 6, 0),
    ],
)
def test_a_time_is_read_as_people_mean_it(text: str, day: int, hour: int, minute: int) -> None:
    assert read_time(text, ZONE, NOW) == datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    "text", ["", "mai", "25:00", "2026-13-01 06:00", "23/11", "2026-11-23 6h", "9999-12-31T23:59-12:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text, ZONE, NOW)


def test_a_selector_is_said_in_words() -> None:
    land = Inventory(
        units={"1": Unit("1", "Xã Ba Tơ", "xã", "qn")},
        targets={},
        checks={},
        areas={"qn": Area("qn", "Quảng Ngãi (cũ)")},
    )
    selector = Selector(
        units=("1", "9"), areas=("qn",), former_districts=("Huyện Ba Tơ",), layers=("tslcd",), tags=("thu",)
    )

    assert scope_text(selector, land) == (
        "xã Ba Tơ, 9; địa bàn huyện Ba Tơ cũ; địa bàn Quảng Ngãi (cũ); lớp Mạng TSLCD; nhãn thu"
    )
    many = Selector(targets=tuple(f"t{n}" for n in range(9)))
    assert scope_text(many, land) == "đối tượng t0, t1, t2, t3, t4, t5 và 3 mục khác"


def test_every_refusal_has_words_and_a_remedy() -> None:
    assert set(REFUSALS) == set(MutingRefusal)
    assert all(what and remedy for what, remedy in REFUSALS.values())
