"""What the metrics of the device files (probes/snmp/vendors) are called: one name, one meaning, whoever made the device."""

from collections.abc import Mapping
from types import MappingProxyType

from probes.kind import Metric

_ANY_DEVICE = {
    "cpu_load_ratio": Metric(
        "mức dùng CPU", "Load of the busiest processor or board, of all cores on a computer"
    ),
    "memory_used_ratio": Metric(
        "mức dùng bộ nhớ", "Memory in use, without buffers and cache where the device tells"
    ),
    "disk_used_ratio": Metric("mức đầy ổ đĩa", "The fullest fixed disk", "ổ đĩa sắp đầy, đã dùng"),
    "temperature_celsius": Metric("nhiệt độ", "The hottest sensor of the device, of a UPS its battery"),
    "host_uptime_s": Metric(
        "thời gian máy đã chạy", "Since the computer itself started, not only its SNMP agent"
    ),
}
_UPS = {
    "ups_on_battery": Metric("mất điện lưới, đang chạy bằng ắc quy", "1 while the load runs on the battery"),
    "ups_on_battery_s": Metric(
        "thời gian đã chạy bằng ắc quy", "Since the load has been on the battery, 0 on mains"
    ),
    "ups_on_bypass": Metric(
        "bộ lưu điện đang chạy nối tắt", "1 while the load is fed past the UPS, unprotected"
    ),
    "ups_battery_low": Metric("ắc quy sắp cạn", "1 when the battery is low or empty"),
    "ups_charge_ratio": Metric("dung lượng ắc quy còn lại", "Charge of the battery"),
    "ups_runtime_s": Metric(
        "thời gian ắc quy còn đủ chạy", "How long the battery would carry the present load"
    ),
    "ups_load_ratio": Metric(
        "mức tải bộ lưu điện", "Load of the busiest output line; above 1 when overloaded"
    ),
    "ups_alarms": Metric("số cảnh báo của bộ lưu điện", "Alarms that the UPS itself has raised"),
    "ups_test_failed": Metric(
        "ắc quy không đạt lần tự kiểm tra", "1 when the last self-test warned or failed"
    ),
    "ups_battery_worn": Metric("ắc quy cần thay", "1 when the UPS asks for a new battery"),
}
_PRINTER = {
    "printer_no_paper": Metric("máy in hết giấy", "1 when there is no paper at all"),
    "printer_low_paper": Metric("máy in sắp hết giấy", "1 when a tray is nearly empty"),
    "printer_no_toner": Metric("máy in hết mực", "1 when a toner or ink is used up"),
    "printer_low_toner": Metric("máy in sắp hết mực", "1 when a toner or ink is nearly used up"),
    "printer_jammed": Metric("máy in kẹt giấy", "1 when paper is jammed"),
    "printer_door_open": Metric("máy in đang mở nắp", "1 when a cover is open"),
    "printer_offline": Metric("máy in ngoại tuyến", "1 when the printer says it is offline"),
    "printer_service_requested": Metric("máy in yêu cầu bảo trì", "1 when the printer asks for service"),
    "printer_toner_ratio": Metric("mực in còn lại", "The emptiest toner or ink that tells how much is left"),
    "printer_pages": Metric("số trang đã in", "Pages printed since the printer was made"),
}
_MCU = {
    "mcu_ports_used_ratio": Metric(
        "mức dùng cổng MCU", "Ports in use of all ports", "sắp hết cổng MCU, đã dùng"
    ),
    "mcu_video_ports_used_ratio": Metric(
        "mức dùng cổng hình MCU", "Video ports in use of all video ports", "sắp hết cổng hình MCU, đã dùng"
    ),
    "mcu_voice_ports_used_ratio": Metric(
        "mức dùng cổng tiếng MCU", "Voice ports in use of all voice ports", "sắp hết cổng tiếng MCU, đã dùng"
    ),
    "mcu_ports_used": Metric("số cổng MCU đang dùng", "Ports in use"),
    "mcu_ports_total": Metric("tổng số cổng MCU", "Ports of the MCU as configured and licensed"),
    "mcu_participants": Metric("số điểm cầu đang họp", "Participants connected"),
    "mcu_conferences": Metric("số cuộc họp đang diễn ra trên MCU", "Conferences going on"),
    "mcu_voice_calls": Metric("số cuộc gọi tiếng trên MCU", "Voice calls going on"),
    "mcu_video_calls": Metric("số cuộc gọi hình trên MCU", "Video calls going on"),
    "mcu_calls_failed_ratio": Metric(
        "tỷ lệ cuộc gọi mới không thành",
        "Failed of all new calls of the last minute; missing when there were none",
    ),
    "mcu_failed": Metric("MCU báo hỏng", "1 when the MCU rates itself as failed"),
    "mcu_h323_failed": Metric(
        "dịch vụ H.323 của MCU hỏng", "1 when the H.323 service failed; missing when it is off"
    ),
    "mcu_sip_failed": Metric(
        "dịch vụ SIP của MCU hỏng", "1 when the SIP service failed; missing when it is off"
    ),
    "mcu_hardware_failed": Metric("phần cứng MCU hỏng", "1 when any hardware of the MCU failed"),
    "mcu_fan_failed": Metric("quạt MCU hỏng", "1 when a fan failed"),
    "mcu_power_failed": Metric("bộ nguồn MCU hỏng", "1 when a power supply failed"),
    "mcu_board_failed": Metric("bo mạch MCU hỏng", "1 when a board failed"),
}
_ENDPOINT = {
    "endpoint_failed": Metric("thiết bị hội nghị báo hỏng", "1 when the endpoint rates itself as failed"),
    "endpoint_h323_unregistered": Metric(
        "thiết bị hội nghị không đăng ký được H.323",
        "1 when the gatekeeper has not accepted it; missing when H.323 is off",
    ),
    "endpoint_sip_unregistered": Metric(
        "thiết bị hội nghị không đăng ký được SIP",
        "1 when no SIP server has accepted it; missing when SIP is off",
    ),
    "endpoint_hardware_failed": Metric(
        "phần cứng thiết bị hội nghị hỏng", "1 when any of its hardware failed"
    ),
    "endpoint_camera_failed": Metric("camera hội nghị hỏng", "1 when a camera failed"),
    "endpoint_microphone_failed": Metric("micro hội nghị hỏng", "1 when a microphone failed"),
    "endpoint_network_failed": Metric(
        "cổng mạng thiết bị hội nghị hỏng", "1 when a network interface failed"
    ),
    "endpoint_conferences": Metric("số cuộc họp của thiết bị hội nghị", "Conferences the endpoint is in"),
    "call_loss_ratio": Metric(
        "tỷ lệ mất gói cuộc gọi",
        "Packets lost, the worst call and direction; missing without a call",
        "cuộc gọi hội nghị mất gói",
    ),
    "call_jitter_s": Metric(
        "độ dao động trễ cuộc gọi",
        "As the endpoint measures it, the worst call and direction; missing without a call",
    ),
    "call_latency_s": Metric(
        "độ trễ cuộc gọi", "As the endpoint measures it, the worst call and direction; missing without a call"
    ),
}

NAMES: Mapping[str, Metric] = MappingProxyType({**_ANY_DEVICE, **_UPS, **_PRINTER, **_MCU, **_ENDPOINT})
"""Every metric that a device file may measure."""
