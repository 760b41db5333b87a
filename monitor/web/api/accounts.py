"""The API of accounts: who asks, the accounts of others, and API tokens."""

from typing import Any

from monitor.people.account import Account
from monitor.people.principal import Way
from monitor.people.rights import Right, Role
from monitor.web.api.people_shapes import account_json, link_json, me_json, token_json
from monitor.web.api.shapes import iso
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_people import people_refusals
from monitor.web.routing import Answer, Call, Json, Model


class Signed(Model):
    """Who does it; counts only over the Unix socket, everybody else is who they signed in as."""

    who: str = ""


class NewAccount(Signed):
    """An account to be added."""

    name: str
    displayName: str
    role: Role
    unit: str = ""


class ChangedAccount(Signed):
    """What is to be different: a role together with its unit, or the unit alone."""

    role: Role | None = None
    unit: str | None = None


class Disabling(Signed):
    """Why nobody is to get in any more."""

    why: str = ""


class NewToken(Signed):
    """A token to be made. `days`: how long it holds."""

    scopes: list[Right]
    days: int
    label: str = ""


class MeAnswer(Answer):
    """Who asks."""

    asOf: str
    name: str
    way: str
    role: str | None
    rights: list[str]
    remainingS: float | None


class AccountAnswer(Answer):
    """One account, and the link to set its password when one was made."""

    account: dict[str, Any]


class ListAnswer(Answer):
    """A list; all of it."""

    items: list[dict[str, Any]]
    next: str | None


class LinkAnswer(Answer):
    """A one-time link to set a password: shown once."""

    link: dict[str, Any]


class TokenAnswer(Answer):
    """A token and its secret: shown once."""

    token: dict[str, Any]
    secret: str


class DoneAnswer(Answer):
    """It is done."""

    done: bool


async def read_me(daemon: DaemonPort, call: Call) -> Json:
    """Say who asks; with `X-Background: 1` a session does not last longer for it."""
    return me_json(call.principal, daemon.snapshot().now, call.zone)


async def list_accounts(daemon: DaemonPort, call: Call) -> Json:
    """List all accounts by name."""
    items = [account_json(account, call.zone) for account in daemon.people.accounts()]
    return {"schema": "accounts/1", "asOf": iso(call.now, call.zone), "items": items, "next": None}


async def read_account(daemon: DaemonPort, call: Call) -> Json:
    """Show one account with its tokens."""
    account = _account(daemon, call)
    tokens = [token_json(token, call.zone, call.now) for token in daemon.people.tokens(account.name)]
    return {**_shown(account, call), "tokens": tokens}


async def add_account(daemon: DaemonPort, call: Call) -> Json:
    """Add an account, and make the link to set its password."""
    wish = call.sent(NewAccount)
    by = call.principal.by(wish.who)
    with people_refusals():
        account = await daemon.people.add(wish.name, wish.displayName, wish.role, wish.unit, by)
        link = await daemon.people.invite(account.name, by)
    return {**_shown(account, call), "link": link_json(link, daemon.settings.web, call.zone)}


async def change_account(daemon: DaemonPort, call: Call) -> Json:
    """Change role or unit; the account's sessions end."""
    wish, account = call.sent(ChangedAccount), _account(daemon, call)
    by = call.principal.by(wish.who)
    with people_refusals():
        if wish.role is not None:
            account = await daemon.people.set_role(account.name, wish.role, wish.unit or "", by)
        elif wish.unit is not None:
            account = await daemon.people.set_unit(account.name, wish.unit, by)
    return _shown(account, call)


async def invite_account(daemon: DaemonPort, call: Call) -> Json:
    """Make a link to set a password anew; an earlier link ends."""
    with people_refusals():
        link = await daemon.people.invite(call.params["name"], call.principal.by(call.sent(Signed).who))
    return {"schema": "link/1", "link": link_json(link, daemon.settings.web, call.zone)}


async def disable_account(daemon: DaemonPort, call: Call) -> Json:
    """Let nobody in with it any more."""
    wish = call.sent(Disabling)
    with people_refusals():
        account = await daemon.people.disable(call.params["name"], call.principal.by(wish.who), wish.why)
    return _shown(account, call)


async def enable_account(daemon: DaemonPort, call: Call) -> Json:
    """Let them in again."""
    with people_refusals():
        account = await daemon.people.enable(call.params["name"], call.principal.by(call.sent(Signed).who))
    return _shown(account, call)


async def remove_factor(daemon: DaemonPort, call: Call) -> Json:
    """Take the second factor off: the telephone was lost."""
    account = _account(daemon, call)
    with people_refusals():
        account = await daemon.people.factors.remove(account.name, call.principal.by(call.sent(Signed).who))
    return _shown(account, call)


async def end_sessions(daemon: DaemonPort, call: Call) -> Json:
    """Sign an account out everywhere."""
    account = _account(daemon, call)
    await daemon.people.sessions.close_others(account.name, "", call.principal.by(call.sent(Signed).who))
    return {"schema": "done/1", "done": True}


async def list_tokens(daemon: DaemonPort, call: Call) -> Json:
    """List the tokens of an account, one's own without a name in the path."""
    tokens = daemon.people.tokens(_token_owner(daemon, call))
    items = [token_json(token, call.zone, call.now) for token in tokens]
    return {"schema": "tokens/1", "asOf": iso(call.now, call.zone), "items": items, "next": None}


async def make_token(daemon: DaemonPort, call: Call) -> Json:
    """Make a token."""
    wish = call.sent(NewToken)
    owner, by = _token_owner(daemon, call), call.principal.by(wish.who)
    with people_refusals():
        token, secret = await daemon.people.make_token(owner, wish.scopes, wish.days, by, wish.label)
    return {"schema": "token/1", "token": token_json(token, call.zone, call.now), "secret": secret}


async def revoke_token(daemon: DaemonPort, call: Call) -> Json:
    """Take a token back."""
    owner, by = _token_owner(daemon, call), call.principal.by(call.sent(Signed).who)
    with people_refusals():
        await daemon.people.revoke_token(owner, call.params["id"], by)
    return {"schema": "done/1", "done": True}


def _token_owner(daemon: DaemonPort, call: Call) -> str:
    """Return whose tokens it is about. One's own are managed by who signed in: a token makes no wider token."""
    if "name" in call.params:
        return _account(daemon, call).name
    if call.principal.is_guest:
        raise RefusedError(401, "cần đăng nhập", "đăng nhập trên trang web")
    if call.principal.way is not Way.SESSION:
        raise RefusedError(
            403,
            "chỉ người đã đăng nhập quản lý được mã truy cập của chính mình",
            "đăng nhập trên trang web, hoặc dùng: tslcd-monitor user token",
        )
    return call.principal.name


def _account(daemon: DaemonPort, call: Call) -> Account:
    account = daemon.people.account(call.params["name"])
    if account is None:
        raise RefusedError(404, "không có tài khoản này", "xem danh sách tài khoản: tslcd-monitor user list")
    return account


def _shown(account: Account, call: Call) -> Json:
    return {
        "schema": "account/1",
        "asOf": iso(call.now, call.zone),
        "account": account_json(account, call.zone),
    }
