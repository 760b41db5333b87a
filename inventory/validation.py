"""pydantic's errors as problems with lines, in Vietnamese. Used for the inventory and for the settings."""

import json
import re
import types
from collections.abc import Collection, Sequence
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory.files.source import YamlMap, problem_at
from inventory.problem import Problem, near_miss

Model = TypeVar("Model", bound=BaseModel)
_MOST_SHOWN = 40
_ACCOUNT = re.compile(r"//[^/@\s]*@")
"""The account in a URL: it may hold a password, and what is shown ends in logs."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_MEANT_NUMBER = re.compile(r"0*([0-9]+)([.,][0-9]{1,2})?")
"""Zeros in front and a decimal comma: "017", "0,2". Three digits behind a comma may be thousands."""

_NEEDED = {
    "int_type": "số nguyên",
    "int_from_float": "số nguyên",
    "float_type": "số",
    "bool_type": "true hoặc false",
    "list_type": "danh sách",
    "tuple_type": "danh sách",
    "set_type": "danh sách",
    "frozen_set_type": "danh sách",
    "dict_type": "các cặp 'khóa: giá trị'",
    "model_type": "các cặp 'khóa: giá trị'",
    "path_type": "đường dẫn",
}
_TRUTHS = {
    **dict.fromkeys(("yes", "y", "on", "có", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "không", "0"), "false"),
}
"""What people write for a truth value -> what it is."""
_ANSWERS = {"true": "yes", "false": "no", "chưa rõ": "unknown", "chưa biết": "unknown", "?": "unknown"}
"""A truth value, or a word for none -> the answer where yes, no and unknown are asked for."""
PATTERN_WORDS = {
    r"^([0-9a-f]{2}){5,32}$": "cần 5 đến 32 byte viết bằng số hệ 16, chữ thường, ví dụ 80001f888056aa01",
    r"^[^+#\x00-\x1f]{1,200}/\+$": "cần chủ đề MQTT kết thúc bằng /+, ví dụ tslcd/beats/+",
    r"^[^+#\x00-\x1f]{1,200}$": "cần phần đầu của chủ đề MQTT, không có '+', '#', ví dụ tslcd/probe/",
    r"^[^+#/\x00-\x1f][^+#\x00-\x1f]{0,199}$": "cần chủ đề MQTT, không có '+', '#', ví dụ tslcd/alerts",
    r"^[^+#/\x00-\x1f]{1,60}$": "cần một cấp của chủ đề MQTT, không có '+', '#', '/', ví dụ nhip",
    r"^[a-z0-9][a-z0-9_-]{0,39}$": "tên chỉ gồm a-z, 0-9, '-', '_', bắt đầu bằng chữ hoặc số",
    r"^([01]\d|2[0-3]):[0-5]\d$": "cần giờ và phút đặt trong dấu nháy, ví dụ '01:40'",
    r"^\d{1,32}$": "cần một dãy chữ số đặt trong dấu nháy",
    r"^https?://[^@\s]+$": "cần địa chỉ bắt đầu bằng http:// hoặc https://, không kèm tài khoản",
    r"^https?://[^@]+$": "cần địa chỉ bắt đầu bằng http:// hoặc https://, không kèm tài khoản",
    r"^[a-z][a-z0-9_]{0,63}$": "tên số đo chỉ gồm a-z, 0-9, '_', bắt đầu bằng chữ",
    r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?$": "cần tên máy, có thể kèm cổng, ví dụ cong.quangngai.gov.vn:443",
    r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$": "cần tên tiêu đề HTTP, ví dụ Content-Type",
    r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})$": "cần tên máy, ví dụ mail.quangngai.gov.vn",
    r"^[ -~]{0,512}$": "chỉ gồm chữ cái không dấu, chữ số và dấu câu, tối đa 512 ký tự",
    r"^http://[A-Za-z0-9._-]+(:[0-9]{1,5})?/?$": "cần địa chỉ proxy như http://proxy.tinh.gov.vn:3128, không kèm tài khoản",
    r"^[0-2](\.(0|[1-9][0-9]{0,9})){2,127}$": "cần OID viết bằng số, ví dụ 1.3.6.1.2.1.1.3.0",
    r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$": "cần mã SHA-256 của chứng thư: 64 chữ số thập lục phân, có thể cách bằng ':'",
}
"""Patterns of settings and probe options, in words. One that is missing here is shown as it is."""
_UNITS = {
    "_s": "tính bằng giây: 5 phút viết 300",
    "_ratio": "tỷ lệ từ 0 đến 1: 99,5 % viết 0.995",
    "_bps": "tính bằng bit/giây: 20 Mbit/s viết 20000000",
}
"""How a key ends -> what its number is counted in."""
_LIMITS = {
    "greater_than": ("gt", "phải lớn hơn {}"),
    "greater_than_equal": ("ge", "phải từ {} trở lên"),
    "less_than": ("lt", "phải nhỏ hơn {}"),
    "less_than_equal": ("le", "không được quá {}"),
}


def parse(
    model: type[Model], data: YamlMap, *, under: str = "", of: str = "", strict: bool = True
) -> Model | list[Problem]:
    """Validate `data` strictly ("60" is no number, 1 is no truth); return the model or every problem.

    `under` is the dotted path of `data` in its file. `of`, when given, says whose keys they are. Without `strict`, "60"
    is a number: parameters of a URL are texts.
    """
    try:
        # JSON's strict mode is the right one for YAML: no coercion, yet lists may be tuples and texts may be enums.
        return model.model_validate_json(json.dumps(data), strict=strict)
    except ValidationError as error:
        return [
            _problem(model, data, details, under=under, of=of) for details in error.errors(include_url=False)
        ]


def _problem(model: type[BaseModel], data: YamlMap, error: ErrorDetails, *, under: str, of: str) -> Problem:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    message, hint = _texts(model, error, loc)
    if of and error["type"] == "extra_forbidden":
        message += f" {of}"
    return problem_at(data, loc, message, hint=hint, under=under)


def _texts(model: type[BaseModel], error: ErrorDetails, loc: Sequence[str | int]) -> tuple[str, str]:
    """Return message and hint."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    message, hint = "", ""
    if kind == "extra_forbidden":
        message, hint = "không có khóa này", _key_hint(str(loc[-1]), _keys_at(model, loc[:-1]))
    elif kind == "missing":
        message, hint = f"thiếu khóa bắt buộc '{loc[-1]}'", f"thêm {loc[-1]}: ..."
    elif kind in {"literal_error", "enum"}:
        expected = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        message, hint = f"không nhận giá trị {shown(value)}", choice_hint(value, expected)
    elif value is None and kind in {"string_type", *_NEEDED}:
        message = f"đang để trống, cần {_NEEDED.get(kind, 'chữ')}"
        hint = "điền vào, hoặc xóa dòng này"
    elif kind == "string_type":
        message = f"cần chữ, đang là {shown(value)}"
        hint = f'đặt trong dấu nháy: "{shown(value)}"' if isinstance(value, (int, float)) else ""
    elif kind in _NEEDED:
        message = f"cần {_NEEDED[kind]}, đang là {shown(value)}"
        hint = _type_hint(kind, value, loc)
    elif kind in _LIMITS:
        key, text = _LIMITS[kind]
        message = f"{text.format(shown(context[key]))}, đang là {shown(value)}"
        hint = _unit_hint(loc)
    else:
        message, hint = _length_or_rule(error), str(context.get("hint", ""))
    return message, hint


