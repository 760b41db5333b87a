"""Who is blamed when several things are down. Times are seconds; the wall shows EPOCH plus them."""

from alerts.model.checks import Status
from tests.alerts.province import (
    DUTY,
    EPOCH,
    OUR_FAULT,
    SILENT,
    check,
    province,
)
from tests.alerts.situations import chain, dark, healthy
from tests.alerts.story import Story


class TestChildAndParent:
    def test_a_fault_of_ours_asks_no_parents(self) -> None:
        story = healthy(chain())
        story.fails("switch", 50, 52, 54)
        story.fails("pc", 50, 52, 54)

        assert story.sees("pc", OUR_FAULT, 100).recheck == set()

    def test_the_first_failure_of_a_child_probes_its_parent_at_once(self) -> None:
        story = healthy(chain())

        assert story.sees("pc", SILENT, 60, took=5).recheck == {"switch"}

    def test_a_parent_that_ran_since_the_failure_began_is_not_probed_again(self) -> None:
        story = healthy(chain())
        story.answers("switch", 61)

        assert story.sees("pc", SILENT, 60, took=5).recheck == set()

    def test_a_parent_with_a_streak_under_way_is_not_probed_again(self) -> None:
        story = healthy(chain())
        story.fails("switch", 50)

        assert story.sees("pc", SILENT, 60, took=5).recheck == set()

    def test_a_child_waits_for_the_parents_answer(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80)
        decision = story.sees("pc", SILENT, 100, took=5)

        assert decision.recheck == {"switch"}
        assert decision.retry == {"pc"}
        assert story.status("pc") is Status.DOWN
        assert list(story.world.pending) == ["pc"]
        assert story.ledger.incidents == {}

    def test_a_waiting_child_asks_its_parents_again_with_every_failure(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)

        assert story.fails("pc", 120).recheck == {"switch"}

    def test_a_child_behind_a_dead_parent_asks_nobody(self) -> None:
        story = healthy(chain())
        story.fails("switch", 60, 80, 100)

        assert story.fails("pc", 110).recheck == set()

    def test_a_child_that_comes_back_behind_a_healthy_parent_asks_nobody(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 101)

        assert story.answers("pc", 300).recheck == set()

    def test_a_child_is_blamed_the_moment_its_parent_answers(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 105)

        assert (story.incident.root_check_id, story.incident.declared_at) == ("pc", EPOCH + 105)
        assert story.world.pending == {}

    def test_an_answer_older_than_the_last_failure_blames_nobody(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80)
        story.answers("switch", 99)
        story.fails("pc", 100)

        assert story.ledger.incidents == {}

    def test_an_impatient_child_is_blamed_only_for_what_lasts_longer_than_the_group_wait(self) -> None:
        story = healthy(chain(failures_to_down=1))
        story.fails("pc", 60)
        story.answers("switch", 65)
        story.answers("switch", 70)
        assert story.ledger.incidents == {}

        story.fails("pc", 80)
        story.answers("switch", 85)
        assert story.incident.root_check_id == "pc"

    def test_a_child_may_come_back_a_group_wait_later_than_its_parent(self) -> None:
        story = healthy(chain(failures_to_down=2))
        story.fails("switch", 95)
        story.fails("pc", 60, 80, 100, 119)
        story.answers("switch", 120)
        story.fails("pc", 124)
        story.answers("switch", 124.5)
        assert story.ledger.incidents == {}

        story.fails("pc", 126)
        story.answers("switch", 126.5)
        assert story.incident.root_check_id == "pc"

    def test_a_child_is_not_blamed_while_its_parent_is_failing(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.fails("switch", 101)
        story.fails("pc", 281)
        story.ticks(282)

        assert list(story.world.pending) == ["pc"]

    def test_whatever_hangs_on_a_dead_link_belongs_to_its_incident(self) -> None:
        incident = dark().incident

        assert incident.root_check_id == "link"
        assert incident.affected == {"switch", "pc"}
        assert incident.opened_at == EPOCH + 62

    def test_a_child_that_falls_later_joins_its_parents_incident(self) -> None:
        story = healthy(chain())
        for check_id in ("link", "switch", "pc"):
            story.fails(check_id, 60, 80, 100)

        assert story.incident.affected == {"switch", "pc"}
        assert story.world.pending == {}

    def test_a_dead_parent_that_is_judged_itself_holds_its_child(self) -> None:
        story = healthy(chain())
        story.fails("switch", 60, 80, 100)
        story.fails("pc", 60, 80, 100)
        assert list(story.world.pending) == ["switch", "pc"]

        story.answers("link", 105)
        assert story.incident.root_check_id == "switch"
        assert story.incident.affected == {"pc"}

    def test_a_child_with_two_parents_belongs_to_the_one_that_is_down(self) -> None:
        inventory = province([check("x"), check("y"), check("pc")], {"pc": ("x", "y")})
        story = healthy(inventory)
        story.fails("y", 60, 80, 100)
        story.fails("pc", 60, 80, 100)

        assert (story.incident.root_check_id, set(story.incident.affected)) == ("y", {"pc"})

    def test_a_parent_that_gives_no_verdict_is_waited_for_only_so_long(self) -> None:
        story = healthy(chain())
        for at in range(60, 60 + 40 + 180, 20):
            story.fails("pc", at)
            story.sees("switch", OUR_FAULT, at + 1)
        assert story.ledger.incidents == {}

        story.ticks(280)
        assert story.incident.root_check_id == "pc"

    def test_a_child_that_is_coming_back_is_not_blamed_by_time_alone(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("pc", 279)
        story.ticks(280)

        assert story.ledger.incidents == {}

    def test_a_parent_that_was_never_measured_is_waited_for_only_so_long(self) -> None:
        story = Story(chain())
        story.fails("pc", 60, 80, 100)
        story.ticks(279)
        assert story.ledger.incidents == {}

        story.ticks(280)
        assert story.incident.root_check_id == "pc"

    def test_what_waits_behind_a_check_blamed_by_time_joins_its_incident(self) -> None:
        story = Story(chain())
        story.fails("switch", 60, 80, 100)
        story.fails("pc", 60, 80, 100)
        story.ticks(280)

        assert story.incident.root_check_id == "switch"
        assert story.ledger.incidents[story.incident.id].affected == {"pc"}

    def test_a_parent_that_is_up_but_silent_is_waited_for_until_it_is_overdue(self) -> None:
        checks = [check("switch", interval_s=300.0), check("pc")]
        story = healthy(province(checks, {"pc": ("switch",)}))
        for at in range(60, 1000, 20):
            story.fails("pc", at)
            story.ticks(at)
            assert bool(story.ledger.incidents) is (at > 905)

    def test_every_parent_must_give_its_verdict(self) -> None:
        story = healthy(province([check("x"), check("y"), check("pc")], {"pc": ("x", "y")}))
        story.fails("pc", 60, 80, 100)
        story.answers("y", 101)
        assert story.ledger.incidents == {}

        story.answers("x", 102)
        assert story.incident.root_check_id == "pc"

    def test_a_parent_that_is_passed_over_does_not_speak_for_the_others(self) -> None:
        checks = [check("x", interval_s=300.0), check("y"), check("pc")]
        story = Story(province(checks, {"pc": ("x", "y")}))
        story.answers("x", 0)
        story.fails("pc", 60, 80, 100, 200, 300)
        story.ticks(301)
        assert story.ledger.incidents == {}

        story.answers("x", 302)
        assert story.incident.root_check_id == "pc"

    def test_a_child_told_of_minutes_before_its_parent_died_keeps_its_own_incident(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 101)
        story.fails("switch", 400, 420, 440)
        story.answers("link", 441)

        assert [each.root_check_id for each in story.world.incidents.values()] == ["pc", "switch"]


class TestRecovery:
    def test_a_good_result_behind_a_dead_link_probes_the_link_at_once(self) -> None:
        assert dark().answers("switch", 300).recheck == {"link"}

    def test_what_comes_back_with_its_link_is_told_by_the_links_recovery_alone(self) -> None:
        story = dark()
        for check_id in ("pc", "switch", "link"):
            story.answers(check_id, 300, 320)
        story.ticks(400)

        assert len(story.ledger.incidents) == 1
        assert len(story.ledger.told) == 2 * len(DUTY)

    def test_when_the_link_is_back_what_is_still_down_is_probed_at_once(self) -> None:
        assert dark().answers("link", 300, 320).recheck == {"switch", "pc"}

    def test_a_straggler_is_blamed_only_after_fresh_failures(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        story.fails("pc", 321, 341)
        story.answers("switch", 342)
        assert story.world.incidents == {}

        story.fails("pc", 361)
        story.answers("switch", 362)
        assert story.incident.root_check_id == "pc"
        assert story.incident.opened_at == EPOCH + 60

    def test_a_straggler_that_comes_back_is_never_told(self) -> None:
        story = dark()
        story.answers("link", 300, 320)
        story.fails("switch", 321, 341)
        story.fails("pc", 321, 341)
        for check_id in ("switch", "pc"):
            story.answers(check_id, 361, 381)

        assert len(story.ledger.incidents) == 1
        assert story.world.pending == {}

    def test_something_that_is_back_frees_what_hangs_on_it_even_if_the_root_is_still_down(self) -> None:
        story = dark()
        story.answers("switch", 300, 320)
        assert list(story.world.pending) == ["pc"]
        assert "switch" not in story.world.incident_of

        story.fails("pc", 340, 360, 380)
        story.answers("switch", 381)
        assert {each.root_check_id for each in story.world.incidents.values()} == {"link", "pc"}

    def test_something_that_is_back_keeps_what_hangs_on_another_dead_parent(self) -> None:
        parents = {"x": ("link",), "y": ("link",), "pc": ("x", "y")}
        story = healthy(province([check(each) for each in ("link", "x", "y", "pc")], parents))
        for check_id in ("link", "x", "y", "pc"):
            story.fails(check_id, 60, 80, 100)
        story.answers("x", 300, 320)

        assert story.world.incident_of["pc"] == story.incident.id

    def test_a_straggler_that_flaps_is_blamed_only_for_failures_in_a_row(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        for at in range(340, 500, 40):
            story.fails("pc", at)
            story.answers("pc", at + 20)
        story.fails("pc", 500, 520)
        story.answers("switch", 521)
        assert story.world.incidents == {}

        story.fails("pc", 540)
        story.answers("switch", 541)
        assert story.incident.root_check_id == "pc"

    def test_an_answer_from_before_the_latest_streak_blames_nobody(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        story.answers("pc", 340)
        story.answers("switch", 345)
        story.fails("pc", 360, 380, 400)
        assert story.world.incidents == {}

        story.answers("switch", 401)
        assert story.incident.root_check_id == "pc"

    def test_a_check_whose_link_was_freed_while_it_was_unknown_is_judged_when_it_is_known(self) -> None:
        story = dark()
        for at in (300, 320, 340):
            story.sees("switch", OUR_FAULT, at)
        story.answers("link", 350, 370)
        assert "switch" not in story.world.pending

        story.fails("switch", 380)
        assert "switch" in story.world.pending
