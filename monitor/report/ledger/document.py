"""The carrier ledger as a document: carriers on the first page, circuits and single outages in the appendices. Pure."""

from collections.abc import Iterator
from typing import Final

from inventory.names import fold
from monitor import official
from monitor.report import periods
from monitor.report.document import cells
from monitor.report.document.head import province
from monitor.report.document.model import Appendix, Block, Document, Heading, Paragraph
from monitor.report.figures.model import Figures
from monitor.report.ledger.circuit_tables import circuits_table, providers_table
from monitor.report.ledger.model import Ledger
from monitor.report.ledger.outage_table import outages_table
from monitor.report.ledger.places import excepted_words
from monitor.settings.report import ReportSettings

NAME: Final = "BẢNG ĐỐI SOÁT"
_ALL: Final = "doanh nghiệp viễn thông"
_MOST_NAMED: Final = 5


def ledger_document(
    ledger: Ledger,
    figures: Figures,
    settings: ReportSettings,
    *,
    made_at: float,
    digest: str,
    is_part: bool = False,
) -> Document:
    """Return the ledger of the figures' period; `digest` is theirs (SHA-256, hex).

    `is_part`: it has some circuits only, and is called after its carrier or circuit.
    """
    named = periods.name(figures.period, zone=figures.zone)
    whose, suffix = _scope(ledger) if is_part else (_ALL, "")
    subject = f"Chất lượng đường truyền thuê của {whose} {named} trên địa bàn {province(figures)}"
    has_lines = any(circuit.lines for circuit in ledger.circuits)
    appendices = [
        Appendix("I", "KẾT QUẢ THEO KÊNH TRUYỀN", (circuits_table(ledger, is_printed=True),)),
        Appendix("II", "CÁC LƯỢT GIÁN ĐOẠN", (outages_table(ledger, figures, is_printed=True),)),
    ]
    if not has_lines:
        appendices = [Appendix("", "KẾT QUẢ THEO KÊNH TRUYỀN", appendices[0].blocks)]
    return Document(
        id=f"doi-soat-{figures.period.id}{suffix}",
        name=NAME,
        subject=subject,
        head=None,
        addressees=(),
        opening=f"Số liệu tính {_span(figures)}.",
        blocks=tuple(_body(ledger, figures, settings)),
        closing="",
        recipients=(),
        signature=None,
        appendices=tuple(appendices) if ledger.circuits else (),
        sheets=(
            circuits_table(ledger, is_printed=False),
            outages_table(ledger, figures, is_printed=False),
        ),
        footer=f"Danh mục {figures.inventory_digest[:12]}; bản số liệu {digest[:8]}",
        made_at=made_at,
        digest=digest,
        properties=(("title", subject), ("keywords", f"{figures.period.id}; {digest}")),
        zone=figures.zone,
    )


def _scope(ledger: Ledger) -> tuple[str, str]:
    """Say whose circuits these are, in a subject and at the end of a file's name."""
    names = [cells.clean(provider.provider) for provider in ledger.providers]
    whose = ", ".join(names) or _ALL
    if len(ledger.circuits) == 1:
        circuit = ledger.circuits[0].circuit
        whose = f"{whose}, kênh {cells.clean(circuit.contract_code or circuit.id)},"
        names = [circuit.id]
    kept = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in fold(" ".join(names))
    )
    return whose, "".join(f"-{word}" for word in kept.split())


def _span(figures: Figures) -> str:
    return periods.span(figures.period, zone=figures.zone, known_until_at=figures.known_until_at)


def _body(ledger: Ledger, figures: Figures, settings: ReportSettings) -> Iterator[Block]:
    yield Heading(1, "1. Tổng hợp theo doanh nghiệp")
    if not ledger.circuits:
        yield Paragraph("- Danh mục chưa có kênh truyền nào (mục circuits).")
        return
    yield providers_table(ledger)
    yield from (Paragraph(f"- {sentence}") for sentence in _findings(ledger))
    yield Heading(1, "2. Cách tính")
    yield from (Paragraph(f"- {sentence}") for sentence in _method(ledger, figures, settings))