def _type_hint(kind: str, value: object, loc: Sequence[str | int]) -> str:
    if _NEEDED[kind] == "danh sách" and isinstance(value, dict):
        return "mỗi mục bắt đầu bằng dấu '- '"
    if _NEEDED[kind] == "danh sách":
        item = value if isinstance(value, str) and len(value) <= _MOST_SHOWN else "a, b"
        return f"viết {loc[-1]}: [{'' if value is None else item}]" if loc else "viết [a, b]"
    if kind == "bool_type" and str(value).casefold() in _TRUTHS:
        return f"viết {_TRUTHS[str(value).casefold()]}"
    if kind in {"int_type", "float_type"} and isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return "bỏ dấu nháy"
        meant = _MEANT_NUMBER.fullmatch(value.replace("_", ""))
        if meant:
            return f"viết {meant[1]}{(meant[2] or '').replace(',', '.')}"
    return _unit_hint(loc) if kind in {"int_type", "float_type"} else ""


def _unit_hint(loc: Sequence[str | int]) -> str:
    """Return what a number is counted in, by the ending of its key."""
    name = next((part for part in reversed(loc) if isinstance(part, str)), "")
    return next((hint for ending, hint in _UNITS.items() if name.endswith(ending)), "")


def _too_short(least: int) -> str:
    return "không được để trống" if least == 1 else f"cần ít nhất {least} mục"


