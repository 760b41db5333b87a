"""Accounts that nobody uses."""

from pathlib import Path

from monitor.people.idleness import DAY_S, disable_idle
from monitor.people.rights import Role
from tests.monitor.people.office import ROOT, opened


async def test_accounts_that_nobody_used_for_so_long_are_disabled_and_it_is_noted(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN)
        await office.person("hoa")
        await office.desk.add("moi", "Chưa bao giờ vào", Role.DUTY, "", ROOT)
        await office.clock.advance(44 * DAY_S)
        await office.sign_in("an")
        assert await disable_idle(office.desk, 45, office.clock.now()) == ()

        await office.clock.advance(DAY_S)
        done = await disable_idle(office.desk, 45, office.clock.now())

        assert sorted(done) == ["hoa", "moi"]
        assert [account.name for account in office.desk.accounts() if account.is_disabled] == ["hoa", "moi"]
        assert (await office.deeds())[-1] == (
            "hệ thống",
            "",
            "account.disabled",
            f"{done[-1]}: không dùng trong 45 ngày",
        )
        assert await disable_idle(office.desk, 45, office.clock.now()) == ()


async def test_the_last_administrator_stays_and_one_let_in_again_has_all_the_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN)
        await office.person("binh", Role.ADMIN)
        await office.clock.advance(DAY_S)
        await office.sign_in("binh")
        await office.clock.advance(100 * DAY_S)

        assert await disable_idle(office.desk, 45, office.clock.now()) == ("an",)

        await office.desk.enable("an", ROOT)
        await office.clock.advance(DAY_S)
        assert await disable_idle(office.desk, 45, office.clock.now()) == ("binh",)
