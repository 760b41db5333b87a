"""Pictures that cost nothing, for tests of what stands around them."""

import struct
import zlib

from monitor.report.document.model import Document
from tests.monitor.report.rich_document import pictures_of


def tiny_png(width: int = 64, height: int = 24) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x88" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiny_pictures(document: Document) -> dict[str, bytes | None]:
    return {picture.id: tiny_png() for picture in pictures_of(document)}
