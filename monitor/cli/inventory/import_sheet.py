"""`inventory import`: take the clear rows of a spreadsheet into the inventory, ask about the others."""

import hashlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Final

import inventory
from inventory.problem import Problem, ProblemsError
from inventory.sheet.archive import MAX_BYTES, is_workbook
from inventory.sheet.cells import SheetError
from inventory.sheet.columns import CIRCUITS, DEVICES, EQUIPPED_WORDS, OWNER_WORDS
from inventory.sheet.csv_reading import read_csv
from inventory.sheet.drafts import Question
from inventory.sheet.forms import is_questions_csv, questions_csv
from inventory.sheet.headings import Rows, header_score, rows_of
from inventory.sheet.importing import HEADER_START, Change, Destination, Outcome, Source, known_at, prepare
from inventory.sheet.known import Value
from inventory.sheet.reading import read_workbook
from inventory.sheet.review import review
from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import PROGRAM
from monitor.cli.inventory.sheets import Given, given, refused, same_check, same_config, write_file
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Cell, Output, Row
from monitor.wording import os_words

_MOST_SHOWN: Final = 20
_SHIPPED: Final = Path(inventory.__file__).parent
_ENDING: Final = "-can-xem.csv"


def run(arguments: Namespace, out: Output) -> int:
    """Import; 1 when rows wait for an answer or the inventory would be wrong."""
    content = _content(arguments.sheet)
    try:
        rows = _rows(arguments.sheet, content)
    except SheetError as error:
        raise CommandError(Exit.FINDINGS, f"{arguments.sheet}: {error.what}", error.remedy) from None
    source = given(arguments)
    destination = _destination(arguments, source)
    try:
        result = review(rows, known_at(destination), policies=source.policies)
    except ProblemsError as error:
        raise refused(error, out) from None
    stamp = Source(arguments.sheet.name, hashlib.sha256(content).hexdigest(), source.now)
    try:
        outcome = prepare(result, destination, stamp)
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS,
            f"không thử được danh mục trong {gettempdir()}: {os_words(error)}; chưa ghi gì",
            "dọn ổ đĩa ấy, hoặc đặt biến TMPDIR tới thư mục còn chỗ",
        ) from None
    notes = [*rows.notes, *(note for draft in result.drafts for note in draft.notes)]
    if not out.is_json:
        _show(outcome, notes, rows.warnings, out)
    if not arguments.dry_run:
        _write(arguments, outcome, destination)
        if not outcome.questions and not outcome.problems:
            _remove_answered(_review_file(arguments.sheet), out)
    code = Exit.FINDINGS if outcome.questions or outcome.problems else Exit.OK
    if out.is_json:
        out.json(_json(arguments, outcome, destination, len(result.drafts), [*rows.warnings, *notes]))
    else:
        _show_end(arguments, outcome, destination, len(result.drafts), out)
    return code


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise CommandError(Exit.USAGE, f"không có tệp {path}", "kiểm tra lại đường dẫn")
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(
            Exit.USAGE, f"không đọc được {path}: {os_words(error)}", "xem lại quyền đọc"
        ) from None


def _rows(path: Path, content: bytes) -> Rows:
    if is_workbook(content):
        return rows_of(read_workbook(content))
    return rows_of([read_csv(content, name=path.name, score=header_score)])


def _destination(arguments: Namespace, source: Given) -> Destination:
    folders = [path for path in source.paths if path.is_dir()]
    into: Path | None = arguments.into or (folders[-1] if folders else None)
    if into is None:
        raise CommandError(Exit.USAGE, "danh mục không có thư mục nào để ghi vào", "chỉ thư mục bằng --into")
    if into.exists() and not into.is_dir():
        raise CommandError(Exit.USAGE, f"{into} không phải thư mục", "chỉ thư mục bằng --into")
    if into.resolve().is_relative_to(_SHIPPED.resolve()):
        raise CommandError(
            Exit.USAGE,
            f"{into} là thư mục đi kèm phần mềm, lần nâng cấp sau sẽ mất",
            "chỉ thư mục riêng của tỉnh bằng --into, và thêm nó vào cuối khóa inventory",
        )
    if (
        not arguments.as_name.endswith(".yaml")
        or "/" in arguments.as_name
        or arguments.as_name.startswith(".")
    ):
        raise CommandError(
            Exit.USAGE, f"tên tệp '{arguments.as_name}' không dùng được", "tên như 60-nhap-excel.yaml"
        )
    return Destination(source.paths, into, arguments.as_name)


def _write(arguments: Namespace, outcome: Outcome, destination: Destination) -> None:
    if outcome.questions:
        write_file(_review_file(arguments.sheet), questions_csv(outcome.questions))
    if outcome.text is None:
        return
    replaced = sum(change.replaces for change in outcome.changes)
    losses = [f"Thay {replaced} giá trị đang có"] if replaced else []
    old = outcome.held or b""
    if b"#" in old and not old.startswith(HEADER_START.encode()):
        losses.append(f"Bỏ các chú thích viết tay trong {destination.file}")
    if losses:
        confirm("; ".join(losses), is_sure=arguments.yes)
    if _content_now(destination.file) != outcome.held:
        raise CommandError(
            Exit.FINDINGS, f"{destination.file} vừa được người khác sửa; chưa ghi gì", "nhập lại lần nữa"
        )
    try:
        destination.into.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không tạo được {destination.into}: {os_words(error)}", "xem lại đường dẫn"
        ) from None
    write_file(destination.file, outcome.text.encode())


