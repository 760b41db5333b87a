"""A message as it comes from the templates, for tests of channels: words, HTML twin, severity 1."""

from dataclasses import replace

from alerts.messages.message import Message
from alerts.model.notification import NotificationKind

HEADLINE = "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD"
TEXT = f"{HEADLINE}\nXã Đăk Rơ Wa. Từ 02:47 ngày 22/11/2026 (đã 13 phút).\nSC-2026-1187 · mức 1"


def opened(**changes: object) -> Message:
    message = Message(
        about_id="SC-2026-1187",
        kind=NotificationKind.OPENED,
        composed_at=1_795_291_200.0,
        subject="[GSHT] Mất kết nối: xã Đăk Rơ Wa – Mạng TSLCD, từ 02:47 22/11 (SC-2026-1187)",
        headline=HEADLINE,
        text=TEXT,
        body=f"Kính gửi Anh/Chị,\n\n{TEXT}",
        html=f'<!doctype html>\n<html lang="vi">\n<body><p>{TEXT}</p></body>\n</html>',
    )
    return replace(message, **changes)  # type: ignore[arg-type]
