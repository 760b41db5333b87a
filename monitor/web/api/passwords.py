"""Setting a password at the machine itself: for the first administrator, for scripts. Elsewhere people use their link."""

from typing import Annotated, Final

from pydantic import Field

from monitor.people.principal import Way
from monitor.people.rights import Right
from monitor.web.api.accounts import AccountAnswer, Signed
from monitor.web.api.people_shapes import account_json
from monitor.web.api.shapes import iso
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_people import people_refusals
from monitor.web.routing import Call, Endpoint, Json


class NewPassword(Signed):
    """A password to be set."""

    password: Annotated[str, Field(repr=False)]


async def set_password(daemon: DaemonPort, call: Call) -> Json:
    """Set a password; the account's sessions and its invitation end."""
    if call.principal.way is not Way.SOCKET:
        raise RefusedError(
            403, "mật khẩu của người khác chỉ đặt được trên máy giám sát", "cấp liên kết để người ấy tự đặt"
        )
    wish = call.sent(NewPassword)
    with people_refusals():
        account = await daemon.people.set_password(
            call.params["name"], wish.password, call.principal.by(wish.who)
        )
    return {
        "schema": "account/1",
        "asOf": iso(call.now, call.zone),
        "account": account_json(account, call.zone),
    }


ENDPOINTS: Final = (
    Endpoint(
        method="PUT",
        path="/accounts/{name}/password",
        needs=Right.PEOPLE,
        summary="Set a password, over the Unix socket only; sessions and invitation end",
        handler=set_password,
        body=NewPassword,
        answer=AccountAnswer,
        refuses={
            403: "not over the Unix socket",
            404: "no such account",
            413: "the password is too long",
            422: "the password is too weak; the detail says why",
        },
    ),
)
