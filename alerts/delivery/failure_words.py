"""What a failed attempt says to the people who look after the channels (Vietnamese): what it is, and what to do. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure

FAILURE_WORDS: Final[Mapping[DeliveryFailure, str]] = MappingProxyType(
    {
        DeliveryFailure.CONNECT: "không kết nối được máy chủ của kênh; xem địa chỉ, cổng trong cấu hình và đường ra mạng",
        DeliveryFailure.TLS: "không kết nối an toàn (TLS) được; xem chứng thư và cách mã hóa của máy chủ, đồng hồ máy này",
        DeliveryFailure.AUTH: "tài khoản, mật khẩu hoặc mã truy cập không được nhận; kiểm tra tên tài khoản và bí mật của kênh",
        DeliveryFailure.ACCOUNT: "tài khoản không được gửi; xem gói dịch vụ, số dư và quyền của tài khoản",
        DeliveryFailure.TIMEOUT: "máy chủ của kênh không trả lời kịp; xem máy chủ ấy và đường mạng tới đó",
        DeliveryFailure.DISCONNECTED: "kết nối bị cắt giữa chừng; xem máy chủ của kênh và đường mạng tới đó",
        DeliveryFailure.DEFERRED: "máy chủ của kênh chưa nhận lúc này; gặp mãi thì hỏi người quản trị máy chủ ấy",
        DeliveryFailure.RATE: "gửi quá nhiều trong thời gian ngắn; gặp luôn thì bớt người nhận",
        DeliveryFailure.QUOTA: "đã hết lượt gửi; mua thêm lượt, hoặc bớt người nhận rồi chờ kỳ sau",
        DeliveryFailure.SENDER: "không gửi được với cấu hình này; sửa phần của kênh trong tệp cấu hình",
        DeliveryFailure.RECIPIENT: "địa chỉ người nhận sai, không có, hoặc không nhận tin; sửa địa chỉ nơi đã ghi nó",
        DeliveryFailure.WINDOW: "người này lâu không nhắn cho kênh nên không gửi được; nhờ người ấy nhắn cho kênh một tin",
        DeliveryFailure.REJECTED: "máy chủ không nhận tin này; xem lời của máy chủ ấy",
        DeliveryFailure.DISK: "chưa ghi được tệp của kênh; xem ổ đĩa và quyền của thư mục chứa tệp",
        DeliveryFailure.COMPOSE: "không soạn được tin; xem nhật ký của dịch vụ",
        DeliveryFailure.INTERNAL: "lỗi phần mềm của kênh; gửi gói của 'tslcd-monitor diag' cho người phát triển",
    }
)


def told(error: DeliveryError) -> str:
    """Return one line: the words of its reason, and in brackets what the channel met."""
    return f"{FAILURE_WORDS[error.reason]} ({error})"
