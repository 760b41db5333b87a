"""`zalo-oa login | status`: asks Zalo itself; the file of the tokens and its lock are shared with the daemon."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.zalo_api import ZaloApi
from alerts.channels.zalo_file import TokenFile
from alerts.channels.zalo_oa import Account, ZaloOaChannel, ZaloOaConfig
from alerts.channels.zalo_text import Guard
from alerts.messages import words
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.plan import open_secrets
from monitor.programs_out import OutgoingError
from monitor.secrets import SecretError
from monitor.settings.settings import Settings
from monitor.settings.zalo import ZaloOaSettings
from monitor.zalo import TOKEN_FILE, oa_api

T = TypeVar("T")

_MOST_CHARACTERS: Final = 4_096
_LOGIN: Final = (
    "lấy refresh token mới ở API Explorer của developers.zalo.me rồi chạy: "
    "tslcd-monitor zalo-oa login --refresh-token-stdin"
)
_REMEDIES: Final = {
    DeliveryFailure.AUTH: f"kiểm tra app_id và khóa bí mật của ứng dụng; {_LOGIN}",
    DeliveryFailure.ACCOUNT: "kiểm tra gói dịch vụ và quyền của ứng dụng trên developers.zalo.me, oa.zalo.me",
    DeliveryFailure.CONNECT: "kiểm tra đường ra Internet của máy này tới oauth.zaloapp.com và openapi.zalo.me",
    DeliveryFailure.DISK: "kiểm tra ổ đĩa và quyền ghi vào state_dir",
}


def run(arguments: Namespace, out: Output) -> int:
    """Run one of the actions."""
    settings = read_settings(arguments)
    account = settings.zalo_oa
    if account is None:
        raise CommandError(
            Exit.FINDINGS, "cấu hình chưa có phần zalo_oa", 'thêm zalo_oa: {app_id: "..."} rồi chạy lại'
        )
    if arguments.action == "login":
        return asyncio.run(_login(settings, account, out))
    return asyncio.run(_status(settings, account, out))


async def _login(settings: Settings, account: ZaloOaSettings, out: Output) -> int:
    token = sys.stdin.readline(_MOST_CHARACTERS).strip()
    if not token or any(character.isspace() for character in token):
        raise CommandError(
            Exit.USAGE, "đầu vào không có refresh token", "đưa đúng một dòng chứa refresh token vào đầu vào"
        )
    api = _api(settings, account)
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        await _told(api.tokens.login(token))
        name = ""
        # The login is done and saved; that the account does not answer right now changes nothing of it.
        with suppress(DeliveryError):
            name = (await _channel(api, account).check()).name
    finally:
        await api.aclose()
    if out.is_json:
        out.json({"schema": "zalo-oa-login/1", "name": name})
    else:
        out.line(f"Đã đăng nhập Official Account {name}".rstrip())
        out.note(
            f"Mã truy cập nằm ở {settings.state_dir / TOKEN_FILE}, tự gia hạn; không chép sang máy khác."
        )
    return Exit.OK


async def _status(settings: Settings, account: ZaloOaSettings, out: Output) -> int:
    file = TokenFile(settings.state_dir / TOKEN_FILE)
    pair = await _told(file.read())
    file.close()
    if pair is None:
        raise CommandError(Exit.FINDINGS, "Official Account chưa đăng nhập", _LOGIN)
    api = _api(settings, account)
    try:
        found = await _told(_channel(api, account).check())
    finally:
        await api.aclose()
    zone, now = ZoneInfo(settings.timezone), SystemClock().now()
    _show(found, zone, out, renewed_s=now - pair.saved_at, left_s=pair.expires_at - now)
    return Exit.OK


def _show(found: Account, zone: ZoneInfo, out: Output, *, renewed_s: float, left_s: float) -> None:
    until = found.package_until
    if out.is_json:
        out.json(
            {
                "schema": "zalo-oa/1",
                "name": found.name,
                "package": found.package,
                "packageUntil": None if until is None else until.isoformat(),
                "tokenAgeS": round(renewed_s),
                "tokenLeftS": round(left_s),
            }
        )
        return
    out.line(f"Official Account: {found.name}")
    if until is None:
        out.line(f"Gói dịch vụ: {found.package or 'không rõ'}")
    else:
        left_days = (until - datetime.fromtimestamp(SystemClock().now(), zone).date()).days
        out.line(
            f"Gói dịch vụ: {found.package or 'không rõ'}, đến ngày {until:%d/%m/%Y} (còn {left_days} ngày)"
        )
    out.line(
        f"Mã truy cập: gia hạn {words.duration(max(0.0, renewed_s))} trước, còn {words.duration(max(0.0, left_s))}"
    )


def _api(settings: Settings, account: ZaloOaSettings) -> ZaloApi:
    secrets = open_secrets(settings)
    try:
        return oa_api(
            settings, account, lambda name: secrets.get(name) if name else None, now=SystemClock().now
        )
    except SecretError as error:
        raise CommandError(Exit.FINDINGS, str(error), error.remedy) from None
    except OutgoingError as error:
        what, _, remedy = str(error).partition("; ")
        raise CommandError(Exit.FINDINGS, what, remedy) from None


def _channel(api: ZaloApi, account: ZaloOaSettings) -> ZaloOaChannel:
    return ZaloOaChannel(ZaloOaConfig(api, Guard(), SystemClock().now, account.base_url))


async def _told(asking: Awaitable[T]) -> T:
    """Wait; what Zalo refuses becomes an error of this command."""
    try:
        return await asking
    except DeliveryError as error:
        what = f"Zalo không nhận: {error}"
        remedy = _REMEDIES.get(error.reason, "thử lại sau ít phút")
    raise CommandError(Exit.FINDINGS, what, remedy)
