"""Accounts, over a real state.db."""

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.people.account import Account
from monitor.people.hashing import Hashing
from monitor.people.principal import By
from monitor.people.random_ids import digest
from monitor.people.refusals import REFUSALS, PeopleError, PeopleRefusal
from monitor.people.rights import Right, Role
from tests.monitor.people.office import COMMUNE, HOME, LONG, ROOT, Office, opened

ELSEWHERE = "203.0.113.5"


async def refused(work: object) -> PeopleRefusal:
    with pytest.raises(PeopleError) as caught:
        await work  # type: ignore[misc]
    return caught.value.reason


def test_every_reason_says_what_is_wrong_and_what_to_do() -> None:
    assert set(REFUSALS) == set(PeopleRefusal)


async def test_accounts_survive_a_restart_with_all_that_proves_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        await office.person("an", Role.ADMIN)
        signed_in = await office.sign_in("an")
        _, secret = await office.desk.make_token("hoa", [Right.SEE], 7, ROOT, "bảng điện")

        again = await office.reborn()

        assert [account.name for account in again.desk.accounts()] == ["an", "hoa"]
        assert again.desk.accounts() == office.desk.accounts()
        assert (await again.desk.sessions.find(signed_in.secret, HOME, is_active=True)) is not None
        found = await again.desk.token(secret, HOME)
        assert found is not None
        assert found[0].label == "bảng điện"
        await again.sign_in("hoa")


async def test_the_database_holds_no_password_no_session_and_no_token(tmp_path: Path) -> None:
    async with opened(tmp_path, hashing=Hashing()) as office:
        await office.person("hoa")
        session = (await office.sign_in("hoa")).secret
        _, token = await office.desk.make_token("hoa", [Right.SEE], 7, ROOT)
        link = await office.desk.invite("hoa", ROOT)
        await office.state.database.empty_wal()

        content = (tmp_path / "state.db").read_bytes()

        for secret in (session, token, token.removeprefix("tslcd_"), link.token, LONG):
            assert secret.encode() not in content
        assert b"$argon2id$v=19$m=19456,t=2,p=1$" in content
        assert len(session) >= 22
        assert re.fullmatch(r"tslcd_[\w-]{43}", token)


