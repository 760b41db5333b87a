"""What answers badly for long. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

import pytest

from alerts.incidents import commands
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, LogKind
from alerts.model.notification import NotificationKind
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Policy, Step
from inventory.model import Inventory
from probes.reading import Reading
from tests.alerts.province import EPOCH, GOOD, OUR_FAULT, SETTINGS, SILENT, SLOW, check, province
from tests.alerts.simulator import Simulator

LINK, CPE, SNMP = "nut.link/icmp", "xa.cpe/icmp", "xa.cpe/snmp"
WAIT_S = SETTINGS.degraded_wait_s
AGAIN_S = SETTINGS.flaps.reopen_s + WAIT_S
ONE_OF_DUTY = "truc@example.vn"
NOTICING_S = 60.0

Spans = dict[str, list[tuple[float, float, Reading]]]


def site() -> Inventory:
    checks = [check(each, interval_s=30.0, retry_interval_s=5.0) for each in (LINK, CPE, SNMP)]
    return province(checks, {CPE: (LINK,), SNMP: (CPE,)})


class Run(Simulator):
    """A site whose checks read something else than good in given spans."""

    def __init__(self, spans: Spans, settings: AlertSettings = SETTINGS) -> None:
        def reading_of(check_id: str, mono: float) -> Reading:
            found = (what for begin, end, what in spans.get(check_id, []) if begin <= mono < end)
            return next(found, GOOD)

        super().__init__(site(), {}, phases={}, settings=settings, reading_of=reading_of, tick_s=5.0)

    def told(self) -> list[tuple[str, str]]:
        """Return (kind, root) of what one recipient heard."""
        return [
            (each.kind.value, self.ledger.incidents[each.about_id].root_check_id)
            for each in self.ledger.told
            if each.recipient == ONE_OF_DUTY
        ]

    def kinds(self) -> list[LogKind]:
        return [each.kind for each in self.ledger.log]


class TestOpening:
    def test_what_is_degraded_for_long_is_an_incident(self) -> None:
        run = Run({CPE: [(300, 9_999, SLOW)]}).run_until(300 + WAIT_S)
        assert run.opened == []

        run.run_until(300 + WAIT_S + NOTICING_S)
        (only,) = run.opened
        assert (only.root_check_id, only.level) == (CPE, Status.DEGRADED)
        assert only.opened_at == pytest.approx(EPOCH + 300, abs=NOTICING_S)
        assert only.cause == "rtt_p50_s 0.3 / 0.2"

    def test_a_shorter_time_is_none(self) -> None:
        run = Run({CPE: [(300, 300 + WAIT_S - NOTICING_S, SLOW)]}).run_until(3_000)

        assert run.opened == []

    def test_it_is_told_with_others_at_full_five_minutes(self) -> None:
        run = Run({LINK: [(300, 9_999, SLOW)]}).run_until(1_600)

        (first, *_) = run.ledger.told
        assert first.at % 300 == pytest.approx(0, abs=1)

    def test_it_is_told_once_and_nobody_else_is_called_in(self) -> None:
        ladder = Policy("default", (Step((f"email:{ONE_OF_DUTY}",)), Step(("file:/b",), 60.0)), repeat_s=600)
        patient = replace(SETTINGS, policies={"default": ladder})
        run = Run({CPE: [(300, 99_999, SLOW)]}, patient).run_until(6_000)

        assert [each.kind for each in run.ledger.told] == [NotificationKind.OPENED]


class TestExplained:
    def test_only_the_topmost_is_told(self) -> None:
        slow = [(300.0, 9_999.0, SLOW)]
        run = Run({LINK: slow, CPE: slow, SNMP: slow}).run_until(3_000)

        assert run.told() == [("opened", LINK)]

    def test_an_ancestor_far_up_explains_as_well(self) -> None:
        run = Run({LINK: [(300, 9_999, SLOW)], SNMP: [(200, 9_999, SLOW)]}).run_until(3_000)

        assert [each.root_check_id for each in run.opened] == [LINK]

    def test_what_goes_on_after_its_ancestor_recovered_waits_anew(self) -> None:
        run = Run({LINK: [(300, 2_000, SLOW)], CPE: [(300, 9_999, SLOW)]})
        run.run_until(2_000 + WAIT_S)
        assert [each.root_check_id for each in run.ledger.open] == []

        run.run_until(2_000 + WAIT_S + NOTICING_S)
        assert [each.root_check_id for each in run.ledger.open] == [CPE]

    def test_one_incident_of_a_target_is_enough(self) -> None:
        run = Run({SNMP: [(300, 2_000, SILENT)], CPE: [(300, 3_000, SLOW)]})

        assert [each.root_check_id for each in run.run_until(1_900).opened] == [SNMP]
        assert [each.root_check_id for each in run.run_until(2_900).ledger.open] == [CPE]


class TestGettingWorse:
    def test_the_same_incident_is_told_anew(self) -> None:
        run = Run({CPE: [(300, 1_500, SLOW), (1_500, 9_999, SILENT)]}).run_until(2_000)

        (only,) = run.opened
        assert (only.level, only.episodes, only.cause) == (Status.DOWN, 1, "timeout")
        assert only.downs[0] == pytest.approx(EPOCH + 1_500, abs=NOTICING_S)
        assert LogKind.WORSENED in run.kinds()
        assert run.told() == [("opened", CPE), ("opened", CPE)]

    def test_its_recovery_is_told_once_and_soon(self) -> None:
        run = Run({CPE: [(300, 1_500, SLOW), (1_500, 2_500, SILENT)]}).run_until(2_500 + 2 * NOTICING_S)

        assert run.told() == [("opened", CPE), ("opened", CPE), ("resolved", CPE)]

    def test_what_goes_down_with_its_parent_ends_in_that_incident(self) -> None:
        cut = (1_500.0, 2_500.0, SILENT)
        run = Run({LINK: [cut], CPE: [(300, 1_500, SLOW), cut], SNMP: [cut]}).run_until(3_000)

        (degraded,) = (each for each in run.opened if each.level is Status.DEGRADED)
        (lost,) = (each for each in run.opened if each.level is Status.DOWN)
        assert (degraded.close_reason, degraded.part_of) == (CloseReason.ABSORBED, lost.id)
        assert CPE in lost.affected
        assert run.told() == [("opened", CPE), ("opened", LINK), ("resolved", LINK)]

    def test_down_then_degraded_ends_the_loss_and_waits_anew(self) -> None:
        run = Run({CPE: [(300, 1_000, SILENT), (1_000, 9_999, SLOW)]})
        run.run_until(1_000 + 2 * NOTICING_S)
        assert run.told() == [("opened", CPE), ("resolved", CPE)]

        run.run_until(1_000 + WAIT_S + 400)
        assert run.told() == [("opened", CPE), ("resolved", CPE), ("opened", CPE)]
        (now_slow,) = run.ledger.open
        assert now_slow.level is Status.DEGRADED


class TestEnding:
    def test_it_ends_when_it_is_good_again(self) -> None:
        run = Run({CPE: [(300, 2_000, SLOW)]}).run_until(2_000 + NOTICING_S)

        (only,) = run.opened
        assert only.close_reason is CloseReason.RECOVERED
        assert only.resolved_at == pytest.approx(EPOCH + 2_000, abs=NOTICING_S)

    def test_the_end_is_told_when_it_is_sure_to_be_one(self) -> None:
        run = Run({CPE: [(300, 2_000, SLOW)]}).run_until(2_000 + AGAIN_S - NOTICING_S)
        assert run.told() == [("opened", CPE)]

        run.run_until(2_000 + AGAIN_S + NOTICING_S)
        assert run.told() == [("opened", CPE), ("resolved", CPE)]

    def test_what_comes_and_goes_for_hours_is_one_incident_told_once(self) -> None:
        spans = [(300.0 + n * 1_400, 300.0 + n * 1_400 + 800, SLOW) for n in range(6)]
        run = Run({CPE: spans}).run_until(spans[-1][1] + AGAIN_S + NOTICING_S)

        assert run.told() == [("opened", CPE), ("resolved", CPE)]
        (only,) = run.opened
        assert (only.episodes, only.flapping_at) == (6, None)

    def test_it_goes_down_after_it_was_over_as_a_new_one(self) -> None:
        run = Run({CPE: [(300, 2_000, SLOW), (2_300, 9_999, SILENT)]}).run_until(2_500)

        assert [each.level for each in run.opened] == [Status.DEGRADED, Status.DOWN]
        assert run.told()[-1] == ("opened", CPE)


class TestSteadiness:
    def test_a_restart_keeps_it_open_and_tells_nothing(self) -> None:
        run = Run({CPE: [(300, 9_999, SLOW)]}).run_until(1_500)
        before = run.told()
        run.restart()
        run.run_until(4_000)

        assert run.told() == before
        assert len(run.ledger.open) == 1

    def test_unknown_neither_opens_nor_closes(self) -> None:
        ours = [(300.0, 2_000.0, SLOW), (2_000.0, 4_000.0, OUR_FAULT)]
        run = Run({CPE: ours, LINK: [(300, 700, SLOW), (700, 9_999, OUR_FAULT)]}).run_until(3_900)

        assert [each.root_check_id for each in run.ledger.open] == [CPE]

    def test_what_a_person_closed_is_not_opened_again_until_it_was_good(self) -> None:
        run = Run({CPE: [(300, 4_000, SLOW), (5_000, 9_999, SLOW)]}).run_until(1_500)
        (only,) = run.ledger.open
        answer = commands.close_by_hand(
            run.world, only.id, who="an", text="biết rồi", now=EPOCH + 1_500, mono=1_500.0
        )
        assert isinstance(answer, Decision)
        run.ledger.commit(answer)

        assert run.run_until(3_900).ledger.open == []
        assert len(run.run_until(6_000).ledger.open) == 1
