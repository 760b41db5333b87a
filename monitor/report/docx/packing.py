"""From an open document to bytes that depend on its content alone. Pure."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Final

from docx.document import Document as DocxDocument

from monitor.report.archive import zip_bytes
from monitor.report.document.model import Document
from monitor.report.docx.styles import LANGUAGE
from monitor.report.docx.wordml import clean

_LONGEST: Final = 255
"""Characters of a core property (the limit of the library and of Word)."""
_OWN_WORDS: Final = frozenset({"title", "subject", "author", "keywords", "category", "comments"})
"""Properties that a document may name; others are for other formats."""


def packed(document: DocxDocument) -> bytes:
    """Return the document as a file: parts sorted, no time of packing."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return zip_bytes({name: archive.read(name) for name in archive.namelist()})


def describe(document: DocxDocument, content: Document) -> None:
    """Set the properties of the file: who, when, of which figures. Nothing there comes from a clock."""
    properties = document.core_properties
    made_at = datetime.fromtimestamp(int(content.made_at), UTC).replace(tzinfo=None)
    properties.created = properties.modified = made_at
    properties.revision = 1
    properties.language = LANGUAGE
    properties.version = ""
    properties.last_modified_by = properties.author = ""
    properties.comments = (
        f"Bản số liệu (SHA-256): {clean(content.digest)}"[:_LONGEST] if content.digest else ""
    )
    properties.title = _short(content.subject or content.name)
    properties.content_status = _short(content.mark)
    properties.identifier = _short(content.digest)
    for key, value in content.properties:
        if key.lower() in _OWN_WORDS:
            setattr(properties, key.lower(), _short(value))
    properties.last_modified_by = properties.author


def _short(text: str) -> str:
    return " ".join(clean(text).split())[:_LONGEST]
