"""Writes en.po with every message of templates and pages (new ones empty, gone ones left out) and en.mo from it."""

import ast
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from inventory.inheritance import Level
from monitor.conference import entering
from monitor.muting import texts as muting
from monitor.people import refusals as people
from monitor.people import sign_on
from monitor.report.editions import freezing
from monitor.web import fence, muting_form, refusing, refusing_words
from monitor.web.pages.table import NAV

WEB: Final = Path(__file__).parent.parent / "monitor" / "web"
HERE: Final = WEB / "locale"
SENTENCE: Final = WEB.parent / "series" / "smoke.py"
"""What it says of a graph is said on a page too."""


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
    with SENTENCE.open("rb") as file:
        for _line, message, _comments, _context in extract("python", file, keywords={"_": None}):
            catalogue.add(message)
    for message in (Level.PROGRAM.value, *refusals(), *refused_at_once()):
        catalogue.add(message)
    return catalogue


def refusals() -> Iterator[str]:
    """Yield what is said of every reason why something is not done: tables that pages, API and command line share."""
    tables: Iterable[Mapping[object, tuple[str, str]]] = (
        people.REFUSALS,
        sign_on.REFUSALS,
        muting.REFUSALS,
        entering.REFUSALS,
        freezing.REFUSALS,
        refusing_words.FAULTS,
        fence.TEXTS,
    )
    for table in tables:
        for what, remedy in table.values():
            yield from (what, remedy)
    yield from muting_form.PLAIN_REMEDIES.values()
    yield from (*refusing.TITLES.values(), refusing.OTHER_TITLE, *fence.OTHER_TEXT)


def refused_at_once() -> Iterator[str]:
    """Yield the texts that pages and the door refuse with: whoever shows them looks them up."""
    for path in sorted({*WEB.rglob("*.py")} - {*(WEB / "api").glob("*.py"), WEB / "routing.py"}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RefusedError"):
                continue
            for each in node.args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                    yield each.value


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
