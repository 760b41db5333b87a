"""From an empty folder to 96 watched communes, by the commands of docs/vi/bat-dau.md."""

import asyncio
from pathlib import Path

import openpyxl

from tests.monitor.cli.conftest import Run, Told
from tests.monitor.daemons import running

ROOT = Path(__file__).parents[3]
ADDRESS, ID = "Địa chỉ", "Mã đối tượng"
CORE = ("ttdl-tinh.gateway", "bien.vnpt", "bien.viettel", "tslcd.nut-qn", "tslcd.nut-kt")
OFTEN = """
profiles:
  server: {checks: {icmp: &often {interval_s: 2, retry_interval_s: 1, timeout_s: 1, options: {count: 2, spacing_s: 0.05}}}}
  gateway: {checks: {icmp: *often}}
  carrier-edge: {checks: {icmp: *often}}
  tslcd-node: {checks: {icmp: *often}}
  tslcd-cpe: {checks: {icmp: *often}}
  switch: {checks: {icmp: *often}}
  vcs-endpoint: {checks: {icmp: *often, h323: {enabled: false}}}
  monitor: {checks: {clock: {enabled: false}}}
"""
"""Only so that the test is short: a check's first run comes within its interval, nobody speaks H.323 on loopback, and a
machine of tests may have no right time."""


def fill_in_sheet(path: Path) -> int:
    """Type an address of loopback into every row, as a person would; return how many."""
    book = openpyxl.load_workbook(path)
    sheet = book["Thiết bị"]
    headings = [cell.value for cell in sheet[1]]
    rows = range(2, sheet.max_row + 1)
    for row in rows:
        sheet.cell(row, headings.index(ADDRESS) + 1).value = f"127.9.{row // 200}.{row % 200 + 1}"
    book.save(path)
    return len(rows)


def fill_in_core(path: Path) -> None:
    """Write the addresses of the core, as the file's own comments say."""
    text = path.read_text()
    for number, target_id in enumerate(CORE, start=1):
        head, tail = text.split(f"  {target_id}:\n")
        tail = tail.replace("# address: (địa chỉ thật)", f"address: 127.0.1.{number}", 1)
        text = f"{head}  {target_id}:\n{tail.replace('equipped: unknown', 'equipped: yes', 1)}"
    path.write_text(text)


async def test_from_an_empty_folder_to_96_watched_communes(run: Run, tmp_path: Path) -> None:
    config, sheet = tmp_path / "tslcd-monitor.yaml", tmp_path / "mau.xlsx"

    async def command(*arguments: object) -> Told:
        return await asyncio.to_thread(run, *arguments)

    assert (await command("inventory", "init", tmp_path, "--province", "quang ngai")).code == 0
    fill_in_core(tmp_path / "danh-muc" / "10-loi-mang.yaml")
    assert (await command("inventory", "template", sheet, "--config", config)).code == 0
    assert fill_in_sheet(sheet) == 96 * 3
    imported = await command("inventory", "import", sheet, "--config", config)
    assert (imported.code, "0 chờ trả lời" in imported.out) == (0, True), imported.err
    checked = await command("check-config", config)
    assert checked.code == 0, checked.err
    assert "96 xã, phường, đặc khu, 295 đối tượng được giám sát" in checked.out
    guide = (ROOT / "docs" / "vi" / "bat-dau.md").read_text("utf-8")
    assert [row[-1] for row in checked.rows if row[-1] not in guide] == []

    (tmp_path / "danh-muc" / "99-thu.yaml").write_text(OFTEN)
    config.write_text(config.read_text() + "web: {enabled: false}\n")
    async with running(config) as daemon:

        async def all_is_well() -> bool:
            return (await command("status", "--exit-code", "--config", config)).code == 0

        daemon.state_dir = tmp_path / "du-lieu"
        await daemon.until_answers()
        await daemon.until(all_is_well, "sees every commune")
        seen = await command("status", "--config", config)
        # 96 communes and 6 of the core, of which one is this machine.
        assert seen.err.startswith("102/102 hoạt động")
        assert await daemon.end() == 0
