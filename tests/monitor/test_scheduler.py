import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Check
from monitor.lanes import Entry, Lane
from monitor.scheduler import Scheduler, next_slot, slot_offset
from probes.kind import Options
from tests.clock import FakeClock


def check(
    check_id: str = "a/icmp",
    *,
    kind: str = "icmp",
    interval_s: float = 60,
    retry_s: float = 20,
    min_gap_s: float = 0,
    address: str = "127.0.0.1",
) -> Check:
    return Check(
        id=check_id,
        target_id=check_id.split("/", maxsplit=1)[0],
        kind=kind,
        address=address,
        options=Options(),
        interval_s=interval_s,
        retry_interval_s=retry_s,
        timeout_s=5,
        failures_to_down=3,
        successes_to_up=2,
        min_gap_s=min_gap_s,
    )


class Recorder:
    """Notes every start; a run lasts `lasts_s` of the fake clock."""

    def __init__(self, clock: FakeClock, lasts_s: float = 0.0) -> None:
        self.clock, self.lasts_s = clock, lasts_s
        self.starts: list[tuple[str, float]] = []
        self.under_way = 0
        self.most_under_way = 0

    async def __call__(self, check: Check) -> None:
        self.starts.append((check.id, self.clock.monotonic()))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        if self.lasts_s:
            await self.clock.sleep(self.lasts_s)
        self.under_way -= 1

    def times(self, check_id: str) -> list[float]:
        return [at for name, at in self.starts if name == check_id]


@asynccontextmanager
async def running(scheduler: Scheduler) -> AsyncIterator[None]:
    task = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@given(st.text(min_size=1), st.floats(1, 86_400), st.floats(0, 1e7))
def test_slots_strictly_increase_by_whole_intervals(check_id: str, interval_s: float, after: float) -> None:
    offset = slot_offset(check_id, interval_s)
    assert 0 <= offset < interval_s

    first = next_slot(after, interval_s, offset)
    second = next_slot(first, interval_s, offset)

    assert after < first <= after + interval_s + 2e-3
    assert abs(second - first - interval_s) < 1e-6 * interval_s + 1e-6


async def test_each_check_runs_once_an_interval_at_its_own_phase() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    checks = [check(f"t{i}/icmp") for i in range(50)]
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"icmp": Lane(100)}, checks=checks)

    async with running(scheduler):
        await clock.advance(600)

    for each in checks:
        times = recorder.times(each.id)
        assert len(times) == 10
        assert all(abs(b - a - 60) < 1e-6 for a, b in itertools.pairwise(times))
    phases = {round(recorder.times(each.id)[0] % 60) for each in checks}
    assert len(phases) > 20, "hashed offsets spread the load"


async def test_a_day_of_two_hundred_checks_misses_nothing() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(
        clock=clock,
        run=recorder,
        lanes={"icmp": Lane(300)},
        checks=[check(f"t{i}/icmp", interval_s=300) for i in range(200)],
    )

    async with running(scheduler):
        await clock.advance(86_400)

    assert len(recorder.starts) == 200 * 288
    assert scheduler.stats.missed == 0


async def test_a_slot_missed_by_a_long_run_is_skipped_and_counted_not_queued_up() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=150)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check()])

    async with running(scheduler):
        await clock.advance(1_200)

    assert recorder.most_under_way == 1
    assert scheduler.stats.missed > 0
    assert len(recorder.starts) + scheduler.stats.missed in {20, 21}


async def test_a_full_lane_delays_its_own_kind_only() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=30)
    slow = [check(f"s{i}/snmp", kind="snmp") for i in range(50)]
    fast = [check(f"p{i}/icmp") for i in range(5)]
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"snmp": Lane(2), "icmp": Lane(100)}, checks=slow + fast
    )

    async with running(scheduler):
        await clock.advance(300)

    for each in fast:
        assert len(recorder.times(each.id)) == 5
    assert scheduler.waiting > 0


async def test_recheck_probes_at_once_and_once_more_after_a_run_that_is_under_way() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=2)
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check(interval_s=3_600)]
    )

    async with running(scheduler):
        await clock.advance(1)
        scheduler.recheck(["a/icmp"])
        await clock.advance(1)
        assert len(recorder.starts) == 1

        scheduler.recheck(["a/icmp"])
        scheduler.recheck(["a/icmp"])
        await clock.advance(10)

    assert len(recorder.starts) == 2


async def test_retry_comes_after_the_retry_interval_and_the_slots_stay() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check()])

    async with running(scheduler):
        await clock.advance(60)
        first = recorder.starts[0][1]
        scheduler.retry(["a/icmp"])
        asked = clock.monotonic()
        await clock.advance(120)

    slots = [
        at for _, at in recorder.starts if abs((at - first) % 60) < 1e-6 or abs((at - first) % 60 - 60) < 1e-6
    ]
    retries = [at for _, at in recorder.starts if at not in slots]
    assert len(slots) == 3
    assert all(abs(at - asked - 20) < 1e-6 for at in retries)


