"""`report template`: the built-in house template as a file, or what is wrong with one."""

from argparse import Namespace
from pathlib import Path

from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.problem_words import as_json, told
from monitor.report.docx.house import house_template
from monitor.report.docx.template import template_problems
from monitor.wording import os_words


def run(arguments: Namespace, out: Output) -> int:
    """Write or check."""
    return _write(arguments.to, out) if arguments.check is None else _check(arguments.check, out)


def _write(to: Path, out: Output) -> int:
    if to.exists():
        raise CommandError(Exit.USAGE, f"đã có {to}", "chọn tên khác: tệp có sẵn không bị ghi đè")
    try:
        to.write_bytes(house_template())
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không ghi được {to} ({os_words(error)})", "chọn nơi khác"
        ) from None
    if out.is_json:
        out.json({"schema": "report-template/1", "file": str(to)})
        return Exit.OK
    out.line(str(to))
    out.note("Sửa trong Word rồi ghi tên tệp vào report.template của cấu hình.")
    return Exit.OK


def _check(path: Path, out: Output) -> int:
    problems = template_problems(path)
    if out.is_json:
        out.json({"schema": "report-template/1", "file": str(path), "problems": list(map(as_json, problems))})
    else:
        for line in told(problems):
            out.note(line)
        out.note(f"{path}: {f'còn {len(problems)} chỗ cần sửa' if problems else 'dùng được'}")
    return Exit.FINDINGS if problems else Exit.OK
