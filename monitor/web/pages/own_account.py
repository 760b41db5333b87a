"""One's own account: password, second factor, sessions, API tokens. Only for who signed in with an account."""

from collections.abc import Mapping
from typing import Any, Final

from monitor.people.account import Account
from monitor.people.principal import Way
from monitor.people.rights import Right
from monitor.people.second_factor import RECOVERY_CODES
from monitor.web.agents import agent_name
from monitor.web.door.enrolling import enrolment
from monitor.web.paging import Deed, Done, Page
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_people import people_refusals
from monitor.web.translating import translator
from monitor.web.visiting import Visit

PATH: Final = "/tai-khoan-cua-toi"
FACTOR_PATH: Final = f"{PATH}/lop-hai"
DAYS_OFFERED: Final = (30, 90, 180, 366)
_SIGN_IN: Final = "/dang-nhap"


async def read_own(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the account; a token that was just made is shown this once."""
    account, people = _own(daemon, visit), daemon.people
    secret = "" if visit.refused is not None else daemon.web.once.take(visit.principal, PATH, visit.now)
    unit = daemon.snapshot().inventory.units.get(account.unit_code)
    return {
        "account": account,
        "unit": account.unit_code if unit is None else unit.name,
        "has_factor": account.has_second_factor or people.factors.is_required(account),
        "is_required": people.factors.is_required(account),
        "sessions": people.sessions.of(account.name),
        "tokens": people.tokens(account.name),
        "secret": secret,
        "rights": [
            (right.value, word) for right, word in right_words(visit).items() if right in account.rights
        ],
        "agent_name": agent_name,
        "days": DAYS_OFFERED,
    }


async def read_factor(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read how the second factor is set up; recovery codes that were just made are shown this once."""
    account = _own(daemon, visit)
    codes = "" if visit.refused is not None else daemon.web.once.take(visit.principal, FACTOR_PATH, visit.now)
    pending = account.credentials.totp_pending
    is_begun = pending is not None and not account.has_second_factor
    return {
        "account": account,
        "is_begun": is_begun,
        "is_required": daemon.people.factors.is_required(account),
        "recovery": tuple(codes.split()),
        "left": len(account.credentials.recovery),
        "all": RECOVERY_CODES,
        **(enrolment(pending, account.name, daemon.settings.province) if is_begun and pending else {}),
    }


def right_words(visit: Visit) -> dict[Right, str]:
    """Return what each right allows that a token does not have anyway, in words, in the order they are offered."""
    _ = translator(visit.language)
    return {
        Right.OWN: _("xem và báo tin của xã mình"),
        Right.OVERVIEW: _("xem tổng quan, danh sách sự cố, báo cáo"),
        Right.SEE: _("xem mọi thứ đang giám sát"),
        Right.ADDRESSES: _("xem địa chỉ mạng và nơi nhận tin"),
        Right.ACT: _("nhận, ghi chú, gộp, đóng sự cố; đo lại"),
        Right.MUTE: _("tạm ngưng thông báo, đặt lịch bảo trì"),
        Right.CAUSE: _("xác nhận nguyên nhân, đính chính số liệu"),
        Right.REPORT: _("soạn và chốt báo cáo, nhập cuộc họp"),
        Right.DUTY: _("đổi lịch trực"),
        Right.INVENTORY: _("áp dụng danh mục"),
        Right.OPERATE: _("xem máy giám sát, hàng đợi tin"),
        Right.METRICS: _("đọc /metrics"),
        Right.PEOPLE: _("quản lý tài khoản, đọc nhật ký"),
    }


async def change_password(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Change one's own password: every session ends, this one too."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    if form.get("mat-khau", "") != form.get("mat-khau-lai", ""):
        raise RefusedError(422, _("hai lần gõ mật khẩu không giống nhau"), _("gõ lại"), field="mat-khau-lai")
    with people_refusals(visit.language):
        await daemon.people.change_password(
            account.name, form.get("mat-khau-cu", ""), form.get("mat-khau", ""), visit.principal.by()
        )
    return Done(_SIGN_IN, _("Đã đổi mật khẩu. Mời đăng nhập lại."))


async def start_factor(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Make a secret for the telephone."""
    account = _own(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.factors.require_password(account, form.get("mat-khau-cu", ""))
        await daemon.people.factors.start(account.name)
    return Done(FACTOR_PATH)


async def confirm_factor(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Take the second factor into use, and show the recovery codes once."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    with people_refusals(visit.language):
        confirmed = await daemon.people.factors.confirm(
            account.name, form.get("ma", ""), visit.principal.by()
        )
    daemon.web.once.put(visit.principal, FACTOR_PATH, "\n".join(confirmed.recovery), visit.now)
    return Done(FACTOR_PATH, _("Đã bật xác thực lớp hai."))


async def renew_recovery(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Make new recovery codes, and show them once."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    with people_refusals(visit.language):
        codes = await daemon.people.factors.renew_recovery(
            account.name, form.get("mat-khau-cu", ""), visit.principal.by()
        )
    daemon.web.once.put(visit.principal, FACTOR_PATH, "\n".join(codes), visit.now)
    return Done(FACTOR_PATH, _("Đã tạo mã khôi phục mới; các mã cũ không dùng được nữa."))


async def remove_factor(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Take one's own second factor off, where the role needs none."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.factors.remove_own(
            account.name, form.get("mat-khau-cu", ""), visit.principal.by()
        )
    return Done(_SIGN_IN, _("Đã tắt xác thực lớp hai. Mời đăng nhập lại."))


async def end_session(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """End one of one's own sessions; without an id, all the others."""
    _ = translator(visit.language)
    account, by = _own(daemon, visit), visit.principal.by()
    asked = form.get("phien", "")
    own = {session.id for session in daemon.people.sessions.of(account.name)}
    if asked == "":
        await daemon.people.sessions.close_others(account.name, visit.principal.session, by)
        return Done(PATH, _("Đã đăng xuất ở mọi nơi khác."))
    if asked not in own:
        raise RefusedError(404, _("không có phiên này"), _("có thể phiên đã kết thúc"))
    with people_refusals(visit.language):
        await daemon.people.sessions.close(asked, by)
    return Done(PATH, _("Đã kết thúc phiên."))


async def make_token(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Make a token of one's own, and show it once."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    scopes = [right for right in Right if right.value in form.get("scopes", "").split(",")]
    days = form.get("days", "")
    with people_refusals(visit.language):
        _token, secret = await daemon.people.make_token(
            account.name,
            scopes,
            int(days) if days.isascii() and days.isdigit() else 0,
            visit.principal.by(),
            form.get("label", ""),
        )
    daemon.web.once.put(visit.principal, PATH, secret, visit.now)
    return Done(PATH, _("Đã tạo mã truy cập."))


async def revoke_token(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Take a token of one's own back."""
    _ = translator(visit.language)
    account = _own(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.revoke_token(account.name, form.get("token", ""), visit.principal.by())
    return Done(PATH, _("Đã thu hồi mã truy cập."))


def _own(daemon: DaemonPort, visit: Visit) -> Account:
    account = daemon.people.account(visit.principal.name) if visit.principal.way is Way.SESSION else None
    if account is None:
        raise RefusedError(401, "trang này chỉ dành cho người đã đăng nhập", "đăng nhập trên trang web")
    return account


OWN: Final = Page(path=PATH, needs=Right.STATUS, template="own_account.html", read=read_own)
FACTOR: Final = Page(path=FACTOR_PATH, needs=Right.STATUS, template="own_factor.html", read=read_factor)
PAGES: Final = (OWN, FACTOR)
DEEDS: Final = (
    *(
        Deed(path=f"{PATH}/{verb}", needs=Right.STATUS, act=act, page=OWN)
        for verb, act in {
            "mat-khau": change_password,
            "phien": end_session,
            "ma-truy-cap": make_token,
            "thu-hoi": revoke_token,
        }.items()
    ),
    *(
        Deed(path=f"{FACTOR_PATH}/{verb}", needs=Right.STATUS, act=act, page=FACTOR)
        for verb, act in {
            "cai": start_factor,
            "xac-nhan": confirm_factor,
            "ma-khoi-phuc": renew_recovery,
            "tat": remove_factor,
        }.items()
    ),
)
