"""How another inventory comes into force, and what keeps the one that is."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from inventory.problem import ProblemsError
from monitor.first_plan import first_plan
from monitor.in_force import Denial, How, Outcome
from monitor.plan_reader import Candidate, Refused
from monitor.settings.settings import SettingsError
from tests.monitor.lives_of_inventories import BROKEN, Life


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


@asynccontextmanager
async def watching(life: Life) -> AsyncIterator[None]:
    task = asyncio.create_task(life.reloading.watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def applied(life: Life) -> Outcome | Refused | Denial:
    found = await life.reloading.examine()
    assert isinstance(found, Candidate)
    return await life.reloading.apply(found.digest, who="Chị Hoa", comment="")


async def test_a_start_adopts_the_folder_and_stores_it(life: Life) -> None:
    first = await life.start()

    assert first.version is None
    assert life.reloading.in_force.version == 1
    assert [(version.number, version.who) for version in await life.reloading.versions()] == [
        (1, "khởi động")
    ]
    assert life.notes.actions == ["start"]
    await life.start()
    assert len(await life.reloading.versions()) == 1


@pytest.mark.parametrize("breakage", ["syntax", "secret", "gone", "policy"])
async def test_a_start_with_a_broken_folder_takes_the_last_good_version_and_says_so(
    life: Life, breakage: str
) -> None:
    life.write(3)
    await life.start()
    match breakage:
        case "syntax":
            life.file.write_text(BROKEN)
        case "gone":
            life.file.unlink()
            life.file.parent.rmdir()
        case "policy":
            life.file.write_text(life.file.read_text() + "\ndefaults: {policy: khong-co}\n")
        case _:
            check = "{icmp: {kind: icmp}, snmp: {kind: snmp, options: {device: host}}}"
            life.file.write_text(life.file.read_text().replace("{icmp: {kind: icmp}}", check))

    first = await life.start()

    assert first.problems
    assert life.targets == 3
    assert life.reloading.in_force.version == 1
    assert str(first.problems[0]) in life.facts.started_from
    assert life.notes.actions[-1] == "start_from_version"


async def test_a_mended_folder_ends_the_warning(life: Life) -> None:
    await life.start()
    text = life.file.read_text()
    life.file.write_text(BROKEN)
    await life.start()
    life.file.write_text(text)

    assert await life.reloading.reload(How.SIGNAL) is Outcome.UNCHANGED
    assert life.facts.started_from == ""


async def test_a_damaged_version_is_passed_over_for_an_older_one(life: Life) -> None:
    await life.start()
    life.write(4)
    await applied(life)
    newest = (await life.reloading.versions())[0]
    (newest.folder / "1" / "tinh.yaml").write_text("")
    life.file.write_text(BROKEN)

    first = await life.start()

    assert first.version is not None
    assert (first.version.number, life.targets) == (1, 2)


async def test_without_any_version_all_problems_are_told(life: Life) -> None:
    life.file.write_text("x: 1\ny: 2\n")

    with pytest.raises(ProblemsError) as raised:
        first_plan(life.folder / "giam-sat.yaml")

    assert len(raised.value.problems) >= 2


async def test_broken_settings_refuse_a_start_whatever_is_stored(life: Life) -> None:
    await life.start()
    (life.folder / "giam-sat.yaml").write_text("province: [")

    with pytest.raises(SettingsError):
        first_plan(life.folder / "giam-sat.yaml")


async def test_an_invalid_change_keeps_what_runs_and_names_the_first_problem(life: Life) -> None:
    await life.start()
    life.file.write_text(BROKEN)

    assert await life.reloading.reload(How.SIGNAL) is Outcome.REFUSED
    assert not life.swaps
    assert "1 lỗi; lỗi đầu tiên" in life.facts.reload_error
    assert life.notes.actions == ["start", "refused"]


async def test_the_same_files_again_swap_nothing_but_read_keys_anew(life: Life) -> None:
    await life.start()

    assert await life.reloading.reload(How.SIGNAL) is Outcome.UNCHANGED
    assert (life.swaps, life.refreshed) == ([], 1)
    assert life.notes.actions == ["start"]


async def test_other_bytes_of_the_same_meaning_are_a_version_but_no_change(life: Life) -> None:
    await life.start()
    life.file.write_text("# ghi chú\n" + life.file.read_text())

    assert await life.reloading.reload(How.SIGNAL) is Outcome.UNCHANGED
    assert life.reloading.in_force.version == 2
    assert life.plan.inventory.digest == life.reloading.in_force.digest


async def test_a_signal_takes_new_policies_a_watch_does_not(life: Life) -> None:
    await life.start()
    life.settings(group_wait_s=7)

    assert await life.reloading.reload(How.WATCH) is Outcome.UNCHANGED
    assert life.plan.alerting.group_wait_s == 5
    assert await life.reloading.reload(How.SIGNAL) is Outcome.SWAPPED
    assert life.plan.alerting.group_wait_s == 7


async def test_settings_that_need_a_restart_are_told_until_they_are_taken_back(life: Life) -> None:
    await life.start()
    settings = life.folder / "giam-sat.yaml"
    text = settings.read_text()
    settings.write_text(text + "retention: {raw_days: 3}\nvantage: khác\n")

    await life.reloading.reload(How.SIGNAL)
    assert life.facts.needs_restart == "vantage, retention"
    await life.reloading.reload(How.WATCH)
    assert life.facts.needs_restart
    settings.write_text(text)
    await life.reloading.reload(How.SIGNAL)
    assert life.facts.needs_restart == ""


async def test_changed_folders_are_taken_over_once_they_are_at_rest(life: Life) -> None:
    await life.start()
    async with watching(life):
        await life.clock.advance(60)
        assert life.counted == []
        for number in range(3, 6):
            life.write(number)
            await life.clock.advance(6)
        assert life.targets == 2
        await life.clock.advance(8)

        assert life.targets == 5
        assert life.counted == ["swapped"]
        await life.clock.advance(120)
        assert life.counted == ["swapped"]


async def test_a_broken_folder_is_refused_once_and_its_mending_is_noticed(life: Life) -> None:
    await life.start()
    async with watching(life):
        life.file.write_text(BROKEN)
        await life.clock.advance(120)
        assert life.counted == ["refused"]
        life.write(3)
        await life.clock.advance(14)

    assert life.counted == ["refused", "swapped"]
    assert life.facts.reload_error == ""


async def test_with_the_watch_off_nothing_is_taken_over_by_itself(life: Life) -> None:
    life.settings(watch=False)
    await life.start()
    async with watching(life):
        life.write(3)
        await life.clock.advance(120)

    assert life.counted == []


@pytest.mark.parametrize(
    ("before", "after", "waits"), [(10, 7, False), (10, 6, True), (100, 95, False), (100, 94, True)]
)
async def test_a_change_that_would_end_the_watch_of_many_waits_for_a_person(
    life: Life, before: int, after: int, *, waits: bool
) -> None:
    life.write(before)
    await life.start()
    async with watching(life):
        life.write(after)
        await life.clock.advance(14)

        assert life.targets == (before if waits else after)
        assert life.facts.pending == (f"thôi giám sát {before - after} đối tượng" if waits else "")
        assert await applied(life) is (Outcome.SWAPPED if waits else Outcome.UNCHANGED)

    assert life.targets == after
    assert life.facts.pending == ""


async def test_a_change_that_would_end_many_checks_of_targets_that_stay_waits_too(life: Life) -> None:
    life.write(20)
    one = "icmp: {kind: icmp}"
    life.file.write_text(
        life.file.read_text().replace(one, f"{one}, web: {{kind: tcp, options: {{port: 80}}}}")
    )
    await life.start()
    async with watching(life):
        life.write(20)
        await life.clock.advance(14)

        assert life.facts.pending == "bỏ 20 phép đo"
        assert await applied(life) is Outcome.SWAPPED


async def test_a_restart_is_no_leave_for_a_change_that_waits(life: Life) -> None:
    life.write(100)
    await life.start()
    life.write(40)
    assert await life.reloading.reload(How.WATCH) is Outcome.WAITING

    await life.start()
    assert (life.targets, life.facts.version) == (100, 1)
    async with watching(life):
        await life.clock.advance(20)
    assert life.facts.pending == "thôi giám sát 60 đối tượng"

    assert await applied(life) is Outcome.SWAPPED
    await life.start()
    assert (life.targets, life.facts.version) == (40, 2)


async def test_a_change_that_waits_is_forgotten_when_it_is_taken_back(life: Life) -> None:
    life.write(10)
    await life.start()
    text = life.file.read_text()
    async with watching(life):
        life.write(1)
        await life.clock.advance(14)
        assert life.facts.pending
        life.file.write_text(text)
        await life.clock.advance(14)

    assert life.facts.pending == ""
    assert life.counted == ["waiting", "unchanged"]


async def test_only_the_latest_reading_is_spoken_of(life: Life) -> None:
    life.write(100)
    await life.start()
    life.file.write_text(BROKEN)
    await life.start()
    assert life.facts.started_from
    life.write(90)

    assert await life.reloading.reload(How.WATCH) is Outcome.WAITING
    assert (life.facts.started_from, life.facts.reload_error) == ("", "")
    life.file.write_text(BROKEN)
    assert await life.reloading.reload(How.WATCH) is Outcome.REFUSED
    assert life.facts.pending == ""


async def test_what_was_changed_since_somebody_looked_is_not_applied(life: Life) -> None:
    await life.start()
    life.write(3)
    found = await life.reloading.examine()
    assert isinstance(found, Candidate)
    life.write(1)

    assert await life.reloading.apply(found.digest, who="Chị Hoa", comment="") is Denial.FILES_CHANGED
    assert life.targets == 2


async def test_what_an_apply_did_not_take_is_still_news_to_the_watch(life: Life) -> None:
    await life.start()
    life.write(3)
    found = await life.reloading.examine()
    assert isinstance(found, Candidate)
    life.write(4)

    async with watching(life):
        assert await life.reloading.apply(found.digest, who="Chị Hoa", comment="") is Denial.FILES_CHANGED
        await life.clock.advance(20)

    assert life.targets == 4


async def test_who_applied_what_is_noted(life: Life) -> None:
    await life.start()
    life.write(3)
    found = await life.reloading.examine()
    assert isinstance(found, Candidate)
    await life.reloading.apply(found.digest, who="Chị Hoa", comment="thêm máy")

    (entry, *_) = await life.notes.audit_log(10)
    assert (entry.who, entry.action, entry.digest) == ("Chị Hoa", "apply", found.digest)
    assert entry.detail == "+1 đối tượng; thêm máy"
    assert (await life.reloading.versions())[0].who == "Chị Hoa"


async def test_a_step_back_stays_until_a_person_ends_it(life: Life) -> None:
    await life.start()
    life.write(3)
    await applied(life)

    assert await life.reloading.roll_back(1, who="Chị Hoa") is Outcome.SWAPPED
    assert (life.targets, life.reloading.in_force.version, life.facts.pinned_by) == (2, 1, "Chị Hoa")
    async with watching(life):
        life.write(5)
        await life.clock.advance(60)
    assert life.targets == 2

    await life.start()
    assert (life.targets, life.reloading.in_force.version, life.facts.pinned_by) == (2, 1, "Chị Hoa")

    assert await applied(life) is Outcome.SWAPPED
    assert (life.targets, life.facts.pinned_at) == (5, None)
    first = await life.start()
    assert (first.pin, life.targets) == (None, 5)


async def test_a_step_back_is_not_undone_by_a_watch_that_had_to_wait_for_it(life: Life) -> None:
    await life.start()
    life.write(3)
    await applied(life)
    life.write(4)

    await asyncio.gather(
        life.reloading.roll_back(1, who="Chị Hoa"),
        life.reloading.reload(How.WATCH),
    )

    assert (life.targets, life.facts.pinned_by) == (2, "Chị Hoa")


async def test_a_signal_ends_a_pin_even_when_the_folder_says_the_same(life: Life) -> None:
    await life.start()
    await life.reloading.roll_back(1, who="Chị Hoa")

    await life.reloading.reload(How.SIGNAL)

    assert life.facts.pinned_at is None
    assert life.notes.actions == ["start", "rollback", "sighup"]


async def test_a_pinned_version_that_is_damaged_gives_way_to_the_folder(life: Life) -> None:
    await life.start()
    await life.reloading.roll_back(1, who="Chị Hoa")
    (version,) = await life.reloading.versions()
    (version.folder / "1" / "tinh.yaml").write_text("")
    life.write(3)

    first = await life.start()

    assert (first.pin, life.targets) == (None, 3)
    assert first.store.pinned() is None
    assert life.facts.lost_pin == "bản 1 (Chị Hoa ghim)"
    assert life.notes.entries[-1].detail == "bản 2; không dùng được bản 1 (Chị Hoa ghim)"
    await life.reloading.reload(How.WATCH)
    assert life.facts.lost_pin
    await applied(life)
    assert life.facts.lost_pin == ""


async def test_a_step_to_a_version_that_is_not_there_or_is_damaged_changes_nothing(life: Life) -> None:
    await life.start()
    (version,) = await life.reloading.versions()
    (version.folder / "1" / "tinh.yaml").write_text("")

    assert await life.reloading.roll_back(9, who="Chị Hoa") is Denial.UNKNOWN_VERSION
    assert isinstance(await life.reloading.roll_back(1, who="Chị Hoa"), Refused)
    assert life.facts.pinned_at is None
    assert not life.swaps


async def test_notes_and_versions_that_the_disk_refuses_are_saved_later(life: Life) -> None:
    life.notes.is_full = True
    stored = life.folder / "state" / "inventory"
    stored.write_text("a file")
    await life.start()
    assert "không lưu được bản danh mục" in life.facts.store_fault
    assert life.facts.version is None

    life.notes.is_full = False
    stored.unlink()
    async with watching(life):
        await life.clock.advance(3)

    assert life.notes.actions == ["start"]
    assert (life.facts.version, life.facts.store_fault) == (1, "")


async def test_a_step_back_to_a_stored_version_ends_the_complaint_of_the_one_not_stored(life: Life) -> None:
    await life.start()
    stored = life.folder / "state" / "inventory"
    aside = stored.rename(stored.with_name("aside"))
    stored.write_text("a file")
    life.write(3)
    await applied(life)
    assert life.facts.store_fault
    stored.unlink()
    aside.rename(stored)

    await life.reloading.roll_back(1, who="Chị Hoa")

    assert life.facts.store_fault == ""


async def test_a_file_whose_name_is_no_text_refuses_a_reload_and_is_noted(life: Life) -> None:
    await life.start()
    name = life.file.parent / os.fsdecode(b"\xff.yaml")
    name.write_text(BROKEN)

    assert await life.reloading.reload(How.SIGNAL) is Outcome.REFUSED
    assert life.notes.entries[-1].detail.encode()
    assert life.facts.reload_error.encode()
    name.unlink()
    assert await life.reloading.reload(How.SIGNAL) is Outcome.UNCHANGED
