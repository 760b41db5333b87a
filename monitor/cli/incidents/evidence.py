"""`incident export MÃ`: the evidence pack of one incident, read from this machine's disk. The daemon is not asked."""

import hashlib
import os
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Final

from alerts.messages import words
from monitor.cli.accounts.reading import Place, open_place
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.results_file import reading
from monitor.incidents.packing import digest_at
from monitor.report.evidence.gathering import Measured, Told, evidence, read_measured, read_told
from monitor.report.evidence.model import Evidence
from monitor.report.evidence.packing import SCHEMA, pack
from monitor.wording import os_words

_SUFFIX: Final = ".zip"
_MODE: Final = 0o600


def export_evidence(arguments: Namespace, out: Output) -> int:
    """Write the ZIP and say what is in it."""
    _check_usage(arguments)
    incident_id = arguments.id.upper()
    to = Path(arguments.to or f"{incident_id}{_SUFFIX}")
    if not arguments.yes and _is_there(to):
        raise _taken(to)
    place = open_place(arguments)
    told = place.read(partial(read_told, inventory=place.inventory, incident_id=incident_id, now=place.now))
    if told is None:
        raise CommandError(
            Exit.FINDINGS, f"không có sự cố {incident_id}", "xem các mã: tslcd-monitor incident list --all"
        )
    found = _gathered(place, told, out)
    content = pack(found)
    _write(to, content, overwrite=arguments.yes)
    _tell(found, to, content, out)
    return Exit.PARTLY if _results(place).exists() and not found.spans else Exit.OK


def _results(place: Place) -> Path:
    return place.settings.state_dir / "results.db"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # writing it says why


def _check_usage(arguments: Namespace) -> None:
    if arguments.since or arguments.format:
        raise CommandError(
            Exit.USAGE,
            "--from và --format không dùng cho hồ sơ của một sự cố",
            "bỏ MÃ để xuất các sự cố của một kỳ, hoặc bỏ --from và --format",
        )


def _gathered(place: Place, told: Told, out: Output) -> Evidence:
    path = _results(place)
    measured = None
    if path.exists():
        out.note(f"đang đọc kết quả của {words.number(len(told.checks))} phép đo ...")
        measured = _measured(path, place, told, out)
    else:
        out.note(f"chưa có {path}: hồ sơ không có kết quả đo")
    return evidence(
        told,
        measured,
        place.inventory,
        province=place.settings.province,
        zone=place.settings.timezone,
        now=place.now,
        digest_then=digest_at(place.settings.state_dir, told.incident.opened_at),
    )


def _measured(path: Path, place: Place, told: Told, out: Output) -> Measured | None:
    """Read the results; when they are damaged, what state.db has is evidence all the same."""
    try:
        with reading(path) as results:
            return read_measured(results, told, place.inventory, zone=place.zone)
    except CommandError as error:
        if error.exit_code is not Exit.FINDINGS:
            raise
        out.error(f"{error}: hồ sơ không có kết quả đo", error.remedy)
        return None


def _write(to: Path, content: bytes, *, overwrite: bool) -> None:
    """Write the file whole or not at all: nobody sends half a pack. CommandError when it cannot be written.

    It is for whoever made it: what is in it of the province's network is nobody else's on this machine.
    """
    path = to.with_name(f".{to.name}.{os.getpid()}") if overwrite else to
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as stream:
            try:
                stream.write(content)
                stream.flush()
                if overwrite:
                    path.rename(to)
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        raise _taken(to) from None
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không ghi được {to} ({os_words(error)})", "chọn nơi khác bằng --to"
        ) from None


def _taken(to: Path) -> CommandError:
    return CommandError(Exit.USAGE, f"đã có {to}", "chọn tên khác bằng --to, hoặc thêm --yes để ghi đè")


def _tell(found: Evidence, to: Path, content: bytes, out: Output) -> None:
    results = sum(each.results for each in found.samples)
    digest = hashlib.sha256(content).hexdigest()
    if out.is_json:
        out.json(
            {
                "schema": SCHEMA,
                "incident": found.incident.id,
                "file": str(to),
                "bytes": len(content),
                "sha256": digest,
                "checks": len(found.samples),
                "results": results,
                "transitions": len(found.transitions),
                "neighbours": len(found.neighbours),
                "messages": len(found.messages),
            }
        )
        return
    out.line(str(to))
    out.note(
        f"{found.incident.id}: {words.number(results)} kết quả của {words.number(len(found.samples))} phép đo, "
        f"{words.number(len(found.transitions))} lần đổi trạng thái, {words.number(len(found.neighbours))} nơi lân cận, "
        f"{words.number(len(found.messages))} tin đã gửi; {words.number(len(content))} byte"
    )
    out.note(f"SHA-256: {digest}")
