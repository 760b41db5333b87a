"""YAML files as plain data that knows its lines (source.py). Knows no schema.

Scalars follow the YAML 1.2 core rules, not PyYAML's 1.1: `no`, `12:30:45`, `017`, `1_000` and dates stay the text that
was written; only true/false, null/~, decimal integers and floats are something else. Mapping keys are always text.
Composed from libyaml's events, so that depth and aliases are limited before anything is built.
"""

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from inventory.files.letters import hidden_in, without_hidden
from inventory.files.source import Document, Place, YamlList, YamlMap
from inventory.files.syntax import syntax_problem
from inventory.problem import Problem, dotted

MAX_BYTES = 10_000_000
MAX_DEPTH = 50
MAX_NODES = 1_000_000
"""Counted with aliases expanded: a few lines of aliases can stand for 10^9 nodes."""

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MOST_DIGITS = 18
_MOST_SHOWN_LEVELS = 6
_GLUED = re.compile("^\ufeff", re.MULTILINE)
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""Line ends to YAML 1.1 and to no editor: lines would be counted differently."""


def read_document(path: Path) -> Document:
    """Read one YAML file. Never raises: what is wrong is in `problems`."""
    document = Document(str(path))
    try:
        # Not blocking: opening a FIFO would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        document.problems.append(Problem(document.file, 1, "", *why_not_opened(error)))
        return document
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            what = "là thư mục" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "không phải tệp thường"
            document.problems.append(Problem(document.file, 1, "", what, "cần một tệp YAML"))
            return document
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        document.problems.append(Problem(document.file, 1, "", *why_not_opened(error)))
        return document
    finally:
        os.close(descriptor)
    return compose(document.file, content)


def why_not_opened(error: OSError) -> tuple[str, str]:
    """Return what stands between us and a file or folder, and what to do about it."""
    match error.errno:
        case errno.ENOENT:
            return "không có tệp này (hoặc vừa bị xóa)", "kiểm tra lại đường dẫn"
        case errno.ELOOP:
            return "là liên kết tượng trưng (symlink)", "chép tệp thật vào đây"
        case errno.EACCES | errno.EPERM:
            return "không có quyền đọc", "cấp quyền đọc cho tài khoản chạy chương trình"
        case errno.EIO:
            return "đĩa báo lỗi khi đọc", "kiểm tra ổ đĩa, lấy lại tệp từ bản sao lưu"
        case errno.EMFILE | errno.ENFILE:
            return "đang mở quá nhiều tệp", "thử lại sau"
        case _:
            return f"không đọc được: {error.strerror}", "kiểm tra lại đường dẫn và ổ đĩa"


def compose(file: str, content: bytes) -> Document:
    """Turn a file's bytes into data with lines. Never raises."""
    document = Document(file, content)
    refusal = _refuse_bytes(content)
    if refusal:
        line, message, hint = refusal
        document.problems.append(Problem(file, line, "", message, hint))
        return document
    text = content.decode()
    composer = _Composer(document)
    try:
        document.data = composer.compose(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _RefusedError as refused:
        document.problems.append(refused.problem)
    except yaml.YAMLError as error:
        document.problems.append(syntax_problem(file, text, error))
    if composer.decomposed:
        first, count = composer.decomposed[0], len(composer.decomposed)
        message = f"{count} chỗ viết dấu tiếng Việt tổ hợp (NFD), đã đổi sang dựng sẵn (NFC)"
        document.warnings.append(Problem(file, first, "", message, "gõ lại bằng bảng mã Unicode dựng sẵn"))
    return document


def _refuse_bytes(content: bytes) -> tuple[int, str, str] | None:
    if len(content) > MAX_BYTES:
        return 1, f"tệp lớn hơn {MAX_BYTES // 1_000_000} MB", "chia thành nhiều tệp"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return 1, "tệp dùng mã UTF-16", "lưu lại với mã UTF-8 (không BOM)"
    if content.startswith(b"\xef\xbb\xbf"):
        return 1, "tệp bắt đầu bằng dấu BOM", "lưu lại với mã UTF-8 (không BOM)"
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return line, "tệp không phải mã UTF-8", "lưu lại với mã UTF-8 (không BOM)"
    return _refuse_lines(text)


def _refuse_lines(text: str) -> tuple[int, str, str] | None:
    glued = _GLUED.search(text)
    if glued:
        line = text.count("\n", 0, glued.start()) + 1
        return (
            line,
            "dòng bắt đầu bằng dấu BOM ẩn (U+FEFF)",
            "xóa dòng rồi gõ lại; thường do nối hai tệp làm một",
        )
    strange = _LINE_ENDS.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        return line, f"có dấu xuống dòng lạ U+{ord(strange[0]):04X}", "xóa rồi xuống dòng lại bằng phím Enter"
    return None


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Composer:
    """Build the data of one document from libyaml's events, within the limits."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._events: Iterator[Any] = iter(())
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._path: list[str | int] = []
        self._last = Place(document.file, 1)
        self.decomposed: list[int] = []

    def compose(self, events: Iterator[Any]) -> YamlMap | None:
        self._events = events
        data: YamlMap | None = None
        for event in events:
            if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if data is not None:
                    raise self._refused(
                        event, "tệp có hơn một tài liệu YAML (dấu '---')", "tách thành hai tệp"
                    )
                continue
            value = self._node(event, 1)
            if value is None:
                value = YamlMap(self._place(event))
            if not isinstance(value, YamlMap):
                raise self._refused(
                    event,
                    "nội dung phải là các cặp 'khóa: giá trị'",
                    "viết 'khóa: giá trị' từ đầu dòng, không có dấu '-'",
                )
            data = value
        return YamlMap(Place(self._document.file, 1)) if data is None else data

    def _place(self, event: Any) -> Place:
        line = event.start_mark.line + 1
        if line != self._last.line:  # a line often holds a whole entry
            self._last = Place(self._document.file, line)
        return self._last

    def _refused(self, event: Any, message: str, hint: str = "") -> _RefusedError:
        return _RefusedError(Problem(*self._place(event), dotted(self._path), message, hint))

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._refused(
                event, f"quá nhiều phần tử (hơn {MAX_NODES})", "bớt bí danh (*tên) hoặc chia tệp"
            )

    def _node(self, event: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            del self._path[_MOST_SHOWN_LEVELS:]
            raise self._refused(event, f"lồng sâu quá {MAX_DEPTH} cấp", "xem lại thụt lề và dấu ngoặc")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._refused(event, f"không dùng thẻ '{tag}'", "bỏ thẻ, viết giá trị bình thường")
        self._count(event, 1)
        before = self._nodes - 1
        if event.anchor is not None:
            # Known but unfinished: an alias to it from inside is a mistake of its own.
            self._anchors[event.anchor] = (None, 0)
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(event, depth)
        else:
            value = self._sequence(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            message = f"bí danh '*{event.anchor}' chưa được đặt (thiếu '&{event.anchor}')"
            raise self._refused(event, message, "chữ bắt đầu bằng '*' thì đặt trong dấu nháy")
        value, size = self._anchors[event.anchor]
        if size == 0:
            raise self._refused(event, f"bí danh '*{event.anchor}' tự chứa chính nó", "viết hẳn giá trị ra")
        self._count(event, size)
        return value

    def _mapping(self, start: Any, depth: int) -> YamlMap:
        data = YamlMap(self._place(start))
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or event.anchor is not None:
                message = "tên khóa phải là chữ hoặc số đơn giản"
                raise self._refused(event, message, "khóa có dấu { [ & * ! thì đặt trong dấu nháy")
            self._count(event, 1)
            key, place = self._text(event, is_key=True), self._place(event)
            content = next(self._events)
            self._path.append(key)
            value = self._node(content, depth + 1)
            if isinstance(value, (YamlMap, YamlList)) and not isinstance(content, yaml.AliasEvent):
                # What is missing in it is told at its name, not at its first line.
                value.place = place
            if key in data:
                message = f"khóa '{key}' viết hai lần (lần đầu ở dòng {data.places[key].line})"
                self._document.problems.append(
                    Problem(*place, dotted(self._path), message, "xóa một trong hai")
                )
            else:
                data.put(key, value, place)
            self._path.pop()
        return data

    def _sequence(self, start: Any, depth: int) -> YamlList:
        data = YamlList(self._place(start))
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            data.places.append(self._place(event))
            self._path.append(len(data))
            data.append(self._node(event, depth + 1))
            self._path.pop()
        return data

    def _text(self, event: Any, *, is_key: bool = False) -> str:
        text: str = event.value
        hidden = hidden_in(text)
        if hidden:
            # Told, and left out: then what is not there causes no second problem.
            text = without_hidden(text)
            path = dotted([*self._path, text] if is_key else self._path)
            message = f"{'tên khóa ' if is_key else ''}có ký tự ẩn {hidden}"
            hint = "xóa chữ này rồi gõ lại, đừng dán từ Word hay trang web"
            self._document.problems.append(Problem(*self._place(event), path, message, hint))
        if unicodedata.is_normalized("NFC", text):
            return text
        self.decomposed.append(event.start_mark.line + 1)
        return unicodedata.normalize("NFC", text)

    def _scalar(self, event: Any) -> object:
        text = self._text(event)
        if not event.implicit[0]:
            return text
        if text in _SPECIAL:
            return _SPECIAL[text]
        if _INT.fullmatch(text):
            if len(text) > _MOST_DIGITS:
                hint = "nếu là mã số thì đặt trong dấu nháy"
                raise self._refused(event, f"số nguyên dài quá {_MOST_DIGITS} chữ số", hint)
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text
