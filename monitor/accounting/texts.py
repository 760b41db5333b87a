"""What is said of accounts: parts of time, why a correction is refused. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor.accounting.correcting import CorrectionRefusal
from monitor.accounting.model import Part

PART_WORDS: Final[Mapping[Part, str]] = {
    Part.UP: "kết nối",
    Part.DEGRADED: "suy giảm",
    Part.DOWN: "mất kết nối",
    Part.MAINTENANCE: "bảo trì",
    Part.UNKNOWN: "không có dữ liệu",
    Part.OFF_HOURS: "ngoài giờ",
    Part.UNWATCHED: "chưa giám sát",
}

REFUSALS: Final[Mapping[CorrectionRefusal, tuple[str, str]]] = {
    CorrectionRefusal.NO_REASON: ("chưa nói vì sao", "ghi --reason 'lý do'"),
    CorrectionRefusal.NOBODY: ("chưa biết ai làm", "ghi --who TÊN"),
    CorrectionRefusal.NO_APPROVER: ("chưa biết ai duyệt", "ghi --approver TÊN"),
    CorrectionRefusal.SAME_PERSON: (
        "người duyệt cũng là người làm",
        "ghi --approver tên một người khác; nơi chỉ có một người thì đặt accounting.second_person: false",
    ),
    CorrectionRefusal.NO_CHECK: ("chưa chọn phép đo nào", "ghi mã đối tượng hoặc mã phép đo"),
    CorrectionRefusal.TOO_MANY_CHECKS: ("quá 300 phép đo một lần", "chia thành nhiều lần"),
    CorrectionRefusal.UNKNOWN_CHECK: (
        "có phép đo không có trong danh mục và chưa từng đo",
        "xem các mã: tslcd-monitor inventory show",
    ),
    CorrectionRefusal.NOT_A_PART: (
        "không tính lại thành hay từ loại thời gian ấy được",
        "giờ phục vụ do lịch quyết định; chọn maintenance, unknown, up, degraded hoặc down",
    ),
    CorrectionRefusal.CHANGES_NOTHING: ("--as và --was giống nhau", "xem lại --as và --was"),
    CorrectionRefusal.ENDS_BEFORE_START: ("kết thúc trước khi bắt đầu", "xem lại --from và --to"),
    CorrectionRefusal.IN_THE_FUTURE: ("chưa qua hết thời gian ấy", "chọn --to không sau lúc này"),
    CorrectionRefusal.TOO_LONG: ("dài quá 400 ngày", "chia thành nhiều lần"),
    CorrectionRefusal.UNKNOWN_ID: ("không có mã này", "xem các mã: tslcd-monitor uptime corrections"),
    CorrectionRefusal.WITHDRAWN_ALREADY: ("đã được hủy", "không cần hủy lần nữa"),
    CorrectionRefusal.IS_WITHDRAWAL: ("đây là một lần hủy", "cần thì tính lại bằng uptime correct"),
}
"""Reason -> what and the remedy."""
