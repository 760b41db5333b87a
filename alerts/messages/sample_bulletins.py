"""Made-up bulletins of every kind; the keys are those of `alerts/bulletins.py`. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from alerts.messages.sample_province import Size
from alerts.model.notification import Bulletin, BulletinKind

_LONG: Final = "Phường Trương Quang Trọng"
_CLAUSE: Final = "không kết nối được máy chủ thư trong thời gian rất dài, " * 8


def sample_bulletin(kind: BulletinKind, size: Size, at: float, *, stage: str = "ended") -> Bulletin:
    """Return a bulletin; `stage` is that of maintenance."""
    return Bulletin(f"{kind}:mau", kind, at, _facts(kind, size, at, stage))


def _facts(kind: BulletinKind, size: Size, at: float, stage: str) -> Mapping[str, Any]:  # noqa: PLR0911 (one for each)
    match kind:
        case BulletinKind.MAINTENANCE:
            return _maintenance(size, at, stage)
        case BulletinKind.SILENCES:
            return _silences(size, at)
        case BulletinKind.BRIEF:
            return _figures(size, at)
        case BulletinKind.SHIFT:
            return _shift(size, at)
        case BulletinKind.SELF:
            return _self(size, at)
        case BulletinKind.TEST:
            return {"who": "" if size is Size.EMPTY else "Bích Ngọc"}
        case BulletinKind.REPLY:
            return _reply(size)
        case BulletinKind.PREFLIGHT:
            return _preflight(size, at)
        case BulletinKind.REPORT:
            return _report(size, at)


def _names(size: Size, name: str) -> list[str]:
    if size is Size.LONGEST:
        return [f"{_LONG} {number:02d}: {name}" for number in range(8)]
    return [] if size is Size.EMPTY else [f"Xã Ba Tơ: {name}", f"Xã Ba Tô: {name}"]


def _maintenance(size: Size, at: float, stage: str) -> dict[str, Any]:
    is_empty, is_long = size is Size.EMPTY, size is Size.LONGEST
    is_result = stage in {"overdue", "ended"} and not is_empty
    units = [f"{_LONG} {n:02d}" for n in range(8)] if is_long else ["Xã Đăk Tô", "Xã Kon Đào", "Xã Ngọk Tụ"]
    return {
        "stage": stage,
        "id": "BT-2026-044",
        "title": "" if is_empty else "Nâng cấp nút truyền dẫn Đăk Tô " * (8 if is_long else 1),
        "reason": "" if is_empty else "thay thiết bị cũ " * (20 if is_long else 1),
        "worker": "" if is_empty else "VNPT Kon Tum " * (20 if is_long else 1),
        "document": "" if is_empty else "Công văn số 123/VNPT-KTM " * (10 if is_long else 1),
        "contact": "" if is_empty else "Hoàng Nam",
        "from_at": at,
        "until_at": at + 7_200,
        "ended_at": None,
        "until_up": False,
        "targets": 28 if not is_empty else 1,
        "units": 3 if not is_long else 96,
        "communes": 3,
        "unit_names": [] if is_empty else units,
        "unit_more": 88 if is_long else 0,
        "overdue_s": 1_800.0 if is_result else 0,
        "down": 28 if is_result else 0,
        "back": 26 if is_result else 0,
        "still_down": 2 if is_result else 0,
        "still_down_names": _names(size, "CPE") if is_result else [],
        "still_down_more": 80 if is_long and is_result else 0,
    }


def _silences(size: Size, at: float) -> dict[str, Any]:
    def item(number: int) -> dict[str, Any]:
        return {
            "id": f"IM-2026-{number:03d}",
            "from_at": at - 86_400,
            "until_at": at + 86_400,
            "ended_at": None if number % 2 else at,
            "ended_by": "",
            "who": "Bích Ngọc" if size is Size.TYPICAL else "Nguyễn Thị " * 5,
            "comment": "xã đang sửa trụ sở" if size is Size.TYPICAL else _CLAUSE,
            "in_force": bool(number % 2),
            "targets": 15,
            "units": 1,
            "unit_names": ["Xã Ba Xa"] if size is Size.TYPICAL else [f"{_LONG} {n}" for n in range(8)],
            "unit_more": 0 if size is Size.TYPICAL else 20,
        }

    count = {Size.EMPTY: 0, Size.TYPICAL: 2, Size.LONGEST: 30}[size]
    items = [item(number) for number in range(1, count + 1)]
    return {"items": items, "items_more": 12 if size is Size.LONGEST else 0, "in_force": (count + 1) // 2}


def _figures(size: Size, at: float) -> dict[str, Any]:
    if size is Size.EMPTY:
        numbers = dict.fromkeys(("open", "unacknowledged", "new", "ended", "longest_s", "down_more"), 0)
        quiet = dict.fromkeys(("maintenance", "without_cause", "silences"), 0)
        return numbers | quiet | {"since_at": at, "down_names": [], "communes_up": 96, "communes": 96}
    is_long = size is Size.LONGEST
    return {
        "open": 3 if not is_long else 1_204,
        "unacknowledged": 1,
        "since_at": at - 32_400,
        "new": 7,
        "ended": 5,
        "longest_s": 4_680.0,
        "down_names": [name.partition(":")[0].removeprefix("Xã ") for name in _names(size, "")],
        "down_more": 80 if is_long else 0,
        "communes_up": 94,
        "communes": 96,
        "maintenance": 1,
        "without_cause": 4,
        "silences": 1,
    }


def _shift(size: Size, at: float) -> dict[str, Any]:
    return {
        **_figures(size, at),
        "rota": "Trực hạ tầng số",
        "shift": "Ca ngày",
        "from_at": at,
        "until_at": at + 43_200,
        "leaving": [] if size is Size.EMPTY else ["Hoàng Nam"],
        "coming": [] if size is Size.EMPTY else ["Bích Ngọc" if size is Size.TYPICAL else "Nguyễn Thị " * 20],
    }


def _self(size: Size, at: float) -> dict[str, Any]:
    if size is Size.LONGEST:
        component, symptom, consequence, action = "Kênh thư điện tử " * 5, _CLAUSE, _CLAUSE, _CLAUSE
    else:
        component = "kênh email"
        symptom = "tin chờ lâu nhất đã 12 phút chưa gửi được"
        consequence = "người nhận qua email chưa biết các sự cố mới"
        action = "xem 'tslcd-monitor notify queue', kiểm tra máy chủ thư"
    return {
        "component": component,
        "since_at": at,
        "ended_at": at + 600 if size is Size.EMPTY else None,
        "symptom": symptom,
        "consequence": consequence,
        "action": action,
    }


def _reply(size: Size) -> dict[str, Any]:
    text = "SC-2026-1187: Bích Ngọc nhận xử lý. Gọi nhà mạng: VNPT 1800 1166, mã kênh Q-KTM-018."
    return {"text": f"{text} " * 30 if size is Size.LONGEST else "Đã nhận." if size is Size.EMPTY else text}


def _preflight(size: Size, at: float) -> dict[str, Any]:
    is_empty, is_long = size is Size.EMPTY, size is Size.LONGEST
    count = 0 if is_empty else 12 if is_long else 2
    points = [
        {
            "name": f"{_LONG} {n:02d}" if is_long else f"Xã Ba {n}",
            "why": _CLAUSE if is_long else "chưa đăng ký MCU",
            "contact": "Nguyễn Thị " * 6 if is_long else "A Thiu 0912 345 678",
        }
        for n in range(count)
    ]
    return {
        "mark": "T-60",
        "meeting": "Họp giao ban trực tuyến tháng 11 " * (8 if is_long else 1),
        "begins_at": at + 3_600,
        "points": 110,
        "ready": 110 - count,
        "warned": 0,
        "failed": count,
        "unknown": 0,
        "ports_used": 0 if is_empty else 96,
        "ports": 0 if is_empty else 100,
        "failures": points,
        "failures_more": 40 if is_long else 0,
        "warned_names": _names(size, "điểm cầu"),
        "warned_more": 0,
        "backup": "" if is_empty else "dùng phần mềm hội nghị trên máy tính " * (8 if is_long else 1),
        "next_at": None if is_empty else at + 1_800,
    }


def _report(size: Size, at: float) -> dict[str, Any]:
    is_empty, is_long = size is Size.EMPTY, size is Size.LONGEST
    count = 0 if is_empty else 30 if is_long else 2
    files = [] if is_empty else [f"BC-giam-sat-2026-11-nhap.{suffix}" for suffix in ("docx", "xlsx", "pdf")]
    return {
        "what": "nudge" if is_long else "draft",
        "period": "2026-11",
        "title": "từ ngày 01/11/2026 đến ngày 30/11/2026" if is_long else "tháng 11 năm 2026",
        "without_cause": 1_204 if is_long else count,
        "items": [
            {"id": f"SC-2026-{n:04d}", "name": f"{_LONG} {n:02d}: {_CLAUSE}", "at": at} for n in range(count)
        ],
        "items_more": 1_174 if is_long else 0,
        "names": files,
        "paths": [f"drafts/2026-11/report/{name}" for name in files],
        "folder": "" if is_empty else "/var/lib/tslcd-monitor/reports/drafts/2026-11/report",
        "failed": ["pdf"] if is_long else [],
        "sentences": []
        if is_empty
        else ["Đường truyền tại một số địa phương còn thiếu ổn định. " * (9 if is_long else 1)],
        "sentences_more": 0 if is_empty else 7,
        "command": "tslcd-monitor report draft --period 2026-11",
    }