async def test_every_change_says_who_when_and_from_where(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        desk, by = office.desk, By("Quản Trị", "10.0.0.9")
        await desk.add("hoa", "Chị Hoa", Role.DUTY, "", by)
        link = await desk.invite("hoa", by)
        await desk.accept(link.token, LONG, HOME)
        await desk.set_role("hoa", Role.COMMUNE, COMMUNE, by)
        await desk.disable("hoa", by, "nghỉ việc")
        await desk.enable("hoa", by)
        token, _ = await desk.make_token("hoa", [Right.OWN], 7, by)
        await desk.revoke_token("hoa", token.id, by)

        deeds = await office.deeds()

        assert [(who, source, action) for who, source, action, _ in deeds] == [
            ("Quản Trị", "10.0.0.9", "account.added"),
            ("Quản Trị", "10.0.0.9", "account.invited"),
            ("Chị Hoa", HOME, "account.password"),
            ("Quản Trị", "10.0.0.9", "account.role"),
            ("Quản Trị", "10.0.0.9", "account.disabled"),
            ("Quản Trị", "10.0.0.9", "account.enabled"),
            ("Quản Trị", "10.0.0.9", "token.made"),
            ("Quản Trị", "10.0.0.9", "token.revoked"),
        ]
        assert deeds[4][3] == "hoa: nghỉ việc"


async def test_what_is_not_right_is_not_done(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        desk = office.desk
        await office.person("an", Role.ADMIN)
        account = desk.account(" AN ")
        assert isinstance(account, Account)

        refusals = [
            await refused(desk.add("An", "x", Role.DUTY, "", ROOT)),
            await refused(desk.add("ngọc", "x", Role.DUTY, "", ROOT)),
            await refused(desk.add("../etc", "x", Role.DUTY, "", ROOT)),
            await refused(desk.add("hoa", " \n ", Role.DUTY, "", ROOT)),
            await refused(desk.add("hoa", "Hoa", Role.COMMUNE, "", ROOT)),
            await refused(desk.add("hoa", "Hoa", Role.COMMUNE, "99999", ROOT)),
            await refused(desk.add("hoa", "Hoa", Role.DUTY, COMMUNE, ROOT)),
            await refused(desk.set_role("an", Role.DUTY, "", ROOT)),
            await refused(desk.disable("an", ROOT)),
            await refused(desk.enable("an", ROOT)),
            await refused(desk.invite("ma", ROOT)),
            await refused(desk.make_token("an", [], 7, ROOT)),
            await refused(desk.make_token("an", [Right.OWN], 7, ROOT)),
            await refused(desk.make_token("an", [Right.SEE], 367, ROOT)),
            await refused(desk.revoke_token("an", "x", ROOT)),
        ]

        assert refusals == [
            PeopleRefusal.NAME_TAKEN,
            PeopleRefusal.BAD_NAME,
            PeopleRefusal.BAD_NAME,
            PeopleRefusal.NO_DISPLAY_NAME,
            PeopleRefusal.UNIT_MISSING,
            PeopleRefusal.UNIT_UNKNOWN,
            PeopleRefusal.UNIT_NOT_WANTED,
            PeopleRefusal.LAST_ADMIN,
            PeopleRefusal.LAST_ADMIN,
            PeopleRefusal.ENABLED_ALREADY,
            PeopleRefusal.UNKNOWN_ACCOUNT,
            PeopleRefusal.SCOPE_MISSING,
            PeopleRefusal.SCOPE_TOO_WIDE,
            PeopleRefusal.BAD_DAYS,
            PeopleRefusal.UNKNOWN_TOKEN,
        ]


async def test_administrators_do_not_go_back_to_one_of_their_last_ten_passwords(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN, "câu số 00 của tôi")
        await office.desk.set_password("an", "câu số 01 của tôi", ROOT)
        account = office.desk.account("an")
        assert account is not None
        (first,) = account.credentials.earlier_hashes

        def changed(times: int) -> None:
            """Let the password have changed so often since; hashing as many would only take time."""
            earlier = (*("$argon2id$none",) * times, first)
            credentials = replace(account.credentials, earlier_hashes=earlier)
            office.desk._register.accounts["an"] = replace(account, credentials=credentials)

        changed(8)
        reason = await refused(office.desk.set_password("an", "câu số 00 của tôi", ROOT))
        assert reason is PeopleRefusal.PASSWORD_USED_BEFORE
        changed(9)
        await office.desk.set_password("an", "câu số 00 của tôi", ROOT)


async def test_who_knows_the_password_of_a_disabled_account_is_told_so_and_nobody_else(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        await office.desk.disable("hoa", ROOT)

        assert await office.refusal("hoa", LONG) is PeopleRefusal.DISABLED
        assert await office.refusal("hoa", "một câu nào đó khác") is PeopleRefusal.WRONG_SIGN_IN


async def guess(office: Office, name: str, source: str, times: int) -> list[PeopleRefusal | None]:
    return [await office.refusal(name, f"đoán lần {n}", source) for n in range(times)]


async def test_guessing_gets_slower_for_the_account_from_wherever_it_comes(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")

        tries = [await office.refusal("hoa", "đoán", f"192.0.2.{n}") for n in range(6)]

        assert tries == [PeopleRefusal.WRONG_SIGN_IN] * 3 + [PeopleRefusal.TOO_MANY] * 3
        assert await office.refusal("hoa", LONG, ELSEWHERE) is PeopleRefusal.TOO_MANY
        await office.clock.advance(1.1)
        assert await office.refusal("hoa", LONG, ELSEWHERE) is None
        assert (await office.deeds())[-1][2] == "session.opened"


async def test_guessing_gets_slower_for_an_address_whatever_names_it_tries(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        tries = [await office.refusal(f"ai-{n}", "đoán", ELSEWHERE) for n in range(8)]

        assert tries == [PeopleRefusal.WRONG_SIGN_IN] * 5 + [PeopleRefusal.TOO_MANY] * 3
        assert await office.refusal("ai-0", "đoán", "198.51.100.7") is PeopleRefusal.WRONG_SIGN_IN


async def test_a_restart_does_not_let_guessers_begin_anew(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        await guess(office, "hoa", ELSEWHERE, 4)

        again = await office.reborn()

        assert await again.refusal("hoa", LONG, "198.51.100.7") is PeopleRefusal.TOO_MANY


async def test_who_is_signed_in_or_was_is_not_locked_out_by_those_who_guess_elsewhere(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        first = await office.sign_in("hoa")
        await guess(office, "hoa", ELSEWHERE, 6)

        assert await office.refusal("hoa", LONG, ELSEWHERE) is PeopleRefusal.TOO_MANY
        assert await office.desk.sessions.find(first.secret, HOME, is_active=True) is not None
        await office.sign_in("hoa")
        await office.desk.change_password("hoa", LONG, "một câu mới khác hẳn", ROOT)
        await office.sign_in("hoa", "một câu mới khác hẳn")


async def test_an_invitation_lets_in_who_was_locked_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        await guess(office, "hoa", ELSEWHERE, 4)
        link = await office.desk.invite("hoa", ROOT)
        await office.desk.accept(link.token, "một câu mới khác hẳn", HOME)

        await office.sign_in("hoa", "một câu mới khác hẳn")


async def test_codes_of_the_second_factor_are_guessed_as_slowly_as_passwords(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN)
        await office.sign_in("an")
        ticket = await office.ticket("an")

        reasons = [
            await refused(office.desk.sign_in.code(ticket.secret, f"{n:06}", HOME, "")) for n in range(5)
        ]

        assert reasons[:3] == [PeopleRefusal.WRONG_CODE] * 3
        assert reasons[3:] == [PeopleRefusal.TOO_MANY] * 2


async def test_a_name_nobody_has_is_not_written_down(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await guess(office, "mật khẩu gõ nhầm ô", ELSEWHERE, 9)

        deeds = await office.deeds()

        assert {action for _, _, action, _ in deeds} == {"sign_in.failed", "sign_in.throttled"}
        assert {detail for _, _, _, detail in deeds} == {"tên không có"}
        assert len(deeds) == 4


async def test_a_short_password_without_a_second_factor_leads_to_setting_one_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN, "kx7#vò-tý")
        await office.person("binh", Role.ADMIN)
        await office.sign_in("an", "kx7#vò-tý")
        await office.desk.set_role("an", Role.DUTY, "", ROOT)
        await office.desk.factors.remove("an", ROOT)

        assert (await office.ticket("an", "kx7#vò-tý")).stage == "enrol"


async def test_taking_ones_own_second_factor_off_needs_the_password_and_a_long_one(tmp_path: Path) -> None:
    async with opened(tmp_path, second_factor=[]) as office:
        factors = office.desk.factors
        await office.person("hoa")
        await factors.start("hoa")
        await factors.confirm("hoa", office.code("hoa"), ROOT)

        assert await refused(factors.remove_own("hoa", "sai", ROOT)) is PeopleRefusal.WRONG_PASSWORD
        await office.desk.set_password("hoa", "kx7#vò-tý", ROOT)
        reason = await refused(factors.remove_own("hoa", "kx7#vò-tý", ROOT))
        assert reason is PeopleRefusal.PASSWORD_TOO_SHORT_ALONE
        await office.desk.set_password("hoa", LONG, ROOT)
        assert not (await factors.remove_own("hoa", LONG, ROOT)).has_second_factor


async def test_sessions_end_at_once_even_when_the_disk_refuses_and_signing_in_still_works(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        first = await office.sign_in("hoa")
        await office.state.database.write(lambda connection: connection.execute("drop table session").close())

        second = await office.sign_in("hoa")
        await office.desk.sessions.close(digest(second.secret), ROOT)

        assert await office.desk.sessions.find(second.secret, HOME, is_active=True) is None
        assert await office.desk.sessions.find(first.secret, HOME, is_active=True) is not None


async def test_one_account_has_twenty_sessions_and_the_oldest_makes_room(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        account = await office.desk.add("hoa", "Chị Hoa", Role.DUTY, "", ROOT)
        secrets = []
        for _ in range(22):
            secrets.append(await office.desk.sessions.open(account, HOME, "Firefox"))
            await office.clock.advance(1.0)

        live = [await office.desk.sessions.find(s, HOME, is_active=False) is not None for s in secrets]

        assert live == [False] * 2 + [True] * 20


async def test_sessions_whose_time_is_over_are_swept_from_the_disk(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        await office.sign_in("hoa")
        await office.clock.advance(901.0)
        await office.desk.sessions.sweep()

        def count(connection: sqlite3.Connection) -> int:
            return int(connection.execute("select count(*) from session").fetchone()[0])

        assert await office.state.database.read(count) == 0


async def test_who_saw_the_secret_of_a_second_factor_before_it_was_confirmed_has_nothing(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:
        await office.person("an", Role.ADMIN)
        thief = await office.ticket("an", source=ELSEWHERE)
        stolen = office.code("an")
        await office.sign_in("an")

        reason = await refused(office.desk.sign_in.code(thief.secret, stolen, ELSEWHERE, ""))
        assert reason in {PeopleRefusal.WRONG_CODE, PeopleRefusal.FACTOR_ALREADY}


async def test_only_tokens_that_hold_count_against_how_many_there_may_be(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        await office.person("hoa")
        for _ in range(20):
            await office.desk.make_token("hoa", [Right.SEE], 1, ROOT)

        reason = await refused(office.desk.make_token("hoa", [Right.SEE], 1, ROOT))
        await office.clock.advance(86_400.0)
        await office.desk.make_token("hoa", [Right.SEE], 1, ROOT)

        assert reason is PeopleRefusal.TOO_MANY_TOKENS
