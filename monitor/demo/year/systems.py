"""What happened to systems and equipment in a made-up month: shared and central ones, kiosks, PCs, endpoints, nodes."""

from typing import Final

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor.demo.year.book import Book, Month, moment
from monitor.demo.year.lines import SILENT
from monitor.demo.year.model import HOUR_S, MINUTE_S, Fault, Strike

_CENTRAL: Final = (CauseKind.CENTRAL, Side.CENTRAL)
_BUSY_AT_THE_END: Final = ("tw.ho-tich", "tw.khai-sinh", "tw.lienthong", "tw.bhxh")
_BUSY_DAYS: Final = 3
_SYSTEMS: Final = (
    ((4, 9), 13.8, 1.9, "dung-chung.thu-dien-tu", CauseKind.SOFTWARE),
    ((8, 19), 8.05, 0.8, "dung-chung.qlvbdh", CauseKind.SOFTWARE),
    ((10, 6), 9.4, 1.2, "dung-chung.lgsp", CauseKind.SOFTWARE),
    ((11, 16), 8.3, 1.75, "dung-chung.tthc", CauseKind.SOFTWARE),
    ((11, 24), 15.1, 0.45, "dung-chung.tthc", CauseKind.SOFTWARE),
)
"""Month and day, hour, hours down, which, why."""
_NODE: Final = ((6, 11), 15.1, 27 * MINUTE_S, "tslcd.nut-kt")
"""A thunderstorm took the western node away."""
_DEVICES: Final = ((Layer.KIOSK, 9), (Layer.PC, 12), (Layer.CONFERENCE, 5))
"""How many of a layer die in a month."""


def tell_systems(book: Book, month: Month) -> None:
    """Write down what happened to systems and equipment in a month."""
    _node(book, month)
    _shared(book, month)
    _central(book, month)
    _devices(book, month)


def _node(book: Book, month: Month) -> None:
    of_year, hour, length_s, target_id = _NODE
    day = month.day(*of_year)
    if day is not None:
        from_at = moment(day, hour)
        strike = Strike(target_id, ((from_at, from_at + length_s),))
        choice = (CauseKind.POWER, Side.OBJECTIVE)
        book.take(
            Fault((strike,), SILENT, choice=choice, said="giông sét, mất điện", acknowledged_after_s=180.0)
        )


def _shared(book: Book, month: Month) -> None:
    for of_year, hour, hours, target_id, why in _SYSTEMS:
        day = month.day(*of_year)
        if day is not None:
            from_at = moment(day, hour)
            strike = Strike(target_id, ((from_at, from_at + hours * HOUR_S),))
            said = "lỗi sau khi nâng cấp phiên bản, đã khắc phục"
            book.take(
                Fault(
                    (strike,),
                    "unexpected_answer",
                    choice=(why, Side.LOCAL),
                    said=said,
                    acknowledged_after_s=420.0,
                )
            )
    for _ in range(2):
        target = month.chance.choice(
            [each for each in book.inventory.targets.values() if each.layer is Layer.SHARED]
        )
        from_at = moment(month.chance.choice(month.days), month.chance.uniform(0, 23))
        span = (from_at, from_at + month.chance.uniform(4, 35) * MINUTE_S)
        if target.is_watched:
            book.take(Fault((Strike(target.id, (span,)),), SILENT))


def _central(book: Book, month: Month) -> None:
    """Let central systems be slow at the month's end, and away now and then."""
    for day in month.working_days[-_BUSY_DAYS:]:
        for target_id in _BUSY_AT_THE_END:
            from_at = moment(day, month.chance.choice((8.4, 9.1, 14.3)) + month.chance.uniform(0, 0.7))
            span = (from_at, from_at + month.chance.uniform(0.7, 2.6) * HOUR_S)
            cause = f"total_s {month.chance.uniform(8.5, 14):.1f} / 8"
            book.take(
                Fault(
                    (Strike(target_id, (span,)),),
                    cause,
                    Status.DEGRADED,
                    choice=_CENTRAL,
                    said="quá tải cuối tháng",
                )
            )
    watched = [
        each.id for each in book.inventory.targets.values() if each.layer is Layer.CENTRAL and each.is_watched
    ]
    for _ in range(month.chance.randrange(4, 9)):
        from_at = moment(month.chance.choice(month.working_days), month.chance.uniform(7.2, 16.5))
        span = (from_at, from_at + month.chance.uniform(10, 75) * MINUTE_S)
        is_known = month.chance.random() < 0.7  # noqa: PLR2004 (most)
        strike = Strike(month.chance.choice(watched), (span,))
        book.take(
            Fault(
                (strike,),
                SILENT,
                choice=_CENTRAL if is_known else None,
                said="mất kết nối" if is_known else "",
            )
        )


def _devices(book: Book, month: Month) -> None:
    for layer, count in _DEVICES:
        targets = [
            each
            for each in book.inventory.targets.values()
            if each.layer is layer and each.is_watched and book.inventory.units[each.unit_code].is_commune
        ]
        for target in month.chance.sample(targets, min(count, len(targets))):
            from_at = moment(month.chance.choice(month.working_days), month.chance.uniform(7.1, 16.5))
            hours = min(month.chance.lognormvariate(1.6, 1.3), 150.0)
            is_known = month.chance.random() < 0.65  # noqa: PLR2004 (two thirds)
            book.take(
                Fault(
                    (Strike(target.id, ((from_at, from_at + max(hours, 0.2) * HOUR_S),)),),
                    SILENT,
                    choice=(CauseKind.DEVICE, Side.LOCAL) if is_known else None,
                    said="máy cũ, hỏng nguồn" if is_known else "",
                )
            )
