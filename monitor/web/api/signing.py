"""Who does what the API is asked for."""

from typing import Final

from alerts.messages.plain import clean
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Model

WHO_LIMIT: Final = 80


class Signed(Model):
    """A deed. `who` counts only over the Unix socket: everybody else is who they signed in as."""

    who: str = ""


def signature(call: Call, deed: Signed) -> str:
    """Return the name under which a deed is noted, one clean line. Raises RefusedError when there is none."""
    name = clean(call.principal.signs(deed.who), WHO_LIMIT)
    if not name:
        raise RefusedError(400, "chưa biết ai làm: who không được trống", "ghi --who TÊN", field="who")
    return name
