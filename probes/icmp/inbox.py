"""Takes many datagrams off a socket with one system call (recvmmsg(2)), into buffers that are made once.

Python's socket has no recvmmsg, so the C library is called. Where it is missing, or numbers are not of 64 bits,
`open_inbox` gives None and the wire reads one datagram at a time.
"""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator

from probes.icmp.packet import HEADER_BYTES
from probes.icmp.sockets import IcmpSocket

BATCH = 128
_NAME_BYTES = 32  # a sockaddr_in6 has 28
_CONTROL_BYTES = 32  # one timespec, as CMSG_SPACE counts
_DATA_BYTES = 2_048
_RECORD_BYTES = _NAME_BYTES + _CONTROL_BYTES + _DATA_BYTES
_IPV4_BYTES = 20
_TIMESPEC = struct.Struct("=qq")
_CMSG_HEADER_BYTES = 16
# struct mmsghdr: name, its length, iovec, their number, control, its length, flags; then the datagram's length.
_HEADER = struct.Struct("@PIPNPNi0PI0P")
_SHAPE = struct.Struct("@40xNi4xI4x")
_IOVEC = struct.Struct("@PN")

Shape = tuple[int, int, int]
"""Bytes of control data, flags (truncations), bytes of the datagram."""
Fields = tuple[bytes, int, int, bytes, bytes]
"""Source address, receive time (seconds, nanoseconds), reply's head, the rest from its identifier on."""


class Inbox:
    """Reads one socket in batches. What is returned is valid until the next `receive()`."""

    def __init__(self, icmp: IcmpSocket, library: ctypes.CDLL) -> None:
        self._kernel = icmp.kernel
        self._is_v4 = icmp.family == socket.AF_INET
        self._ip_bytes = _IPV4_BYTES if self._is_v4 and icmp.is_raw else 0
        self._call = library.recvmmsg
        self._call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
        records = ctypes.create_string_buffer(_RECORD_BYTES * BATCH)
        vectors = ctypes.create_string_buffer(_IOVEC.size * BATCH)
        headers = ctypes.create_string_buffer(_HEADER.size * BATCH)
        self._kept = (records, vectors, headers)  # the kernel is told their addresses
        self._records = memoryview(records).cast("B")
        self._headers = memoryview(headers).cast("B")
        self._headers_at = ctypes.addressof(headers)
        memoryview(vectors).cast("B")[:] = _vectors(ctypes.addressof(records))
        self._fresh = _fresh_headers(ctypes.addressof(records), ctypes.addressof(vectors))
        self._by_size: dict[int, tuple[Shape, struct.Struct, struct.Struct]] = {}
        self.expect(56)

    def expect(self, payload_bytes: int) -> None:
        """Choose the payload size that `arrivals` is cut for: the one that most replies will have."""
        layout = self._by_size.get(payload_bytes)
        if layout is None:
            layout = self._by_size[payload_bytes] = self._layout(payload_bytes)
        self.usual, self._fields, self._sequence = layout

    def receive(self) -> int:
        """Take what is there, at most BATCH datagrams, and tell how many; OSError when the socket has one."""
        self._headers[:] = self._fresh
        # A closed socket has no number: its old one may be another file's by now.
        count: int = self._call(self._kernel.fileno(), self._headers_at, BATCH, socket.MSG_DONTWAIT, None)
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return count

    def arrivals(self, count: int) -> Iterator[tuple[int, Shape, Fields, tuple[int]]]:
        """Yield index, shape, fields and sequence; the last two only mean something when the shape is `usual`."""
        records = self._records[: count * _RECORD_BYTES]
        return zip(
            range(count),
            _SHAPE.iter_unpack(self._headers[: count * _HEADER.size]),
            self._fields.iter_unpack(records),
            self._sequence.iter_unpack(records),
            strict=True,
        )

    def datagram(self, index: int, shape: Shape) -> tuple[bytes, bytes, int | None]:
        """Return the whole datagram, its source address, and when the kernel took it (None: it did not say)."""
        start = index * _RECORD_BYTES
        control_bytes, _, length = shape
        source = start + (4 if self._is_v4 else 8)
        at_ns = None
        if control_bytes == _CONTROL_BYTES:
            times = _TIMESPEC.unpack_from(self._records, start + _NAME_BYTES + _CMSG_HEADER_BYTES)
            at_ns = times[0] * 1_000_000_000 + times[1]
        data = start + _NAME_BYTES + _CONTROL_BYTES
        return (
            bytes(self._records[data : data + length]),
            bytes(self._records[source : source + (4 if self._is_v4 else 16)]),
            at_ns,
        )

    def _layout(self, payload_bytes: int) -> tuple[Shape, struct.Struct, struct.Struct]:
        length = self._ip_bytes + HEADER_BYTES + payload_bytes
        address = "4x4s24x" if self._is_v4 else "8x16s8x"
        head = "4s" if self._is_v4 else "2s2x"
        times = f"{_CMSG_HEADER_BYTES}xqq"
        fields = f"={address}{times}{self._ip_bytes}x{head}{payload_bytes + 4}s{_DATA_BYTES - length}x"
        sequence_at = _NAME_BYTES + _CONTROL_BYTES + self._ip_bytes + 6
        return (
            (_CONTROL_BYTES, 0, length),
            struct.Struct(fields),
            struct.Struct(f"!{sequence_at}xH{_RECORD_BYTES - sequence_at - 2}x"),
        )


def open_inbox(icmp: IcmpSocket) -> Inbox | None:
    """Return an inbox of the new socket, None where this machine has no recvmmsg or forbids it."""
    if sys.maxsize < 1 << 32 or not sys.platform.startswith("linux"):
        return None
    try:
        inbox = Inbox(icmp, ctypes.CDLL(None, use_errno=True))
        inbox.receive()
    except BlockingIOError:
        pass  # nothing there yet: it works
    except (OSError, AttributeError):
        # No such function (AttributeError), or a filter of system calls forbids it.
        return None
    return inbox


def _vectors(records_at: int) -> bytes:
    data_at = records_at + _NAME_BYTES + _CONTROL_BYTES
    return b"".join(_IOVEC.pack(data_at + index * _RECORD_BYTES, _DATA_BYTES) for index in range(BATCH))


def _fresh_headers(records_at: int, vectors_at: int) -> bytes:
    """Return the headers as the kernel wants them before a call: it writes into their lengths."""
    return b"".join(
        _HEADER.pack(
            records_at + index * _RECORD_BYTES,
            _NAME_BYTES,
            vectors_at + index * _IOVEC.size,
            1,
            records_at + index * _RECORD_BYTES + _NAME_BYTES,
            _CONTROL_BYTES,
            0,
            0,
        )
        for index in range(BATCH)
    )
