"""The accounts of everybody, for administrators: who may come in, as what, when they last did."""

from collections.abc import Mapping
from typing import Any, Final

from alerts.messages import words
from inventory.model import Inventory
from monitor.people.account import Account, Link
from monitor.people.rights import Right, Role
from monitor.web.api.people_shapes import page_url
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_people import people_refusals
from monitor.web.translating import translator
from monitor.web.visiting import Visit

PATH: Final = "/tai-khoan"


async def read_all(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the list."""
    inventory = daemon.snapshot().inventory
    return {
        "accounts": daemon.people.accounts(),
        "units": {code: unit.name for code, unit in inventory.units.items()},
        "communes": communes(inventory),
        "roles": roles(visit),
        "idle_days": daemon.settings.web.idle_accounts_days,
    }


async def read_one(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one account; a link that was just made is shown this once."""
    account = _account(daemon, visit)
    link = daemon.web.once.take(visit.principal, visit.path, visit.now) if visit.refused is None else ""
    inventory = daemon.snapshot().inventory
    unit = inventory.units.get(account.unit_code)
    return {
        "account": account,
        "unit": account.unit_code if unit is None else unit.name,
        "communes": communes(inventory),
        "roles": roles(visit),
        "role_word": dict(roles(visit))[account.role.value],
        "link": link,
        "sessions": daemon.people.sessions.of(account.name),
        "tokens": daemon.people.tokens(account.name),
        "is_own": account.name == visit.principal.name,
    }


def roles(visit: Visit) -> list[tuple[str, str]]:
    """Return (value, words) of every role, in the order in which they are offered."""
    _ = translator(visit.language)
    said = {
        Role.DUTY: _("trực"),
        Role.REPORTER: _("báo cáo"),
        Role.COMMUNE: _("cấp xã"),
        Role.LEADER: _("lãnh đạo"),
        Role.SCREEN: _("màn hình treo tường"),
        Role.ADMIN: _("quản trị"),
    }
    return [(role.value, word) for role, word in said.items()]


def communes(inventory: Inventory) -> list[tuple[str, str]]:
    """Return (code, name) of the units that an account may belong to."""
    found = [unit for unit in inventory.units.values() if unit.area in inventory.areas]
    return [(unit.code, unit.name) for unit in sorted(found, key=lambda unit: (unit.name, unit.code))]


async def add(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Add an account, and show the link to set its password."""
    _ = translator(visit.language)
    by = visit.principal.by()
    with people_refusals(visit.language):
        account = await daemon.people.add(
            form.get("name", ""), form.get("displayName", ""), _role(form), form.get("unit", ""), by
        )
        link = await daemon.people.invite(account.name, by)
    _show(daemon, visit, account, link)
    return Done(address_of(account), _("Đã thêm tài khoản %(name)s.") % {"name": account.name})


async def change(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Change role and unit."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        account = await daemon.people.set_role(
            account.name, _role(form), form.get("unit", ""), visit.principal.by()
        )
    return Done(address_of(account), _("Đã đổi vai trò; người ấy phải đăng nhập lại."))


async def invite(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Make a new link to set the password."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        link = await daemon.people.invite(account.name, visit.principal.by())
    _show(daemon, visit, account, link)
    return Done(address_of(account), _("Đã cấp liên kết mới; liên kết trước không dùng được nữa."))


async def disable(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Let nobody in with it any more."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.disable(account.name, visit.principal.by(), form.get("why", ""))
    return Done(address_of(account), _("Đã khóa tài khoản %(name)s.") % {"name": account.name})


async def enable(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Let them in again."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.enable(account.name, visit.principal.by())
    return Done(address_of(account), _("Đã mở lại tài khoản %(name)s.") % {"name": account.name})


async def remove_factor(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Take the second factor off."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.factors.remove(account.name, visit.principal.by())
    return Done(address_of(account), _("Đã gỡ xác thực lớp hai."))


async def end_sessions(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Sign them out everywhere."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    await daemon.people.sessions.close_others(account.name, visit.principal.session, visit.principal.by())
    return Done(address_of(account), _("Đã kết thúc các phiên đăng nhập."))


async def revoke(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Take a token back."""
    _ = translator(visit.language)
    account = _account(daemon, visit)
    with people_refusals(visit.language):
        await daemon.people.revoke_token(account.name, form.get("token", ""), visit.principal.by())
    return Done(address_of(account), _("Đã thu hồi mã truy cập."))


def address_of(account: Account) -> str:
    """Return an account's page; names are made of letters, digits, dots and dashes."""
    return f"{PATH}/{account.name}"


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the list as a table to download."""
    _ = translator(visit.language)
    named = dict(roles(visit))
    return Table(
        name="tai-khoan",
        columns=(
            _("Tên đăng nhập"),
            _("Họ tên"),
            _("Vai trò"),
            _("Đơn vị"),
            _("Dùng gần nhất"),
            _("Xác thực lớp hai"),
            _("Bị khóa"),
            _("Lý do"),
        ),
        rows=tuple(
            (
                account.name,
                account.display_name,
                named[account.role.value],
                account.unit_code,
                _stamp(account.used_at, visit),
                _("có") if account.has_second_factor else _("không"),
                _stamp(account.disabled_at, visit),
                account.disabled_why,
            )
            for account in values["accounts"]
        ),
    )


def _stamp(at: float | None, visit: Visit) -> str:
    return "" if at is None else words.short_date_time(at, visit.zone)


def _show(daemon: DaemonPort, visit: Visit, account: Account, link: Link) -> None:
    url = page_url(daemon.settings.web, link.path)
    daemon.web.once.put(visit.principal, address_of(account), url, visit.now)


def _role(form: Mapping[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise RefusedError(
            400, "chưa chọn vai trò", "chọn một vai trò trong danh sách", field="role"
        ) from None


def _account(daemon: DaemonPort, visit: Visit) -> Account:
    account = daemon.people.account(visit.params["name"])
    if account is None:
        raise RefusedError(404, "không có tài khoản này", "xem danh sách tài khoản")
    return account


ACCOUNTS: Final = Page(
    path=PATH,
    needs=Right.PEOPLE,
    template="accounts.html",
    read=read_all,
    title="Tài khoản",
    table=table,
)
ACCOUNT: Final = Page(path=PATH + "/{name}", needs=Right.PEOPLE, template="account.html", read=read_one)
PAGES: Final = (ACCOUNTS, ACCOUNT)
DEEDS: Final = (
    Deed(path=PATH, needs=Right.PEOPLE, act=add, page=ACCOUNTS),
    *(
        Deed(path=f"{ACCOUNT.path}/{verb}", needs=Right.PEOPLE, act=act, page=ACCOUNT)
        for verb, act in {
            "vai-tro": change,
            "lien-ket": invite,
            "khoa": disable,
            "mo": enable,
            "go-lop-hai": remove_factor,
            "dang-xuat": end_sessions,
            "thu-hoi": revoke,
        }.items()
    ),
)