def test_adopting_an_unchanged_large_inventory_moves_no_slot() -> None:
    def checks() -> list[Check]:
        return [check(f"{number}/icmp", interval_s=15 + number % 7) for number in range(30_000)]

    scheduler = Scheduler(
        clock=FakeClock(), run=Recorder(FakeClock()), lanes={"icmp": Lane(1)}, checks=checks()
    )
    before, slots = dict(scheduler._entries), list(scheduler._heap)
    due_monos = {check_id: entry.due_mono for check_id, entry in before.items()}

    scheduler.adopt(checks())

    assert scheduler._heap == slots
    assert all(scheduler._entries[check_id] is entry for check_id, entry in before.items())
    assert {check_id: entry.due_mono for check_id, entry in scheduler._entries.items()} == due_monos


async def test_adopting_a_new_inventory_keeps_the_slots_of_what_stays() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check("a/icmp"), check("b/icmp")]
    )

    async with running(scheduler):
        await clock.advance(60)
        scheduler.adopt([check("a/icmp"), check("c/icmp", interval_s=10)])
        await clock.advance(60)

    first, second = recorder.times("a/icmp")
    assert abs(second - first - 60) < 1e-6
    assert len(recorder.times("b/icmp")) == 1
    assert len(recorder.times("c/icmp")) == 6


async def test_the_wall_clock_stepping_back_an_hour_delays_no_probe() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check(interval_s=1)])

    async with running(scheduler):
        await clock.advance(5)
        clock.step_wall(-3_600)
        await clock.advance(6)

    assert len(recorder.starts) == 11


async def test_lag_is_measured_against_the_due_time() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"icmp": Lane(10)}, checks=[check()])

    async with running(scheduler):
        await clock.advance(600)

    assert scheduler.stats.lag_s(0.99) < 1e-6
    assert scheduler.stats.started == 10


async def test_waiting_for_the_lane_is_lag_too() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=30)
    checks = [check(f"s{i}/snmp", kind="snmp") for i in range(4)]
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"snmp": Lane(1)}, checks=checks)
    async with running(scheduler):
        scheduler.recheck(each.id for each in checks)
        await clock.advance(95)

    assert sorted(round(lag_s) for lag_s in list(scheduler.stats.lags_s)[:4]) == [0, 30, 60, 90]


class Devices(Recorder):
    """One address is dead: its runs take half a minute."""

    DEAD = "10.51.7.1"

    async def __call__(self, check: Check) -> None:
        self.lasts_s = 30.0 if check.address == self.DEAD else 0.0
        await super().__call__(check)


async def test_hundreds_of_checks_of_a_dead_address_leave_the_lane_to_others_of_their_kind() -> None:
    clock = FakeClock()
    recorder = Devices(clock)
    dead = [check(f"d{i}/snmp", kind="snmp", address=Devices.DEAD) for i in range(300)]
    live = [check(f"l{i}/snmp", kind="snmp", address=f"10.51.8.{i}") for i in range(20)]
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"snmp": Lane(12, of_one=10)}, checks=dead + live)

    async with running(scheduler):
        await clock.advance(1_000)

    assert recorder.most_under_way == 11
    assert all(len(recorder.times(each.id)) in {16, 17} for each in live)
    assert all(len(recorder.times(each.id)) in {1, 2} for each in dead), "each has its turn"
    assert scheduler.stats.lag_s(1) < 1e-6, "who waits for his own device is not late"
    assert scheduler.stood_aside > 300


