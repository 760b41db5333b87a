"""One sentence that says how a period went: the top of the pages for the team and for leaders. Pure."""

from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.figures.model import Figures
from monitor.report.sentences import comparing


def headline(figures: Figures) -> str:
    """Say availability of lines, how it compares, and how often they failed where."""
    lines = figures.lines
    if lines is None:
        return "Chưa có đường truyền nào đến xã, phường, đặc khu được giám sát."
    noun = periods.noun(figures.period)
    outages = _outages(figures)
    if lines.row.availability_ratio is None:
        covered = official.ratio(lines.row.coverage_ratio, missing="00,00%")
        start = (
            f"Chưa đủ dữ liệu để tính độ khả dụng của Mạng TSLCD trong {noun} (tỷ lệ có dữ liệu {covered})"
        )
        return f"{start}; {outages}."
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    ratio = official.ratio(lines.row.availability_ratio)
    compared = comparing.availability(lines, before)
    return f"Đường truyền Mạng TSLCD đến xã, phường, đặc khu đạt độ khả dụng {ratio}, {compared}; {outages}."


def _outages(figures: Figures) -> str:
    lines = figures.lines
    communes = {each.place.code for each in figures.communes}
    own = [
        each
        for each in figures.outages
        if each.layer is Layer.TSLCD and each.unit_code in communes and not each.is_carried
    ]
    down_s = 0.0 if lines is None else lines.row.parts.down_s
    length = f"tổng thời gian {official.span(down_s)}"
    if own:
        where = official.fraction(len({each.unit_code for each in own}), len(communes))
        return f"có {official.count(len(own))} lượt gián đoạn tại {where} xã, phường, đặc khu, {length}"
    none = "không phát sinh lượt gián đoạn nào"
    return f"{none}, lượt từ kỳ trước kéo dài thêm {official.span(down_s)}" if down_s > 0 else none
