"""Find and read the settings file a command works with."""

import os
from argparse import Namespace
from pathlib import Path

from inventory.loader import load
from inventory.model import Inventory
from inventory.problem import ProblemsError
from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import CONFIG_VARIABLE, DEFAULT_CONFIG
from monitor.settings.settings import Settings, load_settings


def config_path(arguments: Namespace) -> Path:
    """Return the settings file: named, else from the environment, else the usual place; it must exist."""
    named: Path | None = getattr(arguments, "file", None) or arguments.config
    path = named or Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    if not path.exists():
        raise CommandError(
            Exit.USAGE,
            f"không có tệp cấu hình {path}",
            f"chỉ đúng tệp bằng --config hoặc biến {CONFIG_VARIABLE}",
        )
    return path


def read_settings(arguments: Namespace) -> Settings:
    """Read the settings; a CommandError names the first problem."""
    path = config_path(arguments)
    try:
        return load_settings(path)
    except ProblemsError as error:
        raise CommandError(
            Exit.FINDINGS, str(error.problems[0]), f"xem hết các lỗi: tslcd-monitor check-config {path}"
        ) from None


def read_inventory(arguments: Namespace) -> tuple[Settings, Inventory]:
    """Read the settings and their inventory, secrets unseen; a CommandError names the first problem."""
    settings = read_settings(arguments)
    try:
        return settings, load(settings.inventory)
    except ProblemsError as error:
        remedy = f"xem hết các lỗi: tslcd-monitor check-config {config_path(arguments)}"
        raise CommandError(Exit.FINDINGS, str(error.problems[0]), remedy) from None
