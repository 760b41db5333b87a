"""Write the sample report of a made-up November beside this file: `make samples`, or `python docs/samples/make.py [FOLDER]`.

DOCX, XLSX and PDF come out the same to the byte each time. Pictures of the pages are made of the DOCX where LibreOffice and
poppler-utils are there; they differ with their versions.
"""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from PIL import Image

from inventory.loader import load
from monitor.accounting.periods import period
from monitor.demo.year.land import PEOPLE
from monitor.demo.year.making import make_year
from monitor.demo.year.model import END_AT
from monitor.report.editions.building import opened_sources
from monitor.report.editions.drafting import drafted
from monitor.report.editions.store import put_field, put_override
from monitor.report.making import files
from monitor.report.sentences.model import Override
from monitor.report.sentences.rules import read_rules
from monitor.settings.settings import load_settings

MONTH = "2026-11"
NAME = f"bao-cao-{MONTH}"
FIELDS = {"storm_days": "từ ngày 05/11 đến ngày 08/11", "backup_power_missing": "06"}
TICKED = ("GP1", "GP5-mcu", "GP6", "GP-NGUON", "GP-NN", "KN8")
"""What the made-up writer took of what the rules suggest."""
DOTS_PER_INCH = "80"
PICTURED = 8
"""Pages that are pictured: the letter, and the beginning of its first appendix."""
GREYS = 8


def main() -> int:
    """Write the samples; return the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        settings_file = make_year(Path(work) / "nam")
        made = _made(settings_file)
        for made_format, content in made.items():
            (folder / f"{NAME}.{made_format}").write_bytes(content)
        _pictures(folder, Path(work))
    return 0


def _made(settings_file: Path) -> dict[str, bytes]:
    settings = load_settings(settings_file)
    with closing(sqlite3.connect(settings.state_dir / "state.db")) as connection, connection:
        for key, value in FIELDS.items():
            put_field(connection, MONTH, key, value, who=PEOPLE[0], at=END_AT)
        for sentence_id in TICKED:
            put_override(connection, MONTH, Override(sentence_id, is_used=True, who=PEOPLE[0], at=END_AT))
    accounting = settings.accounting
    asked = period(MONTH, zone=settings.timezone, month_begins_on=accounting.month_begins_on, now=END_AT)
    with opened_sources(settings, load(settings.inventory), now=END_AT) as sources:
        draft = drafted(sources, asked, read_rules(None), revision=1)
    made = files(draft.document, ("docx", "xlsx", "pdf"))
    if made.failures:
        raise RuntimeError(f"not made: {dict(made.failures)}")
    return dict(made.files)


def _pictures(folder: Path, work: Path) -> None:
    """Draw the pages of the DOCX as a word processor lays them out."""
    tools = [shutil.which(name) for name in ("soffice", "pdftoppm")]
    office, painter = tools
    if office is None or painter is None:
        sys.stderr.write("no LibreOffice or poppler-utils here: the pictures stay as they are\n")
        return
    for old in folder.glob("trang-*.png"):
        old.unlink()
    profile = f"-env:UserInstallation=file://{work}/profile"
    convert = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(work)]
    subprocess.run([*convert, str(folder / f"{NAME}.docx")], check=True, capture_output=True)  # noqa: S603 (our own file)
    pdf, pages = str(work / f"{NAME}.pdf"), str(work / "trang")
    draw = [painter, "-gray", "-png", "-r", DOTS_PER_INCH, "-l", str(PICTURED), pdf, pages]
    subprocess.run(draw, check=True)  # noqa: S603 (our own file)
    for number, page in enumerate(sorted(work.glob("trang-*.png")), start=1):
        with Image.open(page) as picture:
            # Few shades of grey are enough for letters, and a third of the bytes.
            picture.convert("L").quantize(GREYS).save(folder / f"trang-{number}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
