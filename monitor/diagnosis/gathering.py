"""What goes into the file for whoever helps: versions, settings, health, files, journal, the inventory in numbers.

Blocking: for a command, not for the daemon. Nothing here is masked yet.
"""

import json
import os
import platform
import shutil
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from inventory.address import host_of
from inventory.model import Inventory
from monitor.settings.settings import Settings
from monitor.version import VERSION

UNIT: Final = "tslcd-monitor.service"
CREDENTIALS: Final = Path("/etc/tslcd-monitor/credentials")
"""Handed over by systemd; root may look for help outside of the service."""
_MOST_SECRET_BYTES: Final = 65_536
_JOURNAL_S: Final = 20.0
_MOST_FILES: Final = 500
_MOST_JOURNAL_CHARACTERS: Final = 2_000_000
_HOST_KEYS: Final = frozenset({"host", "address", "sender", "username", "app_id", "client_id"})


def system() -> str:
    """Return versions and the machine, as JSON."""
    release = Path("/etc/os-release")
    os_lines = release.read_text(encoding="utf-8").splitlines() if release.exists() else []
    usage = os.uname()
    body = {
        "program": VERSION,
        "python": platform.python_version(),
        "packages": dict(sorted((each.metadata["Name"], each.version) for each in distributions())),
        "kernel": f"{usage.sysname} {usage.release} {usage.machine}",
        "os": next(
            (line.partition("=")[2].strip('"') for line in os_lines if line.startswith("PRETTY_NAME=")), ""
        ),
        "cores": os.cpu_count(),
        "memory": _lines(Path("/proc/meminfo"), ("MemTotal", "MemAvailable", "SwapTotal")),
        "load": os.getloadavg(),
    }
    return _json(body)


def settings_text(settings: Settings) -> str:
    """Return the settings as they are in force, defaults included: of secrets they hold the names only."""
    return yaml.safe_dump(settings.model_dump(mode="json"), allow_unicode=True, sort_keys=False)


def counts(inventory: Inventory) -> str:
    """Return how much is watched, as JSON: no names, no addresses."""
    body = {
        "version": inventory.digest[:12],
        "units": len(inventory.units),
        "targets": len(inventory.targets),
        "watched": sum(target.is_watched for target in inventory.targets.values()),
        "checks": len(inventory.checks),
        "layers": dict(Counter(str(target.layer) for target in inventory.targets.values())),
        "kinds": dict(Counter(check.kind for check in inventory.checks.values())),
        "intervals_s": {
            str(interval): count
            for interval, count in Counter(
                check.interval_s for check in inventory.checks.values()
            ).most_common(20)
        },
        "anchors": len(inventory.anchors),
        "areas": len(inventory.areas),
        "circuits": len(inventory.circuits),
        "windows": len(inventory.windows),
    }
    return _json(body)


def files(state_dir: Path) -> str:
    """Return sizes, rights and times of the state's files, and the room on its disk, as JSON."""
    try:
        usage = shutil.disk_usage(state_dir)
        listed = [_file(path, state_dir) for path in sorted(state_dir.rglob("*"))[:_MOST_FILES]]
    except OSError as error:
        return _json({"error": os.strerror(error.errno or 0)})
    return _json({"disk_total": usage.total, "disk_free": usage.free, "files": listed})


def journal(lines: int) -> str:
    """Return the service's last lines, or why there are none."""
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        return "máy này không có journalctl\n"
    command = [journalctl, "-u", UNIT, "-n", str(lines), "--no-pager", "-o", "short-iso"]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program; the only argument of others is a number)
            command,
            capture_output=True,
            timeout=_JOURNAL_S,
            check=False,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"không đọc được nhật ký: {type(error).__name__}\n"
    text = (done.stdout or done.stderr).decode("utf-8", "replace")
    return text[-_MOST_JOURNAL_CHARACTERS:]


def secret_values(settings: Settings) -> set[str]:
    """Return all secrets of this installation, as far as they can be read: to be taken out, whoever names them."""
    values = set()
    for path in (path for folder in _secret_folders(settings) for path in folder.glob("*")):
        try:
            if path.is_file() and path.stat().st_size <= _MOST_SECRET_BYTES:
                values.add(path.read_bytes().decode("utf-8", "replace").strip())
        except OSError:
            continue
    return values


def _secret_folders(settings: Settings) -> Iterator[Path]:
    """Yield where secrets may be: the settings' folder, the service's credentials, and what systemd reads them from."""
    if settings.secrets_dir is not None:
        yield settings.secrets_dir
    if credentials := os.environ.get("CREDENTIALS_DIRECTORY"):
        yield Path(credentials)
    yield CREDENTIALS


def hosts(settings: Settings, inventory: Inventory | None) -> set[str]:
    """Return the names and addresses of machines and people that settings and inventory name."""
    found = set(_hosts_in(settings.model_dump(mode="json")))
    if inventory is not None:
        found |= {host_of(check.address) for check in inventory.checks.values()}
        found |= {host_of(target.address) for target in inventory.targets.values() if target.address}
    return {host for host in found if host not in {"", "localhost"}}


def _hosts_in(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _hosts_in(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _hosts_in(inner, key)
    elif isinstance(value, str) and "://" in value:
        yield urlsplit(value).hostname or ""
    elif isinstance(value, str) and key in _HOST_KEYS:
        yield value


def _file(path: Path, folder: Path) -> dict[str, object]:
    status = path.lstat()
    return {
        "name": str(path.relative_to(folder)),
        "size": status.st_size,
        "mode": stat.filemode(status.st_mode),
        "changed": int(status.st_mtime),
    }


def _lines(path: Path, keys: tuple[str, ...]) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="ascii").splitlines() if line.startswith(keys)]
    except OSError:
        return []


def _json(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
