"""The room of business.openapi.zalo.me: templates by phone number."""

import json
import re
from typing import Any

from aiohttp import web

from tests.servers.fake_zalo import VIETNAM_S, FakeZalo, Logged, Sent, day_of
from tests.servers.fake_zalo_oa import check_token, error, success

PHONE = re.compile(r"\+?84\d{9}")


def add_zbs(app: web.Application, zalo: FakeZalo) -> None:
    async def template(request: web.Request) -> web.Response:
        logged = await zalo.log("phone", request)
        refusal = check_token(zalo, logged, lambda: (200, error(-124, "Access token invalid")))
        if refusal is not None:
            return web.json_response(refusal[1])
        return await zalo.answer(request, zalo.next_fault("phone"), lambda: _send(zalo, logged))

    async def status(request: web.Request) -> web.Response:
        await zalo.log("status", request)
        for sent in zalo.sent:
            if sent.message_id == request.query.get("message_id"):
                return web.json_response(success({"status": 1, "message": "delivered"}))
        return web.json_response(success({"status": -1}))

    async def templates(request: web.Request) -> web.Response:
        await zalo.log("template-all", request)
        if not request.query.get("status", "1").isdigit():
            return web.json_response(error(-132, "Parameter invalid"))
        found = [{"templateId": key, "status": value["status"]} for key, value in zalo.zbs.templates.items()]
        return web.json_response({"error": 0, "message": "Success", "data": found})

    app.router.add_post("/business/message/template", template)
    app.router.add_get("/business/message/status", status)
    app.router.add_get("/business/template/all", templates)


def _send(zalo: FakeZalo, logged: Logged) -> dict[str, Any]:
    if not logged.body:
        return error(-121, "Body is empty")
    try:
        body = logged.json
    except ValueError:
        return error(-122, "Body is not JSON")
    code = _refusal(zalo, body)
    if code:
        return error(code, "refused")
    zbs, day = zalo.zbs, day_of(zalo.now())
    content = json.dumps([body["phone"], body["template_id"], body["template_data"]], sort_keys=True)
    if zbs.tracked.setdefault(body["tracking_id"], content) != content:
        zalo.violate("one tracking_id for two contents")
    zbs.balance -= 1
    zbs.sent_on[day] += 1
    message_id = zalo.new_id()
    zalo.sent.append(
        Sent("phone", body["phone"], json.dumps(body["template_data"]), message_id, body["tracking_id"])
    )
    quota = {"dailyQuota": str(zbs.daily), "remainingQuota": str(zbs.daily - zbs.sent_on[day])}
    return success({"msg_id": message_id, "sent_time": str(int(zalo.now() * 1_000)), "quota": quota})


def _refusal(zalo: FakeZalo, body: dict[str, Any]) -> int:  # noqa: PLR0911 (one for each code)
    zbs, phone = zalo.zbs, str(body.get("phone", ""))
    hour = int((zalo.now() + VIETNAM_S) // 3600) % 24
    template = zbs.templates.get(body.get("template_id", ""))
    if not PHONE.fullmatch(phone):
        return -108
    if template is None:
        return -109
    if template["status"] != "ENABLE":
        return -146 if template["status"] == "LOW" else -131
    if (wrong := _data_error(template["params"], body.get("template_data"))) != 0:
        return wrong
    tracking_id = body.get("tracking_id")
    if not isinstance(tracking_id, str) or len(tracking_id) > 48:
        return -132
    if body.get("mode") == "development" and phone not in zbs.admins:
        return -127
    if template.get("no_night") and (hour >= 22 or hour < 6):
        return -133
    if zbs.balance <= 0:
        return -115
    if zbs.sent_on[day_of(zalo.now())] >= zbs.daily:
        return -144
    return zbs.states.get(phone, 0)


def _data_error(params: dict[str, int], data: Any) -> int:
    if not isinstance(data, dict) or not data:
        return -111
    for name, most in params.items():
        if name not in data:
            return -1122
        if not isinstance(data[name], str):
            return -1124
        if len(data[name]) > most:
            return -1121
    return 0
