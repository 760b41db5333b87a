"""What this machine lacks to watch a province, in plain Vietnamese. Looks and asks; changes nothing, sends no message.

Each examination returns findings; none of them raises. Those that reach out have a deadline of their own.
"""

import asyncio
import ipaddress
import os
import resource
import shutil
import socket
import ssl
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiodns
import aiosmtplib

from alerts.channels.connect import open_socket
from alerts.messages import words
from inventory.address import UNASKED_KINDS
from inventory.model import Inventory
from monitor.influx.asking import why_not
from monitor.own.kernel_clock import read_kernel_clock
from monitor.plan import open_secrets
from monitor.secrets import SecretError
from monitor.settings.channels import EmailSettings
from monitor.settings.influx import InfluxSettings
from monitor.settings.settings import Settings
from monitor.wording import os_words
from probes.icmp.sockets import rights
from probes.kinds import KINDS
from probes.reach import EVERYWHERE
from probes.reading import FailureReason
from probes.resolve import ResolveError, ip_literal, open_resolver

REACH_S: Final = 5.0
DISK_LOW_BYTES: Final = 1 << 30
DISK_FULL_BYTES: Final = 100 << 20
INODES_LOW: Final = 10_000
DESCRIPTORS_SPARE: Final = 500
NAMES_LISTED: Final = 3
CLOCK_ERROR_S: Final = 1.0


class Grade(StrEnum):
    """How an examination went."""

    GOOD = "ĐẠT"
    WARNING = "CẢNH BÁO"
    BAD = "LỖI"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was examined, how it is, and what to do about it ("" when nothing)."""

    subject: str
    grade: Grade
    text: str
    remedy: str = ""


async def examine(settings: Settings, inventory: Inventory | None) -> list[Finding]:
    """Return all findings; `inventory` None: it cannot be read, so what depends on it is left out."""
    found = [
        examine_icmp(),
        examine_clock(),
        *examine_state_dir(settings.state_dir),
        examine_descriptors(settings),
        *examine_secrets(settings),
        *(examine_own_addresses(inventory) if inventory is not None else ()),
        *(examine_self_watch(inventory) if inventory is not None else ()),
        *([examine_file(settings.file.path)] if settings.file is not None else []),
    ]
    reaching = [examine_dns(_names(settings, inventory))]
    if settings.email is not None:
        reaching.append(examine_smtp(settings.email, settings))
    if settings.influx is not None:
        reaching.append(examine_influx(settings.influx, settings))
    return [*found, *await asyncio.gather(*reaching)]


def examine_icmp() -> Finding:
    """Say whether this process may send ICMP."""
    lack = rights()
    if lack is None:
        return Finding("Quyền ICMP", Grade.GOOD, "được gửi gói ICMP")
    return Finding("Quyền ICMP", Grade.BAD, "không gửi được gói ICMP", lack)


def examine_own_addresses(inventory: Inventory) -> Iterator[Finding]:
    """Tell which checks ask this machine itself: they prove nothing about a site. Loopback is meant, and fine."""
    active = (check for check in inventory.checks.values() if check.kind not in UNASKED_KINDS)
    hosts = dict.fromkeys(_host(check.address) for check in active)
    for host in (host for host in hosts if ip_literal(host) is not None and _is_own(host)):
        text = f"{host} là địa chỉ của chính máy giám sát: đo nó không nói gì về thiết bị ở xa"
        yield Finding("Địa chỉ", Grade.WARNING, text, "sửa address của thiết bị trong tệp kê khai")


def examine_self_watch(inventory: Inventory) -> Iterator[Finding]:
    """Tell when nobody would be told of the monitor's own disk, memory, clock and certificates."""
    if any(check.is_own for check in inventory.checks.values()):
        return
    text = "chương trình giám sát chưa tự canh mình (đĩa, bộ nhớ, đồng hồ, chứng thư)"
    remedy = (
        "thêm vào targets: ttdl-tinh.giam-sat: {name: Hệ thống giám sát, unit: ttdl-tinh, profile: monitor}"
    )
    yield Finding("Tự canh", Grade.WARNING, text, remedy)


def _is_own(host: str) -> bool:
    """Only an address of this machine can be bound. Nothing is sent."""
    if ipaddress.ip_address(host).is_loopback:
        return False
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind((host, 0))
    except OSError:
        return False
    return True


def examine_clock() -> Finding:
    """Say whether the kernel's clock is synchronised: reports and messages tell its times."""
    remedy = "bật đồng bộ giờ: apt install systemd-timesyncd (hoặc chrony), rồi timedatectl set-ntp true"
    try:
        kernel = read_kernel_clock()
    except OSError as error:
        why = os_words(error)
        return Finding("Đồng hồ", Grade.WARNING, f"không hỏi được nhân hệ điều hành ({why})", remedy)
    if not kernel.is_synchronised or kernel.error_s is None:
        return Finding("Đồng hồ", Grade.WARNING, "chưa đồng bộ giờ", remedy)
    error_s = kernel.error_s
    text = f"đã đồng bộ, sai lệch nhiều nhất {words.milliseconds(error_s)}"
    if error_s > CLOCK_ERROR_S:
        return Finding(
            "Đồng hồ", Grade.WARNING, text, "xem máy chủ giờ có tới được không (timedatectl timesync-status)"
        )
    return Finding("Đồng hồ", Grade.GOOD, text)


