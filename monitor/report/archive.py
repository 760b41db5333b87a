"""ZIP archives whose bytes depend on their content alone. Pure."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP can hold: the moment of packing is no content."""
_LEVEL: Final = 6
_UNIX: Final = 3
_MODE: Final = 0o100644


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of name -> content, sorted by name. Names are relative, with "/" between folders."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, _LEVEL)
    return buffer.getvalue()