def _remove_answered(path: Path, out: Output) -> None:
    """Remove our list of questions that are all answered by now: somebody would work through it once more."""
    content = _content_now(path) or b""
    if path.is_symlink() or not is_questions_csv(content):
        return
    try:
        path.unlink()
    except OSError as error:
        out.note(f"cảnh báo: {path} đã trả lời hết nhưng không xóa được: {os_words(error)}")
    else:
        out.note(f"Đã xóa {path}: các câu hỏi trong đó đã trả lời hết.")


def _content_now(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _review_file(path: Path) -> Path:
    return path.with_name(f"{path.stem}{_ENDING}")


def _show(outcome: Outcome, notes: Sequence[str], warnings: Sequence[str], out: Output) -> None:
    for note in notes if out.is_extended else notes[:_MOST_SHOWN]:
        out.note(f"ghi nhận: {note}")
    for warning in warnings:
        out.note(f"cảnh báo: {warning}")
    new: list[Row] = [(Cell("+", "up"), id_, "", "", "mới") for id_ in outcome.added]
    changed: list[Row] = [
        (Cell("~", "degraded"), c.id, _heading(c), _word(c, c.old), _word(c, c.new)) for c in outcome.changes
    ]
    rows = [*new, *changed]
    out.table(("", "MÃ", "MỤC", "CŨ", "MỚI"), rows if out.is_extended else rows[:_MOST_SHOWN])
    if len(rows) > _MOST_SHOWN and not out.is_extended:
        out.note(f"… và {len(rows) - _MOST_SHOWN} dòng nữa; xem hết: -o extended")
    for kind, problems in (("lỗi", outcome.problems), ("cảnh báo", outcome.warnings)):
        for problem in problems:
            out.note(f"{kind}: {problem}")
    questions = outcome.questions if out.is_extended else outcome.questions[:_MOST_SHOWN]
    for question in questions:
        out.note(f"hỏi: {question.sheet}, {_line(question)}")
    if len(questions) < len(outcome.questions):
        out.note(f"… và {len(outcome.questions) - len(questions)} câu hỏi nữa")


def _line(question: Question) -> str:
    meant = [candidate for candidate in question.candidates if candidate not in question.question]
    hint = f" (gợi ý: {'; '.join(meant)})" if meant else ""
    return f"{question.cell}: {question.question}{hint}"


def _heading(change: Change) -> str:
    return (DEVICES if change.section == "targets" else CIRCUITS).heading(change.key)


def _word(change: Change, value: Value | None) -> str:
    match value:
        case None:
            return "–"
        case tuple():
            return ", ".join(value)
        case float():
            return f"{value:g}"
        case str() if change.key == "equipped":
            return next((word for key, word in EQUIPPED_WORDS.items() if key == value), value)
        case str() if change.key == "owner":
            return next((word for key, word in OWNER_WORDS.items() if key == value), value)
        case _:
            return str(value)


def _show_end(
    arguments: Namespace, outcome: Outcome, destination: Destination, count: int, out: Output
) -> None:
    waiting = len({(question.sheet, question.row) for question in outcome.questions})
    out.line(
        f"Đọc {count} dòng: {len(outcome.added)} mới, "
        f"{len({(change.section, change.id) for change in outcome.changes})} thay đổi, {waiting} chờ trả lời."
    )
    if outcome.problems:
        out.note("Chưa ghi gì: danh mục cùng với tệp này có lỗi.")
    elif outcome.text is None:
        out.note("Danh mục không có gì thay đổi.")
    elif arguments.dry_run:
        out.note(f"Chạy thử: chưa ghi {destination.file}.")
    else:
        out.line(f"Đã ghi {destination.file}.")
        if not destination.is_listed:
            out.note(f"Thêm {destination.into} vào cuối khóa inventory của tệp cấu hình thì mới có tác dụng.")
        out.note(
            f"Kiểm tra: {same_check(arguments, destination.all_paths)}; "
            f"đang chạy thì áp dụng: {PROGRAM} inventory apply{same_config(arguments)}"
        )
    if waiting and not arguments.dry_run:
        out.note(f"Câu hỏi nằm trong {_review_file(arguments.sheet)}; sửa bảng tính rồi nhập lại.")


def _json(
    arguments: Namespace, outcome: Outcome, destination: Destination, count: int, notes: Sequence[str]
) -> dict[str, object]:
    return {
        "schema": "inventory-import/1",
        "file": str(destination.file),
        "written": outcome.text is not None and not arguments.dry_run,
        "rows": count,
        "added": outcome.added,
        "changes": [
            {"section": c.section, "id": c.id, "field": c.key, "old": c.old, "new": c.new}
            for c in outcome.changes
        ],
        "questions": [
            {
                "sheet": q.sheet,
                "row": q.row,
                "cell": q.cell,
                "column": q.heading,
                "value": q.value,
                "question": q.question,
                "candidates": list(q.candidates),
            }
            for q in outcome.questions
        ],
        "problems": [_problem(problem) for problem in outcome.problems],
        "warnings": [_problem(problem) for problem in outcome.warnings],
        "notes": list(notes),
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {key: getattr(problem, key) for key in ("file", "line", "path", "message", "hint")}