def examine_state_dir(path: Path) -> Iterator[Finding]:
    """Look at the folder of the databases: there, ours, private, with room."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing != path:
        if os.access(existing, os.W_OK):
            yield Finding("Thư mục dữ liệu", Grade.GOOD, f"{path} chưa có, sẽ được tạo khi chạy")
        else:
            yield Finding(
                "Thư mục dữ liệu", Grade.BAD, f"{path} chưa có và không tạo được", f"tạo {path}, quyền 0700"
            )
    elif not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        remedy = f"chown về người dùng của dịch vụ, chmod 0700 {path}"
        yield Finding("Thư mục dữ liệu", Grade.BAD, f"{path} không ghi được", remedy)
    elif path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        mode = stat.S_IMODE(path.stat().st_mode)
        text = f"{path} mở cho người khác (quyền {mode:04o})"
        yield Finding("Thư mục dữ liệu", Grade.WARNING, text, f"chmod 0700 {path}")
    elif foreign := _not_of_its_owner(path):
        # Root can write everywhere, so nothing else here would tell what the service cannot open.
        remedy = f"chown -R --reference={path} {path}"
        yield Finding("Thư mục dữ liệu", Grade.BAD, f"{foreign} thuộc tài khoản khác với {path}", remedy)
    else:
        yield Finding("Thư mục dữ liệu", Grade.GOOD, f"{path} ghi được, không mở cho người khác")
    yield _room(existing)


def _not_of_its_owner(folder: Path) -> Path | None:
    owner = folder.stat().st_uid
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # side files come and go
            if path.lstat().st_uid != owner:
                return path
    return None


def _room(path: Path) -> Finding:
    free, inodes = shutil.disk_usage(path).free, os.statvfs(path)
    text = f"còn {words.number(free / 1e9, 1)} GB"
    remedy = f"giải phóng đĩa chứa {path}, hoặc giảm retention.raw_days"
    if free < DISK_FULL_BYTES:
        return Finding("Đĩa", Grade.BAD, text, remedy)
    if free < DISK_LOW_BYTES:
        return Finding("Đĩa", Grade.WARNING, text, remedy)
    # Some file systems (btrfs) have no fixed number of inodes and say 0 of 0.
    if inodes.f_files and inodes.f_favail < INODES_LOW:
        text = f"còn {words.number(inodes.f_favail)} inode"
        return Finding("Đĩa", Grade.WARNING, text, f"xóa bớt tệp nhỏ trên đĩa chứa {path}")
    return Finding("Đĩa", Grade.GOOD, text)


def examine_descriptors(settings: Settings) -> Finding:
    """Compare the limit of open files with the probes that may wait at once (ICMP needs one socket for all)."""
    needed = DESCRIPTORS_SPARE + sum(
        settings.lanes.get(name, kind.lane) for name, kind in KINDS.items() if name != "icmp"
    )
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= needed:
        limit = "không giới hạn" if hard == resource.RLIM_INFINITY else words.number(hard)
        return Finding("Bộ mô tả tệp", Grade.GOOD, f"{limit}, cần {words.number(needed)}")
    text = f"chỉ {words.number(hard)}, cần {words.number(needed)}"
    remedy = f"đặt LimitNOFILE={2 * needed} trong dịch vụ systemd, hoặc giảm lanes"
    return Finding("Bộ mô tả tệp", Grade.WARNING, text, remedy)


def examine_secrets(settings: Settings) -> Iterator[Finding]:
    """Read every secret the settings name; values are not shown."""
    secrets = open_secrets(settings)
    for name in dict.fromkeys(settings.secrets().values()):
        try:
            secrets.get(name)
        except SecretError as error:
            yield Finding("Bí mật", Grade.BAD, str(error), error.remedy)
        else:
            yield Finding("Bí mật", Grade.GOOD, f"'{name}' đọc được")


def examine_file(path: Path) -> Finding:
    """Say whether the channel `file` could append to its file, without touching it."""
    subject = "Kênh file"
    if path.is_dir():
        return Finding(subject, Grade.BAD, f"{path} là thư mục", "đặt file.path là một tệp")
    if not path.parent.is_dir():
        return Finding(subject, Grade.BAD, f"không có thư mục {path.parent}", f"mkdir -p {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        remedy = "cấp quyền ghi cho người dùng của dịch vụ"
        return Finding(subject, Grade.BAD, f"không ghi được {path}", remedy)
    return Finding(subject, Grade.GOOD, f"{path} ghi được")


async def examine_dns(
    names: Sequence[str], *, nameservers: tuple[str, ...] = (), within_s: float = REACH_S
) -> Finding:
    """Look up the names that are in use. A name that does not exist is still an answer."""
    if not names:
        return Finding("DNS", Grade.GOOD, "không dùng tên miền nào")
    missing: list[str] = []
    async with open_resolver(EVERYWHERE, nameservers=nameservers) as resolver:
        for name in names:
            try:
                await resolver.first(name, within_s=within_s)
            except ResolveError as error:
                if error.reason is FailureReason.LOCAL:
                    return Finding("DNS", Grade.BAD, error.detail, "sửa máy chủ DNS trong /etc/resolv.conf")
                missing.append(name)
    if missing:
        more = f" và {len(missing) - NAMES_LISTED} tên khác" if len(missing) > NAMES_LISTED else ""
        text = f"máy chủ DNS trả lời, nhưng không có tên {', '.join(missing[:NAMES_LISTED])}{more}"
        return Finding("DNS", Grade.WARNING, text, "kiểm tra lại tên trong cấu hình và danh mục")
    return Finding("DNS", Grade.GOOD, f"tra được {len(names)} tên miền")


async def examine_smtp(email: EmailSettings, settings: Settings, *, within_s: float = REACH_S) -> Finding:
    """Connect, secure and sign in as the channel does; send nothing."""
    where = f"{email.host}:{email.port}"
    try:
        password = open_secrets(settings).get(email.password_secret) if email.password_secret else None
        async with asyncio.timeout(within_s):
            connection = await open_socket(email.host, email.port, timeout_s=within_s)
            client = aiosmtplib.SMTP(
                hostname=email.host,
                port=None,
                sock=connection,
                username=email.username,
                password=password,
                local_hostname="localhost",
                use_tls=email.security == "tls",
                start_tls=email.security == "starttls",
                tls_context=_trust(email),
                timeout=within_s,
            )
            await client.connect()
            client.close()
    except TimeoutError:
        return Finding("Máy chủ thư", Grade.BAD, f"{where} không trả lời", "xem tường lửa và tên máy chủ thư")
    except SecretError as error:
        return Finding("Máy chủ thư", Grade.BAD, str(error), error.remedy)
    except aiosmtplib.SMTPAuthenticationError:
        return Finding("Máy chủ thư", Grade.BAD, f"{where} từ chối đăng nhập", "xem username và mật khẩu")
    except (aiosmtplib.SMTPException, OSError) as error:
        text = f"{where}: {_why_no_mail(error)}"
        return Finding(
            "Máy chủ thư", Grade.BAD, text, "xem host, port, security và chứng thư của máy chủ thư"
        )
    return Finding("Máy chủ thư", Grade.GOOD, f"{where} nhận kết nối ({email.security})")


def _why_no_mail(error: aiosmtplib.SMTPException | OSError) -> str:
    if isinstance(error.__cause__, aiodns.error.DNSError):
        return "không tra được tên máy chủ thư"
    if not isinstance(error, aiosmtplib.SMTPException):
        return os_words(error)
    if isinstance(error.__cause__, OSError):
        return os_words(error.__cause__)
    return f"máy chủ không theo được phiên SMTP: {error.message}"


def _trust(email: EmailSettings) -> ssl.SSLContext | None:
    if email.security == "none":
        return None
    context = ssl.create_default_context()
    if email.ca_file is not None:
        context.load_verify_locations(email.ca_file)
    return context


async def examine_influx(influx: InfluxSettings, settings: Settings) -> Finding:
    """Ask for its /ping and whether it would take our lines; write nothing."""
    remedy = "xem mục influx của cấu hình; trong lúc đó số liệu vẫn nằm trong results.db và sẽ được gửi bù"
    try:
        secret = open_secrets(settings).get(influx.token_secret) if influx.token_secret else None
    except SecretError as error:
        return Finding("InfluxDB", Grade.WARNING, str(error), error.remedy)
    reason = await why_not(influx, secret, within_s=REACH_S)
    if reason:
        return Finding("InfluxDB", Grade.WARNING, f"{influx.url}: {reason}", remedy)
    return Finding("InfluxDB", Grade.GOOD, f"{influx.url} nhận số liệu")


def _names(settings: Settings, inventory: Inventory | None) -> list[str]:
    """Return the host names in use, each once."""
    hosts = [settings.email.host] if settings.email is not None else []
    if settings.influx is not None:
        hosts.append(urlsplit(settings.influx.url).hostname or "")
    for check in inventory.checks.values() if inventory is not None else ():
        if check.kind in UNASKED_KINDS:
            continue  # an asset's code is no host
        hosts.append(_host(check.address))
    return list(
        dict.fromkeys(host for host in hosts if host and host != "localhost" and ip_literal(host) is None)
    )


def _host(address: str) -> str:
    """Return the host of a URL, `host`, `host:port` or `[v6]:port`; a bare IPv6 address is its own."""
    if "://" in address:
        return urlsplit(address).hostname or ""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address if address.count(":") > 1 else address.partition(":")[0]
