"""An evidence pack as one ZIP. Pure: the same evidence, put together at the same moment, gives the same bytes.

TOM-TAT.html          a page that a person understands
SHA256SUMS            sums of all other files, for `sha256sum -c`
manifest.json         what is there, of which incident and time, by which program and inventory
mau-do/<check>.csv    every result of the checks that failed, with every round trip
*.csv                 log with traced paths, changes of status, what else was watched, messages, maintenance, ...
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from inventory.names import fold
from monitor.report.archive import zip_bytes
from monitor.report.evidence.lists import list_files
from monitor.report.evidence.model import Evidence, Samples
from monitor.report.evidence.samples import iso
from monitor.report.evidence.summary import summary_html

SCHEMA: Final = "evidence/1"
SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
SUMMARY: Final = "TOM-TAT.html"
SAMPLES: Final = "mau-do/"


def pack(evidence: Evidence) -> bytes:
    """Return the ZIP."""
    samples = sample_names(evidence)
    files: dict[str, bytes] = {
        SUMMARY: summary_html(evidence, samples).encode(),
        **list_files(evidence),
        **{samples[each.check_id]: each.content for each in evidence.samples},
    }
    files[MANIFEST] = _manifest(evidence, files, samples)
    files[SUMS] = "".join(f"{_sha256(files[name])}  {name}\n" for name in sorted(files)).encode()
    folder = evidence.incident.id
    return zip_bytes({f"{folder}/{name}": content for name, content in files.items()})


def sample_names(evidence: Evidence) -> Mapping[str, str]:
    """Return check id -> name of the file of its results: ASCII letters, digits, dots and dashes, each name once."""
    names: dict[str, str] = {}
    for each in evidence.samples:
        kept = "".join(
            letter if letter.isascii() and (letter.isalnum() or letter == ".") else " "
            for letter in fold(each.check_id)
        )
        base = "-".join(kept.split()).strip(".") or "mau"
        name, number = base, 1
        while f"{SAMPLES}{name}.csv" in names.values():
            number += 1
            name = f"{base}-{number}"
        names[each.check_id] = f"{SAMPLES}{name}.csv"
    return names


def _manifest(evidence: Evidence, files: Mapping[str, bytes], samples: Mapping[str, str]) -> bytes:
    zone = ZoneInfo(evidence.zone)
    content = {
        "schema": SCHEMA,
        "incident": evidence.incident.id,
        "parts": [each.id for each in evidence.parts],
        "toldBy": None if evidence.told_by is None else evidence.told_by.id,
        "province": evidence.province,
        "zone": evidence.zone,
        "from": iso(evidence.from_at, zone),
        "until": iso(evidence.until_at, zone),
        "madeAt": iso(evidence.made_at, zone),
        "program": evidence.program,
        "inventory": evidence.inventory_digest,
        "inventoryThen": evidence.digest_then or None,
        "sampleSpans": [[iso(begin, zone), iso(end, zone)] for begin, end in evidence.spans],
        "samples": [_sample(each, samples) for each in evidence.samples],
        "files": [
            {"name": name, "bytes": len(files[name]), "sha256": _sha256(files[name])}
            for name in sorted(files)
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _sample(each: Samples, names: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "check": each.check_id,
        "file": names[each.check_id],
        "results": each.results,
        "failed": each.failed,
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
