"""The rows of accounts, sessions, tokens and invitations in state.db. Functions for `Database.write` and `Database.read`."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.people.account import Account, Credentials, Session, Token
from monitor.people.rights import Right, Role
from monitor.storage.errors import sound_rows

_ACCOUNT = (
    "name, display_name, role, unit_code, created_at, used_at, disabled_at, disabled_why, password_hash, "
    "password_at, earlier_hashes, totp_secret, totp_pending, totp_step, recovery"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything that is kept in memory while the daemon runs. `failed`: (account, when) of attempts to sign in."""

    accounts: tuple[Account, ...]
    sessions: tuple[Session, ...]
    tokens: tuple[Token, ...]
    failed: tuple[tuple[str, float], ...]


@sound_rows()
def select_all(connection: sqlite3.Connection) -> Saved:
    """Read it."""
    accounts = connection.execute(f"select {_ACCOUNT} from account order by name")  # noqa: S608 (a constant)
    sessions = connection.execute("select id, account, created_at, seen_at, source, agent from session")
    tokens = connection.execute(
        "select id, hash, account, label, scopes, created_at, ends_at, used_at, used_from from api_token"
    )
    failed = connection.execute("select account, at from failed_attempt order by at, id")
    return Saved(
        tuple(_account(row) for row in accounts.fetchall()),
        tuple(
            Session(id=id_, account=account, created_at=created, seen_at=seen, source=source, agent=agent)
            for id_, account, created, seen, source, agent in sessions.fetchall()
        ),
        tuple(_token(row) for row in tokens.fetchall()),
        tuple((str(account), float(at)) for account, at in failed.fetchall()),
    )


def put_account(connection: sqlite3.Connection, account: Account) -> None:
    """Add an account or overwrite it."""
    values = _values(account)
    marks = ", ".join("?" for _ in values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in _ACCOUNT.split(", ")[1:])
    connection.execute(
        f"insert into account ({_ACCOUNT}) values ({marks}) on conflict (name) do update set {changes}",  # noqa: S608
        values,
    )


def put_used(connection: sqlite3.Connection, name: str, at: float) -> None:
    """Note when an account was used."""
    connection.execute("update account set used_at = ? where name = ?", (float(at), name))


def put_session(connection: sqlite3.Connection, session: Session) -> None:
    """Add a session, or note that it was seen."""
    connection.execute(
        "insert into session (id, account, created_at, seen_at, source, agent) values (?, ?, ?, ?, ?, ?) "
        "on conflict (id) do update set seen_at = excluded.seen_at, source = excluded.source",
        (
            *(session.id, session.account, float(session.created_at), float(session.seen_at)),
            *(session.source, session.agent),
        ),
    )


def delete_sessions(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """End sessions."""
    connection.executemany("delete from session where id = ?", [(id_,) for id_ in ids])


def put_token(connection: sqlite3.Connection, token: Token) -> None:
    """Add a token, or note that it was used."""
    connection.execute(
        "insert into api_token (id, hash, account, label, scopes, created_at, ends_at, used_at, used_from) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (id) do update set used_at = excluded.used_at, used_from = excluded.used_from",
        (
            *(token.id, token.hash, token.account, token.label),
            json.dumps(sorted(scope.value for scope in token.scopes)),
            *(float(token.created_at), float(token.ends_at), token.used_at, token.used_from),
        ),
    )


def delete_token(connection: sqlite3.Connection, token_id: str) -> None:
    """Take a token back."""
    connection.execute("delete from api_token where id = ?", (token_id,))


def put_invitation(connection: sqlite3.Connection, account: str, token_hash: str, ends_at: float) -> None:
    """Keep an invitation; an earlier one of the same account ends."""
    connection.execute(
        "insert into invitation (account, hash, ends_at) values (?, ?, ?) "
        "on conflict (account) do update set hash = excluded.hash, ends_at = excluded.ends_at",
        (account, token_hash, float(ends_at)),
    )


@sound_rows()
def select_invited(connection: sqlite3.Connection, token_hash: str, now: float) -> str | None:
    """Return the account of an invitation that holds, or None."""
    row = connection.execute(
        "select account from invitation where hash = ? and ends_at > ?", (token_hash, now)
    ).fetchone()
    return None if row is None else str(row[0])


def delete_invitation(connection: sqlite3.Connection, account: str) -> None:
    """End the invitation of an account."""
    connection.execute("delete from invitation where account = ?", (account,))


def add_failed(connection: sqlite3.Connection, account: str, at: float, keep_from_at: float) -> None:
    """Note an attempt that failed; those before `keep_from_at` are dropped."""
    connection.execute("delete from failed_attempt where at < ?", (keep_from_at,))
    connection.execute("insert into failed_attempt (account, at) values (?, ?)", (account, float(at)))


def delete_failed(connection: sqlite3.Connection, account: str) -> None:
    """Forget the attempts on an account: its owner came in."""
    connection.execute("delete from failed_attempt where account = ?", (account,))


def _values(account: Account) -> tuple[Any, ...]:
    kept = account.credentials
    return (
        *(account.name, account.display_name, account.role.value, account.unit_code),
        *(float(account.created_at), account.used_at, account.disabled_at, account.disabled_why),
        *(kept.password_hash, kept.password_at, json.dumps(kept.earlier_hashes)),
        *(kept.totp_secret, kept.totp_pending, kept.totp_step, json.dumps(kept.recovery)),
    )


def _account(row: Sequence[Any]) -> Account:
    name, display_name, role, unit_code, created_at, used_at, disabled_at, disabled_why, *kept = row
    password_hash, password_at, earlier_hashes, totp_secret, totp_pending, totp_step, recovery = kept
    return Account(
        name=name,
        display_name=display_name,
        role=Role(role),
        unit_code=unit_code,
        created_at=created_at,
        used_at=used_at,
        disabled_at=disabled_at,
        disabled_why=disabled_why,
        credentials=Credentials(
            password_hash=password_hash,
            password_at=password_at,
            earlier_hashes=tuple(json.loads(earlier_hashes)),
            totp_secret=totp_secret,
            totp_pending=totp_pending,
            totp_step=totp_step,
            recovery=tuple(json.loads(recovery)),
        ),
    )


def _token(row: Sequence[Any]) -> Token:
    token_id, token_hash, account, label, scopes, created_at, ends_at, used_at, used_from = row
    return Token(
        id=token_id,
        hash=token_hash,
        account=account,
        label=label,
        scopes=frozenset(Right(scope) for scope in json.loads(scopes)),
        created_at=created_at,
        ends_at=ends_at,
        used_at=used_at,
        used_from=used_from,
    )
