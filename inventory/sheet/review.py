"""All rows of a file together -> those that are clear, and the questions about the others. Never guesses. Pure."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from inventory.problem import near_miss
from inventory.sheet.circuit_rows import circuit_draft
from inventory.sheet.columns import CIRCUITS, DEVICES
from inventory.sheet.drafts import DeviceReader, Draft, Question
from inventory.sheet.headings import Row, Rows
from inventory.sheet.known import Known, Value

SECTIONS: Final[Mapping[str, str]] = {CIRCUITS.title: "circuits", DEVICES.title: "targets"}
"""Table -> the section of the inventory that it fills."""


@dataclass(slots=True)
class Review:
    """Drafts in reading order; one waits when it has a question."""

    drafts: list[Draft]
    known: Known
    _by_id: dict[tuple[str, str], list[Draft]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {}
        for draft in self.drafts:
            self._by_id.setdefault((section_of(draft), draft.id), []).append(draft)

    @property
    def clear(self) -> list[Draft]:
        """The drafts without a question."""
        return [draft for draft in self.drafts if not draft.questions]

    @property
    def questions(self) -> list[Question]:
        """All questions, in the order of the rows."""
        return [question for draft in self.drafts for question in draft.questions]

    def draft_of(self, section: str, id_: str) -> Draft | None:
        """Return the draft of an id, None when no row is about it."""
        return next(iter(self._by_id.get((section, id_), ())), None)

    def ask_about_references(self) -> None:
        """Ask about names of what neither the inventory nor a clear row has, until nothing more waits for it."""
        count = -1
        while count != (count := len(self.questions)):
            for draft in self.clear:
                for key, section in (
                    ("circuit", "circuits"),
                    ("depends_on", "targets"),
                    ("powered_by", "targets"),
                ):
                    value = draft.changes.get(key, ())
                    for name in (
                        (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
                    ):
                        self._ask_about(draft, key, section, name)

    def _ask_about(self, draft: Draft, key: str, section: str, name: str) -> None:
        known = self.known.circuits if section == "circuits" else self.known.targets
        other = self.draft_of(section, name)
        if name in known or (other is not None and not other.questions):
            return
        if other is not None and other is not draft:
            draft.ask(key, f"mã '{name}' ở {_where(other, draft)} còn chờ trả lời", ())
            return
        near = near_miss(name, [*known, *(id_ for place, id_ in self._by_id if place == section and id_)])
        what = "đường truyền" if section == "circuits" else "đối tượng"
        remedy = "; thêm vào trang «Đường truyền»" if section == "circuits" else ""
        draft.ask(key, f"không có {what} '{name}'{remedy}", (near.split("'")[1],) if near else ())


def section_of(draft: Draft) -> str:
    """Return the section of the inventory that a draft is for."""
    return SECTIONS[draft.table.title]


def review(rows: Rows, known: Known, *, policies: Sequence[str] = ()) -> Review:
    """Read all rows and ask everything that can be asked without trying the result out."""
    reader = DeviceReader(known, policies)
    readers: dict[str, Callable[[Row], Draft]] = {
        CIRCUITS.title: lambda row: circuit_draft(row, known),
        DEVICES.title: reader.draft,
    }
    drafts = [read(row) for title, read in readers.items() for row in rows.of[title]]
    result = Review(drafts, known)
    _ask_about_twins(result)
    _ask_about_addresses(result)
    result.ask_about_references()
    return result


def _ask_about_twins(result: Review) -> None:
    for draft in result.drafts:
        others = [
            _where(other, draft)
            for other in result._by_id[section_of(draft), draft.id]  # noqa: SLF001 (same module)
            if other is not draft
        ]
        if draft.id and others:
            key = "id" if draft.table is DEVICES else "circuit_id"
            question = f"mã '{draft.id}' có ở nhiều dòng (cả {', '.join(others[:5])})"
            free = f"{draft.id}-2" if draft.table is DEVICES and not draft.row.text("id") else ""
            draft.ask(
                key, question + ("; ghi mã riêng cho từng thiết bị" if free else ""), (free,) if free else ()
            )


def _ask_about_addresses(result: Review) -> None:
    """Ask about each new address that something else has too: one device, or a slip of the finger?"""
    moved = {draft.id for draft in result.drafts if "address" in draft.changes}
    holders: dict[str, list[tuple[str, Draft | None]]] = {}
    for target_id, values in result.known.targets.items():
        if target_id not in moved and "address" in values:
            holders.setdefault(_canonical(values["address"]), []).append((target_id, None))
    for draft in result.drafts:
        if "address" in draft.changes:
            holders.setdefault(_canonical(draft.given["address"]), []).append((draft.id, draft))
    for holding in holders.values():
        for _, holder in holding:
            if holder is None:
                continue
            others = [_named(id_, other, holder) for id_, other in holding if other is not holder]
            if others:
                address = holder.given["address"]
                holder.ask("address", f"địa chỉ {address} trùng với {', '.join(others[:3])}; dòng nào đúng?")


def _where(draft: Draft, seen_from: Draft) -> str:
    row = draft.row
    is_here = row.sheet == seen_from.row.sheet
    return f"dòng {row.number}" if is_here else f"trang '{row.sheet}' dòng {row.number}"


def _named(target_id: str, draft: Draft | None, seen_from: Draft) -> str:
    where = "trong danh mục" if draft is None else f"ở {_where(draft, seen_from)}"
    return f"{target_id or 'thiết bị'} ({where})"


def _canonical(address: Value) -> str:
    try:
        return str(ipaddress.ip_address(str(address)))
    except ValueError:
        return str(address).casefold()
