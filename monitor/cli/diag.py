"""`diag`: one file for whoever is asked to help, without secrets, and without addresses unless they are wanted."""

import io
import json
import os
import tarfile
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from inventory.model import Inventory
from inventory.problem import ProblemsError
from monitor.cli.client import Client
from monitor.cli.config import config_path, read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.reaching import OverSocket
from monitor.clock import SystemClock
from monitor.diagnosis import gathering
from monitor.diagnosis.masking import Mask
from monitor.plan import Plan
from monitor.settings.settings import Settings
from monitor.wording import os_words

_ABOUT = """\
Tệp này do lệnh 'tslcd-monitor diag' ghi, để gửi cho người hỗ trợ. Không có bí mật nào trong đó: mật khẩu, mã, khóa được
thay bằng <bí mật>. {addresses}
Hãy mở xem trước khi gửi.
"""
_MASKED = "Địa chỉ, tên máy, thư điện tử, số điện thoại được thay bằng <ip-1>, <máy-2>...; cùng một nơi thì cùng một tên."
_KEPT = "Địa chỉ và tên máy để nguyên theo yêu cầu (--with-addresses)."


def run(arguments: Namespace, out: Output) -> int:
    """Gather, mask, write; 0 done, 6 some of it could not be had."""
    settings = read_settings(arguments)
    now = SystemClock().now()
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    path: Path = arguments.out or Path(f"tslcd-monitor-diag-{stamp}.tar.gz")
    inventory, problems = _read(arguments)
    health, trouble = _health(settings)
    mask = Mask(
        gathering.secret_values(settings),
        gathering.hosts(settings, inventory),
        with_addresses=arguments.with_addresses,
    )
    parts = {
        "doc-truoc.txt": _ABOUT.format(addresses=_KEPT if arguments.with_addresses else _MASKED),
        "may.json": gathering.system(),
        "cau-hinh.yaml": gathering.settings_text(settings),
        "danh-muc.json": problems if inventory is None else gathering.counts(inventory),
        "suc-khoe.json": health,
        "tep.json": gathering.files(settings.state_dir),
        "nhat-ky.txt": gathering.journal(arguments.lines),
    }
    _write(path, {name: mask(text) for name, text in parts.items()}, at=now)
    if out.is_json:
        out.json({"schema": "diag/1", "file": str(path), "parts": list(parts), "missing": trouble})
    else:
        out.line(str(path))
        out.note(f"đã ghi {len(parts)} phần, đã bỏ bí mật; mở xem trước khi gửi: tar -xzOf {path} | less")
        if trouble:
            out.note(f"thiếu tình trạng lúc này: {trouble}")
    return Exit.PARTLY if trouble or inventory is None else Exit.OK


def _read(arguments: Namespace) -> tuple[Inventory | None, str]:
    try:
        return Plan.read(config_path(arguments)).inventory, ""
    except ProblemsError as error:
        return None, "\n".join(str(problem) for problem in error.problems[:200]) + "\n"


def _health(settings: Settings) -> tuple[str, str]:
    """Return how the daemon says it is, and why it did not say so ("" when it did)."""
    try:
        body = Client(OverSocket(settings.state_dir / "api.sock")).get("health")
    except CommandError as error:
        return json.dumps({"error": error.what}, ensure_ascii=False) + "\n", error.what
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n", ""


def _unwritable(path: Path, error: OSError) -> CommandError:
    return CommandError(
        Exit.FINDINGS, f"không ghi được {path}: {os_words(error)}", "chọn nơi khác bằng --out"
    )


def _write(path: Path, parts: Mapping[str, str], *, at: float) -> None:
    """Write a new file that only its owner may read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise CommandError(Exit.USAGE, f"tệp {path} đã có", "chọn tên khác cho --out") from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in parts.items():
                content = text.encode(errors="replace")
                entry = tarfile.TarInfo(f"tslcd-monitor-diag/{name}")
                entry.size, entry.mtime, entry.mode = len(content), int(at), 0o600
                archive.addfile(entry, io.BytesIO(content))
    except OSError as error:
        path.unlink(missing_ok=True)  # half of it helps nobody, and the next try wants the name
        raise _unwritable(path, error) from None