async def test_who_goes_while_he_stands_aside_takes_nobodys_share_with_him() -> None:
    clock = FakeClock()
    recorder = Devices(clock)
    dead = [check(f"d{i}/snmp", kind="snmp", interval_s=15, address=Devices.DEAD) for i in range(9)]
    lane = Lane(5, of_one=2)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"snmp": lane}, checks=dead)

    async with running(scheduler):
        await clock.advance(40)
        scheduler.adopt([check("l/snmp", kind="snmp", interval_s=15)])
        await clock.advance(60)
        assert lane.running == 0
        scheduler.adopt(dead)
        await clock.advance(300)
        assert lane.running == 2

    assert all(len(recorder.times(each.id)) >= 2 for each in dead)


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["take", "end", "remove"]), st.integers(0, 7)), max_size=60),
)
def test_a_lane_keeps_its_bounds_and_forgets_nobody(
    width: int, of_one: int, deeds: list[tuple[str, int]]
) -> None:
    lane = Lane(width, of_one)
    entries = [Entry(check(str(i), address=f"10.0.0.{i % 3}"), 0.0) for i in range(8)]
    under_way: list[Entry] = []

    def end(entry: Entry) -> None:
        under_way.remove(entry)
        lane.running -= 1
        under_way.extend(lane.following(entry, 0.0))

    for deed, number in deeds:
        entry = entries[number]
        if deed == "take" and not entry.queued and entry not in under_way and not entry.removed:
            under_way += [entry] if lane.take(entry, 0.0) else []
        elif deed == "end" and entry in under_way:
            end(entry)
        elif deed == "remove":
            entry.removed = True
        of_each = Counter(each.address for each in under_way)
        assert lane.running == len(under_way) <= width
        assert all(count <= of_one for count in of_each.values())
        assert lane.running == width or not lane.waiting, "a place is free and somebody waits for it"
    while under_way:
        end(under_way[0])

    assert not [entry for entry in entries if entry.queued and not entry.removed]
    assert (lane.running, list(lane.waiting)) == (0, [])


def gap_check(*, interval_s: float = 600) -> Check:
    return check("a/h323", kind="h323", interval_s=interval_s, retry_s=60, min_gap_s=60)


async def test_a_recheck_within_the_least_gap_waits_for_its_end() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=2)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"h323": Lane(10)}, checks=[gap_check()])

    async with running(scheduler):
        scheduler.recheck(["a/h323"])
        await clock.advance(1)
        scheduler.recheck(["a/h323"])  # while it runs
        await clock.advance(9)
        scheduler.recheck(["a/h323"])
        await clock.advance(49)
        assert len(recorder.starts) == 1

        await clock.advance(2)
    first, second = recorder.times("a/h323")

    assert second - first == 60
    assert scheduler.stats.missed == 0
    assert scheduler.stats.lag_s(1.0) == 0, "waiting on purpose is no lag"


async def test_rechecks_in_a_row_give_one_run_a_gap() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"h323": Lane(10)}, checks=[gap_check(interval_s=3_600)]
    )

    async with running(scheduler):
        for _ in range(300):
            scheduler.recheck(["a/h323"])
            await clock.advance(1)

    gaps = [later - earlier for earlier, later in itertools.pairwise(recorder.times("a/h323"))]
    assert len(gaps) >= 4
    assert min(gaps) >= 60


async def test_a_slot_right_after_a_retry_waits_and_the_slots_after_it_stay() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"h323": Lane(10)}, checks=[gap_check(interval_s=100)]
    )
    slot = next_slot(clock.monotonic(), 100, slot_offset("a/h323", 100))

    async with running(scheduler):
        await clock.advance(slot - clock.monotonic() + 1)
        scheduler.retry(["a/h323"])
        await clock.advance(350)

    after = [round(at - slot) for at in recorder.times("a/h323")]
    assert after == [0, 61, 121, 200, 300]


async def test_an_interval_as_long_as_the_gap_is_kept() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=1)
    scheduler = Scheduler(
        clock=clock, run=recorder, lanes={"h323": Lane(10)}, checks=[gap_check(interval_s=60)]
    )

    async with running(scheduler):
        await clock.advance(3_600)

    gaps = [later - earlier for earlier, later in itertools.pairwise(recorder.times("a/h323"))]
    assert len(recorder.starts) == 60
    assert min(gaps) >= 60
    assert scheduler.stats.missed == 0


async def test_the_gap_outlives_a_new_interval() -> None:
    clock = FakeClock()
    recorder = Recorder(clock)
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"h323": Lane(10)}, checks=[gap_check()])

    async with running(scheduler):
        scheduler.recheck(["a/h323"])
        await clock.advance(1)
        scheduler.adopt([gap_check(interval_s=90)])
        scheduler.recheck(["a/h323"])
        await clock.advance(100)

    first, second = recorder.times("a/h323")[:2]
    assert second - first == 60


async def test_a_run_that_waited_for_its_lane_starts_the_gap_when_it_starts() -> None:
    clock = FakeClock()
    recorder = Recorder(clock, lasts_s=40)
    checks = [
        check(f"{name}/h323", kind="h323", interval_s=600, retry_s=60, min_gap_s=60) for name in ("a", "b")
    ]
    scheduler = Scheduler(clock=clock, run=recorder, lanes={"h323": Lane(1)}, checks=checks)

    async with running(scheduler):
        scheduler.recheck(["a/h323"])
        await clock.advance(1)
        scheduler.recheck(["b/h323"])
        await clock.advance(45)
        scheduler.recheck(["b/h323"])
        await clock.advance(100)

    first, second = recorder.times("b/h323")[:2]
    assert second - first >= 60
