"""`zalo-bot chats`: the ids of those who wrote to the bot, from the daemon, or else from Zalo by one poll."""

import asyncio
from argparse import Namespace
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.channels.base import DeliveryError
from alerts.channels.zalo_bot_api import WebhookSetError
from monitor.cli.client import open_client
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.times import moment
from monitor.inputs.zalo_updates import WEBHOOK_SET, Chat, chat_of
from monitor.plan import open_secrets
from monitor.programs_out import OutgoingError
from monitor.secrets import SecretError
from monitor.settings.settings import Settings
from monitor.settings.zalo import ZaloBotSettings
from monitor.web.api.entered_shapes import chat_json
from monitor.zalo import bot_api

_POLL_S: Final = 5


def run(arguments: Namespace, out: Output) -> int:
    """Show who wrote to the bot."""
    try:
        answer = open_client(arguments).get("zalo", "chats")
    except CommandError as error:
        if error.exit_code is not Exit.UNREACHABLE or arguments.socket is not None:
            raise
        out.note("Tiến trình giám sát không chạy: hỏi thẳng Zalo một lần.")
        answer = asyncio.run(_asked(read_settings(arguments)))
    if out.is_json:
        out.json(answer)
        return Exit.OK
    out.table(("TÊN", "LOẠI", "MÃ CHAT", "NHẮN LÚC"), [_row(item) for item in answer["items"]])
    if not answer["items"]:
        out.note("Chưa thấy ai nhắn cho bot: mở Zalo, nhắn cho bot một tin bất kỳ rồi chạy lại.")
    else:
        out.note("Ghi vào tệp người trực: tell: {zalo_bot: <mã chat>}")
    return Exit.OK


def _row(item: dict[str, Any]) -> list[str]:
    kind = "nhóm" if item["isGroup"] else "người"
    return [item["name"] or "–", kind, item["chatId"], moment(item["lastAt"])]


async def _asked(settings: Settings) -> dict[str, Any]:
    if settings.zalo_bot is None:
        raise CommandError(
            Exit.FINDINGS, "cấu hình chưa có phần zalo_bot", "thêm zalo_bot: {token_secret: zalo-bot-token}"
        )
    zone = ZoneInfo(settings.timezone)
    found = {chat.chat_id: chat for chat in await _polled(settings, settings.zalo_bot)}
    return {"schema": "zalo-chats/1", "items": [chat_json(chat, zone) for chat in found.values()]}


async def _polled(settings: Settings, bot: ZaloBotSettings) -> list[Chat]:
    secrets = open_secrets(settings)
    try:
        api = bot_api(bot, lambda name: secrets.get(name) if name else None)
    except SecretError as error:
        raise CommandError(Exit.FINDINGS, str(error), error.remedy) from None
    except OutgoingError as error:
        what, _, remedy = str(error).partition("; ")
        raise CommandError(Exit.FINDINGS, what, remedy) from None
    try:
        return [chat_of(update) for update in await api.updates(_POLL_S)]
    except WebhookSetError:
        what, _, remedy = WEBHOOK_SET.partition("; ")
    except DeliveryError as error:
        what, remedy = f"không hỏi được Zalo: {error}", "kiểm tra mã (token) của bot và đường ra Internet"
    finally:
        await api.aclose()
    raise CommandError(Exit.FINDINGS, what, remedy)
