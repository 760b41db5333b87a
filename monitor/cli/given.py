"""What commands that measure are given on the command line: options as KEY=VALUE, and secrets."""

import getpass
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from inventory.files.source import Place, YamlMap
from inventory.problem import Problem
from inventory.validation import parse
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.plan import open_secrets
from monitor.secrets import FileSecrets
from probes.kind import Options, Secrets

Model = TypeVar("Model", bound=Options)


def given_options(model: type[Model], texts: Sequence[str]) -> Model:
    """Return the options written as KEY=VALUE; CommandError names the first that is wrong."""
    place = Place("--set", 1)
    given, written = YamlMap(place), YamlMap(place)
    for text in texts:
        key, value, raw = _option(text)
        given.put(key, value, place)
        written.put(key, raw, place)
    options = parse(model, given)
    if isinstance(options, list):
        # A shell takes quotes away: what is no right number may be the text that was meant.
        wrong = {problem.path for problem in options} & given.keys()
        given.update({key: written[key] for key in wrong})
        again = parse(model, given)
        if not isinstance(again, list) or not wrong & {problem.path for problem in again}:
            options = again
    if isinstance(options, list):
        problem = options[0]
        about = f"--set {problem.path}: " if problem.path else ""
        raise CommandError(Exit.USAGE, about + problem.message, _as_typed(problem))
    return options


def _as_typed(problem: Problem) -> str:
    """Return the remedy as a person types it at a command line, where hints are for YAML."""
    key = problem.path
    if problem.hint.startswith(f"viết {key}: "):
        return f"viết --set '{key}={problem.hint.removeprefix(f'viết {key}: ')}'"
    if problem.hint.startswith(f"thêm {key}: "):
        return f"thêm --set {key}=..."
    return problem.hint


def _option(text: str) -> tuple[str, Any, str]:
    """Return key, value as in YAML, value as written."""
    key, equals, value = text.partition("=")
    if not equals:
        raise CommandError(Exit.USAGE, f"--set {text}: cần KHÓA=GIÁ_TRỊ", "ví dụ --set port=443")
    try:
        return key, yaml.safe_load(value), value
    except (yaml.YAMLError, ValueError, RecursionError):  # 2024-13-45 and 0x_ are ValueErrors
        return key, value, value


class AskedSecrets:
    """Asks for each secret once: at the terminal without an echo, else a line of standard input."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def get(self, name: str) -> str:
        """Return what was typed; KeyError when nothing was."""
        if name not in self._known:
            is_typed = sys.stdin.isatty()
            self._known[name] = (
                getpass.getpass(f"{name}: ") if is_typed else sys.stdin.readline().removesuffix("\n")
            )
        if not self._known[name]:
            raise KeyError(name)
        return self._known[name]


def given_secrets(arguments: Namespace) -> Secrets:
    """Return the secrets of --config, or those that --ask asks for; else there are none."""
    if arguments.ask:
        return AskedSecrets()
    if arguments.config is not None:
        return open_secrets(read_settings(arguments))
    return FileSecrets(Path("/nonexistent"))
