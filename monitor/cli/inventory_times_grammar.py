"""The grammar of `inventory calendar` and `inventory windows`. Runs nothing."""

import re
from argparse import ArgumentTypeError
from datetime import date
from typing import Final, TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_config

Actions: TypeAlias = "Subparsers[Parser]"
_MONTH: Final = re.compile(r"\d{4}-\d{1,2}")
MOST_DAYS: Final = 400
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100


def add_calendar(actions: Actions) -> None:
    """Add `calendar`."""
    calendar = actions.add_parser(
        "calendar",
        help="lịch phục vụ: ai dùng lịch nào, một tháng ngày nào mở mấy giờ",
        description=(
            "Không có mã: mọi lịch và số đối tượng dùng lịch ấy. Có mã: từng ngày của một tháng, với ngày lễ, ngày làm bù "
            "và ngoại lệ. Ngoài giờ phục vụ vẫn đo, không báo."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor inventory calendar\n"
            "  tslcd-monitor inventory calendar mot-cua --month 2026-09"
        ),
    )
    calendar.add_argument("id", nargs="?", metavar="MÃ", help="mã lịch, ví dụ mot-cua")
    calendar.add_argument(
        "--month", type=month, metavar="NĂM-THÁNG", help="tháng cần xem (mặc định: tháng này)"
    )
    with_config(calendar)
    common(calendar)


def add_windows(actions: Actions) -> None:
    """Add `windows`."""
    windows = actions.add_parser(
        "windows",
        help="các đợt bảo trì đang và sắp diễn ra, ảnh hưởng tới ai",
        description=(
            "Các đợt bảo trì đang và sắp diễn ra, kể cả lặp lại: khi nào, ảnh hưởng bao nhiêu đơn vị và đối tượng, ai làm, "
            "đã báo trước mấy ngày làm việc, trùng với đợt nào; và lần tới của mỗi đợt."
        ),
        epilog="ví dụ: tslcd-monitor inventory windows --days 60",
    )
    windows.add_argument(
        "--days", type=day_count, default=30, metavar="SỐ", help="nhìn trước bấy nhiêu ngày (mặc định 30)"
    )
    windows.add_argument(
        "--from",
        dest="from_day",
        type=day,
        metavar="NGÀY",
        help="nhìn từ ngày này, 2026-12-01 (mặc định: lúc này)",
    )
    with_config(windows)
    common(windows)


def month(text: str) -> date:
    """Read "2026-09" as its first day."""
    if not _MONTH.fullmatch(text):
        raise ArgumentTypeError(f"'{text}' không phải tháng; viết năm-tháng, ví dụ 2026-09")
    year, number = text.split("-")
    try:
        return _near(date(int(year), int(number), 1))
    except ValueError:
        raise ArgumentTypeError(f"không có tháng '{text}'") from None


def day(text: str) -> date:
    """Read "2026-12-01"."""
    try:
        return _near(date.fromisoformat(text))
    except ValueError:
        raise ArgumentTypeError(f"'{text}' không phải ngày; viết năm-tháng-ngày, ví dụ 2026-12-01") from None


def _near(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ArgumentTypeError(f"năm phải từ {FIRST_YEAR} đến {LAST_YEAR}")
    return day


def day_count(text: str) -> int:
    """Read a number of days."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise ArgumentTypeError(f"'{text}' không phải số ngày từ 1 đến {MOST_DAYS}")
    return int(text)
