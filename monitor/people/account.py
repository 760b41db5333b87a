"""Accounts, what proves them, sessions and tokens. Values only; nothing here holds a secret that a browser or program sends."""

from dataclasses import dataclass, field

from monitor.people.rights import RIGHTS, Right, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What proves an account. Never shown; `repr` keeps silent about it."""

    password_hash: str | None = field(default=None, repr=False)
    """argon2id; None: no password was set yet."""
    password_at: float | None = None
    earlier_hashes: tuple[str, ...] = field(default=(), repr=False)
    """Of administrators: so that old passwords do not come back."""
    totp_secret: str | None = field(default=None, repr=False)
    """Base32; None: no second factor."""
    totp_pending: str | None = field(default=None, repr=False)
    """The secret that is being set up."""
    totp_step: int = 0
    """The last time step whose code was taken."""
    recovery: tuple[str, ...] = field(default=(), repr=False)
    """SHA-256 of the recovery codes that were not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in. `name` is lower case; times are Unix seconds."""

    name: str
    display_name: str
    role: Role
    unit_code: str = ""
    """The commune of an account of role `commune`."""
    created_at: float
    used_at: float | None = None
    """When it was used last, to the minute."""
    disabled_at: float | None = None
    disabled_why: str = ""
    credentials: Credentials = Credentials()

    @property
    def is_disabled(self) -> bool:
        """Whether nobody gets in with it."""
        return self.disabled_at is not None

    @property
    def has_password(self) -> bool:
        """Whether a password was set."""
        return self.credentials.password_hash is not None

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor is asked for."""
        return self.credentials.totp_secret is not None

    @property
    def rights(self) -> frozenset[Right]:
        """What the role may do."""
        return RIGHTS[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody is signed in. `id` is the SHA-256 of what the browser holds: it names the session and lets nobody in."""

    id: str
    account: str
    created_at: float
    seen_at: float
    source: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A program's access. `id` is for people, `hash` the SHA-256 of the secret."""

    id: str
    hash: str = field(repr=False)
    account: str
    label: str
    scopes: frozenset[Right]
    created_at: float
    ends_at: float
    used_at: float | None = None
    used_from: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link to set a password: `token` is shown once and kept nowhere."""

    token: str = field(repr=False)
    ends_at: float

    @property
    def path(self) -> str:
        """The page it opens."""
        return f"/moi/{self.token}"
