"""`inventory init`: the folder that a province begins with. Asks for the province at a terminal."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from inventory.names import hint, sort_key
from inventory.provinces import Province, choose, former_name, now_in, read_provinces
from inventory.provinces.skeleton import skeleton
from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import DEFAULT_CONFIG, PROGRAM
from monitor.cli.inventory.new_folder import (
    CREDENTIALS_NAME,
    INVENTORY_NAME,
    SECRETS_NAME,
    SETTINGS_NAME,
    service_settings_text,
    settings_text,
    write_new,
)
from monitor.cli.output import Output

_COLUMNS = 3
_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


def run(arguments: Namespace, out: Output) -> int:
    """Write the folder; say what to do next."""
    province = chosen_province(arguments.province, out)
    folder: Path = arguments.folder
    inventory = skeleton(province, with_departments=arguments.departments)
    settings = service_settings_text if arguments.service else settings_text
    files = {SETTINGS_NAME: settings(province.name)}
    files |= {f"{INVENTORY_NAME}/{name}": text for name, text in inventory.items()}
    written = write_new(folder, files, secrets_name=CREDENTIALS_NAME if arguments.service else SECRETS_NAME)
    if arguments.service:
        _let_the_service_read(folder, written)
    steps = _next_steps(folder, is_service=arguments.service)
    if out.is_json:
        out.json(
            {
                "schema": "inventory-init/1",
                "province": {"code": province.code, "name": province.name},
                "communes": len(province.communes),
                "files": [str(path) for path in written],
                "next": steps,
            }
        )
        return Exit.OK
    for path in written:
        out.line(str(path))
    out.note(f"{full_name(province)}: {len(province.communes)} xã, phường, đặc khu. Bước tiếp theo:")
    for number, step in enumerate(steps, start=1):
        out.note(f"  {number}. {step}")
    return Exit.OK


def _let_the_service_read(folder: Path, written: Sequence[Path]) -> None:
    """Whoever installs may have a narrow umask; the service is another user. Secrets lie elsewhere."""
    (folder / INVENTORY_NAME).chmod(_FOLDER_MODE)
    for path in written:
        path.chmod(_FILE_MODE)


def _next_steps(folder: Path, *, is_service: bool) -> list[str]:
    path = folder / SETTINGS_NAME
    named = "" if path == DEFAULT_CONFIG else shlex.quote(str(path))
    config = f" --config {named}" if named else ""
    start = "systemctl enable --now tslcd-monitor" if is_service else f"{PROGRAM} daemon{config}"
    return [
        f"điền địa chỉ lõi mạng vào {folder / INVENTORY_NAME / '10-loi-mang.yaml'}",
        f"{PROGRAM} inventory template mau.xlsx{config}, rồi điền địa chỉ các xã bằng Excel",
        f"{PROGRAM} inventory import mau.xlsx{config}",
        f"{PROGRAM} check-config {named}".rstrip(),
        start,
    ]


def full_name(province: Province) -> str:
    """Return a province's name with its kind: "Tỉnh Quảng Ngãi"."""
    return f"{province.kind.capitalize()} {province.name}"


def chosen_province(asked: str | None, out: Output) -> Province:
    """Return the province asked for, or the one that is chosen at the terminal; CommandError when there is none."""
    provinces = read_provinces()
    if asked is not None:
        found = choose(asked, provinces)
        if len(found) != 1:
            raise CommandError(Exit.USAGE, *_undecided(asked, found, provinces))
        return found[0]
    if not sys.stdin.isatty():
        raise CommandError(Exit.USAGE, "chưa biết tỉnh nào", 'thêm --province, ví dụ --province "Quảng Ngãi"')
    _show(provinces, out)
    while True:
        out.note("Tỉnh, thành phố nào? (tên, gõ không dấu cũng được, hoặc mã)")
        answer = sys.stdin.readline()
        if not answer:
            raise CommandError(Exit.USAGE, "chưa chọn tỉnh nào", "thêm --province")
        found = choose(answer, provinces)
        if len(found) == 1:
            return found[0]
        out.note(". ".join(filter(None, _undecided(answer.strip(), found, provinces))))


def _undecided(asked: str, found: Sequence[Province], provinces: Sequence[Province]) -> tuple[str, str]:
    """Return what is wrong and what to do."""
    if found:
        names = ", ".join(f"{province.name} ({province.code})" for province in found)
        return f"'{asked}' có thể là: {names}", "ghi rõ tên hoặc mã"
    heirs = now_in(asked, provinces)
    if heirs:
        former = former_name(asked, heirs[0])
        remedy = f"{former} nay thuộc {' và '.join(f'{heir.name} ({heir.code})' for heir in heirs)}"
    else:
        near = hint(
            asked, [name for province in provinces for name in (province.name, *province.former_provinces)]
        )
        remedy = near or 'ghi tên như "Quảng Ngãi", hoặc mã 2 chữ số như 51'
    return f"không có tỉnh, thành phố '{asked}'", remedy


def _show(provinces: Sequence[Province], out: Output) -> None:
    cells = [f"{p.code} {p.name}" for p in sorted(provinces, key=lambda p: sort_key(p.name))]
    rows = -(-len(cells) // _COLUMNS)
    for row in range(rows):
        out.note("  ".join(f"{cell:<16}" for cell in cells[row::rows]).rstrip())
