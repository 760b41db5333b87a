"""The room of bot-api.zaloplatforms.com: the token in the path, and an HTTP status that is not to be relied on."""

import asyncio
import re
from typing import Any

from aiohttp import web

from tests.servers.fake_zalo import FakeZalo, Logged, Sent

WEBHOOK_SET = "You cannot use this API while a webhook is set. Please remove the webhook first"
MOST_POLLS_A_SECOND = 3


def add_bot(app: web.Application, zalo: FakeZalo) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        logged = await zalo.log(method, request)
        if token != zalo.bot.token:
            return _no(zalo, 401, "Unauthorized")
        if method == "getUpdates":
            return await _polled(zalo, request, logged)
        handler = _METHODS.get(method)
        if handler is None:
            return _no(zalo, 404, "Not Found")
        given = await _parameters(request, logged)
        return await zalo.answer(request, zalo.next_fault(method), lambda: handler(zalo, given))

    app.router.add_route("*", r"/botapi/bot{token:[^/]+}/{method}", serve)


def update(zalo: FakeZalo, text: str, **changes: Any) -> dict[str, Any]:
    """What Zalo tells of a text that somebody wrote to the bot."""
    told = {
        "message_id": zalo.new_id(),
        "chat_id": "6ede9afa66b88fe6d6a9",
        "user_id": "6ede9afa66b88fe6d6a9",
        "name": "Chị Trúc",
        "chat_type": "PRIVATE",
        **changes,
    }
    return {
        "event_name": "message.text.received",
        "message": {
            "from": {"id": told["user_id"], "display_name": told["name"], "is_bot": False},
            "chat": {"id": told["chat_id"], "chat_type": told["chat_type"]},
            "text": text,
            "message_id": told["message_id"],
            "date": int(zalo.now() * 1_000),
        },
    }


def write_to_bot(zalo: FakeZalo, text: str, **changes: Any) -> dict[str, Any]:
    """Somebody writes to the bot: from then on it may write back."""
    written = update(zalo, text, **changes)
    zalo.bot.chats.add(written["message"]["chat"]["id"])
    zalo.bot.updates.append(written)
    zalo.bot.came.set()
    return written


def _yes(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _no(zalo: FakeZalo, code: int, description: str) -> web.Response:
    status = code if zalo.bot.mode == "mirror_error_code" else 200
    return web.json_response({"ok": False, "description": description, "error_code": code}, status=status)


async def _parameters(request: web.Request, logged: Logged) -> dict[str, Any]:
    kind = request.content_type
    given: dict[str, Any] = dict(request.query)
    if kind == "application/json" and logged.body:
        given |= logged.json
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given |= dict(await request.post())
    return given


async def _polled(zalo: FakeZalo, request: web.Request, logged: Logged) -> web.StreamResponse:
    bot = zalo.bot
    if bot.polling:
        zalo.violate("two polls of one token at once")
    bot.polls.append(zalo.now())
    if len(bot.polls) > MOST_POLLS_A_SECOND and bot.polls[-1] - bot.polls[0] < 1.0:
        zalo.violate("hot loop: more than three polls in a second")
    given = await _parameters(request, logged)
    bot.polling += 1
    try:
        if bot.webhook:
            return _no(zalo, 400, WEBHOOK_SET)
        fault = zalo.next_fault("getUpdates")
        if fault is not None:
            return await zalo.answer(request, fault, dict)
        if not bot.updates:
            bot.came.clear()
            try:
                await asyncio.wait_for(
                    bot.came.wait(), float(given.get("timeout", 30)) if bot.idle_s is None else bot.idle_s
                )
            except TimeoutError:
                return _no(zalo, 408, "Request timeout")
        match bot.replay:
            case "consume":
                return _yes(bot.updates.popleft())
            case "list":
                return _yes(list(bot.updates))
            case _:
                return _yes(bot.updates[-1])
    finally:
        bot.polling -= 1


def _send_message(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    bot, text, mode = zalo.bot, given.get("text"), given.get("parse_mode")
    if given.get("chat_id") not in bot.chats:
        return _no(zalo, 400, "Bad Request: chat not found")
    if not isinstance(text, str) or not 1 <= len(text) <= 2_000:
        return _no(zalo, 400, "Bad Request: text is invalid")
    if mode not in {None, "markdown", "html"} or (mode == "markdown" and bot.refuses_markdown):
        return _no(zalo, 400, "Bad Request: parse_mode is invalid")
    return _accept(zalo, given["chat_id"], text)


def _send_photo(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    photo = given.get("photo")
    if not isinstance(photo, str):
        zalo.violate("a photo that is a file: the Bot takes URLs only")
        return _no(zalo, 400, "Bad Request")
    if given.get("chat_id") not in zalo.bot.chats or not re.match("https?://", photo):
        return _no(zalo, 400, "Bad Request")
    return _accept(zalo, given["chat_id"], given.get("caption", ""))


def _accept(zalo: FakeZalo, chat_id: str, text: str) -> web.Response:
    bot = zalo.bot
    if bot.monthly is not None and bot.sent >= bot.monthly:
        return _no(zalo, 429, "Too Many Requests: quota exceeded")
    bot.sent += 1
    message_id = zalo.new_id()
    zalo.sent.append(Sent("bot", chat_id, text, message_id))
    return _yes({"message_id": message_id, "date": int(zalo.now() * 1_000)})


def _get_me(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    return _yes({"id": "1", "account_name": "bot.VDK.1", "account_type": "BASIC", "can_join_groups": False})


def _webhook_info(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    if not zalo.bot.webhook and zalo.bot.no_webhook == "404":
        return _no(zalo, 404, "Not Found")
    return _yes({"url": zalo.bot.webhook, "updated_at": int(zalo.now() * 1_000)})


def _set_webhook(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    url, secret = str(given.get("url", "")), str(given.get("secret_token", ""))
    if not url.startswith("https://") or not 8 <= len(secret) <= 256:
        return _no(zalo, 400, "Bad Request")
    zalo.bot.webhook, zalo.bot.webhook_secret = url, secret
    return _webhook_info(zalo, given)


def _delete_webhook(zalo: FakeZalo, given: dict[str, Any]) -> web.Response:
    zalo.violate("deleteWebhook: it may serve another system")
    return _yes({"url": "", "updated_at": int(zalo.now() * 1_000)})


_METHODS = {
    "sendMessage": _send_message,
    "sendPhoto": _send_photo,
    "getMe": _get_me,
    "getWebhookInfo": _webhook_info,
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
}
