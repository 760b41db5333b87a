"""A document as one page: nothing is loaded, no script runs, and its own policy says so to the browser."""

import base64
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.report.document import wording
from monitor.report.document.model import Block, CellKind, Document, HeadStyle, RowLevel, Table, TableRow

TEMPLATES: Final = Path(__file__).parent / "templates"


def html_text(document: Document, pictures: Mapping[str, bytes | None]) -> str:
    """Return the page. `pictures`: PNG by picture id; None: the page says in words what it would have shown.

    A sentence has the id "cau-<its id>" and `data-sentence`, so that a page around can point to it. Number, date and
    signature are blank as in the Word file.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    images = {
        name: f"data:image/png;base64,{base64.b64encode(png).decode()}"
        for name, png in pictures.items()
        if png is not None
    }
    return (
        _environment()
        .get_template("document.html")
        .render(
            _content(document, images),
            title=f"{document.name} {document.subject}".strip(),
            properties=[pair for pair in document.properties if pair[0] != "title"],
            policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'",
            style=style,
        )
    )


def sheets_html(document: Document, picture_urls: Mapping[str, str]) -> str:
    """Return only the sheets, to be put into another page with styles of its own. `picture_urls`: URL by picture id."""
    return _environment().get_template("sheets.html").render(_content(document, picture_urls))


def _content(document: Document, images: Mapping[str, str]) -> dict[str, Any]:
    return {
        "document": document,
        "images": _Images(images),
        "is_party": document.head is not None and document.head.style is HeadStyle.PARTY,
        "owner_lines": () if document.head is None else wording.owner_lines(document.head.style),
        "addressees": wording.addressee_lines(document),
        "recipients": wording.recipient_lines(document),
        "recipients_label": wording.RECIPIENTS,
    }


class _Images(dict[str, str]):
    """A picture that nobody drew is one that could not be drawn."""

    def __missing__(self, key: str) -> str:
        return ""


@cache
def _style() -> Markup:
    # Widths by classes: a width at an element would be a style of its own, that the policy forbids.
    widths = "".join(f".w{share} {{ width: {share}%; }}\n" for share in range(1, 101))
    own = (TEMPLATES / "document.css").read_text(encoding="utf-8") + widths
    return Markup(own)  # noqa: S704 (our own file, no outside text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_seen
    )
    environment.globals.update(
        kind_of=_kind_of,
        row_groups=_row_groups,
        row_header=_row_header,
        shares=_shares,
        instead_of=wording.instead_of,
        appendix_name=wording.appendix_name,
    )
    return environment


def _seen(value: Any) -> Any:
    """Return text composed (NFC) and without characters that a page must not hold."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    composed = unicodedata.normalize("NFC", value)
    return "".join(
        sign for sign in composed if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs", "Cn")
    )


def _kind_of(block: Block) -> str:
    return type(block).__name__


def _row_groups(table: Table) -> Iterator[list[TableRow]]:
    """Split the rows before each group's heading, so that a heading is the heading of its rows."""
    part: list[TableRow] = []
    for row in table.rows:
        if row.level is RowLevel.GROUP and part:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _row_header(table: Table) -> int:
    """Return which column says what a row is about: the first of text; -1: none."""
    kinds = [column.kind for column in table.columns]
    return kinds.index(CellKind.TEXT) if CellKind.TEXT in kinds else -1


def _shares(table: Table) -> list[int]:
    """Return how many hundredths of the width each column has."""
    total = sum(column.width_mm for column in table.columns)
    return [max(1, round(100 * column.width_mm / total)) for column in table.columns]
