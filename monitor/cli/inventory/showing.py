"""What the actions on the running inventory share: the difference as a table, problems, the question before a deletion."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from inventory.field_words import field_word
from monitor.cli.client import Client
from monitor.cli.exits import CommandError, DeclinedError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.times import moment

READ_WITHIN_S: Final = 120.0
"""Reading and comparing a large province takes seconds, on a busy machine many."""

HOWS: Final[Mapping[str, str]] = {
    "start": "khởi động",
    "sighup": "SIGHUP",
    "watch": "tự nạp",
    "apply": "áp dụng",
    "rollback": "hoàn tác",
}
_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "added": ("+", "up"),
    "changed": ("~", "degraded"),
    "removed": ("−", "down"),
}
_SUBJECTS: Final[Mapping[str, str]] = {
    "area": "khu vực",
    "unit": "đơn vị",
    "circuit": "kênh truyền",
    "calendar": "lịch",
    "window": "đợt bảo trì",
    "target": "đối tượng",
    "own_ranges": "dải địa chỉ",
}
_MOST_PROBLEMS: Final = 20
_MOST_CHANGES: Final = 40
_YES: Final = {"c", "có", "co", "y", "yes"}


def examine(client: Client, version: int | None = None) -> dict[str, Any]:
    """Let the daemon compare what it runs with the folders, or with a stored version."""
    body = {} if version is None else {"version": version}
    return client.post("inventory", "validate", body=body, timeout_s=READ_WITHIN_S)


def show_problems(examined: dict[str, Any], out: Output) -> None:
    """Print what keeps it from being used, as `check-config` does."""
    for kind, problems in (("lỗi", examined["problems"]), ("cảnh báo", examined["warnings"])):
        for each in problems if out.is_extended else problems[:_MOST_PROBLEMS]:
            path = f"{each['path']}: " if each["path"] else ""
            out.note(f"{kind}: {each['file']}:{each['line']}: {path}{each['message']}")
            if each["hint"]:
                out.note(f"  cách sửa: {each['hint']}")
        if len(problems) > _MOST_PROBLEMS and not out.is_extended:
            out.note(f"… và {len(problems) - _MOST_PROBLEMS} {kind} nữa; xem hết: -o extended")


def show_changes(examined: dict[str, Any], out: Output) -> None:
    """Print the changes, the first of many, and in the notes what they amount to."""
    rows = [_row(change) for change in examined["changes"]]
    shown = rows if out.is_extended else rows[:_MOST_CHANGES]
    out.table(("", "LOẠI", "MÃ", "TÊN", "ĐƠN VỊ", "MỤC", "CŨ", "MỚI"), shown)
    left_off = examined["changesLeftOff"] + len(rows) - len(shown)
    if left_off:
        remedy = "; xem thêm: -o extended" if len(shown) < len(rows) else ""
        out.note(f"… và {left_off} thay đổi nữa{remedy}")
    out.note(f"Thay đổi: {examined['summary']}")
    for rename in examined["renames"]:
        out.note(f"có lẽ đổi tên: {rename['old']} → {rename['new']} (mã mới bắt đầu lịch sử mới)")
    if examined["unwatched"]:
        out.note(f"thôi giám sát: {examined['unwatched']} đối tượng (giữ lịch sử)")
    if examined["closes"]:
        out.note(f"đóng sự cố vì rời danh mục: {', '.join(examined['closes'])}")


def _row(change: dict[str, Any]) -> list[Cell | str]:
    sign, state = _SIGNS[change["op"]]
    return [
        Cell(sign, state),
        _SUBJECTS.get(change["kind"], change["kind"]),
        change["id"] or "–",
        change["name"] or "–",
        change["unit"] or "–",
        field_word(change["field"]) if change["field"] else "–",
        change["old"] or "–",
        change["new"] or "–",
    ]


def person_of(who: str, how: str) -> str:
    """Return who did it, "" when it came about by itself and `who` only says `how` once more."""
    return "" if f"{how} ".startswith(f"{who} ") else who


def show_in_force(answer: dict[str, Any], out: Output) -> None:
    """Print in one line what is in force now."""
    version = "chưa lưu được bản" if answer["version"] is None else f"bản {answer['version']}"
    since = moment(answer["since"], as_of=answer["asOf"])
    how = HOWS.get(answer["how"], answer["how"])
    who = person_of(answer["who"], how)
    by = f", {who}" if who else ""
    out.note(f"Đang dùng: {version} ({answer['digest'][:12]}), {how} lúc {since}{by}")
    if answer["pinned"]:
        out.note(f"đang ghim bản {answer['pinned']['version']}; bỏ ghim: tslcd-monitor inventory apply")


def is_usable(examined: dict[str, Any], out: Output) -> bool:
    """Show what was examined before it is put into force; False when it has problems."""
    if examined["problems"]:
        if out.is_json:
            out.json(examined)
        show_problems(examined, out)
        return False
    if not out.is_json:
        show_changes(examined, out)
    return True


def show_done(what: str, answer: dict[str, Any], out: Output) -> None:
    """Say what was done and what is in force now."""
    if out.is_json:
        out.json(answer)
        return
    out.line(what)
    show_in_force(answer, out)


def confirm(question: str, *, is_sure: bool) -> None:
    """Ask before something is taken away; CommandError when nobody can answer or the answer is no."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandError(Exit.USAGE, f"{question}: cần xác nhận", "thêm --yes nếu chắc chắn")
    sys.stderr.write(f"{question}? Gõ 'có' để làm, Enter để thôi: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in _YES:
        raise DeclinedError(Exit.FINDINGS, "Chưa làm gì cả.")
