"""Whole numbers as bytes: zigzag, varints, and a reader that knows where the bytes end. No I/O."""

from typing import Final

_LOW: Final = 0x7F
_MORE: Final = 0x80
_MOST_BYTES: Final = 19
"""A varint is at most this long: 133 bits."""


def zigzag(number: int) -> int:
    """Map 0, -1, 1, -2, ... to 0, 1, 2, 3, ..."""
    return number << 1 if number >= 0 else ~(number << 1)


def unzigzag(number: int) -> int:
    """Undo `zigzag`."""
    return ~(number >> 1) if number & 1 else number >> 1


def write_varint(out: bytearray, number: int) -> None:
    """Append a number from 0 on: seven bits a byte, the least first (LEB128)."""
    while number > _LOW:
        out.append(number & _LOW | _MORE)
        number >>= 7
    out.append(number)


def write_signed(out: bytearray, number: int) -> None:
    """Append any number."""
    write_varint(out, zigzag(number))


class Source:
    """Bytes that are read from front to back. ValueError when they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def varint(self) -> int:
        """Take a number written by `write_varint`."""
        number = 0
        for shift in range(0, 7 * _MOST_BYTES, 7):
            if self._at >= len(self._data):
                raise ValueError("the bytes end too early")
            byte = self._data[self._at]
            self._at += 1
            number |= (byte & _LOW) << shift
            if byte < _MORE:
                return number
        raise ValueError("a number is too long")

    def signed(self) -> int:
        """Take a number written by `write_signed`."""
        return unzigzag(self.varint())

    def take(self, count: int) -> bytes:
        """Take `count` bytes."""
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("the bytes end too early")
        self._at += count
        return taken

    def end(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._data):
            raise ValueError("bytes are left over")
