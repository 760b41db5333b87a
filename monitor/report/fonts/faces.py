"""The four faces of Tinos. They have the widths of Times New Roman, and all letters of Vietnamese."""

from enum import StrEnum
from pathlib import Path


class Face(StrEnum):
    """One face; the value is its name in a PDF and the stem of its file."""

    REGULAR = "Tinos-Regular"
    BOLD = "Tinos-Bold"
    ITALIC = "Tinos-Italic"
    BOLD_ITALIC = "Tinos-BoldItalic"


def path_of(face: Face) -> Path:
    """Return where the face's TrueType file lies."""
    return Path(__file__).parent / f"{face.value}.ttf"
