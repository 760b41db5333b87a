"""Whether an answer is what the options expect. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from multidict import CIMultiDictProxy

from probes.http.json_path import MISSING, JsonError, look, number, parse_json, same
from probes.http.options import HttpOptions, status_ranges
from probes.http.text import contains, decoded
from probes.http.turned_away import turned_away_by
from probes.reading import FailureReason
from probes.wording import one_line

_UNAUTHORIZED = 401
_PROXY_WANTS_ACCOUNT = 407
_TOO_MANY = 429  # RFC 6585 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `body` is what was read of it."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    is_whole: bool
    """Whether the body ended before the cap."""
    charset: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with an answer."""

    reason: FailureReason
    detail: str


def judge(
    answer: Answer, options: HttpOptions, metrics: dict[str, float], *, has_credentials: bool
) -> Finding | None:
    """Return the first thing wrong; numbers found in the body are added to `metrics`."""
    return (
        _turned_away(answer, options)
        or _status(answer, options, has_credentials=has_credentials)
        or _headers(answer, options)
        or _size(answer, options)
        or _keywords(answer, options)
        or _json(answer, options, metrics)
    )


def _unexpected(detail: str) -> Finding:
    return Finding(FailureReason.UNEXPECTED_ANSWER, detail)


def _is_expected(status: int, options: HttpOptions) -> bool:
    return any(low <= status <= high for low, high in status_ranges(options.expected_statuses))


def _turned_away(answer: Answer, options: HttpOptions) -> Finding | None:
    by = turned_away_by(answer.status, answer.headers, answer.body)
    if by is None and answer.status == _TOO_MANY and not _is_expected(answer.status, options):
        by = "giới hạn tần suất"
    if by is None:
        return None
    return Finding(FailureReason.BLOCKED, f"phép đo bị chặn ({by}), mã trạng thái {answer.status}")


def _status(answer: Answer, options: HttpOptions, *, has_credentials: bool) -> Finding | None:
    if _is_expected(answer.status, options):
        return None
    if options.proxy is not None and answer.status == _PROXY_WANTS_ACCOUNT:
        return Finding(FailureReason.LOCAL, "proxy từ chối tài khoản (proxy_secret)")
    is_auth = has_credentials and answer.status == _UNAUTHORIZED
    reason = FailureReason.AUTH if is_auth else FailureReason.UNEXPECTED_ANSWER
    return Finding(reason, f"mã trạng thái {answer.status}, cần {options.expected_statuses}")


def _headers(answer: Answer, options: HttpOptions) -> Finding | None:
    for name, text in options.expected_headers.items():
        values: Sequence[str] = answer.headers.getall(name, ())
        if not any(text in value for value in values):
            return _unexpected(f"thiếu tiêu đề {name}" + (f" có '{text}'" if text else ""))
    for name, text in options.forbidden_headers.items():
        if any(text in value for value in answer.headers.getall(name, ())):
            return _unexpected(f"có tiêu đề {name} không được có" + (f": '{text}'" if text else ""))
    return None


def _size(answer: Answer, options: HttpOptions) -> Finding | None:
    return None if answer.is_whole else _unexpected(f"nội dung lớn hơn {options.max_body_bytes} byte")


def _keywords(answer: Answer, options: HttpOptions) -> Finding | None:
    if not (options.keyword or options.forbidden_keyword):
        return None
    text = decoded(answer.body, answer.charset)
    for keyword in options.keyword:
        if not contains(text, keyword):
            return _unexpected(f"không thấy từ khóa trong nội dung: {one_line(keyword, 60)}")
    for keyword in options.forbidden_keyword:
        if contains(text, keyword):
            return _unexpected(f"nội dung có từ khóa bị cấm: {one_line(keyword, 60)}")
    return None


def _json(answer: Answer, options: HttpOptions, metrics: dict[str, float]) -> Finding | None:
    if not options.reads_json:
        return None
    try:
        document = parse_json(answer.body)
    except JsonError as error:
        return _unexpected(str(error))
    for path, expected in options.expected_json.items():
        value = look(document, path)
        if value is MISSING:
            return _unexpected(f"JSON không có {path}")
        if not same(value, expected):
            return _unexpected(f"JSON có {path} khác giá trị cần có")
    for name, path in options.json_metrics.items():
        value = look(document, path)
        if value is None:
            continue
        measured = number(value)
        if measured is None:
            return _unexpected(f"JSON không có số ở {path}")
        metrics[name] = measured
    return None
