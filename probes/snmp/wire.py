"""A UDP socket to one device, closed on purpose and not by the garbage collector.

What is not an answer is passed over, so neither strays nor rubbish hide the right answer. The kernel lets only the
device's own address in, unless the answer may come from any (a router that answers from another interface).
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from probes.snmp.ber import BerError
from probes.snmp.model import Result

_MOST_OCTETS = 65_535
_TURN_S = 0.005  # of reading before the loop's other work has its turn
_STALE = 512  # more than the kernel's default buffer holds

_AGAIN = (0.25, 0.5)
"""After which shares of its time a question without an answer is sent again."""
_LEAST_WAIT_S = 0.3  # an agent may be slow; asking it twice makes it slower


class UdpWire:
    """Takes one question at a time to a device. `open` makes it."""

    def __init__(self, sock: socket.socket, to: tuple[str, int] | None) -> None:
        self._sock = sock
        self._to = to
        self._is_watched = False
        self._timer: asyncio.TimerHandle | None = None
        self._on_readable: Callable[[], None] = self._unwatch
        self.ends_at = 0.0
        """Until when an answer is waited for; loop time."""
        self.has_rubbish = False
        """Whether bytes that are not SNMP came since the last question."""

    @classmethod
    def open(cls, ip: str, port: int, *, any_source: bool) -> "UdpWire":
        """Open a socket for the device; OSError."""
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            if not any_source:
                sock.connect((ip, port))
        except OSError:
            sock.close()
            raise
        return cls(sock, (ip, port) if any_source else None)

    def close(self) -> None:
        """Close the socket."""
        self._unwatch()
        self._sock.close()

    async def exchange(self, datagram: bytes, accept: Callable[[bytes], Result | None]) -> Result:
        """Send, and wait for the datagram that `accept` returns something for; TimeoutError at `ends_at`.

        A question that gets no answer is sent again, the same bytes, after a quarter and half of the time there is: UDP
        loses datagrams, and a line that loses a third of them is no dead device.
        """
        if not self._is_watched:
            self._forget_stale()
        self.has_rubbish = False
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._on_readable = lambda: self._take(done, accept)
        now = loop.time()
        left_s = self.ends_at - now
        again = [now + share * left_s for share in _AGAIN if share * left_s >= _LEAST_WAIT_S]

        def on_time() -> None:
            if done.done():
                return
            if not again:
                done.set_exception(TimeoutError())
                return
            again.pop(0)
            with suppress(OSError):  # the first sending was fine; an error of the way is read with the answer
                self._send(datagram)
            self._timer = loop.call_at(again[0] if again else self.ends_at, on_time)

        try:
            self._watch()
            self._send(datagram)
            # One timer at a time: a third of what asyncio.timeout_at costs, in every request.
            self._timer = loop.call_at(again[0] if again else self.ends_at, on_time)
            return await done
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._on_readable = self._unwatch

    def _send(self, datagram: bytes) -> None:
        if self._to is None:
            self._sock.send(datagram)
        else:
            self._sock.sendto(datagram, self._to)

    def _take(self, done: asyncio.Future[Result], accept: Callable[[bytes], Result | None]) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _TURN_S
        try:
            while not done.done() and loop.time() < until:
                data = self._received()
                answer = None if data is None else self._accepted(data, accept)
                if answer is not None:
                    done.set_result(answer)
        except BlockingIOError:
            pass
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, bug or socket error)
            done.set_exception(error)

    def _received(self) -> bytes | None:
        if self._to is None:
            return self._sock.recv(_MOST_OCTETS)
        data, source = self._sock.recvfrom(_MOST_OCTETS)
        return data if source[1] == self._to[1] else None

    def _accepted(self, data: bytes, accept: Callable[[bytes], Result | None]) -> Result | None:
        try:
            return accept(data)
        except BerError:
            self.has_rubbish = True
            return None

    def _forget_stale(self) -> None:
        """Empty the socket of late answers and errors, which would take the room of the next answer."""
        with suppress(OSError):
            for _ in range(_STALE):
                self._sock.recv(1)

    def _watch(self) -> None:
        if not self._is_watched:
            asyncio.get_running_loop().add_reader(self._sock.fileno(), self._readable)
            self._is_watched = True

    def _readable(self) -> None:
        # Between questions the first datagram ends the watch: a flood then costs nothing, and the next question
        # knows that something stale is waiting.
        self._on_readable()

    def _unwatch(self) -> None:
        if self._is_watched:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._is_watched = False
