"""QR codes of our own pages' addresses, for stickers on racks. Pure."""

import io
from typing import Final

import segno

BORDER: Final = 4
"""Light modules around it: what ISO/IEC 18004 asks for."""


def qr_svg(address: str, *, scale: int = 4) -> bytes:
    """Return the code as an SVG file; a quarter of it may be scratched away (level Q)."""
    code = segno.make(address, error="q", micro=False, boost_error=False)
    buffer = io.BytesIO()
    code.save(
        buffer,
        kind="svg",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        scale=scale,
        border=BORDER,
        dark="#000000",
        light="#ffffff",
    )
    return buffer.getvalue()
