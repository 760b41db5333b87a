"""What waits becomes letters: one for each recipient, in order, a beginning and its end as one."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.letter import News
from alerts.delivery.merging import NEWS_LIMIT, bulletin_kind, merge, thread_id
from alerts.delivery.outbox import OutboxRow
from alerts.model.notification import BulletinKind, Notification, NotificationKind

NOW = 1_795_290_420.0
OPENED, RESOLVED, ESCALATED = (
    NotificationKind.OPENED,
    NotificationKind.RESOLVED,
    NotificationKind.ESCALATED,
)


def row(
    row_id: int,
    about: str = "SC-2026-0001",
    kind: NotificationKind = OPENED,
    *,
    to: str = "truc@a.example",
    wait_s: float = 0.0,
    **changes: object,
) -> OutboxRow:
    notification = Notification(about, kind, "email", to, NOW + wait_s, round=row_id)
    given = OutboxRow(row_id, notification, next_attempt_at=NOW + wait_s)
    own = {key: changes.pop(key) for key in ("severity", "step", "person") if key in changes}
    return replace(given, notification=replace(notification, **own), **changes)  # type: ignore[arg-type]


def bulletin(row_id: int, about: str) -> OutboxRow:
    return row(row_id, about, NotificationKind.BULLETIN)


def told(*rows: OutboxRow) -> list[list[tuple[str, NotificationKind, bool]]]:
    return [
        [(news.about_id, news.kind, news.is_late) for news in letter.news]
        for letter in merge(rows, NOW).letters
    ]


def test_what_is_due_for_one_recipient_goes_as_one_letter() -> None:
    rows = [row(1), row(2, "SC-2026-0002"), row(3, "SC-2026-0003", to="khac@a.example")]

    first, second = merge(rows, NOW).letters

    assert [news.about_id for news in first.news] == ["SC-2026-0001", "SC-2026-0002"]
    assert (second.recipient, second.row_ids) == ("khac@a.example", (3,))


def test_a_beginning_and_its_end_that_wait_together_are_told_as_one() -> None:
    (letter,) = merge([row(1), row(2, kind=RESOLVED)], NOW).letters

    assert letter.news == (News("SC-2026-0001", RESOLVED, (1, 2), round=2, is_late=True),)


def test_a_beginning_waits_for_its_end_when_that_is_due_soon() -> None:
    assert told(row(1), row(2, kind=RESOLVED, wait_s=8)) == []


def test_the_end_of_what_was_told_settles_what_else_waited_and_is_not_late() -> None:
    rows = [row(2, kind=ESCALATED, was_told=True), row(3, kind=RESOLVED, was_told=True)]

    assert told(*rows) == [[("SC-2026-0001", RESOLVED, False)]]


def test_the_end_of_what_was_never_told_is_cancelled() -> None:
    merged = merge([row(5, kind=RESOLVED)], NOW)

    assert (merged.letters, merged.never_told) == ((), (5,))


def test_a_recovery_that_was_over_before_it_was_told_is_cancelled() -> None:
    merged = merge([row(5, kind=RESOLVED, was_told=True), row(6)], NOW)

    assert merged.came_back == (5,)
    assert [letter.row_ids for letter in merged.letters] == [(6,)]


def test_of_several_tellings_only_the_latest_due_one_speaks() -> None:
    (letter,) = merge([row(1), row(2, kind=ESCALATED), row(3, kind=ESCALATED, wait_s=60)], NOW).letters

    assert letter.news == (News("SC-2026-0001", ESCALATED, (1, 2), round=2),)


def test_a_message_that_may_have_arrived_is_repeated_as_it_was() -> None:
    (first,) = merge([row(1), row(2, "SC-2026-0002")], NOW).letters
    tried = [
        row(1, message_id=first.message_id),
        row(2, "SC-2026-0002", message_id=first.message_id),
        row(3, "SC-2026-0003"),
        row(4, kind=RESOLVED),
    ]

    again, fresh = merge(tried, NOW).letters

    assert (again.message_id, again.row_ids, again.is_repeat) == (first.message_id, (1, 2), True)
    assert (fresh.row_ids, fresh.is_repeat) == ((3,), False)


def test_the_end_waits_until_it_is_sure_whether_the_beginning_arrived() -> None:
    assert told(row(1, message_id="m", wait_s=30), row(2, kind=RESOLVED)) == []


def test_answers_alarms_and_tests_go_alone_and_other_bulletins_join() -> None:
    rows = [
        row(1),
        bulletin(2, "brief:2026-11-22"),
        bulletin(3, "self:delivery.zalo_bot:1795290000"),
        bulletin(4, "reply:zalo_bot:17"),
        bulletin(5, "test:1795290000:email"),
    ]

    assert sorted(letter.row_ids for letter in merge(rows, NOW).letters) == [(1, 2), (3,), (4,), (5,)]


def test_a_letter_has_a_limit_and_the_urgent_comes_first() -> None:
    rows = [row(number, f"SC-2026-{number:04}", severity=3) for number in range(1, NEWS_LIMIT + 2)]
    rows.append(row(99, "SC-2026-0099", severity=1))

    first, second = merge(rows, NOW).letters

    assert (len(first.news), len(second.news)) == (NEWS_LIMIT, 2)
    assert (first.news[0].row_ids, first.severity, second.severity) == ((99,), 1, 3)


def test_message_ids_name_no_address_and_threads_join_what_is_about_one_incident() -> None:
    (one,) = merge([row(1)], NOW).letters
    (other,) = merge([row(1, to="khac@a.example")], NOW).letters
    (end,) = merge([row(2, kind=RESOLVED, was_told=True)], NOW).letters

    assert one.message_id.startswith("sc-2026-0001.opened.")
    assert "@" not in one.message_id + thread_id(one)
    assert one.message_id != other.message_id
    assert thread_id(one) == thread_id(end) != thread_id(other)


def test_the_kind_of_a_bulletin_is_what_its_id_begins_with() -> None:
    assert bulletin_kind("brief:2026-11-22") is BulletinKind.BRIEF
    assert bulletin_kind("SC-2026-0001") is None


KINDS = st.sampled_from([OPENED, RESOLVED, ESCALATED, NotificationKind.UPDATED])
ROWS = st.lists(
    st.tuples(st.integers(1, 3), KINDS, st.sampled_from(["an", "hoa"]), st.sampled_from([-30.0, 0.0, 30.0])),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(given_rows=ROWS, told_before=st.sets(st.tuples(st.integers(1, 3), st.sampled_from(["an", "hoa"]))))
def test_nothing_is_lost_and_nothing_is_told_twice(
    given_rows: list[tuple[int, NotificationKind, str, float]], told_before: set[tuple[int, str]]
) -> None:
    rows = [
        row(number, f"SC-{about}", kind, to=to, wait_s=wait_s, was_told=(about, to) in told_before)
        for number, (about, kind, to, wait_s) in enumerate(given_rows, 1)
    ]

    merged = merge(rows, NOW)

    settled = [row_id for letter in merged.letters for row_id in letter.row_ids]
    touched = [*settled, *merged.never_told, *merged.came_back]
    assert len(touched) == len(set(touched))
    for about in {(each.notification.about_id, each.notification.recipient) for each in rows}:
        of = [each for each in rows if (each.notification.about_id, each.notification.recipient) == about]
        assert [each.id for each in of if each.id in touched] or _may_wait(of)
        assert (
            sum(
                news.about_id == about[0]
                for letter in merged.letters
                if letter.recipient == about[1]
                for news in letter.news
            )
            <= 1
        )


def _may_wait(rows: list[OutboxRow]) -> bool:
    """Whether nothing need happen: the end is not due yet, or no telling is."""
    last = rows[-1]
    if last.notification.kind is RESOLVED:
        return last.next_attempt_at > NOW
    return all(each.next_attempt_at > NOW for each in rows if each.notification.kind is not RESOLVED)
