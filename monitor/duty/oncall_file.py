"""Reading the on-call file, and checking that policies name what it has."""

import logging
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from alerts.channels import CHANNELS
from alerts.oncall.model import Directory, Policy
from alerts.oncall.parsing import ReadDirectory, parse_oncall
from alerts.oncall.routing import ROTA, bare_address
from inventory.contacts import refuse_open_file
from inventory.files.reader import read_document
from inventory.problem import Problem, near_miss
from monitor.settings.addresses import address_fault
from monitor.settings.settings import Settings

log = logging.getLogger(__name__)


def read_oncall(path: Path, settings: Settings, *, is_whole: bool = True) -> ReadDirectory:
    """Read the file; refuses one that others may read. Blocking.

    `is_whole`: False when parts of the settings are wrong, so that nobody knows which channels there are.
    """
    refusal = refuse_open_file(path, "tệp người trực")
    if refusal is not None:
        return ReadDirectory(Directory(), (refusal,))
    fault_of = partial(address_fault, settings if is_whole else None)
    return parse_oncall(read_document(path), channels=CHANNELS, zone=settings.timezone, fault_of=fault_of)


def last_good(settings: Settings) -> Path:
    """Return where the last on-call file that could be used is kept, for a start with a broken one."""
    return settings.state_dir / "oncall.last.yaml"


def keep_last_good(settings: Settings) -> None:
    """Keep a copy of a file that could be used, for our eyes only. A disk that refuses keeps nobody from watching."""
    if settings.oncall is None:
        return
    kept = last_good(settings)
    fresh = kept.with_suffix(".new")
    try:
        content = settings.oncall.read_bytes()
        if kept.exists() and kept.read_bytes() == content:
            return
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(kept)
    except OSError as error:
        log.warning("oncall_not_kept error=%s", error.strerror)


def unknown_names(
    policies: dict[str, Policy], directory: Directory, config: Path, writers: Sequence[str] = ()
) -> Iterator[Problem]:
    """Yield the names in policies, and among the writers of reports, that nobody has."""
    named = [
        (f"alerting.policies.{policy.id}.steps[{number}].to", name)
        for policy in policies.values()
        for number, step in enumerate(policy.steps)
        for name in step.to
    ]
    named += [(f"report.writers[{number}]", name) for number, name in enumerate(writers)]
    for place, name in named:
        if name.startswith(ROTA):
            rota = name.removeprefix(ROTA)
            if rota not in directory.rotas:
                hint = near_miss(rota, directory.rotas) or "thêm ca trực này vào rotas"
                yield Problem(str(config), 1, place, f"không có bảng trực '{rota}'", hint)
        elif name not in directory.contacts and bare_address(directory, name) is None:
            hint = near_miss(name, directory.contacts) or "thêm vào people hoặc groups của tệp người trực"
            yield Problem(str(config), 1, place, f"không có người hoặc nhóm '{name}'", hint)
