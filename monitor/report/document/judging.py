"""What a figure amounts to in a few words: the column "Đánh giá", and the aims that are set. Pure."""

from collections.abc import Mapping
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.document import cells
from monitor.report.document.model import Cell
from monitor.report.figures.model import Compared, Figures

STEADY: Final = "ổn định"
LAYERS: Final[Mapping[Layer, str]] = {
    Layer.TSLCD: "Mạng TSLCD",
    Layer.CONFERENCE: "Hội nghị truyền hình",
    Layer.KIOSK: "Kiosk PVHCC cấp xã",
    Layer.PC: "Máy trạm PVHCC cấp xã",
    Layer.SHARED: "Hệ thống dùng chung",
    Layer.CENTRAL: "Hệ thống Trung ương",
    Layer.INFRA: "Hạ tầng kỹ thuật",
}
"""Layers as a report lists them, in its order; one line each."""
UNKNOWN_CAUSE: Final = "chưa xác định"
NO_DIFFICULTIES: Final = "không phát sinh khó khăn, hạn chế lớn"


def verdict(compared: Compared) -> Cell:
    """Say what a row amounts to: against its aim where one is set, else by what was seen."""
    row = compared.row
    if row.availability_ratio is None:
        return cells.text(official.NOT_ENOUGH)
    meets = compared.meets
    if meets is not None:
        return cells.text("đạt" if meets else "chưa đạt", is_bold=not meets)
    if row.parts.down_s > 0:
        return cells.text("gián đoạn")
    return cells.text("suy giảm" if row.parts.degraded_s > 0 else STEADY)


def aims(targets: Mapping[Layer, float]) -> str:
    """Say the aims of some layers in one note; "" when none is set."""
    said = [f"{name} {official.ratio(targets[layer])}" for layer, name in LAYERS.items() if layer in targets]
    return f"Mức đánh giá: {'; '.join(said)}." if said else ""


def nothing(figures: Figures, said: str) -> str:
    """Say that nothing happened ("không phát sinh sự cố"): in the period, or in the time of which something is known.

    Of a period of which nothing is known it is not said.
    """
    covered = figures.province_parts.coverage_ratio
    within = f"Trong {periods.noun(figures.period)}"
    if not covered:
        return f"{within} không có dữ liệu giám sát."
    if covered < figures.least_coverage_ratio:
        within = "Trong thời gian có dữ liệu"
    return f"{within} {said}."


def is_below(compared: Compared | None) -> bool:
    """Return whether a row stays below its aim."""
    return compared is not None and compared.meets is False
