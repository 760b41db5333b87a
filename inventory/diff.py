"""What a new inventory means for people: who comes, who goes, and which field of whom changes from what to what. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from inventory.field_words import shown
from inventory.model import Check, Inventory, Target
from probes.kind import Options

_ZONE = "Asia/Ho_Chi_Minh"


class Op(StrEnum):
    """What becomes of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Subject(StrEnum):
    """What kind of thing changes."""

    AREA = "area"
    UNIT = "unit"
    CIRCUIT = "circuit"
    CALENDAR = "calendar"
    WINDOW = "window"
    TARGET = "target"
    RANGES = "own_ranges"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference. `field`, `old` and `new` are "" for what comes or goes as a whole.

    `field` is dotted below a target's checks (`icmp.interval_s`); values are as people read them.
    """

    op: Op
    subject: Subject
    id: str
    name: str
    unit: str = ""
    """Name of the target's unit, "" for everything else."""
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """A thing that goes and one that comes, and are alike: perhaps it was only given another id."""

    subject: Subject
    old_id: str
    new_id: str


@dataclass(frozen=True, slots=True)
class ChangeList:
    """The difference of two inventories by meaning.

    `unwatched` counts the targets whose watch ends, `unmeasured` the checks that end on targets still watched.
    """

    changes: tuple[Change, ...] = ()
    renames: tuple[Rename, ...] = ()
    unwatched: int = 0
    unmeasured: int = 0

    def __bool__(self) -> bool:
        return bool(self.changes)


def has_same_meaning(old: Inventory, new: Inventory) -> bool:
    """Whether nothing but the bytes of the files differs (comments, order of keys, which file says it)."""
    return all(
        getattr(old, field.name) == getattr(new, field.name)
        for field in fields(Inventory)
        if field.name not in {"digest", "ancestors_first"}
    )


def compare(old: Inventory, new: Inventory) -> ChangeList:
    """List what differs, units before targets, each sort in the order of ids."""
    found = [
        *_things(Subject.AREA, old.areas, new.areas, "name"),
        *_things(Subject.UNIT, old.units, new.units, "name"),
        *_things(Subject.CIRCUIT, old.circuits, new.circuits, "provider"),
        *_things(Subject.CALENDAR, old.calendars, new.calendars, "name"),
        *_things(Subject.WINDOW, old.windows, new.windows, "title"),
        *_ranges(old, new),
        *_targets(old, new),
    ]
    unwatched = sum(
        target.is_watched and not _is_watched(new.targets.get(target.id)) for target in old.targets.values()
    )
    unmeasured = sum(
        check_id not in new.checks and _is_watched(new.targets.get(check.target_id))
        for check_id, check in old.checks.items()
    )
    return ChangeList(tuple(found), tuple(_renames(old, new)), unwatched, unmeasured)


def summary(changes: ChangeList) -> str:
    """Say in one line how much changes: "+2 đối tượng, ~5 đối tượng đổi (5 địa chỉ), −1 đối tượng"."""
    counts: Counter[tuple[Subject, Op]] = Counter()
    edited: dict[str, set[str]] = {}
    changed_ids: set[tuple[Subject, str]] = set()
    for change in changes.changes:
        if change.op is not Op.CHANGED:
            counts[change.subject, change.op] += 1
        elif change.subject is Subject.TARGET:
            edited.setdefault(change.id, set()).add(change.field)
        elif (change.subject, change.id) not in changed_ids:
            changed_ids.add((change.subject, change.id))
            counts[change.subject, Op.CHANGED] += 1
    moved = sum("address" in names for names in edited.values())
    rewired = sum("circuit_id" in names for names in edited.values())
    others = sum(bool(names - {"address", "circuit_id"}) for names in edited.values())
    # One target may be in several of these.
    sorts = ((moved, "địa chỉ"), (rewired, "kênh truyền"), (others, "nội dung khác"))
    edits = ", ".join(f"{count} {word}" for count, word in sorts if count)
    parts = [
        (counts[Subject.TARGET, Op.ADDED], "+{} đối tượng"),
        (len(edited), f"~{{}} đối tượng đổi ({edits})"),
        (counts[Subject.TARGET, Op.REMOVED], "−{} đối tượng"),
    ]
    parts += [
        (counts[subject, op], f"{sign}{{}} {word}")
        for subject, word in _SUBJECT_WORDS.items()
        for op, sign in ((Op.ADDED, "+"), (Op.CHANGED, "~"), (Op.REMOVED, "−"))
    ]
    return ", ".join(text.format(count) for count, text in parts if count) or "không đổi việc giám sát"


