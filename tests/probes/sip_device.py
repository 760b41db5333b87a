"""A SIP device of tests: answers OPTIONS with any status, over datagrams or a stream, rightly or wrongly."""

import asyncio
import re

from tests.probes.servers import Respond, Script

_ECHOED = ("Via", "From", "To", "Call-ID", "CSeq")


def field(request: bytes, name: str) -> str:
    """Return a field of a request."""
    found = re.search(rf"(?im)^{name}: (.*?)\r$", request.decode())
    assert found is not None, f"no {name} in {request!r}"
    return found[1]


def answer(request: bytes, status: str = "200 OK", **changed: str) -> bytes:
    """Return the response to a request; `changed` replaces echoed fields (`call_id="x"`) and adds others."""
    fields = {name: field(request, name) for name in _ECHOED}
    fields["To"] += ";tag=device"
    for name, value in changed.items():
        fields[next((known for known in _ECHOED if known.lower() == name.replace("_", "-")), name)] = value
    lines = [f"SIP/2.0 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join((*lines, "Content-Length: 0", "", "")).encode()


def saying_status(*statuses: str) -> Respond:
    """Answer every request with these responses, one after the other."""
    return lambda request: [answer(request, status) for status in statuses]


def stream(respond: Respond) -> Script:
    """Read one request, send the responses, wait for the client to close."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        for response in respond(request):
            writer.write(response)
            await writer.drain()
        await reader.read()

    return script
