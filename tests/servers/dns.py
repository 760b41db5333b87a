"""A name server for a few names (RFC 1035): A records from a table, every other name does not exist."""

import asyncio
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_HEADER = struct.Struct("!HHHHHH")
_A, _IN = 1, 1
_ANSWER_FLAGS, _NO_NAME_FLAGS = 0x8580, 0x8583


@contextmanager
def name_server(address: str, names: Mapping[str, str], *, port: int = 53) -> Iterator[None]:
    """Answer on a UDP address from the running loop; records live for a second."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind((address, port))

        def serve() -> None:
            question, asker = server.recvfrom(2_048)
            server.sendto(answer(question, names), asker)

        loop.add_reader(server, serve)
        try:
            yield
        finally:
            loop.remove_reader(server)


def answer(question: bytes, names: Mapping[str, str]) -> bytes:
    """Return the answer to one question; an existing name has nothing but A records."""
    number, *_ = _HEADER.unpack_from(question)
    labels, at = [], _HEADER.size
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    kind, of_class = struct.unpack_from("!HH", question, at + 1)
    asked = question[_HEADER.size : at + 5]
    address = names.get(".".join(labels).lower())
    has_record = address is not None and (kind, of_class) == (_A, _IN)
    flags = _NO_NAME_FLAGS if address is None else _ANSWER_FLAGS
    head = _HEADER.pack(number, flags, 1, int(has_record), 0, 0)
    if not has_record or address is None:
        return head + asked
    record = struct.pack("!HHHIH", 0xC00C, _A, _IN, 1, 4) + socket.inet_aton(address)
    return head + asked + record
