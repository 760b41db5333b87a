"""Who asks, as far as it was proved. Values only."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.people.rights import GUEST_RIGHTS, Right, Role


class Way(StrEnum):
    """How somebody proved who they are."""

    NONE = "none"
    SESSION = "session"
    """Signed in, by a cookie."""
    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    """An API token in the Authorization header."""
    SOCKET = "socket"
    """The Unix socket: its file mode says who may."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and from where: an address, "uid 0", "" when the daemon itself does it."""

    who: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks and what they may do.

    `name` is the account's (of the socket the login name of the process behind it), "" of a guest; `source` says from
    where, for the audit log: an address, or "uid 0". `csrf` belongs to the session and must come back with every change.
    """

    name: str = ""
    display_name: str = ""
    way: Way = Way.NONE
    role: Role | None = None
    rights: frozenset[Right] = GUEST_RIGHTS
    unit_code: str = ""
    """The commune whose account it is."""
    source: str = ""
    csrf: str = ""
    session: str = ""
    """Names the session in `PeopleDesk.sessions`; knowing it lets nobody in. "" without one."""
    idle_ends_at: float | None = None
    """When the session ends unless something is done; None: never for that."""
    ends_at: float | None = None
    """When it ends whatever is done."""

    @property
    def is_guest(self) -> bool:
        """Whether nobody signed in."""
        return self.way is Way.NONE

    def may(self, right: Right) -> bool:
        """Whether it is allowed."""
        return right in self.rights

    def may_see_unit(self, code: str) -> bool:
        """Whether the page of this unit is open to them: everybody who sees all, and the commune itself."""
        return Right.SEE in self.rights or (Right.OWN in self.rights and code == self.unit_code != "")

    def signs(self, named: str = "") -> str:
        """Return the name under which a deed is noted.

        Whoever sits at this machine may say who it is for (`--who`); anybody else is who they signed in as.
        """
        if self.way is Way.SOCKET:
            return named or self.name
        return self.display_name or self.name

    def by(self, named: str = "") -> By:
        """Return who does it and from where, for desks that note both."""
        return By(self.signs(named), self.source)
