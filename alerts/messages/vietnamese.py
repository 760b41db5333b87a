"""The Vietnamese words. All text is NFC."""

from types import MappingProxyType
from typing import Final

from alerts.messages.vocabulary import OwnPart, State, Vocabulary
from alerts.model.checks import Blindness, Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CauseKind, Dimension, Side
from inventory.model import Layer
from probes.own import Sign
from probes.reading import FailureReason

VIETNAMESE: Final = Vocabulary(
    affected="Bị ảnh hưởng",
    statuses=MappingProxyType(
        {
            Status.UP: "Hoạt động",
            Status.DEGRADED: "Suy giảm",
            Status.DOWN: "Mất kết nối",
            Status.UNKNOWN: "Chưa rõ",
        }
    ),
    states=MappingProxyType(
        {
            State.DOWN: "Mất kết nối",
            State.AGAIN: "Lại mất kết nối",
            State.SERVICE: "Không đáp ứng",
            State.NO_ACCESS: "Không vào được",
            State.DEGRADED: "Suy giảm",
            State.STILL: "Chưa ai nhận",
            State.UP: "Đã khôi phục",
            State.CLOSED: "Đã đóng sự cố",
            State.REMOVED: "Ngừng giám sát",
            State.REMOVED_CHECK: "Bỏ phép đo",
            State.FLAPPING: "Chập chờn",
            State.LATE: "Tin muộn",
            State.MASS: "Diện rộng",
            State.UPDATED: "Cập nhật",
        }
    ),
    layers=MappingProxyType(
        {
            Layer.TSLCD: ("Mạng TSLCD", "TSLCD"),
            Layer.CONFERENCE: ("Hội nghị truyền hình", "Hội nghị"),
            Layer.KIOSK: ("Kiosk PVHCC", "Kiosk"),
            Layer.PC: ("Máy tính cấp xã", "Máy tính"),
            Layer.SHARED: ("Hệ thống dùng chung", "Dùng chung"),
            Layer.CENTRAL: ("Hệ thống Trung ương", "Trung ương"),
            Layer.INFRA: ("Hạ tầng kỹ thuật", "Hạ tầng"),
            Layer.SELF: ("Hệ thống giám sát", "Giám sát"),
        }
    ),
    services=MappingProxyType(
        {
            "http": ("dịch vụ web", "web"),
            "tcp": ("cổng dịch vụ", "cổng dịch vụ"),
            "snmp": ("quản trị SNMP", "SNMP"),
            "icmp": ("đường truyền", "đường truyền"),
            "sip": ("báo hiệu SIP", "SIP"),
            "h323": ("báo hiệu H.323", "H.323"),
            "videoos": ("trạng thái thiết bị họp", "thiết bị họp"),
            "heartbeat": ("nhịp báo", "nhịp báo"),
            "interfaces": ("cổng mạng", "cổng mạng"),
            "tls": ("chứng thư bảo mật", "chứng thư"),
            "dns": ("phân giải tên miền", "DNS"),
            "ntp": ("đồng bộ giờ", "NTP"),
            "": ("dịch vụ", "dịch vụ"),
        }
    ),
    own=MappingProxyType(
        {
            Sign.MEASURING: OwnPart(
                "việc đo",
                "một phần thiết bị có thể không được đo, hoặc kết quả đến muộn",
                "chạy tslcd-monitor doctor tại máy giám sát, xem nhật ký (journalctl -u tslcd-monitor)",
            ),
            Sign.PROCESS: OwnPart(
                "bộ nhớ và tải",
                "chương trình có thể chậm lại, hoặc bị hệ điều hành dừng và khởi động lại",
                "xem máy có chương trình nào khác chiếm bộ nhớ, bộ xử lý; nâng MemoryHigh, MemoryMax, LimitNOFILE nếu tỉnh đã lớn hơn",
            ),
            Sign.DISK: OwnPart(
                "ổ đĩa",
                "đĩa đầy thì không lưu được kết quả đo, trạng thái và báo cáo",
                "giải phóng dung lượng hoặc mở rộng đĩa; xem dự báo: tslcd-monitor db stats",
            ),
            Sign.STORES: OwnPart(
                "kho dữ liệu",
                "kết quả đo hoặc thay đổi trạng thái có thể chưa được lưu",
                "kiểm tra ổ đĩa (df, dmesg), rồi xem thẻ Kho trạng thái ở trang Máy giám sát",
            ),
            Sign.BACKUP: OwnPart(
                "sao lưu",
                "nếu đĩa hỏng lúc này thì mất dữ liệu từ bản sao lưu cũ tới nay",
                "sao lưu ngay: tslcd-monitor db backup, đọc lỗi nó báo",
            ),
            Sign.DELIVERY: OwnPart(
                "hàng đợi tin",
                "có tin cảnh báo chưa tới người nhận",
                "xem lý do: tslcd-monitor notify queue",
            ),
            Sign.CHANNELS: OwnPart(
                "kênh gửi tin",
                "kênh đó không gửi được hoặc sắp không gửi được cảnh báo",
                "xem thẻ Kênh gửi ở trang Máy giám sát, gia hạn gói hoặc đăng nhập lại kênh",
            ),
            Sign.CERTIFICATES: OwnPart(
                "chứng thư bảo mật",
                "hết hạn thì không mở được trang giám sát, máy ở xã không gửi được nhịp báo",
                "đặt chứng thư mới vào đúng chỗ tệp cũ; không cần khởi động lại",
            ),
            Sign.CLOCK: OwnPart(
                "đồng hồ",
                "giờ trong tin báo, sự cố và báo cáo có thể sai",
                "bật đồng bộ giờ: timedatectl set-ntp true; xem máy chủ giờ có tới được không",
            ),
            Sign.NETWORK: OwnPart(
                "đường ra mạng",
                "không biết thiết bị nào hỏng cho tới khi có mạng lại; tin này đi bằng kênh còn dùng được",
                "kiểm tra dây mạng, cổng mạng và tường lửa của máy giám sát, rồi các mốc (anchor)",
            ),
            Sign.OUTSIDE: OwnPart(
                "tín hiệu sống",
                "nếu chính máy giám sát ngừng thì không ai bên ngoài biết",
                "xem nơi nhận tín hiệu (phần dead_man của cấu hình) có tới được không",
            ),
            Sign.FORWARDING: OwnPart(
                "gửi sang InfluxDB",
                "biểu đồ Grafana thiếu số liệu mới; cảnh báo và báo cáo không bị ảnh hưởng",
                "kiểm tra máy chủ InfluxDB và mã truy cập: tslcd-monitor influx status",
            ),
            Sign.LISTENERS: OwnPart(
                "trang web, cổng nhận",
                "không mở được trang giám sát, hoặc không nhận được trap, nhịp báo, tin trả lời; đo và cảnh báo vẫn chạy",
                "xem cổng nào bị chiếm (ss -lntup), chứng thư nào không đọc được; sửa xong nó tự mở",
            ),
            Sign.INVENTORY: OwnPart(
                "danh mục và cấu hình",
                "đang giám sát theo danh mục hoặc người trực của bản trước",
                "xem lỗi: tslcd-monitor inventory diff, sửa tệp rồi chạy tslcd-monitor inventory apply",
            ),
        }
    ),
    causes=MappingProxyType(
        {
            FailureReason.TIMEOUT: "không trả lời",
            FailureReason.UNREACHABLE: "không có đường tới",
            FailureReason.REFUSED: "từ chối kết nối",
            FailureReason.DNS: "tên miền không tra cứu được",
            FailureReason.TLS: "chứng thư bảo mật không hợp lệ",
            FailureReason.AUTH: "từ chối tài khoản giám sát",
            FailureReason.PROTOCOL: "trả lời sai định dạng",
            FailureReason.UNEXPECTED_ANSWER: "trả lời không đúng nội dung cần có",
            FailureReason.BLOCKED: "chặn phép đo của máy giám sát",
            FailureReason.LOCAL: "máy giám sát gặp trục trặc",
            FailureReason.INTERNAL: "phần mềm giám sát gặp trục trặc",
            Blindness.ISOLATED: "máy giám sát mất kết nối mạng",
            Blindness.STOPPED: "hệ thống giám sát không chạy",
            Blindness.OVERDUE: "quá hạn chưa có kết quả đo",
            Blindness.OUR_FAULT: "máy giám sát không đo được",
            Blindness.CLOCK: "đồng hồ máy giám sát nhảy tới trước hoặc máy đã ngủ",
            Blindness.REMOVED: "đã rời danh mục giám sát",
        }
    ),
    held=MappingProxyType(
        {
            SuppressionReason.MAINTENANCE: ("trong giờ bảo trì", "đã quá giờ bảo trì, giữ tin đến {}"),
            SuppressionReason.SILENCE: (
                "đang tạm ngưng thông báo",
                "thông báo đã tạm ngưng, giữ tin đến {}",
            ),
            SuppressionReason.OFF_HOURS: ("ngoài giờ làm việc", "giữ tin ngoài giờ làm việc đến {}"),
            SuppressionReason.NEW: ("mới thêm", "mới thêm, giữ tin đến {}"),
            SuppressionReason.NIGHT: ("chưa cần báo trong đêm", "không báo trong đêm, giữ tin đến {}"),
            SuppressionReason.GATHERING: (
                "đang kiểm tra các nơi lân cận",
                "chờ kiểm tra các nơi lân cận đến {}",
            ),
            SuppressionReason.BUDGET: ("để dành lượt gửi cho tin khẩn", "chờ lượt gửi đến {}"),
        }
    ),
    cause_kinds=MappingProxyType(
        {
            CauseKind.LINE: "đường truyền",
            CauseKind.POWER: "nguồn điện",
            CauseKind.DEVICE: "thiết bị",
            CauseKind.SOFTWARE: "phần mềm",
            CauseKind.CENTRAL: "hệ thống Trung ương",
            CauseKind.MAINTENANCE: "bảo trì",
            CauseKind.DISASTER: "thiên tai",
            CauseKind.OTHER: "nguyên nhân khác",
        }
    ),
    sides=MappingProxyType(
        {
            Side.CENTRAL: "Trung ương",
            Side.ENTERPRISE: "doanh nghiệp",
            Side.LOCAL: "địa phương",
            Side.OBJECTIVE: "khách quan",
        }
    ),
    commons=MappingProxyType(
        {
            Dimension.POWER: "nghi mất điện, cùng nguồn {first}",
            Dimension.CIRCUIT: "nghi lỗi đường truyền {first}",
            Dimension.PARENT: "nghi lỗi tại {first}",
            Dimension.PROVIDER_DISTRICT: "nghi lỗi tuyến {first} khu vực {second}",
            Dimension.DISTRICT: "nghi sự cố chung khu vực {first}",
            Dimension.PROVIDER_AREA: "nghi lỗi tuyến {first} khu vực {second}",
            Dimension.PROVIDER: "nghi lỗi mạng {first}",
            Dimension.AREA: "nghi sự cố chung khu vực {first}",
            Dimension.LAYER: "chưa rõ điểm chung, chỉ cùng thời điểm",
        }
    ),
    common_actions=MappingProxyType(
        {
            Dimension.POWER: "hỏi đơn vị quản lý {first} và điện lực về nguồn điện",
            Dimension.CIRCUIT: "báo nhà mạng kiểm tra đường truyền {first}",
            Dimension.PARENT: "kiểm tra {first} và nguồn điện tại đó",
            Dimension.PROVIDER_DISTRICT: "báo {first} kiểm tra tuyến chung khu vực {second}; hỏi một xã về nguồn điện",
            Dimension.DISTRICT: "gọi một, hai xã hỏi nguồn điện; nếu có điện thì báo nhà mạng",
            Dimension.PROVIDER_AREA: "báo {first} kiểm tra tuyến chung khu vực {second}; hỏi một xã về nguồn điện",
            Dimension.PROVIDER: "báo {first} kiểm tra mạng lõi và tuyến chung",
            Dimension.AREA: "gọi một, hai xã hỏi nguồn điện; nếu có điện thì báo nhà mạng",
            Dimension.LAYER: "kiểm tra nút trung tâm và đường truyền cấp tỉnh; sau đó hỏi từng nhà mạng",
        }
    ),
    former_kinds=MappingProxyType({"Thành phố ": "TP ", "Thị xã ": "thị xã ", "Huyện ": "huyện "}),
    time_units=("ngày", "giờ", "phút", "giây"),
    phrases=MappingProxyType(
        {
            "under_a_second": "dưới 01 giây",
            "seconds": "giây",
            "limit": "ngưỡng {limit}",
            "beyond": "vượt ngưỡng cho phép",
            "former_area": "địa bàn {district} cũ",
            "former_short": "{district} (cũ)",
            "system": "Hệ thống giám sát hạ tầng số – {province}",
            "history_one": "{count} lần trong 30 ngày trước, kéo dài {longest}",
            "history_many": "{count} lần trong 30 ngày trước, dài nhất {longest}",
            "last_cause": "{history}, lần gần nhất do {cause}",
            "again": "lần {count} trong 24 giờ",
            "hotline": "trực {number}",
            "circuit_code": "mã kênh {code}",
            "and_more": "{names} và {count} {noun} khác",
            "counted": "{count} {noun}",
            "share": "{name} {count}/{total}",
            "noun_commune": "xã",
            "noun_communes": "xã, phường",
            "noun_unit": "đơn vị",
            "noun_system": "hệ thống",
            "noun_device": "thiết bị",
            "noun_place": "nơi",
            "guess": "{kind} ({basis})",
            "planned": "{owner} có lịch bảo trì từ {begin} đến {end}",
            "planned_by_nobody": "có lịch bảo trì từ {begin} đến {end}",
            "told_at": "{names} lúc {time}",
            "ticket": "số {number}, báo lúc {time}",
            "ticket_done": "số {number}, báo lúc {time}, nhà mạng báo xong lúc {closed}",
            "member": "{place}, từ {time}",
            "group_basis": "{count} {noun} mất kết nối cách nhau không quá {span}",
            "removed_target": "đối tượng đã bỏ khỏi danh mục",
            "subject_since": ", từ {time}",
            "subject_lasted_self": ", kéo dài {lasted}",
            "subject_lasted": ", gián đoạn {lasted}",
            "headline_group": "{count} {noun} mất kết nối",
            "headline_group_degraded": "{count} {noun} suy giảm",
            "headline_back": "{count}/{total} {noun} đã khôi phục",
            "headline_escalated": "CHUYỂN CẤP {step}",
            "subject_escalated": "Chuyển cấp {step}, chưa ai nhận",
            "headline_letter": "{count} TIN: {words}",
            "letter_begun": "{count} sự cố",
            "letter_over": "{count} khôi phục",
            "letter_other": "{count} tin khác",
            "letter_row": "{headline}, từ {time} ({code})",
            "letter_row_over": "{headline}, gián đoạn {lasted} ({code})",
            "letter_kind": "{word}: {count} sự cố ({names})",
            "headline_maintenance": "BẢO TRÌ {stage} – {name}",
            "stage_soon": "SẮP BẮT ĐẦU",
            "stage_begun": "BẮT ĐẦU",
            "stage_overdue": "QUÁ GIỜ",
            "stage_ended": "KẾT THÚC",
            "stage_cancelled": "HỦY",
            "headline_self": "GIÁM SÁT CÓ VẤN ĐỀ – {part}",
            "own_over": "{part} đã bình thường trở lại",
            "own_listed": "có việc cần xem ở trang Máy giám sát",
            "headline_self_over": "GIÁM SÁT ĐÃ BÌNH THƯỜNG – {part}",
            "headline_brief": "SÁNG {day}: {words}",
            "brief_well": "không có sự cố",
            "brief_open": "{count} sự cố đang mở",
            "headline_shift": "GIAO CA {time} ngày {day}",
            "headline_silences": "TẠM NGƯNG THÔNG BÁO: {count} đang hiệu lực",
            "headline_preflight": "TRƯỚC HỌP {mark}: {count} điểm chưa sẵn sàng",
            "headline_preflight_well": "TRƯỚC HỌP {mark}: các điểm đã sẵn sàng",
            "headline_report_draft": "DỰ THẢO BÁO CÁO {name}",
            "headline_report_week": "TRANG TUẦN: {name}",
            "headline_report_nudge": "BÁO CÁO {name}: còn {count} sự cố thiếu nguyên nhân",
            "headline_test": "TIN THỬ – {channel}",
            "repeat_mark": "(gửi lại, có thể Anh/Chị đã nhận tin này)",
        }
    ),
    date_time="%H:%M ngày %d/%m/%Y",
    decimal_comma=True,
    two_digits=True,
)
