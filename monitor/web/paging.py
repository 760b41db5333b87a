"""Pages and what can be done on them as values: the same table serves dispatch, live updates, menus and tests."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.people.principal import Principal
from monitor.people.rights import Right
from monitor.web.port import DaemonPort
from monitor.web.visiting import Visit

Read = Callable[[DaemonPort, Visit], Awaitable[Mapping[str, Any]]]
"""Returns what the template shows. Raises RefusedError (404, 403, 410 become pages) and StorageError."""

Act = Callable[[DaemonPort, Visit, Mapping[str, str]], Awaitable["Done"]]
"""Does what the form (its fields, one clean line or text each) asks for. Raises RefusedError: the page is shown again
with what was typed and why not."""


Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """What a page shows as a table, for CSV and XLSX (`?dang=csv`, `?dang=xlsx`). `name` is the file's, without its end."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `path` is a route, "/su-co/{id}"; `template` a file in templates/.

    `pieces` names the blocks of the template that change while somebody looks: each renders exactly one element whose
    id is the block's name with "-" for "_", and depends on who looks only by rights and unit, never by name or session:
    it is rendered once for all who may see the same. () is a page that stands still.
    """

    path: str
    needs: Right
    or_needs: Right | None = None
    """Who has this right instead may come too: `read` asks what they may see of it (a commune its own)."""
    template: str
    read: Read
    pieces: tuple[str, ...] = ()
    title: str = ""
    """In menus (Vietnamese, a message of the catalogue); "" is in none."""
    table: Callable[[Mapping[str, Any], Visit], Table] | None = None
    """Makes the table of what `read` returned; None: there is none to download."""
    reloads: bool = False
    """Whether browsers without scripts read it again each minute. Never a page on which text is typed: it would be lost."""
    key: str = ""
    """The letter after `g` that leads here."""
    whole: Callable[[Visit], str] | None = None
    """Returns where a person is led who opens this by itself, without the script that asks for it: it is a piece of that
    page, without head or menu. None: it is a page."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed is done: where the browser goes then (a path on this host) and what is said there.

    `remembers`: cookies that keep for a year how somebody wants to see pages (language, theme); nothing secret.
    """

    next_path: str
    said: str = ""
    remembers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a form does: POST only. `page` is shown again when it is refused, with the deed's own params."""

    path: str
    needs: Right
    or_needs: Right | None = None
    """Who has this right instead may do it too: `act` asks to what."""
    act: Act
    page: Page


def admits(principal: Principal, what: Page | Deed) -> bool:
    """Whether somebody may come to a page or do a deed."""
    return principal.may(what.needs) or (what.or_needs is not None and principal.may(what.or_needs))
