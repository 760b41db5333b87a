"""What people did in a made-up month besides answering: planned work, work that nobody announced, meetings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from alerts.model.hold import Muting, MutingKind
from alerts.model.incident import CauseKind, Common, Dimension, Side
from inventory.model import Inventory, Layer, Selector, Unit
from monitor.accounting.model import Correction, Part
from monitor.conference.model import Meeting
from monitor.demo.year.book import Book, Month, moment
from monitor.demo.year.land import NAMES, PEOPLE
from monitor.demo.year.lines import SILENT, ticket
from monitor.demo.year.model import DAY_S, HOUR_S, MINUTE_S, Fault, Strike

APPROVER: Final = "Trưởng phòng Bưu chính, Viễn thông và Chuyển đổi số (giả định)"
_FORGOTTEN: Final = (
    ((11, 25), 21.0, "Huyện Bình Sơn"),
    ((5, 14), 22.0, "Huyện Tư Nghĩa"),
)
"""Month and day, hour, and the former district in which a carrier worked without telling anybody."""
_WIDE_REGISTERED: Final = 128
_TOPICS: Final = (
    "Họp trực tuyến về giải phóng mặt bằng",
    "Tập huấn dịch vụ công trực tuyến",
    "Họp Ban Chỉ huy phòng thủ dân sự",
    "Giao ban công tác chuyển đổi số",
    "Tiếp công dân trực tuyến",
    "Họp về tiến độ giải ngân vốn đầu tư công",
)


@dataclass
class Deeds:
    """What people did."""

    works: list[Muting] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)


def tell_works(book: Book, month: Month, deeds: Deeds) -> None:
    """Write down the work of a month."""
    chance = month.chance
    district = chance.choice(sorted({unit.former_district for unit in book.communes}))
    lines = book.lines_of(Common(Dimension.DISTRICT, district, "tslcd"))
    from_at = moment(chance.choice(month.days[4:24]), 22)
    worked = _down_together(month, lines, from_at + 20 * MINUTE_S, 1.2 * HOUR_S)
    if book.take(
        Fault(
            worked,
            SILENT,
            is_planned=True,
            choice=(CauseKind.MAINTENANCE, Side.ENTERPRISE),
            said="theo kế hoạch",
        )
    ):
        deeds.works.append(
            Muting(
                id=f"BT-{month.first.year}-{len(deeds.works) + 1:04d}",
                kind=MutingKind.MAINTENANCE,
                selector=Selector(targets=tuple(lines)),
                from_at=from_at,
                until_at=from_at + 3 * HOUR_S,
                who=PEOPLE[0],
                comment="nhà mạng báo trước bằng văn bản",
                created_at=from_at - 5 * DAY_S,
                title=f"Nâng cấp thiết bị truyền dẫn tại địa bàn {district} (cũ)",
                worker=book.provider_of(lines[0]),
            )
        )
    _forgotten(book, month, deeds)


def _down_together(month: Month, lines: Sequence[str], from_at: float, length_s: float) -> tuple[Strike, ...]:
    starts = [from_at + month.chance.uniform(0, 60) for _ in lines]
    return tuple(Strike(id_, ((start, start + length_s),)) for id_, start in zip(lines, starts, strict=True))


def _forgotten(book: Book, month: Month, deeds: Deeds) -> None:
    for of_year, hour, district in _FORGOTTEN:
        day = month.day(*of_year)
        if day is None:
            continue
        common = Common(Dimension.DISTRICT, district, "tslcd")
        lines = book.lines_of(common)
        from_at = moment(day, hour)
        fault = Fault(
            _down_together(month, lines, from_at, 2.4 * HOUR_S),
            SILENT,
            common=common,
            choice=(CauseKind.MAINTENANCE, Side.ENTERPRISE),
            said="nhà mạng bảo trì mà quên thông báo",
            ticket=ticket(book, month, lines[0], from_at, from_at + 2.4 * HOUR_S),
            acknowledged_after_s=11 * MINUTE_S,
        )
        if not book.take(fault):
            continue
        struck = {strike.target_id.partition(".")[0] for strike in book.faults[-1].strikes}
        checks = (
            each for each in book.inventory.checks.values() if each.target_id.partition(".")[0] in struck
        )
        behind = tuple(each.id for each in checks if not each.target_id.endswith(".portal"))
        deeds.corrections.append(
            Correction(
                id=0,
                check_ids=behind,
                from_at=from_at,
                until_at=from_at + 3 * HOUR_S,
                counts_as=Part.MAINTENANCE,
                was=Part.DOWN,
                reason="Nhà mạng bảo trì theo kế hoạch nhưng không thông báo trước; có văn bản xác nhận sau.",
                who=NAMES[1],
                approver=APPROVER,
                at=from_at + DAY_S + 10 * HOUR_S,
                document=f"Công văn (giả định) {day:%d/%m/%Y}",
            )
        )


def tell_meetings(book: Book, month: Month, deeds: Deeds) -> None:
    """Write down the meetings of a month, and the endpoints that were not ready for them."""
    for number, (title, day, hour, units, registered) in enumerate(_planned(book, month)):
        begins_at = moment(day, hour)
        deeds.meetings.append(
            Meeting(
                id="",
                title=title,
                begins_at=begins_at,
                ends_at=begins_at + month.chance.choice((1.5, 2.0, 3.0)) * HOUR_S,
                unit_codes=units,
                registered=registered,
                note="số liệu giả định",
                who=PEOPLE[number % len(PEOPLE)],
                created_at=begins_at - 3 * DAY_S,
                # One of them was called off.
                withdrawn_at=begins_at - DAY_S if number == 2 else None,  # noqa: PLR2004
            )
        )
        _unready(book, month, begins_at, units)


def _planned(book: Book, month: Month) -> Iterator[tuple[str, date, float, tuple[str, ...], int | None]]:
    chance = month.chance
    first_monday = next(day for day in month.days if day.weekday() == 0)
    for week in range(4):
        yield (
            "Giao ban UBND tỉnh với các xã, phường, đặc khu",
            first_monday + timedelta(days=7 * week),
            8.0,
            (),
            None,
        )
    yield "Hội nghị trực tuyến toàn tỉnh", chance.choice(month.working_days[5:]), 14.0, (), _WIDE_REGISTERED
    equipped = _equipped(book.inventory, book.communes)
    for topic in chance.sample(_TOPICS, 3):
        codes = tuple(sorted(chance.sample(equipped, chance.randrange(12, 40))))
        yield topic, chance.choice(month.working_days), chance.choice((8.0, 9.0, 14.5)), codes, None


def _equipped(inventory: Inventory, communes: Sequence[Unit]) -> list[str]:
    watched = {
        each.unit_code
        for each in inventory.targets.values()
        if each.layer is Layer.CONFERENCE and each.is_watched
    }
    return [unit.code for unit in communes if unit.code in watched]


def _unready(book: Book, month: Month, begins_at: float, units: Sequence[str]) -> None:
    """Let some endpoints be off half an hour before: most are switched on in time, some are not, some fail later."""
    chance = month.chance
    codes = list(units or _equipped(book.inventory, book.communes))
    times = ((-52, -14), (-48, -9), (-41, -6), (-36, 22), (31, 44))
    for from_min, until_min in chance.sample(times, chance.randrange(1, 5)):
        span = (begins_at + from_min * MINUTE_S, begins_at + until_min * MINUTE_S)
        strike = Strike(f"{chance.choice(codes)}.vcs", (span,))
        is_known = chance.random() < 0.6  # noqa: PLR2004 (more than half)
        choice = (CauseKind.DEVICE, Side.LOCAL) if is_known else None
        book.take(Fault((strike,), SILENT, choice=choice, said="chưa bật thiết bị" if is_known else ""))
