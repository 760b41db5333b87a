"""The carrier ledger against a count of minutes, and what is held against nobody."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Choice, Common, Dimension, Incident, Side, Ticket
from inventory.model import Area, Circuit, Inventory, Layer, Target, Unit
from monitor.accounting.model import Outages, Parts, Period, Row
from monitor.report.figures.model import Compared, Figures, OutageRecord
from monitor.report.ledger.making import ledger
from monitor.report.ledger.model import CircuitAccount, Verdict
from monitor.settings.report import ReportSettings
from tests.effort import examples

MINUTE: Final = 60.0
BEGIN: Final = 1_793_466_000.0
PERIOD: Final = Period("2026-11", BEGIN, BEGIN + 600 * MINUTE)
CONTRACT: Final = Circuit("kenh-1", "VNPT", "GL-0001", availability_ratio=0.9, restore_time_s=120 * MINUTE)
SETTINGS: Final = ReportSettings()


def target(id_: str, circuit: str | None) -> Target:
    unit = id_.partition(".")[0]
    return Target(id_, f"Đường truyền {id_}", unit, Layer.TSLCD, "cpe", "10.0.0.1", circuit_id=circuit)


def inventory_of(*circuits: Circuit) -> Inventory:
    targets = [target("a.cpe", "kenh-1"), target("a.switch", "kenh-1"), target("b.cpe", "kenh-2")]
    units = {code: Unit(code, f"Xã {code.upper()}", "xã", "qn") for code in "ab"}
    return Inventory(
        units=units,
        targets={each.id: each for each in targets},
        checks={},
        circuits={each.id: each for each in circuits},
        areas={"qn": Area("qn", "Quảng Ngãi (cũ)")},
    )


def outage(begin: float, end: float | None, target_id: str = "a.cpe", **fields: Any) -> OutageRecord:
    """From minute to minute of the period."""
    from_at = BEGIN + begin * MINUTE
    until_at = None if end is None else BEGIN + end * MINUTE
    over_at = min(PERIOD.until_at, PERIOD.until_at if until_at is None else until_at)
    down_s = over_at - max(from_at, BEGIN)
    known: dict[str, Any] = {
        "id": f"{target_id}/icmp@{from_at:.0f}",
        "check_id": f"{target_id}/icmp",
        "target_id": target_id,
        "unit_code": target_id.partition(".")[0],
        "layer": Layer.TSLCD,
        "from_at": from_at,
        "until_at": until_at,
        "down_s": down_s,
        "length_s": over_at - from_at,
        "is_carried": from_at < BEGIN,
    } | fields
    return OutageRecord(**known)


CARRIERS: Final = {"cause": CauseKind.LINE, "side": Side.ENTERPRISE}
POWER: Final = {"cause": CauseKind.POWER, "side": Side.LOCAL}


def figures_of(outages: Iterable[OutageRecord], **fields: Any) -> Figures:
    row = Row("kenh-1", "VNPT GL-0001", Parts(), Outages(), coverage_ratio=0.99)
    known: dict[str, Any] = {
        "period": PERIOD,
        "before": PERIOD,
        "zone": "Asia/Ho_Chi_Minh",
        "province": "Quảng Ngãi",
        "made_at": PERIOD.until_at,
        "known_until_at": PERIOD.until_at,
        "inventory_digest": "ab",
        "least_coverage_ratio": 0.9,
        "circuits": (Compared(row),),
        "outages": tuple(sorted(outages, key=lambda each: each.from_at)),
    } | fields
    return Figures(**known)


def account_of(
    outages: Iterable[OutageRecord],
    incidents: Sequence[Incident] = (),
    circuit: Circuit = CONTRACT,
    **fields: Any,
) -> CircuitAccount:
    made = ledger(figures_of(outages, **fields), inventory_of(circuit), incidents, SETTINGS)
    [account] = made.circuits
    return account


def test_only_what_a_person_confirmed_on_the_carriers_side_counts() -> None:
    account = account_of(
        [
            outage(0, 10, **CARRIERS),
            outage(20, 30, **POWER),
            outage(40, 50),
            outage(60, 70, cause=CauseKind.LINE, side=Side.LOCAL),
            outage(80, 90, cause=CauseKind.DISASTER, side=Side.ENTERPRISE),
        ]
    )

    assert [line.verdict for line in account.lines] == [
        Verdict.COUNTS,
        Verdict.EXCEPTED_CAUSE,
        Verdict.UNCONFIRMED,
        Verdict.OTHER_SIDE,
        Verdict.EXCEPTED_CAUSE,
    ]
    assert account.sums.counted_s == 10 * MINUTE
    assert account.sums.excepted_s == 30 * MINUTE
    assert account.sums.unconfirmed_s == 10 * MINUTE
    assert (account.sums.outages, account.sums.counted) == (5, 1)


def test_minutes_over_contract_are_those_beyond_what_the_period_allows() -> None:
    within = account_of([outage(0, 60, **CARRIERS)])
    beyond = account_of([outage(0, 75, **CARRIERS), outage(100, 200, **POWER)])

    assert within.allowed_s == 60 * MINUTE
    assert within.over_s == 0
    assert beyond.over_s == 15 * MINUTE
    assert beyond.contract_ratio == 1 - 75 / 600


def test_of_a_line_that_nobody_measured_no_availability_is_named() -> None:
    rows = [
        Row("kenh-1", "VNPT GL-0001", Parts(), Outages(), coverage_ratio=covered) for covered in (None, 0.89)
    ]
    dark = [account_of([outage(0, 75, **CARRIERS)], circuits=(Compared(row),)) for row in rows]

    assert [each.contract_ratio for each in dark] == [None, None]
    assert [each.over_s for each in dark] == [15 * MINUTE] * 2, "that was measured all the same"


def test_without_a_contract_nothing_is_worked_out() -> None:
    account = account_of([outage(0, 300, **CARRIERS)], circuit=Circuit("kenh-1", "VNPT"))

    assert (account.allowed_s, account.over_s) == (None, None)
    assert account.lines[0].exceeds_restore_time is None
    assert account.sums.counted_s == 300 * MINUTE


def test_an_outage_exceeds_the_time_to_restore_in_the_period_in_which_it_becomes_longer() -> None:
    exceeds = [
        account_of([each]).lines[0].exceeds_restore_time
        for each in (
            outage(0, 120, **CARRIERS),
            outage(0, 121, **CARRIERS),
            outage(-100, 30, **CARRIERS),
            outage(-121, 30, **CARRIERS),
            outage(0, None, **CARRIERS),
            outage(0, 300, **POWER),
        )
    ]

    assert exceeds == [False, True, True, False, True, None]


def an_incident(id_: str, begin: float, end: float | None, **fields: Any) -> Incident:
    at = BEGIN + begin * MINUTE
    root = "" if "common" in fields else "a.cpe/icmp"
    resolved_at = None if end is None else BEGIN + end * MINUTE
    return Incident(id_, root, at, at + 60, "timeout", level=Status.DOWN, resolved_at=resolved_at, **fields)


def test_each_line_names_its_incident_its_group_and_its_ticket() -> None:
    group = an_incident(
        "SC-2026-0002",
        0,
        100,
        common=Common(Dimension.PROVIDER, "VNPT", "tslcd"),
        ticket=Ticket("VN-9", BEGIN + 10 * MINUTE, BEGIN + 99 * MINUTE),
        choice=Choice(CauseKind.LINE, Side.ENTERPRISE, "Lan", BEGIN),
    )
    member = an_incident("SC-2026-0001", 0, 100, part_of="SC-2026-0002")
    [line] = account_of([outage(0, 100, incident_id="SC-2026-0002", **CARRIERS)], [member, group]).lines

    assert (line.incident_id, line.told_id) == ("SC-2026-0001", "SC-2026-0002")
    assert (line.ticket_number, line.confirmed_by) == ("VN-9", "Lan")
    assert (line.report_wait_s, line.since_report_s) == (10 * MINUTE, 90 * MINUTE)
    assert line.closed_at == BEGIN + 99 * MINUTE
    assert (line.exceeds_restore_time, line.exceeds_since_report) == (False, False)


def test_a_ticket_of_the_line_itself_comes_before_that_of_its_group() -> None:
    own = an_incident("SC-2026-0001", 0, 300, ticket=Ticket("VN-1", BEGIN - MINUTE))
    [line] = account_of([outage(0, 300, **CARRIERS)], [own]).lines

    assert line.ticket_number == "VN-1"
    assert line.report_wait_s == 0
    assert line.exceeds_since_report is True


def test_what_was_reported_after_it_was_over_has_no_time_since_the_report() -> None:
    own = an_incident("SC-2026-0001", 0, 300, ticket=Ticket("VN-1", BEGIN + 301 * MINUTE))
    [line] = account_of([outage(0, 300, **CARRIERS)], [own]).lines

    assert line.since_report_s is None
    assert line.exceeds_since_report is None


def test_the_same_incident_again_has_no_time_since_the_report_while_the_line_was_up() -> None:
    own = an_incident("SC-2026-0001", 0, 400, ticket=Ticket("VN-1", BEGIN + 5 * MINUTE), episodes=2)
    first, again = account_of([outage(0, 20, **CARRIERS), outage(300, 400, **CARRIERS)], [own]).lines

    assert (first.since_report_s, again.since_report_s) == (15 * MINUTE, 100 * MINUTE)
    assert (first.exceeds_since_report, again.exceeds_since_report) == (False, False)


def test_what_goes_on_from_the_period_before_is_listed_and_not_counted_again() -> None:
    account = account_of([outage(-30, 20, **CARRIERS), outage(50, 60, **CARRIERS)])

    assert len(account.lines) == 2
    assert (account.sums.outages, account.sums.counted) == (1, 1)
    assert account.sums.counted_s == 30 * MINUTE, "what of it lies in the period"


def test_carriers_stand_for_themselves_and_no_circuit_makes_up_for_another() -> None:
    other = Circuit("kenh-2", "Viettel", availability_ratio=0.5)
    made = ledger(
        figures_of([outage(0, 70, **CARRIERS), outage(0, 10, "b.cpe", **CARRIERS)]),
        inventory_of(CONTRACT, other),
        (),
        SETTINGS,
    )

    assert [(each.provider, each.over_s, len(each.over)) for each in made.providers] == [
        ("Viettel", 0.0, 0),
        ("VNPT", 10 * MINUTE, 1),
    ]
    only = ledger(figures_of([]), inventory_of(CONTRACT, other), (), SETTINGS, circuit_ids={"kenh-2"})
    assert [each.circuit.id for each in only.circuits] == ["kenh-2"]
    assert only.circuits[0].row is None, "nothing of it was watched"


KINDS = st.sampled_from(
    [
        {},
        CARRIERS,
        POWER,
        {"cause": CauseKind.LINE, "side": Side.LOCAL},
        {"cause": CauseKind.SOFTWARE, "side": Side.ENTERPRISE},
    ]
)


@st.composite
def apart(draw: st.DrawFn, target_id: str) -> list[OutageRecord]:
    """Outages of one target: never two at a time."""
    edges = draw(st.lists(st.integers(-50, 650), max_size=8, unique=True).map(sorted))
    found = [
        outage(begin, end, target_id, **draw(KINDS))
        for begin, end in zip(edges[::2], edges[1::2], strict=False)
        if end > 0 and begin < 600
    ]
    if found and (found[-1].until_at or 0) > PERIOD.until_at:
        last = found.pop()
        found.append(outage((last.from_at - BEGIN) / MINUTE, None, target_id, **draw(KINDS)))
    return found


@given(apart("a.cpe"), apart("a.switch"))
@settings(max_examples=examples(200), deadline=None)
def test_sums_are_those_of_a_count_of_minutes(one: list[OutageRecord], two: list[OutageRecord]) -> None:
    account = account_of([*one, *two])
    counted = excepted = unconfirmed = 0
    for minute in range(600):
        at = BEGIN + (minute + 0.5) * MINUTE
        down = [
            each
            for each in (*one, *two)
            if each.from_at <= at and (each.until_at is None or at < each.until_at)
        ]
        if any(each.side is Side.ENTERPRISE and each.cause not in SETTINGS.not_the_carriers for each in down):
            counted += 1
        elif any(each.cause is not None for each in down):
            excepted += 1
        elif down:
            unconfirmed += 1

    assert account.sums.counted_s == counted * MINUTE
    assert account.sums.excepted_s == excepted * MINUTE
    assert account.sums.unconfirmed_s == unconfirmed * MINUTE
    assert account.over_s == max(0, counted * MINUTE - 60 * MINUTE)
    assert len(account.lines) == len(one) + len(two), "none is left out"


@given(apart("a.cpe"), st.floats(0, 1))
@settings(max_examples=examples(50), deadline=None)
def test_what_was_not_measured_within_an_outage_is_not_counted(
    found: list[OutageRecord], share: float
) -> None:
    holed = [
        outage(
            (each.from_at - BEGIN) / MINUTE,
            None if each.until_at is None else (each.until_at - BEGIN) / MINUTE,
            cause=each.cause,
            side=each.side,
            down_s=each.down_s * share,
        )
        for each in found
    ]

    assert [line.measured_s for line in account_of(holed).lines] == [each.down_s for each in holed]


MINUTES = st.sets(st.integers(0, 59))


@given(one=MINUTES, two=MINUTES, both=st.booleans())
@settings(max_examples=examples(60), deadline=None)
def test_no_moment_is_counted_twice_wherever_in_an_outage_nobody_knew(
    *, one: set[int], two: set[int], both: bool
) -> None:
    known = [
        outage(
            min(minutes),
            max(minutes) + 1,
            target_id,
            down_s=len(minutes) * MINUTE,
            **(CARRIERS if both or target_id == "a.cpe" else POWER),
        )
        for target_id, minutes in (("a.cpe", one), ("a.switch", two))
        if minutes
    ]
    sums = account_of(known).sums

    assert sums.counted_s + sums.excepted_s <= len(one | two) * MINUTE
    assert sums.counted_s <= len(one | two if both else one) * MINUTE
