"""`report ledger`: what of the leased lines' outages counts against their contracts."""

from argparse import Namespace
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Final

from inventory.model import Inventory
from inventory.names import find
from monitor import official
from monitor.cli.accounts.reading import open_place
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.reports.files import write_files
from monitor.cli.reports.ledger_json import as_json
from monitor.cli.reports.reading import period_asked
from monitor.report import making, periods
from monitor.report.ledger.model import CircuitAccount, Ledger, ProviderAccount
from monitor.report.ledger.places import NOT_CONTRACTED
from monitor.report.ledger.reading import ReadLedger, read_ledger

_HEADERS: Final = (
    *("DOANH NGHIỆP", "KÊNH", "ĐƠN VỊ", "LƯỢT", "TÍNH", "KHÔNG TÍNH", "CHƯA XÁC NHẬN", "CHO PHÉP", "VƯỢT"),
    "QUÁ HẠN",
    "ĐỘ PHỦ",
)


def run(arguments: Namespace, out: Output) -> int:
    """Print the ledger, or write it as files."""
    if arguments.formats and arguments.to is None:
        raise CommandError(Exit.USAGE, "--format cần nơi ghi tệp", "thêm --to THƯ_MỤC")
    place = open_place(arguments)
    period = period_asked(arguments.period, place)
    chosen = _chosen(arguments, place.inventory)
    found = place.read(
        partial(
            read_ledger,
            inventory=place.inventory,
            settings=place.settings,
            period=period,
            before=place.previous(period),
            now=place.now,
            circuit_ids=chosen,
        )
    )
    if arguments.formats or arguments.to is not None:
        return _files(arguments, found, place.settings.report.template, out)
    if out.is_json:
        out.json(as_json(found, place.zone))
        return Exit.OK
    _table(found.ledger, out)
    _notes(found, out)
    return Exit.OK


def _chosen(arguments: Namespace, inventory: Inventory) -> Collection[str] | None:
    """Return the ids of the circuits asked for; None: all of them."""
    if arguments.circuit is not None:
        names = {id_: circuit.contract_code or id_ for id_, circuit in inventory.circuits.items()}
        return _one(arguments.circuit, names, "kênh", "xem các kênh: tslcd-monitor report ledger")
    if arguments.provider is not None:
        providers = {circuit.provider: circuit.provider for circuit in inventory.circuits.values()}
        known = ", ".join(sorted(providers)) or "chưa có"
        [provider] = _one(
            arguments.provider, providers, "doanh nghiệp", f"các doanh nghiệp trong danh mục: {known}"
        )
        return [id_ for id_, circuit in inventory.circuits.items() if circuit.provider == provider]
    return None


def _one(asked: str, names: dict[str, str], what: str, remedy: str) -> list[str]:
    found = find(asked, names)
    if len(found) != 1:
        told = f"không có {what} '{asked}'" if not found else f"'{asked}' là {what} nào: {', '.join(found)}?"
        raise CommandError(Exit.USAGE, told, remedy)
    return found


def _files(arguments: Namespace, found: ReadLedger, template: Path | None, out: Output) -> int:
    formats = arguments.formats or ("docx", "xlsx")
    made = making.files(
        found.document, formats, template, progress=lambda each: out.note(f"đang làm {each} ...")
    )
    names = {each: arguments.to / making.file_name(found.document, each) for each in made.files}
    contents = {path.name: made.files[each] for each, path in names.items()}
    write_files(arguments.to, contents, overwrite=arguments.yes)
    if out.is_json:
        files = {each: str(path) for each, path in names.items()}
        out.json(
            {
                "schema": "report-files/1",
                "period": found.figures.period.id,
                "files": files,
                "failures": made.failures,
            }
        )
    else:
        for path in names.values():
            out.line(str(path))
    for each, why in made.failures.items():
        out.error(f"không làm được {each}: {why}", "các dạng khác vẫn được ghi; thử lại riêng dạng này")
    return Exit.PARTLY if made.failures else Exit.OK


def _table(ledger: Ledger, out: Output) -> None:
    out.table(_HEADERS, [_row(circuit) for circuit in ledger.circuits])


def _row(circuit: CircuitAccount) -> list[Cell | str]:
    sums, row = circuit.sums, circuit.row
    is_contracted = circuit.circuit.restore_time_s is not None
    return [
        circuit.circuit.provider,
        Cell(circuit.circuit.id, below=circuit.circuit.contract_code),
        ", ".join(circuit.places) or official.NOTHING,
        official.count(sums.outages),
        official.short_span(sums.counted_s),
        official.short_span(sums.excepted_s),
        official.short_span(sums.unconfirmed_s),
        _span(circuit.allowed_s),
        Cell(_span(circuit.over_s), "down" if circuit.over_s else ""),
        official.count(sums.over_restore) if is_contracted else NOT_CONTRACTED,
        official.ratio(None if row is None else row.coverage_ratio, missing="chưa giám sát"),
    ]


def _span(seconds: float | None) -> str:
    return NOT_CONTRACTED if seconds is None else official.short_span(seconds)


def _over(provider: ProviderAccount) -> str:
    if provider.uncontracted == len(provider.circuits):
        return f"{official.count(provider.uncontracted)} kênh chưa ghi hợp đồng"
    if not provider.over and not any(circuit.is_covered for circuit in provider.circuits):
        return "chưa đủ dữ liệu để kết luận kênh nào vượt hợp đồng"
    return (
        f"{official.fraction(len(provider.over), len(provider.circuits))} kênh vượt hợp đồng, vượt "
        f"{official.span(provider.over_s)}"
    )


def _notes(found: ReadLedger, out: Output) -> None:
    for provider in found.ledger.providers:
        sums = provider.sums
        over = _over(provider)
        out.note(
            f"{provider.provider}: {over}; tính {official.span(sums.counted_s)}, không tính "
            f"{official.span(sums.excepted_s)}, chưa xác nhận nguyên nhân {official.span(sums.unconfirmed_s)}"
        )
    if not found.ledger.circuits:
        out.note("Danh mục chưa có kênh truyền nào (mục circuits).")
    elif any(circuit.allowed_s is None for circuit in found.ledger.circuits):
        out.note(f'"{NOT_CONTRACTED}": danh mục chưa ghi số liệu hợp đồng của kênh, nên không tính.')
    span = periods.span(
        found.figures.period, zone=found.figures.zone, known_until_at=found.figures.known_until_at
    )
    out.note(
        f"Kỳ {found.figures.period.id}: {span}. Từng lượt: thêm -o json, hoặc --format xlsx --to THƯ_MỤC."
    )
