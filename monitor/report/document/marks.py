"""Footnote marks of the appendix of communes: what is to be known beside a row's figures. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from inventory.model import Layer
from monitor import official
from monitor.report.document import cells
from monitor.report.document.model import Cell
from monitor.report.figures.model import CommuneFigures, Figures


class Mark(StrEnum):
    """What a footnote says."""

    NO_LINE = "chưa có đường truyền được giám sát"
    LITTLE_DATA = "không đủ dữ liệu để tính độ khả dụng"
    NEW = "chỉ giám sát một phần của kỳ"
    CARRIED = "có lượt gián đoạn từ kỳ trước, không tính vào số lượt của kỳ này"
    OPEN = "còn gián đoạn khi hết kỳ"
    CORRECTED = "số liệu có hiệu chỉnh, lý do tại Phụ lục V"


@dataclass(slots=True)
class Marks:
    """The marks of one table, numbered as they come."""

    found: list[Mark] = field(default_factory=list)

    def cell(self, marks: Iterable[Mark]) -> Cell:
        """Return the cell with the marks of a row: "(1)(3)"."""
        own = list(marks)
        self.found += [mark for mark in own if mark not in self.found]
        numbers = sorted(self.found.index(mark) + 1 for mark in own)
        said = "".join(f"({number})" for number in numbers)
        return cells.text(said) if said else cells.EMPTY

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the marks mean, in order."""
        return tuple(f"({number}) {mark.value}." for number, mark in enumerate(self.found, 1))


def marks_of(figures: Figures, commune: CommuneFigures) -> tuple[Mark, ...]:
    """Return what is to be known of a commune's line."""
    line = commune.line
    if line is None:
        return (Mark.NO_LINE,)
    code = commune.place.code
    own = [each for each in figures.outages if each.unit_code == code and each.layer is Layer.TSLCD]
    to_come_s = max(0.0, figures.period.until_at - figures.known_until_at) * line.row.members
    tests = {
        Mark.LITTLE_DATA: line.row.availability_ratio is None,
        Mark.NEW: line.row.parts.unwatched_s > to_come_s + 1,
        Mark.CARRIED: any(each.is_carried for each in own),
        Mark.OPEN: any(each.until_at is None for each in own),
        Mark.CORRECTED: code in figures.corrected_units,
    }
    return tuple(mark for mark, holds in tests.items() if holds)


def little_data_note(figures: Figures) -> str:
    """Say below which coverage no availability is given."""
    least = official.ratio(figures.least_coverage_ratio)
    return f'Tỷ lệ có dữ liệu dưới {least} thì ghi "{official.NOT_ENOUGH}".'
