"""Who is told at which step, and when. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

import pytest

from alerts import engine
from alerts.incidents import commands
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.hold import SuppressionReason
from alerts.model.incident import Incident, LogKind
from alerts.model.notification import CancelReason, NotificationKind
from alerts.model.settings import AlertSettings, QuietHours
from alerts.oncall.model import Address, Contact, Directory, Hours, Policy, Step
from alerts.telling.urgency import night_hold, severity_of
from inventory.model import Inventory, Layer, Target
from tests.alerts.province import EPOCH, SETTINGS, check, province
from tests.alerts.situations import alone
from tests.alerts.story import Story

LADDER = (Step(("email:an",)), Step(("email:binh",), after_s=900.0), Step(("email:chi",), after_s=1_800.0))
MIDNIGHT = 1_770_051_600.0 - EPOCH
"""00:00 UTC+7 of the day after EPOCH, in seconds after it."""


def settings(*steps: Step, repeat_s: float = 0.0, quiet: QuietHours | None = None) -> AlertSettings:
    policy = Policy("default", steps or LADDER, repeat_s=repeat_s)
    return replace(SETTINGS, policies={"default": policy}, quiet=quiet)


def down(using: AlertSettings, inventory: Inventory | None = None, at: float = 60.0) -> Story:
    """`a` is declared down at `at` + 40."""
    story = Story(inventory or alone(), using)
    story.answers("a", at - 60)
    story.fails("a", at, at + 20, at + 40)
    return story


def pass_time(story: Story, begin: float, end: float, *, every: float = 60.0) -> None:
    """Let it go on being down."""
    at = begin
    while at <= end:
        story.fails("a", at)
        story.ticks(at)
        at += every


def told(story: Story) -> list[tuple[float, str, str]]:
    return [(each.at - EPOCH, each.kind.value, each.recipient) for each in story.ledger.told]


def act(story: Story, outcome: Decision | commands.Refusal) -> None:
    assert isinstance(outcome, Decision)
    story.ledger.commit(outcome)


def test_the_next_step_is_told_when_nobody_took_it_in_time() -> None:
    story = down(settings())
    pass_time(story, 120, 2_000)

    assert told(story) == [(120, "opened", "an"), (1_020, "escalated", "binh"), (1_920, "escalated", "chi")]


def test_nobody_else_is_called_once_somebody_took_it() -> None:
    story = down(settings())
    pass_time(story, 120, 300)
    story.acknowledges("SC-2026-0001", 310)
    pass_time(story, 360, 4_000)

    assert told(story) == [(120, "opened", "an")]


def test_taking_it_calls_back_a_step_that_was_not_sent_yet() -> None:
    story = down(settings())
    pass_time(story, 120, 900)
    story.fails("a", 1_010)
    outcome = story.world
    decision = commands.acknowledge(outcome, "SC-2026-0001", who="an", text="", now=EPOCH + 1_011)
    assert isinstance(decision, Decision)

    (cancelled,) = decision.cancellations
    assert cancelled.reason is CancelReason.ACKNOWLEDGED
    assert cancelled.kinds == {NotificationKind.ESCALATED, NotificationKind.REMINDED}


def test_when_the_time_is_over_for_which_it_was_taken_the_steps_go_on_at_their_distances() -> None:
    story = down(settings())
    pass_time(story, 120, 300)
    act(
        story,
        commands.acknowledge(
            story.world, "SC-2026-0001", who="an", text="", now=EPOCH + 310, until_at=EPOCH + 3_000
        ),
    )
    pass_time(story, 360, 5_000)

    assert told(story)[1:] == [(3_000, "escalated", "binh"), (3_900, "escalated", "chi")]
    given_back = [each for each in story.ledger.log if each.kind is LogKind.UNACKNOWLEDGED]
    assert [each.who for each in given_back] == [""]


def test_the_last_step_is_repeated_until_somebody_takes_it() -> None:
    story = down(settings(LADDER[0], repeat_s=600.0))
    pass_time(story, 120, 1_400)
    story.acknowledges("SC-2026-0001", 1_410)
    pass_time(story, 1_440, 4_000)

    assert [kind for _, kind, _ in told(story)] == ["opened", "reminded", "reminded"]
    assert len({each.round for each in story.ledger.told}) == 3


def test_reminders_do_not_delay_the_next_step() -> None:
    story = down(settings(*LADDER[:2], repeat_s=300.0))
    pass_time(story, 120, 1_200)

    assert (1_020, "escalated", "binh") in told(story)


@pytest.mark.parametrize("back_s", [2.0, 3_600.0])
def test_a_clock_that_is_set_back_calls_nobody_early_and_stops_no_step_and_no_reminder(back_s: float) -> None:
    story = down(settings(*LADDER[:2], repeat_s=300.0))
    story.ticks(120)
    assert told(story) == [(120, "opened", "an")]

    for at in range(122, 1_200, 20):
        now = EPOCH + at - back_s
        story.ledger.commit(engine.on_tick(story.world, now=now, mono=at))
        story.ledger.deliver(now)

    since = [(at + back_s - 120, kind, whom) for at, kind, whom in told(story)[1:]]
    assert [at for at, kind, _ in since if kind == "escalated"] == [pytest.approx(900, abs=25)]
    assert next(at for at, kind, _ in since if kind == "reminded") == pytest.approx(300, abs=25)


def test_where_nobody_can_be_told_the_next_step_is_told_at_once() -> None:
    story = down(settings(Step(("rota:nobody",)), *LADDER[1:]))
    pass_time(story, 120, 1_200)

    assert told(story) == [(120, "opened", "binh"), (1_020, "escalated", "chi")]


def test_a_step_for_other_hours_waits_for_them() -> None:
    working = Policy("default", (Step(("email:an",), hours=Hours.OFF),))
    using = replace(SETTINGS, policies={"default": working}, quiet=None)
    story = down(using)  # around the clock is always working
    pass_time(story, 120, 1_200)

    assert told(story) == []


def test_each_person_is_told_on_the_first_address_and_by_name() -> None:
    hoa = Contact("hoa", "Hoa", (Address("zalo", "1"), Address("email", "hoa@example.vn")))
    using = replace(settings(Step(("hoa",))), directory=Directory(contacts={"hoa": hoa}))
    story = down(using)

    (row,) = story.ledger.outbox.values()
    assert (row.notification.channel, row.notification.person) == ("zalo", "hoa")


def test_a_restart_forgets_neither_steps_nor_rounds() -> None:
    story = down(settings(*LADDER[:2], repeat_s=600.0))
    pass_time(story, 120, 800)
    before = story.incident.told
    story.restarts(alone(), stopped=810, at=820)
    assert story.incident.told == before
    pass_time(story, 840, 1_200)

    assert [kind for _, kind, _ in told(story)] == ["opened", "reminded", "escalated"]


class TestNight:
    @pytest.mark.parametrize(
        ("clock_s", "until_s"),
        [
            (-2 * 3600 - 1, None),
            (-2 * 3600, 7 * 3600),
            (0, 7 * 3600),
            (7 * 3600 - 1, 7 * 3600),
            (7 * 3600, None),
        ],
    )
    def test_it_lasts_from_ten_to_seven(self, clock_s: float, until_s: float | None) -> None:
        now = EPOCH + MIDNIGHT + clock_s
        hold = night_hold(QuietHours(), 2, now)

        assert (None if hold is None else hold.until_at - EPOCH - MIDNIGHT) == until_s
        assert night_hold(QuietHours(), 1, now) is None

    def test_what_wakes_nobody_is_told_in_the_morning(self) -> None:
        quiet = QuietHours(wakes=0)
        story = down(settings(quiet=quiet), at=MIDNIGHT)
        pass_time(story, MIDNIGHT + 120, MIDNIGHT + 7.2 * 3600, every=300.0)

        (first, *_) = told(story)
        assert 0 <= first[0] - MIDNIGHT - 7 * 3600 <= 300
        held = [each.text for each in story.ledger.log if each.kind is LogKind.HELD]
        assert held == [f"{SuppressionReason.NIGHT} {EPOCH + MIDNIGHT + 7 * 3600:.0f}"]

    def test_the_end_of_it_waits_for_the_morning_as_well(self) -> None:
        story = down(settings(quiet=QuietHours(wakes=0)), at=MIDNIGHT - 3 * 3600)
        story.ticks(MIDNIGHT - 3 * 3600 + 60)
        story.answers("a", MIDNIGHT, MIDNIGHT + 60)
        story.ticks(MIDNIGHT + 3600)
        assert [kind for _, kind, _ in told(story)] == ["opened"]

        story.ticks(MIDNIGHT + 7 * 3600)
        assert [kind for _, kind, _ in told(story)] == ["opened", "resolved"]


class TestReopening:
    def test_what_goes_down_again_soon_is_the_same_incident(self) -> None:
        story = down(settings())
        story.ticks(120)
        story.answers("a", 300, 320)
        story.ticks(340)
        story.fails("a", 700, 720, 740)

        assert story.incident.id == "SC-2026-0001"
        assert (story.incident.episodes, story.incident.resolved_at) == (2, None)
        assert story.ledger.log[-1].kind is LogKind.REOPENED

    def test_its_end_is_called_back_when_it_was_not_told_yet_and_nobody_is_told_anew(self) -> None:
        story = down(settings())
        story.ticks(120)
        story.world.settings = replace(story.world.settings, recovery_wait_s=300.0)
        story.answers("a", 300, 320)
        story.fails("a", 400, 420, 440)
        pass_time(story, 460, 900)

        assert told(story) == [(120, "opened", "an")]

    def test_whoever_heard_of_the_end_is_told_anew_when_it_lasts(self) -> None:
        story = down(settings())
        story.ticks(120)
        story.answers("a", 300, 320)
        story.ticks(340)
        story.fails("a", 700, 720, 740)
        settle_s = SETTINGS.flaps.settle_s
        pass_time(story, 750, 700 + settle_s - 10, every=10.0)
        assert [kind for _, kind, _ in told(story)] == ["opened", "resolved"]

        pass_time(story, 700 + settle_s, 700 + settle_s + 10, every=10.0)
        assert told(story)[2:] == [(700 + settle_s, "opened", "an")]

        story.answers("a", 1_200, 1_220)
        story.ticks(1_500)
        assert [kind for _, kind, _ in told(story)] == ["opened", "resolved", "opened", "resolved"]

    def test_it_can_be_reopened_after_a_restart(self) -> None:
        story = down(settings())
        story.ticks(120)
        story.answers("a", 300, 320)
        story.ticks(340)
        story.restarts(alone(), stopped=350, at=400)
        story.fails("a", 700, 720, 740)

        assert story.incident.id == "SC-2026-0001"


@pytest.mark.parametrize(
    ("layer", "level", "severity"),
    [
        (Layer.TSLCD, Status.DOWN, 1),
        (Layer.TSLCD, Status.DEGRADED, 2),
        (Layer.CONFERENCE, Status.DOWN, 2),
        (Layer.KIOSK, Status.DOWN, 3),
        (Layer.KIOSK, Status.DEGRADED, 3),
    ],
)
def test_urgency_follows_the_layer_and_is_less_for_what_only_got_worse(
    layer: Layer, level: Status, severity: int
) -> None:
    target = Target("a", "A", "21484", layer, "x", "127.0.0.1")
    inventory = replace(province([check("a")]), targets={"a": target})
    incident = Incident("SC-2026-0001", "a", EPOCH, EPOCH, "timeout", level=level)

    assert severity_of(inventory, SETTINGS, incident) == severity
