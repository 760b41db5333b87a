"""The pages by which people come in and leave: sign-in, second factor, invitation, sign-out. The only ones that set cookies."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from monitor.people.desk import account_name
from monitor.people.principal import Way
from monitor.people.random_ids import csrf_of, new_secret
from monitor.people.refusals import PeopleError
from monitor.people.rights import Role
from monitor.people.signing_in import SignedIn, Stage
from monitor.web.door.cookies import Held, hand_out, held, take_away
from monitor.web.door.enrolling import enrolment
from monitor.web.door.forgery import require_own_page
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError, told_to_wait
from monitor.web.refusing_people import people_refusals
from monitor.web.routing import INVITATIONS, PRINCIPAL
from monitor.web.showing import SAID_COOKIE, SECRET_FIELD, SIGN_IN, PageDesk, fields, went
from monitor.web.translating import translator
from monitor.web.visiting import Visit

SECOND_STEP: Final = f"{SIGN_IN}/ma"
INVITATION: Final = f"{INVITATIONS}{{token}}"
SIGN_OUT: Final = "/dang-xuat"
_NO_STORE: Final = {"Cache-Control": "no-store"}
Do = Callable[[web.Request, Visit, Mapping[str, str]], Awaitable[web.Response]]
Read = Callable[[web.Request, Visit], Awaitable[Mapping[str, Any]]]


class SignInPages:
    """GETs of these pages change nothing but the guest's mark; POSTs need it back."""

    def __init__(self, daemon: DaemonPort, pages: PageDesk) -> None:
        self._daemon = daemon
        self._pages = pages

    def add(self, app: web.Application) -> None:
        """Add the routes."""
        for path, template, read, do in (
            (SIGN_IN, "sign_in.html", self._read_sign_in, self._sign_in),
            (SECOND_STEP, "second_step.html", self._read_second_step, self._second_step),
            (INVITATION, "invitation.html", self._read_invitation, self._accept),
        ):
            app.router.add_get(path, self._shower(template, read))
            app.router.add_post(path, self._doer(template, read, do))
        app.router.add_post(SIGN_OUT, self._sign_out)

    async def let_in(self, request: web.Request, signed_in: SignedIn, next_path: str) -> web.Response:
        """Send somebody on who proved who they are: with a new session, without what they held before."""
        response = went(next_path)
        await self._hand_session(request, response, signed_in)
        return response

    def _shower(self, template: str, read: Read) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def show(request: web.Request) -> web.Response:
            if request[PRINCIPAL].way is Way.SESSION and template == "sign_in.html":
                return went(request.query.get("tiep", "/"))
            return await self._show(request, self._pages.visit(request), template, read)

        return show

    def _doer(self, template: str, read: Read, do: Do) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def act(request: web.Request) -> web.Response:
            visit = self._pages.visit(request)
            if not is_private(request):
                raise RefusedError(
                    403,
                    "không gửi mật khẩu qua đường không mã hóa",
                    "mở trang bằng địa chỉ bắt đầu bằng https://",
                )
            if visit.principal.way is not Way.SESSION:  # whose mark the door has looked at
                await require_own_page(request, visit.principal.csrf, self._daemon.settings.web.url)
            form = await fields(request)
            try:
                with people_refusals(visit.language):
                    return await do(request, visit, form)
            except RefusedError as refused:
                refused.say_in(visit.language)
                typed = {key: value for key, value in form.items() if not key.startswith(SECRET_FIELD)}
                again = replace(visit, form=typed, refused=refused)
                return await self._show(request, again, template, read)

        return act

    async def _show(self, request: web.Request, visit: Visit, template: str, read: Read) -> web.Response:
        """Show one of the pages; a guest without a mark gets one."""
        fresh = "" if visit.principal.csrf else new_secret()
        if fresh:
            visit = replace(visit, principal=replace(visit.principal, csrf=csrf_of(fresh)))
        refused = visit.refused
        try:
            with people_refusals(visit.language):
                values = await read(request, visit)
        except RefusedError as gone:
            if template != "second_step.html":
                raise
            return went(SIGN_IN, f"{gone.detail}; {gone.hint}")
        response = web.Response(
            text=self._pages.renderer.words(template, visit, values),
            status=200 if refused is None else refused.status,
            content_type="text/html",
            headers=_NO_STORE if refused is None else told_to_wait(_NO_STORE, refused.wait_s),
        )
        if fresh:
            hand_out(request, response, Held.GUEST, fresh)
        if visit.said:
            response.del_cookie(SAID_COOKIE, path="/")  # said once, not again beside what is wrong then
        return response

    async def _read_sign_in(self, request: web.Request, visit: Visit) -> Mapping[str, Any]:
        web_settings = self._daemon.settings.web
        return {
            "next_path": visit.form.get("tiep") or visit.query.get("tiep", ""),
            "oidc": web_settings.oidc,
            "is_private": is_private(request),
            "has_accounts": bool(self._daemon.people.accounts()),
        }

    async def _sign_in(self, request: web.Request, _visit: Visit, form: Mapping[str, str]) -> web.Response:
        agent = request.headers.get("User-Agent", "")
        found = await self._daemon.people.sign_in.password(
            account_name(form.get("ten", "")), form.get("mat-khau", ""), request.remote or "", agent
        )
        next_path = form.get("tiep", "/")
        if isinstance(found, SignedIn):
            return await self.let_in(request, found, next_path)
        response = went(f"{SECOND_STEP}?{urlencode({'tiep': next_path})}")
        hand_out(request, response, Held.TICKET, found.secret)
        return response

    async def _read_second_step(self, request: web.Request, visit: Visit) -> Mapping[str, Any]:
        account, stage = self._daemon.people.sign_in.waiting(held(request, Held.TICKET))
        values: dict[str, Any] = {
            "next_path": visit.form.get("tiep") or visit.query.get("tiep", ""),
            "account": account,
            "is_enrolment": stage is Stage.ENROL,
            "recovery": (),
        }
        if stage is Stage.ENROL:
            secret = account.credentials.totp_pending or ""
            values |= enrolment(secret, account.name, self._daemon.settings.province)
        return values

    async def _second_step(self, request: web.Request, visit: Visit, form: Mapping[str, str]) -> web.Response:
        agent = request.headers.get("User-Agent", "")
        ticket = held(request, Held.TICKET)
        found = await self._daemon.people.sign_in.code(
            ticket, form.get("ma", ""), request.remote or "", agent
        )
        next_path = form.get("tiep", "/")
        if not found.recovery:
            return await self.let_in(request, found, next_path)
        values = {
            "next_path": next_path,
            "account": found.account,
            "is_enrolment": True,
            "recovery": found.recovery,
        }
        response = web.Response(
            text=self._pages.renderer.words("second_step.html", visit, values),
            content_type="text/html",
            headers=_NO_STORE,
        )
        await self._hand_session(request, response, found)
        return response

    async def _read_invitation(self, request: web.Request, _visit: Visit) -> Mapping[str, Any]:
        people = self._daemon.people
        account = await people.invited(request.match_info["token"])
        has_factor = account.has_second_factor or people.factors.is_required(account)
        return {"account": account, "has_factor": has_factor, "is_private": is_private(request)}

    async def _accept(self, request: web.Request, visit: Visit, form: Mapping[str, str]) -> web.Response:
        _ = translator(visit.language)
        if form.get("mat-khau", "") != form.get("mat-khau-lai", ""):
            raise RefusedError(
                422, _("hai lần gõ mật khẩu không giống nhau"), _("gõ lại"), field="mat-khau-lai"
            )
        await self._daemon.people.accept(
            request.match_info["token"], form.get("mat-khau", ""), request.remote or ""
        )
        return went(SIGN_IN, _("Đã đặt mật khẩu. Mời đăng nhập."))

    async def _sign_out(self, request: web.Request) -> web.Response:
        principal, visit = request[PRINCIPAL], self._pages.visit(request)
        _ = translator(visit.language)
        if principal.way is Way.SESSION:
            with people_refusals(visit.language):
                await self._daemon.people.sessions.close(principal.session, principal.by())
        response = went(SIGN_IN, _("Đã đăng xuất."))
        take_away(request, response, Held.SESSION)
        take_away(request, response, Held.GUEST)
        return response

    async def _hand_session(self, request: web.Request, response: web.Response, signed_in: SignedIn) -> None:
        """Let the browser hold the new session; the one it held ends here too (ASVS 7.2.4)."""
        before = request[PRINCIPAL]
        if before.session:
            with suppress(PeopleError):  # it has just ended by itself
                await self._daemon.people.sessions.close(before.session, before.by())
        is_screen = signed_in.account.role is Role.SCREEN  # its browser starts again at night
        max_age_s = self._daemon.settings.web.sessions.screen_s if is_screen else None
        hand_out(request, response, Held.SESSION, signed_in.secret, max_age_s=max_age_s)
        take_away(request, response, Held.TICKET)
        take_away(request, response, Held.GUEST)


def is_private(request: web.Request) -> bool:
    """Whether nobody on the way can read along: TLS, or the browser is on this very machine."""
    if request.secure:
        return True
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
