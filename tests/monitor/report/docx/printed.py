"""Documents as they come out of a printer: a word processor lays them out, and the pages are read back."""

import re
import subprocess
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a page; millimetres from the left and from above."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its lines as they stand side by side, its words, its size in whole millimetres."""

    lines: tuple[str, ...]
    words: tuple[Word, ...]
    size: tuple[int, int]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())

    def in_the_top_margin(self) -> list[Word]:
        return [word for word in self.words if word.bottom < 20]

    def line_with(self, words: str) -> str:
        (found,) = [line for line in self.lines if words in line]
        return " ".join(found.split())


def printed(folder: Path, files: Mapping[str, bytes]) -> dict[str, tuple[Page, ...]]:
    """Lay out documents by name -> DOCX, all by one start of the word processor."""
    for name, content in files.items():
        (folder / f"{name}.docx").write_bytes(content)
    command = [
        "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
        "--outdir", folder, *(folder / f"{name}.docx" for name in files),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {name: _pages(folder / f"{name}.pdf") for name in files}


def _pages(pdf: Path) -> tuple[Page, ...]:
    texts = _run("pdftotext", "-layout", pdf, "-").split("\f")
    markup = _run("pdftotext", "-bbox", pdf, "-")
    # The tool lets through what no XML may hold.
    tree = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>|[\x00-\x08\x0b\x0c\x0e-\x1f]", "", markup))  # noqa: S314 - our own file
    namespace = "{http://www.w3.org/1999/xhtml}"
    return tuple(
        Page(
            tuple(text.splitlines()),
            tuple(_word(word) for word in page.iter(f"{namespace}word")),
            (_mm(page, "width"), _mm(page, "height")),
        )
        for text, page in zip(texts, tree.iter(f"{namespace}page"), strict=False)
    )


def _word(word: ET.Element) -> Word:
    edges = (float(word.attrib[name]) / POINTS_PER_MM for name in ("xMin", "xMax", "yMin", "yMax"))
    return Word(unicodedata.normalize("NFC", word.text or ""), *edges)


def _mm(page: ET.Element, name: str) -> int:
    return round(float(page.attrib[name]) / POINTS_PER_MM)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
