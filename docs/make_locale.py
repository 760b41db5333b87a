"""Writes en.po with every message of templates and pages (new ones empty, gone ones left out) and en.mo from it."""

import io
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from monitor.web.pages.table import NAV

WEB: Final = Path(__file__).parent.parent / "monitor" / "web"
HERE: Final = WEB / "locale"


def source_catalogue() -> Catalog:
    """Return what pages say, with where."""
    catalogue = Catalog(locale="en", project="tslcd-monitor", fuzzy=False)
    found = extract_from_dir(
        WEB,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        options_map={"templates/**.html": {"trimmed": "true", "silent": "false"}},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for file, _line, message, _comments, _context in sorted(found, key=lambda each: (str(each[0]), each[1])):
        catalogue.add(message, locations=[(str(file), 1)])
    for page in NAV:
        catalogue.add(page.title)
    return catalogue


def read_english() -> Catalog:
    """Return the catalogue as it is."""
    return read_po(io.BytesIO((HERE / "en.po").read_bytes()), locale="en")


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as programs read it."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def main() -> None:
    """Write both files."""
    english = read_english()
    english.update(source_catalogue(), no_fuzzy_matching=True)
    english.obsolete.clear()
    written = io.BytesIO()
    write_po(written, english, sort_output=True, no_location=True, omit_header=False, width=0)
    (HERE / "en.po").write_bytes(written.getvalue())
    (HERE / "en.mo").write_bytes(compiled(read_english()))


if __name__ == "__main__":
    main()
