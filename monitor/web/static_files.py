"""The files that pages load: read once at the start, so that nothing else can ever be served from the disk."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_FOLDER: Final = Path(__file__).parent / "static"
_CONTENT_TYPES: Final = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".js": "text/javascript",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file served as it is, or as `packed` (gzip) to who accepts that; `version` changes with its content."""

    content: bytes
    packed: bytes
    content_type: str
    version: str


@cache
def load_static() -> Mapping[str, StaticFile]:
    """Read all static files, by name ("site.css", "vendor/htmx.min.js"), once in a process: packing takes a while."""
    files = {}
    for path in sorted(_FOLDER.rglob("*.*")):
        content = path.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:12]
        name = path.relative_to(_FOLDER).as_posix()
        files[name] = StaticFile(
            content, gzip.compress(content, 9, mtime=0), _CONTENT_TYPES[path.suffix], version
        )
    return MappingProxyType(files)
