"""The one table of columns: what a sheet's columns are called, what they mean. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from inventory.model import Equipped, Owner


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `spellings` are other headings it is known by, `meaning` is for the guide, `width` in characters."""

    key: str
    heading: str
    spellings: tuple[str, ...]
    meaning: str
    width: float


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of sheet. A header of it names at least one of the `needed` columns."""

    title: str
    columns: tuple[Column, ...]
    needed: tuple[str, ...]

    def heading(self, key: str) -> str:
        """Return the heading of a column."""
        return next(column.heading for column in self.columns if column.key == key)


DEVICES: Final = Table(
    "Thiết bị",
    (
        Column(
            "unit",
            "Mã đơn vị",
            ("mã xã", "mã phường", "mã đvhc", "mã hành chính", "mã số đơn vị", "unit", "unit_code", "code"),
            "Mã đơn vị hành chính 5 chữ số. Có mã thì không cần tên; ghi cả hai thì hai bên phải khớp.",
            10,
        ),
        Column(
            "unit_name",
            "Tên đơn vị",
            (
                *("đơn vị", "xã", "phường", "xã/phường", "xã, phường", "tên xã", "tên xã/phường"),
                *("tên xã, phường, đặc khu", "địa phương", "unit_name"),
            ),
            "Tên xã, phường, đặc khu hoặc cơ quan, viết đủ dấu.",
            26,
        ),
        Column(
            "profile",
            "Loại thiết bị",
            ("loại", "mẫu thiết bị", "chủng loại", "profile"),
            "Chọn trong danh sách thả xuống.",
            34,
        ),
        Column(
            "id",
            "Mã đối tượng",
            ("mã thiết bị", "id", "target", "target_id"),
            "Mã duy nhất, đã điền sẵn; đừng đổi mã của thiết bị đang giám sát (lịch sử đi theo mã).",
            22,
        ),
        Column(
            "name",
            "Tên thiết bị",
            ("tên đối tượng", "thiết bị", "name"),
            "Tên hiện trên bảng và trong tin nhắn.",
            42,
        ),
        Column(
            "address",
            "Địa chỉ",
            ("địa chỉ ip", "ip", "địa chỉ mạng", "address", "url"),
            "Địa chỉ IP (10.51.7.1), tên máy hoặc URL (https://...).",
            24,
        ),
        Column(
            "equipped",
            "Có thiết bị",
            ("trang bị", "đã trang bị", "hiện trạng", "có/không", "equipped"),
            "có, không hoặc chưa rõ. Để trống mà có địa chỉ thì hiểu là có.",
            12,
        ),
        Column(
            "circuit",
            "Mã đường truyền",
            ("đường truyền", "kênh truyền", "mã kênh", "kênh", "circuit"),
            "Mã trong trang «Đường truyền».",
            20,
        ),
        Column(
            "depends_on",
            "Phụ thuộc",
            ("phụ thuộc vào", "đi qua", "depends_on"),
            "Mã các đối tượng phải thông thì thiết bị này mới thông, cách nhau bằng dấu phẩy.",
            24,
        ),
        Column(
            "powered_by",
            "Nguồn điện (UPS)",
            ("nguồn điện", "ups", "powered_by"),
            "Mã bộ lưu điện cấp nguồn cho thiết bị, cách nhau bằng dấu phẩy.",
            18,
        ),
        Column(
            "calendar",
            "Lịch phục vụ",
            ("lịch", "giờ phục vụ", "calendar"),
            "Ngoài lịch này không nhắn tin. Để trống: theo loại thiết bị.",
            20,
        ),
        Column(
            "policy",
            "Chính sách báo tin",
            ("chính sách", "báo tin", "policy"),
            "Ai được báo. Để trống: theo loại thiết bị.",
            18,
        ),
        Column(
            "owner",
            "Bên chịu trách nhiệm",
            ("chủ quản", "trách nhiệm", "owner"),
            "địa phương, doanh nghiệp hoặc Trung ương. Để trống: theo loại thiết bị.",
            20,
        ),
        Column(
            "tags",
            "Nhãn",
            ("thẻ", "tags"),
            "Nhãn để lọc, cách nhau bằng dấu phẩy; chỉ gồm a-z, 0-9, '-'.",
            16,
        ),
        Column("note", "Ghi chú", ("chú thích", "note"), "Cho người đọc; không nhập vào danh mục.", 24),
    ),
    ("unit", "unit_name", "id"),
)

CIRCUITS: Final = Table(
    "Đường truyền",
    (
        Column(
            "circuit_id",
            "Mã đường truyền",
            ("mã kênh", "kênh", "circuit", "id"),
            "Mã do tỉnh đặt: a-z, 0-9, '-', tối đa 32 ký tự. Thiết bị gọi đường truyền bằng mã này.",
            22,
        ),
        Column("provider", "Nhà mạng", ("nhà cung cấp", "provider"), "VNPT, Viettel, ...", 16),
        Column(
            "contract_code",
            "Mã hợp đồng",
            ("mã kênh nhà mạng", "số hợp đồng", "contract_code"),
            "Mã kênh để đọc cho tổng đài.",
            22,
        ),
        Column(
            "hotline", "Số trực kỹ thuật", ("hotline", "số điện thoại", "tổng đài"), "Gọi khi mất kênh.", 18
        ),
        Column(
            "bandwidth_bps",
            "Băng thông (Mbit/s)",
            ("băng thông", "tốc độ", "băng thông (mbps)", "tốc độ (mbps)", "bandwidth"),
            "Theo hợp đồng, chiều về đơn vị, Mbit/s.",
            18,
        ),
        Column(
            "bandwidth_up_bps",
            "Chiều lên (Mbit/s)",
            ("băng thông lên", "tốc độ lên"),
            "Chỉ ghi khi khác chiều về.",
            18,
        ),
        Column(
            "availability_ratio",
            "Sẵn sàng cam kết (%)",
            ("độ sẵn sàng", "sla", "sla (%)", "độ khả dụng"),
            "Theo hợp đồng, phần trăm: 99,5.",
            20,
        ),
        Column(
            "restore_time_s",
            "Khắc phục trong (giờ)",
            ("thời gian khắc phục", "thời gian khắc phục (giờ)"),
            "Theo hợp đồng, giờ.",
            20,
        ),
        Column("note", "Ghi chú", ("chú thích", "note"), "Cho người đọc; không nhập vào danh mục.", 24),
    ),
    ("circuit_id",),
)

TABLES: Final = (DEVICES, CIRCUITS)
GUIDE_TITLE: Final = "Hướng dẫn"
LISTS_TITLE: Final = "Danh sách"
PREFILLED: Final = frozenset({"unit", "unit_name", "profile", "id", "name"})
"""Columns of devices that the form comes with."""
ORDINALS: Final = ("stt", "tt", "số tt", "số thứ tự")
"""Headings of columns that only count the rows."""

FACTORS: Final[Mapping[str, float]] = {
    "bandwidth_bps": 1_000_000.0,
    "bandwidth_up_bps": 1_000_000.0,
    "availability_ratio": 0.01,
    "restore_time_s": 3_600.0,
}
"""What one of a number column's unit is in the inventory's unit."""

EQUIPPED_WORDS: Final[Mapping[Equipped, str]] = {
    Equipped.YES: "có",
    Equipped.NO: "không",
    Equipped.UNKNOWN: "chưa rõ",
}
EQUIPPED_SPELLINGS: Final[Mapping[str, Equipped]] = {
    **dict.fromkeys(("có", "co", "x", "yes", "y", "1", "true", "đã có", "rồi"), Equipped.YES),
    **dict.fromkeys(
        ("không", "khong", "ko", "no", "n", "0", "false", "chưa", "chưa có", "không có", "chưa trang bị"),
        Equipped.NO,
    ),
    **dict.fromkeys(("chưa rõ", "chua ro", "không rõ", "unknown", "?"), Equipped.UNKNOWN),
}
OWNER_WORDS: Final[Mapping[Owner, str]] = {
    Owner.LOCAL: "địa phương",
    Owner.ENTERPRISE: "doanh nghiệp",
    Owner.CENTRAL: "Trung ương",
}
OWNER_SPELLINGS: Final[Mapping[str, Owner]] = {
    **{word.casefold(): owner for owner, word in OWNER_WORDS.items()},
    **{owner.value: owner for owner in Owner},
    "tỉnh": Owner.LOCAL,
    "xã": Owner.LOCAL,
    "nhà mạng": Owner.ENTERPRISE,
    "tw": Owner.CENTRAL,
}

PROFILE_WORDS: Final[Mapping[str, str]] = {
    "gateway": "Cổng mạng",
    "carrier-edge": "Biên nhà mạng",
    "tslcd-node": "Nút mạng TSLCD",
    "tslcd-cpe": "Đường truyền TSLCD",
    "switch": "Switch mạng nội bộ",
    "internet-router": "Thiết bị Internet",
    "wifi-ap": "Điểm phát Wi-Fi",
    "firewall": "Tường lửa",
    "mcu-rmx": "MCU hội nghị truyền hình",
    "vcs-endpoint": "Điểm cầu hội nghị",
    "vcs-studio": "Điểm cầu hội nghị (Poly Studio)",
    "vcs-hdx": "Điểm cầu hội nghị (HDX)",
    "meeting-pc": "Máy tính họp trực tuyến",
    "kiosk": "Kiosk tra cứu",
    "queue-machine": "Máy lấy số xếp hàng",
    "call-display": "Màn hình gọi số",
    "one-stop-pc": "Máy tính, máy quét một cửa",
    "pc": "Máy tính công chức",
    "printer": "Máy in",
    "portal": "Trang thông tin điện tử",
    "shared-system": "Hệ thống dùng chung",
    "central-system": "Hệ thống của Trung ương",
    "tls-service": "Dịch vụ TLS",
    "tcp-service": "Dịch vụ TCP",
    "name-server": "Máy chủ tên miền",
    "time-server": "Máy chủ thời gian",
    "mail-server": "Máy chủ thư",
    "mqtt-broker": "Máy chủ MQTT",
    "server": "Máy chủ",
    "ups": "Bộ lưu điện (UPS)",
    "camera": "Camera",
    "nvr": "Đầu ghi hình",
}
"""Shipped profile -> what people call such a thing."""
_ROLES: Final[Mapping[str, str]] = {"tslcd-cpe": "cpe", "internet-router": "router", "vcs-endpoint": "vcs"}


def profile_label(profile: str) -> str:
    """Return a profile as a cell shows it: "Đường truyền TSLCD (tslcd-cpe)"."""
    words = PROFILE_WORDS.get(profile)
    return f"{words} ({profile})" if words else profile


def role_of(profile: str) -> str:
    """Return what follows "<unit code>." in the id of a unit's only target of this profile."""
    return _ROLES.get(profile, profile)
