"""What happened to lines in a made-up month: single cuts, storms, rings, landslides, flapping, poor quality."""

from collections.abc import Iterable, Sequence
from typing import Final

from alerts.incidents.guess import Basis
from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Common, Dimension, Guess, Side, Ticket
from monitor.demo.year.book import Book, Month, moment
from monitor.demo.year.model import HOUR_S, MINUTE_S, Fault, Span, Strike

SILENT: Final = "timeout"
_LAYER: Final = "tslcd"
_LINE: Final = (CauseKind.LINE, Side.ENTERPRISE)
_POWER: Final = (CauseKind.POWER, Side.OBJECTIVE)
_OWN_POWER: Final = (CauseKind.POWER, Side.LOCAL)
_DEVICE: Final = (CauseKind.DEVICE, Side.LOCAL)
_DISASTER: Final = (CauseKind.DISASTER, Side.OBJECTIVE)
_WORDS: Final = {
    _LINE: "đứt cáp quang, nhà mạng đã nối lại",
    _POWER: "mất điện khu vực, điện lực đã đóng lại",
    _OWN_POWER: "trụ sở mất điện, chưa có nguồn dự phòng",
    _DEVICE: "treo thiết bị đầu cuối, đã khởi động lại",
    _DISASTER: "mưa lũ, sạt lở làm đứt tuyến cáp",
}
_GUESSES: Final = {
    CauseKind.LINE: Guess(CauseKind.LINE, Basis.RAN_ON.value),
    CauseKind.POWER: Guess(CauseKind.POWER, Basis.RESTARTED.value),
}
_RAIN: Final = (0.5, 0.3, 0.3, 0.5, 0.9, 0.9, 1.0, 1.0, 1.3, 1.9, 1.8, 1.2)
"""How much worse than usual each month of the year is, January first."""
_A_MONTH: Final = 26
"""Single cuts in a usual month."""
_STORMS: Final = {
    (9, 24): (2, 5, ("Huyện Bình Sơn", "Huyện Sơn Tịnh")),
    (10, 17): (4, 16, ("Huyện Trà Bồng", "Huyện Tu Mơ Rông", "Huyện Sơn Tây", "Huyện Ba Tơ")),
    (11, 5): (4, 14, ("Huyện Đắk Glei", "Huyện Mộ Đức", "Huyện Kon Plông", "Huyện Trà Bồng")),
}
"""First day -> days, single cuts, and the former districts that lost their power."""
_RINGS: Final = (
    ((7, 14), 9.2, 4.5),
    ((11, 18), 2.15, 3.8),
    ((4, 22), 14.4, 2.1),
)
"""Month and day, hour, how many hours a carrier's ring was broken."""
_SLIDES: Final = {10: (22, 5), 11: (8, 4)}
"""Month -> day, and how many communes in the hills were cut off for days."""
_HILLS: Final = ("Huyện Đắk Glei", "Huyện Tu Mơ Rông", "Huyện Sơn Tây", "Huyện Trà Bồng", "Huyện Kon Plông")
_SLOW: Final = ("rtt_p50_s 0.231 / 0.15", "loss_ratio 0.26 / 0.2", "rtt_p50_s 0.184 / 0.15")


def tell_lines(book: Book, month: Month) -> None:
    """Write down what happened to lines in a month; what touches many comes first."""
    _rings(book, month)
    _storms(book, month)
    _slides(book, month)
    _repeaters(book, month)
    _flapping(book, month)
    _poor(book, month)
    _single(book, month)


def ticket(book: Book, month: Month, target_id: str, from_at: float, until_at: float) -> Ticket:
    """Return a carrier's ticket for a line; everything in it is made up."""
    provider = book.provider_of(target_id).partition(" ")[0] or "NM"
    number = f"GD-{provider}-{month.first:%m}{month.chance.randrange(1_000, 10_000)}"
    return Ticket(number, from_at + month.chance.randrange(8, 40) * MINUTE_S, until_at + 10 * MINUTE_S)


def _cut(
    book: Book,
    month: Month,
    target_ids: Sequence[str],
    spans: Iterable[Sequence[Span]],
    why: tuple[CauseKind, Side],
    *,
    common: Common | None = None,
    known: float = 0.85,
) -> bool:
    """Cut lines together; `known`: how likely somebody confirmed the cause."""
    strikes = tuple(Strike(id_, tuple(of_line)) for id_, of_line in zip(target_ids, spans, strict=True))
    from_at = min(strike.spans[0][0] for strike in strikes)
    until_at = max(strike.spans[-1][1] for strike in strikes)
    is_known = month.chance.random() < known
    is_carriers = why[0] in {CauseKind.LINE, CauseKind.DISASTER} and until_at - from_at > 40 * MINUTE_S
    is_taken = until_at - from_at > 25 * MINUTE_S and month.chance.random() < 0.8  # noqa: PLR2004 (most of them)
    return book.take(
        Fault(
            strikes,
            SILENT,
            common=common,
            choice=why if is_known else None,
            said=_WORDS[why] if is_known else "",
            guess=_GUESSES.get(why[0]) if month.chance.random() < 0.5 else None,  # noqa: PLR2004 (half)
            ticket=ticket(book, month, target_ids[0], from_at, until_at) if is_carriers else None,
            acknowledged_after_s=month.chance.randrange(2, 22) * MINUTE_S if is_taken else None,
        )
    )


