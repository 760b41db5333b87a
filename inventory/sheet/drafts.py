"""One row by itself -> what it wants of the inventory, and what must be asked about it. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from inventory.address import address_problem
from inventory.model import Equipped, Owner
from inventory.problem import near_miss
from inventory.roles import SURE, role_in, usual_profiles
from inventory.sheet.choices import Doubt, choose, id_of, listed
from inventory.sheet.columns import (
    DEVICES,
    EQUIPPED_SPELLINGS,
    EQUIPPED_WORDS,
    OWNER_SPELLINGS,
    OWNER_WORDS,
    PREFILLED,
    PROFILE_WORDS,
    Table,
    profile_label,
    role_of,
)
from inventory.sheet.headings import Row
from inventory.sheet.known import Known, Value, Values
from inventory.sheet.unit_names import UnitNames

_LISTS: Final = ("depends_on", "powered_by", "tags")
_PRESENCE: Final = frozenset({"address", "equipped"})
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must answer before a row is taken. `cell` is "B7", or "dòng 7" for no single cell."""

    sheet: str
    row: int
    cell: str
    heading: str
    value: str
    question: str
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A row on its way: the id it is about, what it says (`given`) and what of that is new (`changes`)."""

    table: Table
    row: Row
    known: Values | None = None
    """What the inventory has under this id, None when it is new."""
    id: str = ""
    given: dict[str, Value] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ask(self, key: str, question: str, candidates: Sequence[str] = ()) -> None:
        """Add a question about a column of this row."""
        row = self.row
        if question.startswith("'"):
            # A spreadsheet hides an apostrophe at the beginning, or doubles it.
            question = f"ô ghi {question}"
        cell = row.cells.get(key)
        heading = self.table.heading(key)
        value = cell.text if cell else ""
        self.questions.append(
            Question(row.sheet, row.number, row.place(key), heading, value, question, tuple(candidates))
        )

    def value(self, key: str) -> Value | None:
        """Return what the target will have: from the row, else what it has."""
        return self.given.get(key, (self.known or {}).get(key))

    @property
    def asked(self) -> set[str]:
        """The columns that something is asked about."""
        headings = {question.heading for question in self.questions}
        return {column.key for column in self.table.columns if column.heading in headings}

    @property
    def changes(self) -> dict[str, Value]:
        """What the row says and the inventory does not say yet."""
        known = self.known or {}
        return {key: value for key, value in self.given.items() if not _is_same(value, known.get(key))}


def _is_same(new: Value, old: Value | None) -> bool:
    if isinstance(new, float) and isinstance(old, (int, float)):
        return math.isclose(new, old, rel_tol=_SAME)
    return new == old


@dataclass(frozen=True, slots=True)
class DeviceReader:
    """Reads rows of devices. `policies` are the names that exist, () when that is not known."""

    known: Known
    policies: Sequence[str] = ()
    units: UnitNames = field(init=False)
    of_kind: dict[tuple[object, object], list[str]] = field(init=False)
    """(unit, profile) -> the targets that are this there."""
    profile_of_role: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", UnitNames(self.known.units))
        object.__setattr__(self, "of_kind", {})
        for target_id, values in self.known.targets.items():
            self.of_kind.setdefault((values.get("unit"), values.get("profile")), []).append(target_id)
        profile_of = {id_: str(values.get("profile")) for id_, values in self.known.targets.items()}
        object.__setattr__(self, "profile_of_role", usual_profiles(profile_of, self.known.profiles))

    def draft(self, row: Row) -> Draft:
        """Read one row as far as it can be read by itself; references are checked by review.py."""
        draft = Draft(DEVICES, row)
        refuse_cells(draft)
        self._read_unit(draft)
        labels = {profile: profile_label(profile) for profile in self.known.profiles}
        self._read_choice(draft, "profile", labels, "loại thiết bị")
        self._read_id(draft)
        self._read_name(draft)
        self._read_owner(draft)
        self._read_choice(draft, "calendar", self.known.calendars, "lịch")
        self._read_choice(draft, "policy", {name: name for name in self.policies}, "chính sách")
        if row.text("circuit"):
            draft.given["circuit"] = id_of(row.text("circuit"))
        for key in _LISTS:
            if row.text(key):
                draft.given[key] = listed(row.text(key))
        self._read_address(draft)
        self._read_equipped(draft)
        return draft

    def _read_unit(self, draft: Draft) -> None:
        code, name = draft.row.text("unit"), draft.row.text("unit_name")
        if not code and not name and draft.row.text("id") in self.known.targets:
            return
        answer = self.units.find(code, name)
        if answer.code:
            draft.given["unit"] = answer.code
            if answer.note:
                draft.notes.append(f"{draft.row.place('unit_name')}: {answer.note}")
        elif not _is_refused(draft, "unit", "unit_name"):
            own = draft.row.text("id").partition(".")[0]
            is_own = answer.column == "unit" and own.isdigit() and own in self.units.units
            labels = (self.units.label(own), *answer.candidates) if is_own else answer.candidates
            draft.ask(answer.column, answer.question, tuple(dict.fromkeys(labels)))

    def _read_choice(self, draft: Draft, key: str, labels: Mapping[str, str], what: str) -> None:
        text = draft.row.text(key)
        if not text:
            return
        chosen = choose(text, labels, what) if labels else text
        if isinstance(chosen, Doubt):
            usual = self._usual(draft, labels) if key == "profile" else ()
            is_slip = near_miss(text, [*labels, *labels.values()], least=SURE)
            draft.ask(key, chosen.question, chosen.candidates if is_slip else usual or chosen.candidates)
        else:
            draft.given[key] = chosen

    def _usual(self, draft: Draft, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Return what targets of the role in this row's id are elsewhere."""
        usual = self.profile_of_role.get(role_in(draft.row.text("id")))
        return () if usual is None else (labels[usual],)

    def _read_id(self, draft: Draft) -> None:
        given, row = draft.given, draft.row
        draft.id = row.text("id")
        unit, profile = given.get("unit"), given.get("profile")
        if not draft.id and isinstance(unit, str) and isinstance(profile, str):
            same = self.of_kind.get((unit, profile), [])
            if len(same) > 1:
                draft.ask("id", f"đơn vị {unit} có {len(same)} thiết bị loại này; ghi mã đối tượng", same)
            else:
                draft.id = same[0] if same else f"{unit}.{role_of(profile)}"
        draft.known = self.known.targets.get(draft.id)
        if draft.known is None and not row.text("profile") and not _is_refused(draft, "profile"):
            near = near_miss(draft.id, self.known.targets.keys()) if draft.id else ""
            labels = {profile: profile_label(profile) for profile in self.known.profiles}
            question = "thiếu loại thiết bị" + (f"; mã '{draft.id}': {near}" if near else "")
            draft.ask("profile", question, self._usual(draft, labels))
        self._ask_about_move(draft)

    def _ask_about_move(self, draft: Draft) -> None:
        """Ask when the id is another unit's: a row copied or a column sorted by itself, hardly ever a move."""
        holder = str(draft.known["unit"]) if draft.known else draft.id.partition(".")[0]
        given = str(draft.given.get("unit", holder))
        if holder in self.known.units and given != holder:
            here, there = self.units.label(holder), self.units.label(given)
            question = f"mã '{draft.id}' là của {here}, nhưng dòng này ghi {there}; bên nào đúng?"
            # What may stand in this cell; the other answer is another unit.
            rest = draft.id.removeprefix(f"{holder}.")
            draft.ask("id", question, (f"{given}.{rest}",) if rest != draft.id else ())

    def _read_name(self, draft: Draft) -> None:
        given, name = draft.given, draft.row.text("name")
        if name:
            given["name"] = name
        elif draft.known is None and "unit" in given and "profile" in given:
            profile, unit = str(given["profile"]), self.known.units[str(given["unit"])].name
            given["name"] = f"{PROFILE_WORDS.get(profile, profile)} – {unit}"

    def _read_owner(self, draft: Draft) -> None:
        text = draft.row.text("owner")
        if text and text.casefold() not in OWNER_SPELLINGS:
            draft.ask("owner", f"không hiểu '{text}'", tuple(OWNER_WORDS.values()))
        elif text:
            draft.given["owner"] = OWNER_SPELLINGS[text.casefold()].value

    def _read_address(self, draft: Draft) -> None:
        text = draft.row.text("address")
        if not text:
            return
        draft.given["address"] = text
        if text == (draft.known or {}).get("address"):
            return
        wrong = address_problem(text, self.known.sites.get(str(draft.value("unit"))))
        if wrong:
            draft.ask("address", wrong)
        elif self.known.is_outside(text) and self._owner(draft) == Owner.LOCAL:
            ranges = tuple(map(str, self.known.ranges))
            draft.ask("address", f"{text} nằm ngoài các dải của tỉnh; gõ nhầm, hay của bên khác?", ranges)

    def _owner(self, draft: Draft) -> str:
        facts = self.known.profiles.get(str(draft.value("profile")))
        return str(draft.value("owner") or (facts.owner if facts else Owner.LOCAL))

    def _read_equipped(self, draft: Draft) -> None:
        text = draft.row.text("equipped")
        facts = self.known.profiles.get(str(draft.value("profile")))
        has_address = draft.value("address") is not None or self.known.has_planned_address(
            draft.id, str(draft.value("unit"))
        )
        if text:
            _read_written_equipped(draft, text)
            if "equipped" not in draft.given:
                return
        elif draft.known is None and not has_address:
            if _is_untouched(draft.row):
                draft.given["equipped"] = Equipped.UNKNOWN.value
            elif not _is_refused(draft, "equipped", "address"):
                draft.ask("equipped", "có thiết bị này không?", tuple(EQUIPPED_WORDS.values()))
            return
        elif draft.known is not None and "address" in draft.changes:
            if draft.known.get("equipped") == Equipped.UNKNOWN:
                # Nobody knew; who has its address knows. "không" would be contradicted: that is asked about.
                draft.given["equipped"] = Equipped.YES.value
            elif draft.known.get("equipped") != Equipped.YES:
                question = (
                    "có địa chỉ mới nhưng danh mục ghi «không»; nay đã có thiết bị? nếu không thì bỏ địa chỉ"
                )
                draft.ask("equipped", question, (EQUIPPED_WORDS[Equipped.YES],))
            return
        is_yes = draft.value("equipped") in {None, Equipped.YES}
        is_lacking = bool(facts and facts.needs_address) and not has_address
        if is_yes and is_lacking and draft.changes and not _is_refused(draft, "address"):
            draft.ask("address", "có thiết bị nhưng thiếu địa chỉ")


