"""What a frozen edition says otherwise than the figures of now, and which decisions since explain it. Pure.

Tables are compared cell by cell as they are printed, sentences by their ids: what nobody would see on paper differs in
nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.vietnamese import VIETNAMESE
from monitor import official
from monitor.accounting.model import Correction, Part
from monitor.accounting.texts import PART_WORDS
from monitor.report.document.model import (
    Block,
    CellKind,
    Document,
    Heading,
    Paragraph,
    RowLevel,
    Table,
    TableRow,
)
from monitor.report.figures.model import Figures, IncidentRecord

_NUMBERS: Final = frozenset({"no", "stt", "number", "index"})
"""Ids of columns that only count rows: a row more would change all of them."""
_NONE: Final = "(không có)"
_TEXT_LIMIT: Final = 300
_NAMED: Final = 3
_LEVEL: Final = 1
"""Of the headings within an appendix."""
_MOST: Final = 40
"""So many differences are printed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that says otherwise: "Bảng 1, Mạng TSLCD, Độ khả dụng (%)", "99,80", "99,90"."""

    what: str
    was: str
    now: str
    is_figure: bool = True
    """A figure of a table, or a row; False: words, which another version of the program may choose otherwise."""


@dataclass(frozen=True, slots=True)
class Errata:
    """Of one frozen edition: what differs, and what was decided since it was frozen. `name`: of the period."""

    period_id: str
    name: str
    revision: int
    frozen_at: float
    differences: tuple[Difference, ...] = ()
    decisions: tuple[str, ...] = ()
    """Corrections with reason and approver, causes confirmed or changed; one sentence each."""


@dataclass(frozen=True, slots=True)
class Merged:
    """An incident that a person made part of another."""

    id: str
    into_id: str
    who: str


@dataclass(frozen=True, slots=True)
class _RowKey:
    """What tells a row of a table from the others. `earlier`: how many that nothing else tells apart came before."""

    group: str
    name: str
    moment: str
    earlier: int = 0

    def place(self, table: str) -> str:
        """Return where the row is, for people: "Phụ lục IV, Bảng 8, Họp giao ban, Xã An Phú"."""
        name = f"{self.name} ({self.moment})" if self.moment else self.name
        nth = f"dòng thứ {self.earlier + 1} như vậy" if self.earlier else ""
        return ", ".join(each for each in (table, self.group, name, nth) if each)


def differences(frozen: Document, now: Document) -> tuple[Difference, ...]:
    """Return where two documents of one period differ, in the order of the document."""
    return (*_of_sentences(frozen, now), *_of_tables(frozen, now))


def decisions(
    frozen: Figures,
    now: Figures,
    *,
    since_at: float,
    entries: Sequence[Correction],
    merged: Sequence[Merged] = (),
) -> tuple[str, ...]:
    """Return what was decided after `since_at`; `entries`: all corrections of the period, withdrawals among them.

    `merged`: what was merged after `since_at`.
    """
    zone = ZoneInfo(now.zone)
    corrected = [_correction(each, now, zone) for each in entries if each.at > since_at]
    joined = [f"Sự cố {each.id} gộp vào sự cố {each.into_id}; {each.who} thực hiện." for each in merged]
    return (*corrected, *_causes(frozen.incidents, now.incidents), *joined)


def with_errata(document: Document, errata: Sequence[Errata]) -> Document:
    """Return a document whose last appendix, about the method, ends with what frozen reports said otherwise."""
    if not errata or not document.appendices:
        return document
    zone, last = ZoneInfo(document.zone), document.appendices[-1]
    number = 1 + sum(isinstance(each, Heading) and each.level == _LEVEL for each in last.blocks)
    blocks: list[Block] = [Heading(_LEVEL, f"{number}. Đính chính")]
    for each in errata:
        blocks += [Paragraph(text) for text in lines(each, zone)]
    return replace(
        document, appendices=(*document.appendices[:-1], replace(last, blocks=(*last.blocks, *blocks)))
    )


def lines(errata: Errata, zone: ZoneInfo) -> tuple[str, ...]:
    """Return the errata of one edition as paragraphs: the decisions, then the figures that they changed."""
    when = official.moment(errata.frozen_at, zone)
    head = f"Báo cáo {errata.name}, bản {errata.revision} chốt lúc {when}, có thay đổi sau khi chốt:"
    figures = [each for each in errata.differences if each.is_figure]
    changed = [f"- {each.what}: {each.was} → {each.now}." for each in figures[:_MOST]]
    more = len(figures) - _MOST
    left = [f"- Và {official.count(more)} chỗ khác."] if more > 0 else []
    said = (*(f"- {text}" for text in errata.decisions), *changed, *left)
    return (head, *(said or ("- Sửa lời văn, không đổi số liệu.",)))


def _correction(entry: Correction, now: Figures, zone: ZoneInfo) -> str:
    names = list(dict.fromkeys(_target_name(check_id, now) for check_id in entry.check_ids))
    more = len(names) - _NAMED
    where = ", ".join(names[:_NAMED]) + (f" và {official.count(more)} nơi khác" if more > 0 else "")
    span = f"từ {official.moment(entry.from_at, zone)} đến {official.moment(entry.until_at, zone)}"
    if entry.counts_as is None:
        what = f"Hủy lần tính lại {entry.withdraws}"
    else:
        was = "" if entry.was is None else f" phần {PART_WORDS[entry.was]}"
        what = f"Tính lại{was} thành {PART_WORDS[Part(entry.counts_as)]}"
    document = f" ({entry.document})" if entry.document else ""
    return (
        f"{what} tại {where}, {span}; lý do: {entry.reason}{document}; {entry.who} thực hiện, "
        f"{entry.approver} duyệt lúc {official.moment(entry.at, zone)}."
    )


def _target_name(check_id: str, now: Figures) -> str:
    target_id = check_id.partition("/")[0]
    return now.target_names.get(target_id, target_id)


def _causes(frozen: Sequence[IncidentRecord], now: Sequence[IncidentRecord]) -> Iterator[str]:
    before = {each.id: each for each in frozen}
    for each in now:
        earlier = before.get(each.id)
        if earlier is not None and (earlier.cause, earlier.side) != (each.cause, each.side):
            by = f"; {each.confirmed_by} xác nhận" if each.confirmed_by else ""
            yield f"Sự cố {each.id} ({each.name}): nguyên nhân {_cause(earlier)} → {_cause(each)}{by}."


def _cause(record: IncidentRecord) -> str:
    if record.cause is None:
        return "chưa xác định"
    side = "" if record.side is None else f" ({VIETNAMESE.sides[record.side]})"
    return f"{VIETNAMESE.cause_kinds[record.cause]}{side}"


def _of_sentences(frozen: Document, now: Document) -> Iterator[Difference]:
    was, is_now = _sentences(frozen), _sentences(now)
    for key in dict.fromkeys((*was, *is_now)):
        before, after = was.get(key, _NONE), is_now.get(key, _NONE)
        if before != after:
            yield Difference(f"Câu {key}", _short(before), _short(after), is_figure=False)


def _sentences(document: Document) -> dict[str, str]:
    return {
        block.sentence_id: block.text
        for block in document.blocks
        if isinstance(block, Paragraph) and block.sentence_id
    }


def _of_tables(frozen: Document, now: Document) -> Iterator[Difference]:
    was, is_now = _tables(frozen), _tables(now)
    for key, (title, table) in is_now.items():
        if key in was:
            yield from _of_rows(title, was[key][1], table)
    for key in was.keys() - is_now.keys():
        yield Difference(was[key][0], "có trong bản chốt", _NONE)


def _tables(document: Document) -> dict[str, tuple[str, Table]]:
    """Return table id -> where it is, and the table; each once, sheets that only repeat a table left out."""
    found: dict[str, tuple[str, Table]] = {}
    parts: list[tuple[str, tuple[Block, ...]]] = [("", document.blocks)]
    parts += [(f"Phụ lục {each.numeral}".strip(), each.blocks) for each in document.appendices]
    for part, blocks in parts:
        for block in blocks:
            if isinstance(block, Table):
                caption = block.caption.partition(".")[0]
                where = ", ".join(each for each in (part, caption) if each)
                found.setdefault(block.id, (where or block.id, block))
    for sheet in document.sheets:
        found.setdefault(sheet.id, (f"Bảng tính {sheet.sheet}", sheet))
    return found


def _of_rows(title: str, was: Table, is_now: Table) -> Iterator[Difference]:
    # Only where names do not suffice: a group that is called otherwise today must not make all its rows new.
    is_grouped = _repeats(was) or _repeats(is_now)
    before, after = (_rows(each, is_grouped=is_grouped) for each in (was, is_now))
    for key, row in after.items():
        earlier = before.get(key)
        where = key.place(title)
        if earlier is None:
            yield Difference(where, _NONE, _short(_all_cells(is_now, row)))
            continue
        yield from _of_cells(where, was, earlier, is_now, row)
    for key in before.keys() - after.keys():
        where = key.place(title)
        yield Difference(where, _short(_all_cells(was, before[key])), _NONE)


def _of_cells(
    where: str, was: Table, earlier: TableRow, is_now: Table, row: TableRow
) -> Iterator[Difference]:
    """Compare the cells of columns that both tables have: the figures, then the words."""
    before = {column.id: cell for column, cell in zip(was.columns, earlier.cells, strict=True)}
    changed = [
        (column.title, before[column.id], cell)
        for column, cell in zip(is_now.columns, row.cells, strict=True)
        if column.id not in _NUMBERS and column.id in before and before[column.id].text != cell.text
    ]
    for is_figure in (True, False):
        some = [
            (title, old.text, new.text)
            for title, old, new in changed
            if is_figure != (old.kind is new.kind is CellKind.TEXT)
        ]
        if some:
            yield Difference(
                where,
                _short("; ".join(f"{title} {old}" for title, old, _ in some)),
                _short("; ".join(f"{title} {new}" for title, _, new in some)),
                is_figure,
            )


def _repeats(table: Table) -> bool:
    return any(key.earlier for key in _rows(table, is_grouped=False))


def _rows(table: Table, *, is_grouped: bool) -> dict[_RowKey, TableRow]:
    """Return rows by what tells them apart; the group that they stand in only when `is_grouped`."""
    name_at = next(
        (n for n, c in enumerate(table.columns) if c.kind is CellKind.TEXT and c.id not in _NUMBERS), 0
    )
    moment_at = next((n for n, c in enumerate(table.columns) if c.kind is CellKind.MOMENT), None)
    found: dict[_RowKey, TableRow] = {}
    group = ""
    for row in table.rows:
        if row.level is RowLevel.GROUP:
            group = row.cells[0].text if is_grouped else ""
            continue
        if len(row.cells) != len(table.columns):
            continue
        moment = "" if moment_at is None else row.cells[moment_at].text
        key = _RowKey("" if row.level is RowLevel.TOTAL else group, row.cells[name_at].text, moment)
        while key in found:
            key = replace(key, earlier=key.earlier + 1)
        found[key] = row
    return found


def _all_cells(table: Table, row: TableRow) -> str:
    return "; ".join(
        f"{column.title} {cell.text}"
        for column, cell in zip(table.columns, row.cells, strict=False)
        if cell.text and column.id not in _NUMBERS
    )


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else f"{text[: _TEXT_LIMIT - 1]}…"
