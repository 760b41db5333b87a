"""The same news on the person's next address, when the first fails. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from alerts.delivery.merging import bulletin_kind
from alerts.delivery.outbox import OutboxRow
from alerts.model.notification import BulletinKind, Notification
from alerts.oncall.model import Address, Directory, Recipient
from alerts.oncall.routing import next_address

FALLBACK_S: Final = 120.0
"""How long a channel may fail before the next is used."""

_ONLY_THERE: Final = frozenset({BulletinKind.REPLY, BulletinKind.TEST})
"""What is meant for one channel."""


def substitutes(
    rows: Iterable[OutboxRow], directory: Directory, now: float, *, down: Collection[str] = ()
) -> dict[int, Notification]:
    """Return row id -> what goes out instead, for each row whose person can be told elsewhere.

    Addresses on channels that are `down` are only used when nothing else is left. The addresses before the row's own
    were tried before it: news goes through a contact's addresses in their order.
    """
    found = {}
    for row in rows:
        recipient = _elsewhere(row.notification, directory, down)
        if recipient is not None:
            found[row.id] = replace(
                row.notification,
                channel=recipient.channel,
                recipient=recipient.address,
                due_at=now,
                instead_of=row.notification.dedup_key,
            )
    return found


def _elsewhere(notification: Notification, directory: Directory, down: Collection[str]) -> Recipient | None:
    if not notification.person or bulletin_kind(notification.about_id) in _ONLY_THERE:
        return None
    tried = set(_tried(notification, directory))
    contact = directory.contacts.get(notification.person)
    poor = set() if contact is None else {each for each in contact.addresses if each.channel in down}
    return next_address(directory, notification.person, tried | poor) or next_address(
        directory, notification.person, tried
    )


def _tried(notification: Notification, directory: Directory) -> Iterator[Address]:
    own = Address(notification.channel, notification.recipient)
    contact = directory.contacts.get(notification.person)
    if contact is not None and own in contact.addresses:
        yield from contact.addresses[: contact.addresses.index(own)]
    yield own
