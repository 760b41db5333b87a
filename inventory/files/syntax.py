"""libyaml's syntax errors, said to the person who wrote the file. No I/O."""

import yaml

from inventory.problem import Problem

_QUOTES = "chữ có dấu ':', '#', ',' hoặc ngoặc thì đặt cả trong dấu nháy"
_ABOVE = "xem cả dòng ngay trên: sau ':' cần dấu cách, khóa cùng cấp thụt lề bằng nhau"
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "có dấu ':' thừa hoặc thụt lề sai",
        f"{_ABOVE}; {_QUOTES}",
    ),
    "could not find expected ':'": ("thiếu dấu ':' sau tên khóa (hoặc thụt lề sai)", "viết 'khóa: giá trị'"),
    "did not find expected key": ("thụt lề sai hoặc thiếu tên khóa", _ABOVE),
    "did not find expected '-' indicator": ("thụt lề sai trong danh sách", "các dấu '-' thẳng cột với nhau"),
    "did not find expected ',' or ']'": ("thiếu dấu ',' hoặc ']'", _QUOTES),
    "did not find expected ',' or '}'": ("thiếu dấu ',' hoặc '}'", _QUOTES),
    "found unexpected end of stream": ("dấu nháy hoặc ngoặc mở mà không đóng", "đóng nó lại"),
    "found unknown escape character": ("ký tự sau dấu '\\' không đúng", "dùng dấu nháy đơn"),
    "found undefined tag handle": ("thẻ '!' không được dùng", "đặt chữ trong dấu nháy"),
    "found character that cannot start any token": ("giá trị bắt đầu bằng ký tự đặc biệt (@, `, %)", _QUOTES),
    "did not find expected alphabetic or numeric character": ("dấu '*' hoặc '&' đứng một mình", _QUOTES),
    "did not find expected node content": ("thừa dấu ',' hoặc ngoặc đóng", "bỏ dấu thừa"),
    "found invalid Unicode character escape code": ("mã \\u… không phải một ký tự", "gõ thẳng chữ cần viết"),
    "did not find expected hexdecimal number": (
        "sau \\x, \\u cần số hệ 16",
        "gõ thẳng chữ cần viết, hoặc dùng dấu nháy đơn",
    ),
    "found unexpected document indicator": ("dấu nháy mở mà không đóng", "đóng nó lại"),
    "did not find expected <document start>": ("có dòng '...' kết thúc tài liệu ở trên", "xóa dòng đó"),
    "found unknown directive name": ("dòng bắt đầu bằng '%' là lệnh của YAML", _QUOTES),
    "found incompatible YAML document": ("dòng %YAML ghi phiên bản khác", "xóa dòng đó"),
    "found duplicate %YAML directive": ("dòng %YAML viết hai lần", "xóa dòng đó"),
    "did not find expected whitespace or line break": ("thẻ '!' không được dùng", "đặt chữ trong dấu nháy"),
    "did not find the expected '>'": ("thẻ '!' không được dùng", "đặt chữ trong dấu nháy"),
    "found an indentation indicator equal to 0": ("sau '|' hoặc '>' có chữ thừa", "bỏ chữ thừa"),
    "did not find expected comment or line break": ("sau '|' hoặc '>' có chữ thừa", "bỏ chữ thừa"),
    "mapping keys are not allowed in this context": ("dấu '?' đặt sai chỗ", _QUOTES),
    "found unexpected ':'": ("có dấu ':' thừa", _QUOTES),
    "block sequence entries are not allowed in this context": ("dấu '-' của danh sách đặt sai chỗ", _ABOVE),
}
"""What libyaml says -> message and remedy."""
_ABOUT_KEYS = {"did not find expected key", "mapping values are not allowed in this context"}
_CLOSING = {"{": "}", "[": "]"}
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")
_BEGINS = {"while scanning a simple key", "while scanning a quoted scalar"}
"""What libyaml was reading when the mistake is where that began, not where it was noticed."""
_OPENED = {"while parsing a flow mapping", "while parsing a flow sequence"}
"""The same, where a bracket was opened and not closed."""


def syntax_problem(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """Return the problem that `error` means in `text`, at the line to be mended as far as libyaml tells it."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.encode()[: error.position].count(b"\n") + 1
        return Problem(
            file, line, "", f"có ký tự điều khiển U+{_code_point(error.character):04X}", "xóa ký tự đó"
        )
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    context = getattr(error, "context", None)
    if began is not None and context in _BEGINS:
        mark = began
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Problem(file, line, "", "thụt lề bằng phím Tab", "thay bằng dấu cách")
    conflict = next((number for number, text in enumerate(lines, 1) if text.startswith(_CONFLICT)), 0)
    if conflict:
        return Problem(
            file, conflict, "", "còn dấu xung đột khi gộp bản (git)", "chọn một bản rồi xóa các dấu này"
        )
    opened = _unclosed(text) if mark is not None and not text[mark.index :].strip() else None
    if opened is not None:
        bracket, line = opened
        message = f"ngoặc '{bracket}' mở ở dòng này mà không đóng"
        return Problem(
            file, line, "", f"sai cú pháp YAML: {message}", f"thêm '{_CLOSING[bracket]}' vào chỗ nó hết"
        )
    english = str(getattr(error, "problem", None) or error)
    message, hint = _SYNTAX.get(english, (f"không hiểu chỗ này ({english})", _QUOTES))
    if english in _ABOUT_KEYS and written.lstrip(" -").startswith("{"):
        hint = 'khóa có dấu {} thì đặt trong dấu nháy: "{code}.cpe": ...'
    elif began is not None and context in _OPENED and began.line + 1 != line:
        message, hint = f"{message} (ngoặc mở ở dòng {began.line + 1})", "đóng ngoặc đó"
    return Problem(file, line, "", f"sai cú pháp YAML: {message}", hint)


def _unclosed(text: str) -> tuple[str, int] | None:
    """Return the innermost bracket that is open at the end of the text, and its line; None when there is none."""
    opened: list[tuple[str, int]] = []
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)):
                bracket = "{" if isinstance(token, yaml.FlowMappingStartToken) else "["
                opened.append((bracket, token.start_mark.line + 1))
            elif isinstance(token, (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)) and opened:
                opened.pop()
    except yaml.YAMLError:
        return None
    return opened[-1] if opened else None


def _code_point(character: object) -> int:
    # libyaml's ReaderError holds a number, the pure parser's a text.
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")
