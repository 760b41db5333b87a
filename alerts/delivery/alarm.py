"""When delivery itself is in trouble, somebody is told on another channel, once, and when it is over. Pure.

What nobody can be told of (no channel is left) is not raised: it is told as soon as a channel works, unless it is over
by then.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.delivery.fallback import FALLBACK_S
from alerts.messages.words import duration
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.oncall.model import DEFAULT_POLICY, SELF_POLICY, Directory, Policy, Recipient, Step
from alerts.oncall.routing import applies, bare_address, contacts_of
from inventory.model import Inventory

LATE_S: Final = 300.0
"""How long a message may wait before it is an alarm."""

COMPONENT: Final = "delivery."
"""Begins the component in a bulletin's id; the channel's name follows."""

_OVER: Final = ":over"


@dataclass(frozen=True, slots=True)
class Signs:
    """How delivery does: channel -> since when it fails, and since when its longest overdue message should have gone."""

    failing_since: Mapping[str, float]
    late_since: Mapping[str, float]


def troubled(
    signs: Signs, now: float, *, late_s: float = LATE_S, failing_s: float = FALLBACK_S
) -> dict[str, float]:
    """Return channel -> since when it has been in trouble for long enough to say so."""
    found: dict[str, float] = {}
    for waits, limit_s in ((signs.failing_since, failing_s), (signs.late_since, late_s)):
        for channel, since_at in waits.items():
            if now - since_at > limit_s:
                found[channel] = min(since_at, found.get(channel, since_at))
    return found


def audience(policies: Mapping[str, Policy], inventory: Inventory, now: float) -> tuple[Step, ...]:
    """Return the steps that are told of delivery's troubles: those that come first at this hour, or else the first."""
    policy = policies.get(SELF_POLICY) or policies.get(DEFAULT_POLICY)
    if policy is None:
        return ()
    first = (step for step in policy.steps if step.after_s <= 0 and applies(step, policy, inventory, now))
    return tuple(first) or policy.steps[:1]


def alarm(
    raised: Mapping[str, float],
    troubles: Mapping[str, float],
    steps: Sequence[Step],
    directory: Directory,
    now: float,
    *,
    failing: Collection[str] = (),
) -> tuple[Decision | None, dict[str, float]]:
    """Return what to tell (None: nothing) and what is raised now: channel -> since when.

    `raised` is what was told already and has not been called off. Nothing is told on channels that are `failing`,
    however short: it would come when all is over.
    """
    bulletins, notifications = [], []
    left = dict(raised)
    poor = {*troubles, *failing}
    for channel in sorted({*raised, *troubles}):
        if (channel in raised) == (channel in troubles):
            continue
        is_over = channel in raised
        recipients = reachable(steps, directory, poor, now)
        if not recipients and not is_over:
            continue
        since_at = left.pop(channel) if is_over else troubles[channel]
        if not is_over:
            left[channel] = since_at
        bulletin = _bulletin(channel, since_at, now, is_over=is_over)
        bulletins.append(bulletin)
        notifications += notes_of(bulletin, recipients)
    decision = Decision(bulletins=tuple(bulletins), notifications=tuple(notifications)) if bulletins else None
    return decision, left


def raised_by(bulletin_ids: Iterable[str], prefix: str = COMPONENT) -> dict[str, float]:
    """Return what was told and not called off, from the ids of all bulletins whose component begins so, as they were told."""
    found: dict[str, float] = {}
    for bulletin_id in bulletin_ids:
        _, component, since = bulletin_id.removesuffix(_OVER).split(":")
        channel = component.removeprefix(prefix)
        if bulletin_id.endswith(_OVER):
            found.pop(channel, None)
        else:
            found[channel] = float(since)
    return found


def _bulletin(channel: str, since_at: float, now: float, *, is_over: bool) -> Bulletin:
    waited = duration(max(0.0, now - since_at))
    facts = {
        "component": f"kênh {channel}",
        "since_at": since_at,
        "ended_at": now if is_over else None,
        "symptom": (
            f"kênh {channel} gửi được trở lại sau {waited}"
            if is_over
            else f"kênh {channel} có tin đã {waited} chưa gửi được"
        ),
        "consequence": (
            "các tin còn chờ đang được gửi, gộp lại"
            if is_over
            else "tin đang chờ; ai có kênh khác trong tệp người trực thì được báo qua kênh đó"
        ),
        "action": "" if is_over else "tại máy giám sát, xem lý do bằng lệnh tslcd-monitor notify queue",
    }
    bulletin_id = f"self:{COMPONENT}{channel}:{since_at:.0f}" + (_OVER if is_over else "")
    return Bulletin(bulletin_id, BulletinKind.SELF, now, facts)


def notes_of(bulletin: Bulletin, recipients: Iterable[Recipient], severity: int = 1) -> list[Notification]:
    """Return the rows that tell `recipients` of a bulletin at once."""
    return [
        Notification(
            about_id=bulletin.id,
            kind=NotificationKind.BULLETIN,
            channel=recipient.channel,
            recipient=recipient.address,
            due_at=bulletin.at,
            severity=severity,
            person=recipient.contact_id,
        )
        for recipient in recipients
    ]


def reachable(
    steps: Sequence[Step], directory: Directory, poor: Collection[str], now: float
) -> tuple[Recipient, ...]:
    """Return where to tell it: each contact's first address on a channel that works, each address once."""
    found = [recipient for step in steps for recipient in _of_step(step, directory, poor, now)]
    return tuple({(each.channel, each.address): each for each in reversed(found)}.values())[::-1]


def _of_step(step: Step, directory: Directory, poor: Collection[str], now: float) -> Iterator[Recipient]:
    for contact in contacts_of(directory, step, now):
        for address in contact.addresses:
            if address.channel not in poor:
                yield Recipient(address.channel, address.address, contact.id)
                break
    for name in step.to:
        bare = bare_address(directory, name)
        if bare is not None and bare.channel not in poor:
            yield Recipient(bare.channel, bare.address)
