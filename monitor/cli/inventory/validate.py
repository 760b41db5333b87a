"""`inventory validate`: read the inventory's files as the daemon would, tell every problem at once."""

from argparse import Namespace
from collections.abc import Collection
from pathlib import Path

from alerts.messages import words
from inventory.loader import Loaded, load_with_warnings
from inventory.problem import Problem, ProblemsError
from monitor.cli.config import config_path
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.problem_words import as_json, told
from monitor.settings.settings import read_settings_file


def run(arguments: Namespace, out: Output) -> int:
    """Check; 0 all is well, 1 errors (with --lint-fatal also warnings), 3 only warnings."""
    paths, policies = _what(arguments)
    loaded: Loaded | None = None
    errors: tuple[Problem, ...] = ()
    try:
        loaded = load_with_warnings(paths, policies=policies)
    except ProblemsError as error:
        errors = error.problems
    warnings = loaded.warnings if loaded else ()
    if arguments.lint_fatal:
        errors, warnings = (*errors, *warnings), ()
    if out.is_json:
        out.json(
            {
                "schema": "inventory-validate/1",
                "ok": not errors,
                "errors": [as_json(problem) for problem in errors],
                "warnings": [as_json(problem) for problem in warnings],
            }
        )
    else:
        for line in (*told(errors), *told(warnings, "cảnh báo")):
            out.note(line)
        if loaded is not None:
            counts = loaded.inventory
            out.line(
                f"{words.number(len(counts.units))} đơn vị, {words.number(len(counts.targets))} đối tượng, "
                f"{words.number(len(counts.checks))} phép đo"
            )
        out.note(f"Kết quả: {len(errors)} lỗi, {len(warnings)} cảnh báo")
    return Exit.FINDINGS if errors else Exit.WARNINGS if warnings else Exit.OK


def _what(arguments: Namespace) -> tuple[list[Path], Collection[str] | None]:
    """Return the paths, and the policies that checks may name (None: any, without settings)."""
    if arguments.paths:
        missing = [path for path in arguments.paths if not path.exists()]
        if missing:
            raise CommandError(Exit.USAGE, f"không có {missing[0]}", "ghi thư mục hoặc tệp YAML của danh mục")
        return arguments.paths, None
    path = config_path(arguments)
    read = read_settings_file(path)
    if read.settings is None or not read.settings.inventory:
        first = read.problems[0] if read.problems else path
        raise CommandError(
            Exit.FINDINGS,
            f"cấu hình không cho biết danh mục ở đâu: {first}",
            f"sửa khóa inventory của {path}, hoặc ghi thư mục danh mục sau 'inventory validate'",
        )
    # Which policies there are is not known while their section is wrong.
    is_known = not any(problem.path.startswith("alerting") for problem in read.problems)
    return read.settings.inventory, read.settings.alerting.policies.keys() if is_known else None
