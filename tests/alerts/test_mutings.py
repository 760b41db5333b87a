"""Who may mute what for how long, what it hits, and what is told when it ends."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model.decision import SavedState
from alerts.model.hold import Hold, Muting, MutingKind, SuppressionReason
from alerts.model.incident import Common, Dimension, Incident
from alerts.muting.declaring import LONGEST_S, MutingRefusal, Wish, declare, end_now, extend, preview, recall
from alerts.muting.muted import hit_by, mutings_by_target
from alerts.telling.holding import hold_of_incident
from alerts.telling.suppression import held, hold_of
from inventory.model import Selector
from tests.alerts.quiet_land import DAY_S, HOUR_S, NOON, TARGETS, Watch, land

LINK = Selector(targets=("1.cpe",))
WISH = Wish(MutingKind.SILENCE, LINK, NOON, NOON + HOUR_S, "Ngọc", "sửa điện")


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (replace(WISH, who="  "), MutingRefusal.NOBODY),
        (replace(WISH, comment=" "), MutingRefusal.NO_COMMENT),
        (replace(WISH, until_at=NOON), MutingRefusal.OVER),
        (replace(WISH, until_at=float("nan")), MutingRefusal.OVER),
        (
            replace(WISH, from_at=NOON + 2 * HOUR_S, until_at=NOON + 2 * HOUR_S),
            MutingRefusal.ENDS_BEFORE_START,
        ),
        (replace(WISH, until_at=NOON + LONGEST_S + 1), MutingRefusal.TOO_LONG),
        (replace(WISH, until_at=float("inf")), MutingRefusal.TOO_LONG),
        (
            replace(WISH, from_at=NOON + 500 * DAY_S, until_at=NOON + 501 * DAY_S),
            MutingRefusal.TOO_FAR_AHEAD,
        ),
        (replace(WISH, selector=Selector()), MutingRefusal.NO_CONDITION),
        (replace(WISH, selector=Selector(units=("9",))), MutingRefusal.NOTHING_HIT),
        (replace(WISH, selector=Selector(units=("1",), layers=("pc",))), MutingRefusal.NOTHING_HIT),
    ],
)
def test_what_cannot_be_muted_is_refused_with_a_reason_and_changes_nothing(
    wish: Wish, why: MutingRefusal
) -> None:
    watch = Watch(land())

    assert declare(watch.world, wish, NOON) is why
    assert (watch.world.mutings, watch.world.muted, watch.world.last_number) == ({}, {}, {})


def test_a_muting_gets_the_number_of_its_series_and_never_begins_in_the_past() -> None:
    watch = Watch(land())

    first = watch.mute(LINK, NOON + HOUR_S, from_at=NOON - DAY_S)
    work = watch.mute(LINK, NOON + HOUR_S, MutingKind.MAINTENANCE)
    second = watch.mute(LINK, NOON + HOUR_S)

    assert (first, work, second) == ("IM-2026-0001", "BT-2026-0001", "IM-2026-0002")
    assert watch.world.mutings[first].from_at == NOON


def test_a_restart_goes_on_with_the_numbers_and_what_was_declared() -> None:
    before = Watch(land())
    before.mute(LINK, NOON + HOUR_S)
    saved = SavedState(
        mutings=tuple(before.world.mutings.values()),
        last_number={"IM-2026": 1},
        seen=dict.fromkeys(TARGETS, 0.0),
    )

    after = Watch(land(), saved=saved, at=NOON + 60)

    assert after.mute(LINK, NOON + HOUR_S) == "IM-2026-0002"
    assert hold_of(after.world, "1.cpe/icmp", NOON + 60) == Hold(
        SuppressionReason.SILENCE, "IM-2026-0001", NOON + HOUR_S
    )


@pytest.mark.parametrize("how", ["expires", "ended", "shortened", "removed by a reload"])
def test_what_is_still_down_when_a_silence_ends_is_told_at_the_next_tick(how: str) -> None:
    watch = Watch(land())
    silence = watch.mute(Selector(tags=("thu",)), NOON + HOUR_S)
    watch.down("so.web")
    watch.tick(NOON + 1_800)
    assert watch.told() == []

    if how == "ended":
        watch.take(end_now(watch.world, silence, "Bình", watch.now))
    elif how == "shortened":
        watch.take(extend(watch.world, silence, watch.now + 1, "Bình", "xong sớm", watch.now))
    elif how == "removed by a reload":
        untagged = {id_: replace(target, tags=()) for id_, target in TARGETS.items()}
        watch.reload(replace(land(), targets=untagged))
    watch.tick(NOON + HOUR_S if how == "expires" else watch.now + 2)

    (incident_id,) = watch.world.incidents
    assert watch.told() == [("opened", incident_id)]


def test_what_came_back_within_a_silence_is_never_told() -> None:
    watch = Watch(land())
    watch.mute(LINK, NOON + HOUR_S)
    watch.down("1.cpe")
    watch.up("1.cpe")
    watch.tick(NOON + HOUR_S + 2)

    assert [kind for kind, _ in watch.told() if kind != "end"] == []


def test_the_end_of_what_was_told_before_the_silence_is_told_within_it() -> None:
    watch = Watch(land())
    watch.down("1.cpe")
    (incident_id,) = watch.world.incidents
    watch.mute(LINK, NOON + HOUR_S)
    watch.up("1.cpe")

    assert watch.told() == [("opened", incident_id), ("end", incident_id)]


def test_a_silenced_link_keeps_quiet_about_what_is_behind_it() -> None:
    watch = Watch(land())
    watch.mute(LINK, NOON + HOUR_S)
    watch.down("1.cpe")
    watch.down("1.kiosk")
    (incident_id,) = watch.world.incidents
    watch.tick(NOON + 600)

    hold = hold_of_incident(watch.world, incident_id, watch.now)
    assert hold == Hold(SuppressionReason.SILENCE, "IM-2026-0001", NOON + HOUR_S)
    assert watch.told() == []


def test_maintenance_until_it_is_up_is_over_for_what_came_back() -> None:
    watch = Watch(land())
    watch.mute(LINK, NOON + HOUR_S, MutingKind.MAINTENANCE, until_up=True)
    watch.down("1.cpe")
    watch.up("1.cpe")
    watch.now += 3_000
    watch.down("1.cpe")
    watch.tick(watch.now + 60)

    assert ("opened", next(iter(watch.world.incidents))) in watch.told()


def test_a_clock_set_too_far_ahead_and_right_again_ends_no_silence() -> None:
    watch = Watch(land())
    ended, left = (watch.mute(LINK, NOON + n * HOUR_S) for n in (2, 1))
    watch.take(end_now(watch.world, ended, "Bình", watch.now))
    stored = list(watch.world.mutings.values())
    watch.tick(NOON + 10 * DAY_S)
    assert watch.world.mutings == watch.world.muted == {}

    recall(watch.world, stored, NOON + 60.0)

    assert list(watch.world.mutings) == [left]
    assert {each.id for found in watch.world.muted.values() for each in found} == {left}


def test_an_ended_or_expired_silence_leaves_memory_and_cannot_be_changed() -> None:
    watch = Watch(land())
    ended, expired, left = (watch.mute(LINK, NOON + n * HOUR_S) for n in (3, 1, 2))
    watch.take(end_now(watch.world, ended, "Bình", watch.now))

    assert end_now(watch.world, ended, "Bình", watch.now) is MutingRefusal.ALREADY_OVER
    assert extend(watch.world, ended, NOON + DAY_S, "B", "c", watch.now) is MutingRefusal.ALREADY_OVER
    watch.tick(NOON + HOUR_S)
    assert list(watch.world.mutings) == [left]
    assert end_now(watch.world, expired, "Bình", watch.now) is MutingRefusal.UNKNOWN_ID
    assert {each.id for found in watch.world.muted.values() for each in found} == {left}


def test_extending_says_who_and_why_and_cannot_go_on_for_ever() -> None:
    watch = Watch(land())
    silence = watch.mute(LINK, NOON + HOUR_S)

    assert extend(watch.world, silence, NOON + DAY_S, "Bình", "", watch.now) is MutingRefusal.NO_COMMENT
    too_long = extend(watch.world, silence, NOON + LONGEST_S + 1, "Bình", "chờ", watch.now)
    assert too_long is MutingRefusal.TOO_LONG
    watch.take(extend(watch.world, silence, NOON + DAY_S, "Bình", "chờ thợ", watch.now))

    kept = watch.world.mutings[silence]
    assert (kept.until_at, kept.comment) == (NOON + DAY_S, "vì sao; Bình: chờ thợ")
    hold = hold_of(watch.world, "1.cpe/icmp", watch.now)
    assert hold is not None
    assert hold.until_at == NOON + DAY_S


def test_a_preview_says_whom_it_hits_with_what_is_behind_and_what_would_be_quiet() -> None:
    watch = Watch(land())
    watch.down("1.cpe")
    watch.down("2.cpe")
    mine = watch.world.incident_of["1.cpe/icmp"]

    found = preview(watch.world, LINK)

    assert found.reach.own == ("1.cpe",)
    assert found.reach.targets == ("1.cpe", "1.kiosk")
    assert (found.communes, found.incidents) == (("1",), (mine,))
    assert preview(watch.world, Selector(areas=("province",))).communes == ()
    assert preview(watch.world, Selector()).reach.own == ()


@pytest.mark.parametrize(
    ("targets", "quiet"), [(("1.cpe",), ()), (("1.cpe", "2.cpe"), ("SC-9",)), (("so.web",), ())]
)
def test_a_group_is_quiet_when_all_of_its_members_are(
    targets: tuple[str, ...], quiet: tuple[str, ...]
) -> None:
    watch = Watch(land())
    common = Common(Dimension.LAYER, "tslcd", "tslcd")
    members = [Incident(f"SC-{n}", f"{n}.cpe/icmp", NOON, NOON, "timeout", part_of="SC-9") for n in (1, 2)]
    group = Incident("SC-9", "", NOON, NOON, "", common=common)
    watch.world.incidents.update({each.id: each for each in (group, *members)})

    assert preview(watch.world, Selector(targets=targets)).incidents == quiet


SELECTORS = st.builds(
    Selector,
    targets=st.lists(st.sampled_from(sorted(TARGETS)), max_size=2).map(tuple),
    units=st.lists(st.sampled_from(["1", "2", "so"]), max_size=2).map(tuple),
    areas=st.lists(st.sampled_from(["qn", "kt", "province"]), max_size=1).map(tuple),
    former_districts=st.lists(st.sampled_from(["Huyện Ba Tơ"]), max_size=1).map(tuple),
    layers=st.lists(st.sampled_from(["tslcd", "kiosk"]), max_size=1).map(tuple),
    circuits=st.lists(st.sampled_from(["k1", "k2"]), max_size=1).map(tuple),
    providers=st.lists(st.sampled_from(["VNPT"]), max_size=1).map(tuple),
    tags=st.lists(st.sampled_from(["thu"]), max_size=1).map(tuple),
)


def is_meant(selector: Selector, target_id: str) -> bool:
    """Say by hand what `hit_by` must find."""
    inventory = land()
    target = inventory.targets[target_id]
    unit = inventory.units[target.unit_code]
    circuit = inventory.circuits.get(target.circuit_id or "")
    has = {
        selector.targets: {target.id},
        selector.units: {unit.code},
        selector.areas: {unit.area},
        selector.former_districts: {unit.former_district},
        selector.layers: {target.layer.value},
        selector.circuits: {target.circuit_id},
        selector.providers: {circuit.provider} if circuit else set(),
        selector.tags: set(target.tags),
    }
    has.pop((), None)
    return bool(has) and all(set(asked) & of_it for asked, of_it in has.items())


@given(SELECTORS)
def test_a_selector_means_what_meets_each_of_its_conditions(selector: Selector) -> None:
    assert set(hit_by(selector, land())) == {each for each in TARGETS if is_meant(selector, each)}


@st.composite
def drawn_mutings(draw: st.DrawFn) -> list[Muting]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 20))
        found.append(
            Muting(
                id=f"m{number}",
                kind=draw(st.sampled_from(MutingKind)),
                selector=draw(SELECTORS),
                from_at=float(start),
                until_at=float(start + draw(st.integers(1, 10))),
                who="n",
                comment="c",
                created_at=0.0,
                until_up=draw(st.booleans()),
                ended_at=draw(st.none() | st.integers(0, 30).map(float)),
            )
        )
    return found


@given(
    mutings=drawn_mutings(),
    target_id=st.sampled_from(sorted(TARGETS)),
    back_at=st.none() | st.integers(0, 30).map(float),
    now=st.integers(0, 30).map(float),
)
def test_a_hold_lasts_as_long_as_second_by_second_something_is_in_force(
    mutings: list[Muting], target_id: str, back_at: float | None, now: float
) -> None:
    def is_quiet(at: float) -> bool:
        return any(
            is_meant(each.selector, target_id)
            and each.from_at <= at < each.until_at
            and (each.ended_at is None or at < each.ended_at)
            and not (each.until_up and back_at is not None and each.from_at <= back_at < each.until_at)
            for each in mutings
        )

    until_at = now
    while is_quiet(until_at):
        until_at += 1.0
    hold = held(
        land(),
        f"{target_id}/icmp",
        now,
        first_seen_at={},
        back_at={} if back_at is None else {target_id: back_at},
        quiet_s=0.0,
        muted=mutings_by_target(mutings, land()),
    )

    assert (now if hold is None else hold.until_at) == until_at
