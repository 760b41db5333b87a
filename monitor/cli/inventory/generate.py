"""`inventory generate`: a made-up province of real units, to measure and to try things out."""

import shlex
from argparse import Namespace
from pathlib import Path

from alerts.messages import words
from inventory.provinces.device_mix import Size
from inventory.provinces.generate import Addresses, generate
from monitor.cli.exits import Exit
from monitor.cli.grammar import PROGRAM
from monitor.cli.inventory.init import chosen_province, full_name
from monitor.cli.inventory.new_folder import INVENTORY_NAME, SETTINGS_NAME, settings_text, write_new
from monitor.cli.output import Output

_KEY = "khoa-cua-tinh-gia-lap-khong-dung-that-0001\n"
_BEATS = "\nheartbeats:\n  http: {host: 127.0.0.1, port: 8443}\n"
_SIMULATED = (
    "\n# Địa chỉ chỉ có trong mạng mô phỏng: không lệnh nào được hỏi tới chúng từ máy này.\nsimulated: true\n"
)


def run(arguments: Namespace, out: Output) -> int:
    """Write the folder."""
    province = chosen_province(arguments.province or "51", out)
    size, addresses = Size(arguments.profile), Addresses(arguments.addresses)
    folder: Path = arguments.folder
    inventory = generate(province, size, addresses)
    more = _BEATS + (_SIMULATED if addresses is Addresses.EXAMPLE else "")
    files = {SETTINGS_NAME: settings_text(f"{province.name} (giả lập)", more)}
    files |= {f"{INVENTORY_NAME}/{name}": text for name, text in inventory.items()}
    written = write_new(folder, files, secrets={"heartbeat-key": _KEY})
    config = shlex.quote(str(folder / SETTINGS_NAME))
    where = ", trong mạng mô phỏng" if addresses is Addresses.EXAMPLE else ""
    steps = [f"{PROGRAM} check-config {config}", f"{PROGRAM} daemon --config {config}{where}"]
    targets = sum(text.count("profile: ") for text in inventory.values())
    if out.is_json:
        out.json(
            {
                "schema": "inventory-generate/1",
                "province": {"code": province.code, "name": province.name},
                "profile": size.value,
                "addresses": addresses.value,
                "targets": targets,
                "files": [str(path) for path in written],
                "next": steps,
            }
        )
        return Exit.OK
    for path in written:
        out.line(str(path))
    out.note(
        f"{full_name(province)} giả lập: {len(province.communes)} xã, phường, đặc khu, {words.number(targets)} đối tượng. "
        "Bước tiếp theo:"
    )
    for number, step in enumerate(steps, start=1):
        out.note(f"  {number}. {step}")
    return Exit.OK
