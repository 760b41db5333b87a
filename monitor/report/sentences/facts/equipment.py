"""Facts of which communes have what equipment, counted as the reports count it. Pure."""

from inventory.equipment.coverage import ClassCoverage, sentence
from monitor.report.figures.model import Figures
from monitor.report.sentences import naming
from monitor.report.sentences.facts.fact import Fact, counted
from monitor.report.sentences.facts.selected import place
from monitor.report.sentences.model import Basis, How


def of_equipment(figures: Figures) -> dict[str, Fact]:
    """Return what is known of each class, and what is missing."""
    of = len(figures.communes)
    counted_classes = [item for item in figures.equipment if item.is_counted]
    known = [item for item in counted_classes if item.have or item.without]
    lacking = [item for item in known if item.without]
    return {
        "trang_bi": Fact(
            "; ".join(sentence(item, of=of) for item in known),
            tuple(basis for item in known for basis in _bases(item, of)),
        ),
        "trang_bi_thieu": Fact(
            "; ".join(_lacking(item, figures) for item in lacking),
            tuple(basis for item in lacking for basis in place(item.without, figures).bases),
        ),
        "so_loai_chua_ro": Fact(len(counted_classes) - len(known)),
        "so_xa_thieu_trang_bi": counted(
            How.UNITS, naming.in_order({code for item in lacking for code in item.without}, figures)
        ),
    }


def _bases(item: ClassCoverage, of: int) -> list[Basis]:
    lists = [item.have, *(codes for codes in (item.without, item.unknown) if codes)]
    return [Basis(How.UNITS, f"{len(codes):02d}/{of:02d}", codes) for codes in lists]


def _lacking(item: ClassCoverage, figures: Figures) -> str:
    name = item.reported.name
    said = name if name[1:2].isupper() else name[:1].lower() + name[1:]
    return f"{said} tại {naming.where(item.without, figures)}"
