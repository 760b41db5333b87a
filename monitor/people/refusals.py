"""Why something about accounts is not done: a reason, what is wrong, the remedy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PeopleRefusal(StrEnum):
    """The reason."""

    UNKNOWN_ACCOUNT = "unknown_account"
    NAME_TAKEN = "name_taken"
    BAD_NAME = "bad_name"
    NO_DISPLAY_NAME = "no_display_name"
    UNIT_MISSING = "unit_missing"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_NOT_WANTED = "unit_not_wanted"
    LAST_ADMIN = "last_admin"
    DISABLED = "disabled"
    ENABLED_ALREADY = "enabled_already"
    BAD_INVITATION = "bad_invitation"
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105 (reasons, not secrets)
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105
    PASSWORD_TOO_SHORT_ALONE = "password_too_short_alone"  # noqa: S105
    PASSWORD_COMMON = "password_common"  # noqa: S105
    PASSWORD_IS_NAME = "password_is_name"  # noqa: S105
    PASSWORD_USED_BEFORE = "password_used_before"  # noqa: S105
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    WRONG_SIGN_IN = "wrong_sign_in"
    """Name or password: never which."""
    WRONG_CODE = "wrong_code"
    CODE_USED = "code_used"
    TOO_MANY = "too_many"
    BUSY = "busy"
    TICKET_ENDED = "ticket_ended"
    FACTOR_ALREADY = "factor_already"
    NO_FACTOR = "no_factor"
    FACTOR_REQUIRED = "factor_required"
    FACTOR_NOT_BEGUN = "factor_not_begun"
    SCOPE_MISSING = "scope_missing"
    SCOPE_TOO_WIDE = "scope_too_wide"
    BAD_DAYS = "bad_days"
    TOO_MANY_TOKENS = "too_many_tokens"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105
    UNKNOWN_SESSION = "unknown_session"


REFUSALS: Final[Mapping[PeopleRefusal, tuple[str, str]]] = {
    PeopleRefusal.UNKNOWN_ACCOUNT: (
        "không có tài khoản này",
        "xem danh sách tài khoản: tslcd-monitor user list",
    ),
    PeopleRefusal.NAME_TAKEN: ("đã có tài khoản mang tên này", "chọn tên đăng nhập khác"),
    PeopleRefusal.BAD_NAME: (
        "tên đăng nhập không hợp lệ",
        "dùng 2 đến 40 chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu bằng chữ hoặc số",
    ),
    PeopleRefusal.NO_DISPLAY_NAME: ("chưa có họ tên", "ghi họ tên người dùng tài khoản"),
    PeopleRefusal.UNIT_MISSING: ("tài khoản cấp xã chưa ghi thuộc đơn vị nào", "ghi mã đơn vị"),
    PeopleRefusal.UNIT_UNKNOWN: (
        "không có đơn vị mang mã này trong danh mục",
        "xem tên và mã: tslcd-monitor inventory show",
    ),
    PeopleRefusal.UNIT_NOT_WANTED: ("chỉ tài khoản cấp xã gắn với một đơn vị", "bỏ trống mã đơn vị"),
    PeopleRefusal.LAST_ADMIN: (
        "đây là quản trị viên duy nhất còn dùng được",
        "thêm một tài khoản quản trị khác trước",
    ),
    PeopleRefusal.DISABLED: ("tài khoản đã bị khóa", "người quản trị mở lại: tslcd-monitor user enable"),
    PeopleRefusal.ENABLED_ALREADY: ("tài khoản không bị khóa", "không cần làm gì"),
    PeopleRefusal.BAD_INVITATION: (
        "liên kết này không dùng được: đã dùng rồi, quá hạn, hoặc sao chép thiếu",
        "xin người quản trị cấp liên kết mới",
    ),
    PeopleRefusal.PASSWORD_TOO_LONG: ("mật khẩu quá dài", "dùng nhiều nhất 1.000 byte"),
    PeopleRefusal.PASSWORD_TOO_SHORT: ("mật khẩu quá ngắn", "dùng ít nhất 8 ký tự"),
    PeopleRefusal.PASSWORD_TOO_SHORT_ALONE: (
        "mật khẩu quá ngắn khi không có xác thực lớp hai",
        "dùng ít nhất 14 ký tự, ví dụ bốn từ không liên quan với nhau",
    ),
    PeopleRefusal.PASSWORD_COMMON: ("mật khẩu này nhiều người dùng, dễ đoán", "chọn một câu riêng của mình"),
    PeopleRefusal.PASSWORD_IS_NAME: ("mật khẩu trùng với tên tài khoản", "chọn mật khẩu không chứa tên mình"),
    PeopleRefusal.PASSWORD_USED_BEFORE: ("mật khẩu này đã dùng gần đây", "chọn mật khẩu mới hẳn"),
    PeopleRefusal.WRONG_PASSWORD: ("mật khẩu hiện tại không đúng", "gõ lại; xem bộ gõ và phím Caps Lock"),
    PeopleRefusal.WRONG_SIGN_IN: (
        "tên đăng nhập hoặc mật khẩu không đúng",
        "gõ lại; xem bộ gõ và phím Caps Lock; quên mật khẩu thì xin người quản trị liên kết mới",
    ),
    PeopleRefusal.WRONG_CODE: (
        "mã không đúng",
        "nhập 6 chữ số đang hiện trên điện thoại; xem giờ của điện thoại có đúng không",
    ),
    PeopleRefusal.CODE_USED: ("mã này đã dùng rồi", "đợi mã tiếp theo hiện ra (không quá 30 giây)"),
    PeopleRefusal.TOO_MANY: ("quá nhiều lần thử không đúng", "đợi rồi thử lại"),
    PeopleRefusal.BUSY: ("đang có quá nhiều người đăng nhập cùng lúc", "thử lại sau vài giây"),
    PeopleRefusal.TICKET_ENDED: ("bước đăng nhập này đã quá hạn", "đăng nhập lại từ đầu"),
    PeopleRefusal.FACTOR_ALREADY: ("đã có xác thực lớp hai", "tắt cái cũ trước khi cài cái mới"),
    PeopleRefusal.NO_FACTOR: ("chưa có xác thực lớp hai", "không cần làm gì"),
    PeopleRefusal.FACTOR_REQUIRED: (
        "vai trò này phải có xác thực lớp hai",
        "đổi điện thoại thì nhờ người quản trị: tslcd-monitor user totp",
    ),
    PeopleRefusal.FACTOR_NOT_BEGUN: ("chưa bắt đầu cài xác thực lớp hai", "bắt đầu lại để lấy mã QR mới"),
    PeopleRefusal.SCOPE_MISSING: ("chưa chọn quyền nào cho mã truy cập", "chọn ít nhất một quyền"),
    PeopleRefusal.SCOPE_TOO_WIDE: (
        "mã truy cập không thể có quyền mà tài khoản không có",
        "bỏ bớt quyền, hoặc đổi vai trò tài khoản",
    ),
    PeopleRefusal.BAD_DAYS: ("thời hạn không hợp lệ", "chọn từ 1 đến 366 ngày"),
    PeopleRefusal.TOO_MANY_TOKENS: ("tài khoản có quá nhiều mã truy cập", "thu hồi mã không dùng nữa"),
    PeopleRefusal.UNKNOWN_TOKEN: ("không có mã truy cập này", "xem danh sách mã truy cập của tài khoản"),
    PeopleRefusal.UNKNOWN_SESSION: ("không có phiên này", "có thể phiên đã kết thúc"),
}
"""What is wrong, and what to do."""


class PeopleError(Exception):
    """Something about accounts is refused; `wait_s`: how long to wait before the next try."""

    def __init__(self, reason: PeopleRefusal, *, wait_s: float = 0.0) -> None:
        self.reason = reason
        self.wait_s = wait_s
        self.detail, self.hint = REFUSALS[reason]
        super().__init__(f"{self.detail}; {self.hint}")
