"""What the audit log calls deeds, in words for people. Pure."""

from collections.abc import Mapping

from alerts.messages.vocabulary import Language
from monitor.web.translating import translator


def action_words(language: Language) -> Mapping[str, str]:
    """Return deed -> words; what is missing is shown as it is."""
    _ = translator(language)
    return {
        "account.added": _("thêm tài khoản"),
        "account.disabled": _("khóa tài khoản"),
        "account.enabled": _("mở lại tài khoản"),
        "account.invited": _("cấp liên kết đặt mật khẩu"),
        "account.password": _("đặt mật khẩu"),
        "account.role": _("đổi vai trò"),
        "account.unit": _("đổi đơn vị"),
        "apply": _("áp dụng danh mục"),
        "clock_step": _("đồng hồ máy bị chỉnh"),
        "correction.made": _("đính chính thống kê"),
        "correction.withdrawn": _("rút đính chính"),
        "factor.added": _("cài xác thực lớp hai"),
        "factor.recovery_renewed": _("đổi mã dự phòng"),
        "factor.recovery_used": _("dùng mã dự phòng"),
        "factor.removed": _("gỡ xác thực lớp hai"),
        "http.changed": _("thao tác trên web"),
        "http.refused": _("bị từ chối trên web"),
        "meeting.entered": _("nhập cuộc họp"),
        "meeting.withdrawn": _("rút cuộc họp"),
        "oncall.swapped": _("đổi ca trực"),
        "refused": _("từ chối danh mục"),
        "report.added": _("thêm câu vào báo cáo"),
        "report.edited": _("sửa báo cáo"),
        "report.filled": _("điền báo cáo"),
        "report.frozen": _("chốt báo cáo"),
        "rollback": _("hoàn tác danh mục"),
        "session.closed": _("đăng xuất"),
        "session.opened": _("đăng nhập"),
        "session.others_closed": _("kết thúc các phiên khác"),
        "sign_in.failed": _("đăng nhập không thành"),
        "sign_in.throttled": _("đăng nhập bị chặn vì thử nhiều lần"),
        "start": _("khởi động"),
        "start_from_version": _("khởi động bằng bản lưu"),
        "token.made": _("tạo mã truy cập"),
        "token.revoked": _("thu hồi mã truy cập"),
        "waiting": _("danh mục chờ người quyết định"),
    }
