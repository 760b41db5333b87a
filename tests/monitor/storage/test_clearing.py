"""What state.db drops, and what it keeps for ever."""

from dataclasses import replace
from pathlib import Path

from alerts.model.decision import Decision
from alerts.model.incident import CloseReason
from alerts.model.notification import Bulletin, BulletinKind, CancelReason
from monitor.storage.audit import AuditEntry
from monitor.storage.clearing import AUDIT_KEPT_S, MESSAGES_KEPT_S, clear
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, incident, notification, opening

DAY = 86_400.0
LATER = T0 + MESSAGES_KEPT_S + 10 * DAY


def closing(number: int) -> Decision:
    return Decision(
        incidents=(replace(incident(number), resolved_at=T0 + DAY, close_reason=CloseReason.RECOVERED),)
    )


async def left(store: StateStore, query: str) -> list[object]:
    return [
        row[0] for row in await store.database.read(lambda connection: connection.execute(query).fetchall())
    ]


async def test_settled_messages_of_ended_incidents_go_after_thirteen_months_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        # 1 sent and ended; 2 sent, goes on; 3 cancelled and ended; 4 waits; 5 given up; 6 ended, sent lately.
        await store.commit_many([opening(number) for number in range(1, 7)])
        await store.commit_many([closing(number) for number in (1, 3, 4, 5, 6)])
        await store.outbox.mark_sent((1, 2), T0 + 1)
        await store.outbox.cancel((3,), CancelReason.ABSORBED)
        await store.outbox.mark_dead((5,), "no such user", T0 + 1)
        await store.outbox.mark_sent((6,), LATER - DAY)
        await store.database.write(
            lambda c: c.execute("insert into used_once values ('t', ?)", (T0,)).rowcount
        )
        await clear(store.database, LATER - DAY)

        dropped = await clear(store.database, LATER)

        assert await left(store, "select id from outbox order by id") == [2, 4, 5, 6]
        assert await left(store, "select count(*) from incident") == [6]
        assert await left(store, "select count(*) from transition") == [6]
        assert await left(store, "select count(*) from incident_log") == [6]
        assert await left(store, "select token from used_once") == []
        assert dropped == 3


async def test_old_bulletins_go_with_their_messages_but_those_about_ourselves_stay(tmp_path: Path) -> None:
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        for number, (key, kind) in enumerate(
            [
                ("brief:1", BulletinKind.BRIEF),
                ("brief:2", BulletinKind.BRIEF),
                ("self:x:1", BulletinKind.SELF),
            ],
            1,
        ):
            note = replace(notification(0), about_id=key)
            notes = (note,) if key != "brief:1" else ()
            await store.commit(Decision(bulletins=(Bulletin(key, kind, T0, {}),), notifications=notes))
            del number
        await clear(store.database, LATER - DAY)
        await clear(store.database, LATER)

        assert await left(store, "select id from bulletin order by id") == ["brief:2", "self:x:1"]


async def test_the_audit_log_is_kept_two_years(tmp_path: Path) -> None:
    now = T0 + AUDIT_KEPT_S + DAY
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        await store.note_audit(
            [AuditEntry(T0, "an", "old"), AuditEntry(now - AUDIT_KEPT_S + 1, "an", "kept")]
        )
        await clear(store.database, now - DAY)
        await clear(store.database, now)

        assert [entry.action for entry in await store.audit_log(10)] == ["kept"]


async def test_a_clock_that_leapt_drops_nothing(tmp_path: Path) -> None:
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        await store.note_audit([AuditEntry(T0, "an", "act")])
        await clear(store.database, T0 + 1)

        assert await clear(store.database, T0 + 10 * AUDIT_KEPT_S) == 0
        assert await clear(store.database, T0 + 2) == 0
        assert len(await store.audit_log(10)) == 1