_SUBJECT_WORDS = {
    Subject.AREA: "khu vực",
    Subject.UNIT: "đơn vị",
    Subject.CIRCUIT: "kênh truyền",
    Subject.CALENDAR: "lịch",
    Subject.WINDOW: "đợt bảo trì",
    Subject.RANGES: "danh sách dải địa chỉ",
}


def _things(
    subject: Subject, old: Mapping[str, Any], new: Mapping[str, Any], name_field: str
) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        name = getattr(before if after is None else after, name_field)
        if before is None or after is None:
            yield Change(Op.ADDED if before is None else Op.REMOVED, subject, key, name)
            continue
        zone = getattr(after, "zone", _ZONE)
        for field in fields(after):
            was, now = getattr(before, field.name), getattr(after, field.name)
            if was != now:
                texts = (shown(value, zone=zone, field=field.name) for value in (was, now))
                yield Change(Op.CHANGED, subject, key, name, "", field.name, *texts)


def _ranges(old: Inventory, new: Inventory) -> Iterator[Change]:
    if old.own_ranges != new.own_ranges:
        texts = shown(old.own_ranges), shown(new.own_ranges)
        yield Change(Op.CHANGED, Subject.RANGES, "", "", "", "own_ranges", *texts)


def _targets(old: Inventory, new: Inventory) -> Iterator[Change]:
    checks_before, checks_after = _checks_of(old), _checks_of(new)
    for key in sorted(old.targets.keys() | new.targets.keys()):
        before, after = old.targets.get(key), new.targets.get(key)
        own_before, own_after = checks_before.get(key, {}), checks_after.get(key, {})
        if before == after and own_before == own_after:
            continue
        some = after or before
        assert some is not None  # noqa: S101 (the key is from one of them)
        units = new.units if after else old.units
        unit = units[some.unit_code].name if some.unit_code in units else some.unit_code
        if before is None or after is None:
            yield Change(Op.ADDED if before is None else Op.REMOVED, Subject.TARGET, key, some.name, unit)
            continue
        for field, was, now in (*_fields(before, after), *_checks(before, after, own_before, own_after)):
            yield Change(Op.CHANGED, Subject.TARGET, key, some.name, unit, field, shown(was), shown(now))


def _checks_of(inventory: Inventory) -> dict[str, dict[str, Check]]:
    """Return target id -> label -> check."""
    found: dict[str, dict[str, Check]] = {}
    for check in inventory.checks.values():
        found.setdefault(check.target_id, {})[check.id.rpartition("/")[2]] = check
    return found


Edit = tuple[str, object, object]
"""A field, its old and its new value."""


def _fields(before: Target | Check, after: Target | Check) -> Iterator[Edit]:
    for field in fields(after):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if was != now:
            yield field.name, was, now


def _checks(
    before: Target, after: Target, old: Mapping[str, Check], new: Mapping[str, Check]
) -> Iterator[Edit]:
    if not (before.is_watched and after.is_watched):
        return  # it says so itself: all checks come or go
    for label in sorted(old.keys() | new.keys()):
        was, now = old.get(label), new.get(label)
        if was is None or now is None:
            yield f"{label}.{'added' if was is None else 'removed'}", was and was.kind, now and now.kind
        elif was != now:
            for field, value, other in _fields(was, now):
                if field == "options":
                    yield from (
                        (f"{label}.{name}", x, y) for name, x, y in _options(was.options, now.options)
                    )
                elif field != "address" or before.address == after.address:
                    yield f"{label}.{field}", value, other


def _options(before: Options, after: Options) -> Iterator[Edit]:
    names = dict.fromkeys([*type(before).model_fields, *type(after).model_fields])
    for name in names:
        was, now = getattr(before, name, None), getattr(after, name, None)
        if was != now:
            yield name, was, now


def _is_watched(target: Target | None) -> bool:
    return target is not None and target.is_watched


def _renames(old: Inventory, new: Inventory) -> Iterator[Rename]:
    """Pair what goes with the one new thing that is alike; of several nobody can say."""
    comers: dict[tuple[str, str], list[str]] = {}
    for key in new.targets.keys() - old.targets.keys():
        target = new.targets[key]
        comers.setdefault((target.address, target.profile), []).append(key)
    for key in sorted(old.targets.keys() - new.targets.keys()):
        target = old.targets[key]
        alike = comers.get((target.address, target.profile), [])
        if target.address and len(alike) == 1:
            yield Rename(Subject.TARGET, key, alike[0])
    heirs: dict[str, list[str]] = {}
    for key in new.units.keys() - old.units.keys():
        for name in {new.units[key].name, *new.units[key].former_names}:
            heirs.setdefault(name, []).append(key)
    for key in sorted(old.units.keys() - new.units.keys()):
        alike = heirs.get(old.units[key].name, [])
        if len(alike) == 1:
            yield Rename(Subject.UNIT, key, alike[0])