def _length_or_rule(error: ErrorDetails) -> str:
    context, value = error.get("ctx", {}), error["input"]
    match error["type"]:
        case "finite_number":
            message = "cần một con số thường, không phải .nan hoặc .inf"
        case "string_too_short" | "too_short":
            message = _too_short(context["min_length"])
        case "string_too_long" | "too_long" if isinstance(value, str):
            # pydantic counts items where a text was made of what was written.
            message = f"dài quá {context['max_length']} ký tự"
        case "too_long":
            message = f"chỉ được có nhiều nhất {context['max_length']} mục"
        case "string_pattern_mismatch":
            words = PATTERN_WORDS.get(context["pattern"])
            message = (
                f"{words}, đang là {shown(value)}"
                if words
                else f"{shown(value)} không đúng mẫu {context['pattern']}"
            )
        case "value_error" | "rule":
            message = error["msg"].removeprefix("Value error, ")
        case _:
            message = f"giá trị không hợp lệ: {error['msg']}"
    return message


def shown(value: object) -> str:
    """Write a value as in YAML, shortened, without the account of a URL."""
    match value:
        case None:
            text = "để trống"
        case bool():
            text = str(value).lower()
        case float() if value.is_integer():
            text = str(int(value))
        case str():
            value = _ACCOUNT.sub("//…@", value)
            text = f"'{value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + '…'}'"
        case dict():
            text = "các cặp 'khóa: giá trị'"
        case list():
            text = "danh sách"
        case _:
            text = str(value)
    return text


def no_mapping(value: object) -> tuple[str, str]:
    """Return message and hint for `value` where pairs are wanted."""
    if value is None:
        return "cần các cặp 'khóa: giá trị', đang để trống", "điền vào, hoặc xóa dòng này"
    return f"cần các cặp 'khóa: giá trị', đang là {shown(value)}", ""


def choice_hint(value: object, expected: Sequence[str]) -> str:
    """Return the nearest of a few allowed values, or all of them."""
    meant = _ANSWERS.get(_TRUTHS.get(str(value).casefold(), str(value).casefold()), "")
    if meant in expected:
        return f"viết {meant}"
    return near_miss(str(value), expected) or "chọn một trong: " + ", ".join(expected)


def _key_hint(key: str, keys: Collection[str]) -> str:
    longer = next((known for known in keys if known.startswith(f"{key}_")), "")
    if longer:
        return f"có phải '{longer}'?"
    return near_miss(key, keys) or ("các khóa có thể dùng: " + ", ".join(keys) if keys else "")


def _keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> Collection[str]:
    """Return the field names of the model that `loc` leads to, () when it leads elsewhere."""
    annotation: Any = model
    for part in loc:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if part not in annotation.model_fields:
                return ()
            annotation = annotation.model_fields[str(part)].annotation
        else:
            arguments = get_args(annotation)
            if not arguments:
                return ()
            # dict[K, V] -> V; list[T] and tuple[T, ...] -> T
            annotation = arguments[1 if get_origin(annotation) is dict else 0]
    annotation = _plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [field.alias or name for name, field in annotation.model_fields.items()]
    return ()


def _plain(annotation: Any) -> Any:
    """Strip Annotated and None."""
    while True:
        origin = get_origin(annotation)
        if origin in {Union, types.UnionType}:
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        elif hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        else:
            return annotation
