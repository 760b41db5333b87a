"""Two thousand SNMP agents in one process, for a benchmark: one socket answers at every loopback address.

Prints its port, answers GET with the same number for every object until its input ends. Addresses in 127.200.0.0/16
are dead: nothing answers there.
"""

import asyncio
import socket
import sys

from tests.probes.agent import decode_get, integer

DEAD = b"\x7f\xc8"
_IP_PKTINFO = 8  # linux/in.h; not in Python 3.11
_ROOM = socket.CMSG_SPACE(12)  # struct in_pktinfo
_AT_ONCE = 256


def answer_all(sock: socket.socket) -> None:
    """Answer what is waiting, from the address that was asked (ip(7): IP_PKTINFO)."""
    for _ in range(_AT_ONCE):
        try:
            data, ancillary, _, sender = sock.recvmsg(2_048, _ROOM)
        except BlockingIOError:
            return
        asked = ancillary[0][2][8:12]
        if asked[:2] != DEAD:
            source = bytes(4) + asked + bytes(4)
            reply = decode_get(data).answer(integer(4_200))
            sock.sendmsg([reply], [(socket.IPPROTO_IP, _IP_PKTINFO, source)], 0, sender)


async def main() -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sock.bind(("0.0.0.0", 0))
        loop.add_reader(sock, answer_all, sock)
        print(sock.getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
