"""Lists in pages: how many, and where the next page begins. The cursor says after which key; nothing is counted. Pure."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Annotated, Final, TypeVar

from pydantic import Field

from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Model

MOST: Final = 500
USUAL: Final = 100
CURSOR_LIMIT: Final = 600
_Item = TypeVar("_Item")


class PagedQuery(Model):
    """The part of a list that is wanted."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL
    cursor: Annotated[str, Field(max_length=CURSOR_LIMIT)] = ""
    """`next` of the page before."""


class ListAnswer(Answer):
    """A page of a list; `next` is null on the last one."""

    schema_: Annotated[str, Field(alias="schema")]
    asOf: str | None = None
    next: str | None = None


def page_of(
    items: Iterable[_Item], key: Callable[[_Item], str], asked: PagedQuery
) -> tuple[list[_Item], str | None]:
    """Return one page of `items` in the order of their keys, and the cursor of the next one. Raises RefusedError."""
    after = read_cursor(asked.cursor)
    left = sorted((each for each in items if not after or key(each) > after), key=key)
    page = left[: asked.limit]
    return page, write_cursor(key(page[-1])) if len(left) > len(page) else None


def write_cursor(key: str) -> str:
    """Return the cursor of what comes after a key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """Return the key after which to go on, "" from the beginning. Raises RefusedError."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise RefusedError(
            400,
            "cursor: không phải chỗ nối tiếp của danh sách",
            "gửi lại đúng giá trị next của trang trước",
            field="cursor",
        ) from None