def _single(book: Book, month: Month) -> None:
    chance, rain = month.chance, _RAIN[month.first.month - 1]
    weights = [2.6 if unit.area != book.communes[0].area else 1.0 for unit in book.communes]
    for _ in range(round(_A_MONTH * rain)):
        (unit,) = chance.choices(book.communes, weights)
        from_at = moment(chance.choice(month.days), chance.uniform(0, 23.9))
        length_s = min(max(chance.lognormvariate(3.3, 1.15), 3.0), 900.0) * MINUTE_S
        whys = (_LINE, _POWER, _OWN_POWER, _DEVICE, _DISASTER)
        (why,) = chance.choices(whys, (40, 14 + 6 * rain, 16, 12, 8 * max(rain - 0.8, 0.0)))
        _cut(book, month, [f"{unit.code}.cpe"], [[(from_at, from_at + length_s)]], why, known=0.8)


def _storms(book: Book, month: Month) -> None:
    for (of_month, day), (days, single, districts) in _STORMS.items():
        if of_month != month.first.month:
            continue
        chance = month.chance
        for number, district in enumerate(districts):
            common = Common(Dimension.DISTRICT, district, _LAYER)
            lines = book.lines_of(common)
            start_at = moment(month.days[day - 1 + number % days], chance.uniform(1, 21))
            spans = [_about(month, start_at, 100, chance.uniform(3, 17) * HOUR_S) for _ in lines]
            _cut(book, month, lines, spans, (_POWER, _DISASTER)[number % 2], common=common, known=1.0)
        for _ in range(single):
            unit = chance.choice(book.communes)
            from_at = moment(month.days[day - 1], 0) + chance.uniform(0, days * 86_400)
            spans = [[(from_at, from_at + chance.uniform(0.4, 9) * HOUR_S)]]
            _cut(book, month, [f"{unit.code}.cpe"], spans, chance.choice((_DISASTER, _POWER, _LINE)))


def _about(month: Month, start_at: float, within_s: float, length_s: float) -> list[Span]:
    from_at = start_at + month.chance.uniform(0, within_s)
    return [(from_at, from_at + length_s * month.chance.uniform(0.7, 1.0))]


def _rings(book: Book, month: Month) -> None:
    for of_year, hour, hours in _RINGS:
        day = month.day(*of_year)
        if day is None:
            continue
        unit = book.communes[-1] if day.month != 11 else book.communes[0]  # noqa: PLR2004 (a ring on the coast)
        common = Common(Dimension.PROVIDER_AREA, _largest(book, unit.area), _LAYER)
        lines = book.lines_of(common)
        spans = [_about(month, moment(day, hour), 60, hours * HOUR_S) for _ in lines]
        _cut(book, month, lines, spans, _LINE, common=common, known=1.0)


def _largest(book: Book, area: str) -> str:
    """Return the carrier with most lines of an area, as a common value."""
    values = [f"{book.provider_of(f'{unit.code}.cpe')}|{area}" for unit in book.communes if unit.area == area]
    return max(sorted(set(values)), key=values.count)


def _slides(book: Book, month: Month) -> None:
    if month.first.month not in _SLIDES:
        return
    day, count = _SLIDES[month.first.month]
    hills = [unit for unit in book.communes if unit.former_district in _HILLS]
    for unit in month.chance.sample(hills, count):
        from_at = moment(month.days[day - 1], month.chance.uniform(2, 22))
        spans = [[(from_at, from_at + month.chance.uniform(15, 52) * HOUR_S)]]
        _cut(book, month, [f"{unit.code}.cpe"], spans, _DISASTER, known=1.0)


def _repeaters(book: Book, month: Month) -> None:
    """Let a few lines go down again and again, on different days."""
    for unit in month.chance.sample(book.communes, 3):
        for day in month.chance.sample(month.days, month.chance.randrange(3, 7)):
            from_at = moment(day, month.chance.uniform(0, 23))
            spans = [[(from_at, from_at + month.chance.uniform(4, 70) * MINUTE_S)]]
            _cut(book, month, [f"{unit.code}.cpe"], spans, _LINE, known=0.6)


def _flapping(book: Book, month: Month) -> None:
    """Let a few lines come and go, which is one incident with several times down."""
    for unit in month.chance.sample(book.communes, 3):
        at = moment(month.chance.choice(month.days), month.chance.uniform(0, 22))
        spans: list[Span] = []
        for _ in range(month.chance.randrange(3, 7)):
            end_at = at + month.chance.uniform(2, 8) * MINUTE_S
            spans.append((at, end_at))
            at = end_at + month.chance.uniform(3, 9) * MINUTE_S
        _cut(book, month, [f"{unit.code}.cpe"], [spans], _DEVICE, known=0.7)


def _poor(book: Book, month: Month) -> None:
    """Let some lines be slow or lossy in working hours of several days."""
    for unit in month.chance.sample(book.communes, 7):
        cause = month.chance.choice(_SLOW)
        for day in month.chance.sample(month.working_days, month.chance.randrange(1, 5)):
            from_at = moment(day, month.chance.choice((8.1, 8.6, 14.2)) + month.chance.uniform(0, 0.6))
            span = (from_at, from_at + month.chance.uniform(0.6, 2.4) * HOUR_S)
            book.take(
                Fault(
                    (Strike(f"{unit.code}.cpe", (span,)),),
                    cause,
                    Status.DEGRADED,
                    choice=_LINE if month.chance.random() < 0.5 else None,  # noqa: PLR2004 (half)
                    said="nhà mạng điều chỉnh băng thông",
                )
            )
