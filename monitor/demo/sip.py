"""Just enough of a SIP endpoint to answer OPTIONS (RFC 3261 8.2.6 and 11.2, RFC 3581). Pure: bytes in, bytes out."""

import zlib

_METHOD = b"OPTIONS "
_COPIED = ("via", "from", "to", "call-id", "cseq")


def answer(datagram: bytes, address: str, peer: tuple[str, int]) -> bytes | None:
    """Answer a request that came to `address` from `peer`; None (silence) for anything but a whole OPTIONS request."""
    head, end, _ = datagram.partition(b"\r\n\r\n")
    if not end or not head.startswith(_METHOD):
        return None
    lines = head.decode("utf-8", "replace").split("\r\n")
    fields = [(name.strip().lower(), line) for line in lines[1:] for name in [line.partition(":")[0]]]
    copied = [(name, line) for name, line in fields if name in _COPIED]
    if {name for name, _ in copied} != set(_COPIED):
        return None
    tag = f";tag={zlib.crc32(address.encode()):08x}"
    said = [_completed(name, line, tag=tag, peer=peer) for name, line in copied]
    rest = (
        f"Contact: <sip:{address}>",
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS",
        "Accept: application/sdp",
        "Server: Polycom RealPresence Group 500 (simulated)",
        "Content-Length: 0",
    )
    return "\r\n".join(("SIP/2.0 200 OK", *said, *rest, "", "")).encode()


def _completed(name: str, line: str, *, tag: str, peer: tuple[str, int]) -> str:
    if name == "to" and ";tag=" not in line:
        return line + tag
    if name == "via":
        host, port = peer
        return line.replace(";rport", f";received={host};rport={port}", 1)
    return line
