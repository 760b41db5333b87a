"""Which notifications are worth a look, as data: notification OID -> what it says. A trap is a hint, never a state.

Sources: SNMPv2-MIB and IF-MIB (RFC 3418, RFC 2863), UPS-MIB (RFC 1628), POLYCOM-ENDPOINT-MIB (13885.101, revision
2017-06-09). A v1 trap comes with the OID of its v2 counterpart (RFC 3584 3.1).
"""

from collections.abc import Mapping
from types import MappingProxyType

_STANDARD = "1.3.6.1.6.3.1.1.5"
_UPS = "1.3.6.1.2.1.33.2"
_ENDPOINT = "1.3.6.1.4.1.13885.101.0"

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        f"{_STANDARD}.1": "khởi động nguội (coldStart)",
        f"{_STANDARD}.2": "khởi động nóng (warmStart)",
        f"{_STANDARD}.3": "cổng mạng mất tín hiệu (linkDown)",
        f"{_STANDARD}.4": "cổng mạng có tín hiệu trở lại (linkUp)",
        f"{_UPS}.1": "bộ lưu điện chạy bằng ắc quy (upsTrapOnBattery)",
        f"{_UPS}.3": "bộ lưu điện có cảnh báo (upsTrapAlarmEntryAdded)",
        f"{_UPS}.4": "bộ lưu điện hết cảnh báo (upsTrapAlarmEntryRemoved)",
        f"{_ENDPOINT}.70": "điểm cầu mất đăng ký gatekeeper",
        f"{_ENDPOINT}.71": "điểm cầu đăng ký gatekeeper trở lại",
        f"{_ENDPOINT}.72": "điểm cầu mất đăng ký SIP",
        f"{_ENDPOINT}.73": "điểm cầu đăng ký SIP trở lại",
        f"{_ENDPOINT}.76": "camera của điểm cầu đổi trạng thái",
        f"{_ENDPOINT}.77": "camera của điểm cầu đổi trạng thái",
        f"{_ENDPOINT}.80": "cuộc gọi hội nghị không thành",
        f"{_ENDPOINT}.81": "cuộc gọi hội nghị: dao động trễ vượt ngưỡng",
        f"{_ENDPOINT}.82": "cuộc gọi hội nghị: dao động trễ về bình thường",
        f"{_ENDPOINT}.83": "cuộc gọi hội nghị: độ trễ vượt ngưỡng",
        f"{_ENDPOINT}.84": "cuộc gọi hội nghị: độ trễ về bình thường",
        f"{_ENDPOINT}.85": "cuộc gọi hội nghị: mất gói vượt ngưỡng",
        f"{_ENDPOINT}.86": "cuộc gọi hội nghị: mất gói về bình thường",
    }
)
"""Notification OID -> Vietnamese words for the log."""
