"""A folder of files that did not exist before: settings, inventory, a place for secrets. Never overwrites anything."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from inventory.sheet.yaml_text import quoted
from monitor.cli.exits import CommandError, Exit
from monitor.wording import os_words

SETTINGS_NAME: Final = "tslcd-monitor.yaml"
INVENTORY_NAME: Final = "danh-muc"
SECRETS_NAME: Final = "bi-mat"
CREDENTIALS_NAME: Final = "credentials"
"""Where the unit file takes the secrets from (LoadCredential=)."""

_SETTINGS: Final = """\
# Cấu hình của tslcd-monitor. Kiểm tra: tslcd-monitor check-config TỆP_NÀY. Đường dẫn tính từ thư mục của tệp này.
province: {province}
inventory: [{inventory}]
state_dir: du-lieu
# Mỗi bí mật (mật khẩu, chuỗi SNMP, khóa nhịp) là một tệp quyền 0600 trong thư mục này.
secrets_dir: {secrets}

# Mỗi tin là một dòng trong tệp này. Gửi thư điện tử: thêm phần email và đổi to: [email:truc@example.gov.vn].
file: {{path: tin-nhan.jsonl}}
alerting:
  policies:
    default:
      steps:
        - to: [file:truc]
    # Ghi nhận để báo cáo, không báo ai (hệ thống do Trung ương quản lý).
    record-only: {{}}

# Trang xem: http://127.0.0.1:8080/. Cổng 8080 đã có chương trình khác dùng thì bỏ dấu # và đổi số.
# web: {{port: 8081}}
"""

_SERVICE_SETTINGS: Final = """\
# Cấu hình của dịch vụ tslcd-monitor. Kiểm tra: tslcd-monitor check-config. Đường dẫn tính từ thư mục của tệp này.
# Mọi khóa và giá trị mặc định: /usr/share/doc/tslcd-monitor/reference.md
province: {province}
inventory: [{inventory}]
state_dir: /var/lib/tslcd-monitor
# Mỗi bí mật (mật khẩu, chuỗi SNMP, khóa nhịp) là một tệp quyền 0600 của root trong thư mục này; systemd trao cho dịch vụ
# lúc khởi động, nên thêm hoặc đổi bí mật xong thì: systemctl restart tslcd-monitor
secrets_dir: {secrets}
backup: {{folder: /var/backups/tslcd-monitor}}

# Người trực, bảng trực, chuyển cấp, Zalo: /usr/share/doc/tslcd-monitor/vi/canh-bao.md
# oncall: truc.yaml

# Mỗi tin là một dòng trong tệp này. Gửi thư điện tử: thêm phần email và đổi to: [email:truc@example.gov.vn].
file: {{path: /var/lib/tslcd-monitor/tin-nhan.jsonl}}
alerting:
  policies:
    default:
      steps:
        - to: [file:truc]
    # Ghi nhận để báo cáo, không báo ai (hệ thống do Trung ương quản lý).
    record-only: {{}}
"""


def service_settings_text(province: str) -> str:
    """Return settings of the systemd service, valid as they are."""
    named = {"province": quoted(province), "inventory": INVENTORY_NAME, "secrets": CREDENTIALS_NAME}
    return _SERVICE_SETTINGS.format(**named)


def settings_text(province: str, more: str = "") -> str:
    """Return settings that are valid as they are; `more` is put at the end."""
    named = {"province": quoted(province), "inventory": INVENTORY_NAME, "secrets": SECRETS_NAME}
    return _SETTINGS.format(**named) + more


def write_new(
    folder: Path,
    files: Mapping[str, str],
    *,
    secrets: Mapping[str, str] | None = None,
    secrets_name: str = SECRETS_NAME,
) -> list[Path]:
    """Write files (path in `folder` -> text), and secrets that only we can read; return their paths.

    Raises CommandError, and writes nothing, when one of them is there.
    """
    private = {f"{secrets_name}/{name}": text for name, text in (secrets or {}).items()}
    everything = {**files, **private}
    there = [name for name in everything if os.path.lexists(folder / name)]
    if there:
        what = f"thư mục {folder} đã có: {', '.join(there)}"
        raise CommandError(
            Exit.USAGE, what, "chọn thư mục khác, hoặc dời các tệp này đi; không tệp nào bị ghi đè"
        )
    made: list[Path] = []
    try:
        (folder / INVENTORY_NAME).mkdir(parents=True, exist_ok=True)
        (folder / secrets_name).mkdir(mode=0o700, exist_ok=True)
        for name, text in everything.items():
            mode = 0o600 if name in private else 0o644
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            made.append(folder / name)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        # Half of it would stand in the way of the next try.
        for path in made:
            path.unlink(missing_ok=True)
        what = f"không ghi được vào {folder}: {os_words(error)}"
        raise CommandError(Exit.NOT_ALLOWED, what, "chọn thư mục mà bạn được ghi") from error
    return made