def _read_written_equipped(draft: Draft, text: str) -> None:
    equipped = EQUIPPED_SPELLINGS.get(text.casefold())
    if equipped is None:
        draft.ask("equipped", f"không hiểu '{text}'", tuple(EQUIPPED_WORDS.values()))
        return
    draft.given["equipped"] = equipped.value
    if equipped is Equipped.NO and "address" in draft.given and draft.changes.keys() & _PRESENCE:
        question = "ghi «không» mà có địa chỉ; nếu có thiết bị thì sửa ô này, nếu không thì bỏ địa chỉ"
        draft.ask("equipped", question, (EQUIPPED_WORDS[Equipped.YES],))


def refuse_cells(draft: Draft) -> None:
    """Ask about every cell whose content cannot be used."""
    for key, cell in draft.row.cells.items():
        if cell.refusal and key != "note":
            draft.ask(key, cell.refusal)


def _is_refused(draft: Draft, *keys: str) -> bool:
    """Whether one of these cells is asked about already: its absence is nobody's mistake."""
    return any(draft.row.cells[key].refusal for key in keys if key in draft.row.cells)


def _is_untouched(row: Row) -> bool:
    """Whether a row is as the form came, which says that nobody knows."""
    return row.cells.keys() - {"note"} == PREFILLED and not any(cell.refusal for cell in row.cells.values())
