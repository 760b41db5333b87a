"""People, rotas and policies: who is told, at which step, after how long, on which channel. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be told something: a channel's name and the address there."""

    channel: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be told: a person, or a group chat (`is_group`). Nothing of it belongs into a log.

    `addresses` in the order of preference: the next is used when one fails. `language` is "vi" or "en".
    `sees_contacts`: messages may carry names and phone numbers of others.
    """

    id: str
    name: str
    addresses: tuple[Address, ...]
    phone: str = field(default="", repr=False)
    role: str = ""
    language: str = "vi"
    is_group: bool = False
    sees_contacts: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """A part of the day that people take in turn.

    From `from_minute` to `to_minute` of the local day (over midnight when not later) on `weekdays` (0 Monday) on which
    it begins. `turn_days`: after so many days the next of `people` is on duty; the first from `since` on.
    """

    name: str
    from_minute: int
    to_minute: int
    people: tuple[str, ...]
    since: date
    turn_days: int = 1
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Leave:
    """A person is away from `from_day` to `to_day`, both included: the next in turn stands in."""

    person: str
    from_day: date
    to_day: date


@dataclass(frozen=True, slots=True)
class Swap:
    """From `from_at` to `until_at` (Unix seconds) `person` is on duty in `rota`, whoever's turn it is."""

    rota: str
    person: str
    from_at: float
    until_at: float
    who: str = ""
    """Who arranged it."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty when, in the local time of `zone`."""

    id: str
    name: str
    shifts: tuple[Shift, ...]
    leave: tuple[Leave, ...] = ()
    zone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who can be told. `swaps` are what people arranged besides the file."""

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()


SELF_POLICY = "self"
"""Who hears of the monitor's own troubles; without one those of DEFAULT_POLICY do."""
DEFAULT_POLICY = "default"


class Hours(StrEnum):
    """When a step applies: always, or within or outside of the policy's calendar."""

    ALWAYS = "always"
    WORKING = "working"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: `after_s` after the first message, unless somebody took the incident.

    `to` names people, groups ("ngoc", "to-truc") and rotas ("rota:csht"), or is a bare "channel:address".
    `every_channel`: on all of a contact's addresses at once, not only on the first that works.
    """

    to: tuple[str, ...]
    after_s: float = 0.0
    hours: Hours = Hours.ALWAYS
    every_channel: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A ladder of steps. Without any, incidents are recorded and nobody is told.

    `repeat_s`: the last step told is repeated while nobody takes it, 0 never. `calendar` decides what working hours
    are.
    """

    id: str
    steps: tuple[Step, ...] = ()
    repeat_s: float = 0.0
    calendar: str = "24x7"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address to send to, and whose it is (`contact_id` "" for a bare address)."""

    channel: str
    address: str = field(repr=False)
    contact_id: str = ""