def _findings(ledger: Ledger) -> Iterator[str]:
    for provider in ledger.providers:
        over = provider.over
        without = provider.uncontracted
        if over:
            worst = sorted(over, key=lambda each: (-(each.over_s or 0.0), each.circuit.id))
            named = ", ".join(each.circuit.contract_code or each.circuit.id for each in worst[:_MOST_NAMED])
            named += "; các kênh khác tại Phụ lục I" if len(worst) > _MOST_NAMED else ""
            yield (
                f"{cells.clean(provider.provider)}: {official.fraction(len(over), len(provider.circuits))} kênh vượt thời "
                f"gian gián đoạn cho phép theo hợp đồng, tổng thời gian vượt {official.span(provider.over_s)} "
                f"({cells.clean(named)})."
            )
        elif without < len(provider.circuits) and not any(each.is_covered for each in provider.circuits):
            yield (
                f"{cells.clean(provider.provider)}: chưa đủ dữ liệu để kết luận có kênh nào vượt thời gian gián đoạn cho phép "
                "theo hợp đồng hay không."
            )
        elif without < len(provider.circuits):
            yield f"{cells.clean(provider.provider)}: không có kênh nào vượt thời gian gián đoạn cho phép theo hợp đồng."
        if without:
            yield (
                f"{cells.clean(provider.provider)}: {official.count(without)} kênh chưa ghi độ khả dụng theo hợp đồng "
                "trong danh mục nên không tính thời gian cho phép và thời gian vượt."
            )


def _method(ledger: Ledger, figures: Figures, settings: ReportSettings) -> Iterator[str]:
    yield (
        "Chỉ tính thời gian mất kết nối đo được của kênh trong kỳ, ngoài giờ bảo trì đã đăng ký; thời gian không có dữ liệu "
        "không tính cho bên nào. Mỗi thời điểm của một kênh chỉ tính một lần."
    )
    yield (
        "Số lượt là số lượt bắt đầu trong kỳ; lượt kéo dài từ kỳ trước được nêu lại ở danh sách, chỉ tính phần thời gian "
        "trong kỳ, không đếm thêm lần nữa."
    )
    yield (
        "Tính cho doanh nghiệp khi người phụ trách đã xác nhận nguyên nhân thuộc phía doanh nghiệp và nguyên nhân không "
        f"thuộc các loại được loại trừ ({excepted_words(settings)}). Nguyên nhân chưa xác nhận không tính cho bên nào, "
        "nêu riêng."
    )
    yield (
        "Thời gian cho phép = (1 − độ khả dụng theo hợp đồng) × toàn bộ thời gian của kỳ "
        f"({official.span(figures.period.length_s)}), kể cả thời gian không có dữ liệu. Thời gian vượt tính riêng từng kênh, "
        "không bù trừ."
    )
    yield (
        "Quá hạn khắc phục: lượt tính cho doanh nghiệp dài hơn thời hạn theo hợp đồng, tính từ lần đo thất bại đầu tiên; "
        "cột bên cạnh tính từ lúc báo doanh nghiệp."
    )
    known = [each.row for each in ledger.circuits if each.row is not None]
    low = [
        row
        for row in known
        if row.coverage_ratio is None or row.coverage_ratio < figures.least_coverage_ratio
    ]
    unwatched = len(ledger.circuits) - len(known)
    if low:
        yield (
            f"{official.count(len(low))} kênh có dữ liệu dưới {official.ratio(figures.least_coverage_ratio)} thời gian của kỳ: "
            "thời gian gián đoạn thực tế có thể dài hơn số nêu ở đây."
        )
    if unwatched:
        yield f"{official.count(unwatched)} kênh không có đối tượng nào được giám sát."
