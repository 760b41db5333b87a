"""The room of openapi.zalo.me: messages to people and groups, the account, uploads."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.servers.fake_zalo import DAY_S, FakeZalo, Logged, Sent

MINUTE_S = 60
FREE_S = 48 * 3600
WINDOW_S = 7 * DAY_S
Handler = Callable[[FakeZalo, Logged], dict[str, Any]]


def add_oa(app: web.Application, zalo: FakeZalo) -> None:
    def add(method: str, path: str, route: str, handler: Handler, *, is_json: bool = True) -> None:
        async def serve(request: web.Request) -> web.Response:
            logged = await zalo.log(route, request)
            headers, refusal = _gate(zalo, logged)
            if refusal is not None:
                return web.json_response(refusal[1], status=refusal[0], headers=headers)
            if method == "POST" and is_json and (wrong := _json_error(logged)) is not None:
                return web.json_response(wrong, headers=headers)
            return await zalo.answer(
                request,
                zalo.next_fault(route),
                lambda: web.json_response(handler(zalo, logged), headers=headers),
            )

        app.router.add_route(method, f"/openapi{path}", serve)

    async def nothing(request: web.Request) -> web.Response:
        await zalo.log("openapi-404", request)
        text = "You are accessing an empty or invalid API"
        return web.json_response({"error": 404, "message": text})

    add("POST", "/v3.0/oa/message/cs", "cs", _cs)
    add("POST", "/v3.0/oa/group/message", "group", _group)
    add("POST", "/v3.0/oa/message/template", "uid", _uid)
    add("POST", "/v2.0/oa/upload/image", "upload", _upload, is_json=False)
    add("GET", "/v2.0/oa/getoa", "getoa", _getoa)
    add("GET", "/v3.0/oa/user/detail", "detail", _detail)
    add("GET", "/v3.0/oa/group/getgroupsofoa", "groups", _groups)
    app.router.add_route("*", "/openapi/{rest:.*}", nothing)


def error(code: int, message: str) -> dict[str, Any]:
    return {"data": {}, "error": code, "message": message}


def success(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "error": 0, "message": "Success"}


def check_token(zalo: FakeZalo, logged: Logged, rejected: Callable[[], tuple[int, dict[str, Any]]]) -> Any:
    """What every call with a token must bring; None when it does."""
    if "authorization" in logged.headers and "access_token" not in logged.headers:
        zalo.violate("Authorization instead of access_token")
    token = logged.headers.get("access_token", "")
    if zalo.now() >= zalo.oauth.access.get(token, 0.0):
        return rejected()
    return None


def proof_of(token: str, secret: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _gate(zalo: FakeZalo, logged: Logged) -> tuple[dict[str, str], tuple[int, dict[str, Any]] | None]:
    oa = zalo.oa
    minute = int(zalo.now() // MINUTE_S)
    oa.calls[minute] += 1
    headers = {
        "X-RateLimit-Limit": str(oa.per_minute),
        "X-RateLimit-Remain": str(max(0, oa.per_minute - oa.calls[minute])),
    }
    if oa.calls[minute] > oa.per_minute:
        return headers, (200, error(-32, "Your application reached limit call api"))

    def rejected() -> tuple[int, dict[str, Any]]:
        if oa.rejected == "401":
            return 401, {"message": "Unauthorized"}
        return 200, error(int(oa.rejected), oa.rejected_text)

    if (refusal := check_token(zalo, logged, rejected)) is not None:
        return headers, refusal
    expected = proof_of(logged.headers["access_token"], zalo.oauth.secret)
    if oa.proves and logged.headers.get("appsecret_proof") != expected:
        return headers, (200, error(-242, "Invalid appsecret_proof"))
    if oa.package:
        return headers, (200, error(int(oa.package), "OA needs to upgrade OA Tier Package"))
    return headers, None


def _json_error(logged: Logged) -> dict[str, Any] | None:
    if not logged.headers.get("content-type", "").startswith("application/json"):
        return error(-201, "content type is invalid!")
    try:
        return None if isinstance(logged.json, dict) else error(-201, "body is invalid!")
    except ValueError:
        return error(-201, "body is invalid!")


def _message_error(zalo: FakeZalo, body: dict[str, Any], key: str) -> dict[str, Any] | None:
    recipient, message = body.get("recipient"), body.get("message")
    if not isinstance(recipient, dict) or set(recipient) != {key} or not isinstance(recipient[key], str):
        return error(-201, "recipient is invalid!")
    if not isinstance(message, dict):
        return error(-201, "message is invalid!")
    text, attachment = message.get("text"), message.get("attachment")
    if attachment is not None:
        return _attachment_error(zalo, attachment, text)
    if not isinstance(text, str) or not text:
        return error(-201, "message is invalid!")
    return error(zalo.oa.too_long, "message is invalid!") if len(text) > 2_000 else None


def _attachment_error(zalo: FakeZalo, attachment: Any, text: Any) -> dict[str, Any] | None:
    if attachment.get("type") == "file":
        token = attachment["payload"].get("token")
        return error(-201, "message is invalid!") if text else _asset_error(zalo, token)
    (element,) = attachment["payload"]["elements"]
    if ("url" in element) == ("attachment_id" in element) or len(text or "") > 2_000:
        return error(-201, "attachment is invalid!")
    return _asset_error(zalo, element["attachment_id"]) if "attachment_id" in element else None


def _asset_error(zalo: FakeZalo, asset: Any) -> dict[str, Any] | None:
    return None if zalo.now() < zalo.oa.assets.get(asset, 0.0) else error(-100, "attachment_id was expired")


def _cs(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:  # noqa: PLR0911 (one for each code)
    oa, body = zalo.oa, logged.json
    if (wrong := _message_error(zalo, body, "user_id")) is not None:
        return wrong
    user_id = body["recipient"]["user_id"]
    user = oa.users.get(user_id)
    if user is None:
        return error(-201, "user_id is invalid!")
    refused = {"blocked": (-244, "User has restricted"), "offline": (-227, "User is banned or inactive")}
    if user["state"] in refused:
        return error(*refused[user["state"]])
    if user["last_at"] is None:
        return error(-232, "User has not interacted with the OA")
    silent_s = zalo.now() - user["last_at"]
    if silent_s > WINDOW_S:
        return error(-230, "User has not interacted with the OA in the past 7 days")
    quota = {"quota_type": "reply", "remain": "8", "total": "8"}
    if silent_s > FREE_S:
        if oa.sub_quota <= 0:
            return error(-211, "Out of quota")
        oa.sub_quota -= 1
        quota = {"quota_type": "sub_quota", "remain": str(oa.sub_quota), "total": "500"}
    message_id = zalo.new_id()
    zalo.sent.append(Sent("cs", user_id, body["message"].get("text", ""), message_id))
    sent_time = str(int(zalo.now() * 1_000))
    return success({"message_id": message_id, "user_id": user_id, "sent_time": sent_time, "quota": quota})


def _group(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    body = logged.json
    if (wrong := _message_error(zalo, body, "group_id")) is not None:
        return wrong
    group_id = body["recipient"]["group_id"]
    match zalo.oa.groups.get(group_id):
        case None:
            return error(-403, "OA is not in group")
        case "disabled":
            return error(-237, "The group is disabled")
    message_id = zalo.new_id()
    zalo.sent.append(Sent("group", group_id, body["message"].get("text", ""), message_id))
    return success({"message_id": message_id, "group_id": group_id})


def _uid(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    body = logged.json
    if "tracking_id" in body or body.get("user_id") not in zalo.oa.users:
        return error(-201, "user_id is invalid!")
    if body.get("template_id") not in zalo.zbs.templates:
        return error(-249, "Template does not support send via UID")
    message_id = zalo.new_id()
    zalo.sent.append(Sent("uid", body["user_id"], json.dumps(body["template_data"]), message_id))
    return success({"message_id": message_id, "user_id": body["user_id"], "quota": {"remain": "9"}})


def _upload(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    if not logged.headers.get("content-type", "").startswith("multipart/form-data"):
        zalo.violate("an upload that is not multipart")
        return error(-201, "file is invalid!")
    is_image = b'name="file"' in logged.body and (b"\x89PNG" in logged.body or b"\xff\xd8\xff" in logged.body)
    if not is_image or len(logged.body) > 1_050_000:
        return error(-210, "file is invalid!")
    asset = zalo.new_id()
    zalo.oa.assets[asset] = zalo.now() + 7 * DAY_S
    return success({"attachment_id": asset})


def _getoa(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    return success(
        {
            "oaid": "111",
            "name": "Giám sát hạ tầng số",
            "is_verified": True,
            "package_name": "Tăng trưởng",
            "package_valid_through_date": zalo.oa.package_until,
        }
    )


def _detail(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    try:
        user_id = json.loads(logged.query.get("data", ""))["user_id"]
    except (ValueError, KeyError, TypeError):
        return error(-201, "data is invalid!")
    return success({"user_id": user_id}) if user_id in zalo.oa.users else error(-201, "user_id is invalid!")


def _groups(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    if "data" in logged.query:
        zalo.violate("group calls take plain parameters")
    groups = [{"group_id": group_id, "status": status} for group_id, status in zalo.oa.groups.items()]
    return success({"offset": 0, "count": len(groups), "total": len(groups), "groups": groups})
