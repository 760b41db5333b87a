"""Walking the columns of a table together: what to ask next, and what an answer adds. Pure.

Neither agents nor their answers are trusted: OIDs must lie in their column and increase, rows are counted.
"""

from collections.abc import Mapping, Sequence

from probes.reading import FailureReason
from probes.snmp.ber import BerError, arcs, encode_oid
from probes.snmp.model import Binding, SnmpRequestError, Value

MOST_OCTETS = 4_194_304
"""Of names and values in one walk: a datagram takes 65,507 of them, so rows alone are no limit."""


class _Column:
    def __init__(self, oid: str) -> None:
        self.start = encode_oid(oid)
        self.position = self.start
        """The OID to ask for the next of."""
        self.last: tuple[int, ...] = ()
        self.seen = 0
        self.is_finished = False
        self.values: dict[str, Value] = {}

    def take(self, binding: Binding) -> None:
        if binding.is_end or not binding.oid.startswith(self.start):
            self.is_finished = True
            return
        try:
            index = arcs(binding.oid[len(self.start) :])
        except BerError as error:
            raise SnmpRequestError(
                FailureReason.PROTOCOL, "thiết bị trả lời bảng SNMP với OID không giải mã được"
            ) from error
        if index <= self.last:
            raise SnmpRequestError(
                FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời bảng SNMP với OID không tăng dần"
            )
        self.last, self.position = index, binding.oid
        self.seen += 1
        if binding.value is not None:
            self.values[".".join(map(str, index))] = binding.value


class TableWalk:
    """One walk over the columns of a table."""

    def __init__(self, columns: Sequence[str], *, most_rows: int) -> None:
        self._columns = {oid: _Column(oid) for oid in columns}
        self._most_rows = most_rows
        self._octets = 0
        self._asked: list[_Column] = []

    @property
    def found(self) -> Mapping[str, Mapping[str, Value]]:
        """Column OID -> index in dotted text -> value, as far as the walk came."""
        return {oid: column.values for oid, column in self._columns.items()}

    def next_oids(self, most: int) -> list[bytes]:
        """Return the OIDs to ask for the next of, at most `most`; empty: the walk is done."""
        unfinished = (column for column in self._columns.values() if not column.is_finished)
        # The furthest behind first, so that columns advance together.
        self._asked = sorted(unfinished, key=lambda column: column.seen)[:most]
        return [column.position for column in self._asked]

    def take(self, bindings: Sequence[Binding]) -> None:
        """Add the answer to what `next_oids` asked: row by row, each in the order of the columns (RFC 3416 4.2.3).

        SnmpRequestError when OIDs are broken or do not increase, rows or octets exceed their limit, or there is nothing
        at all.
        """
        if not bindings:
            raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "thiết bị trả lời rỗng")
        for number, binding in enumerate(bindings):
            column = self._asked[number % len(self._asked)]
            if not column.is_finished:
                column.take(binding)
            if column.seen > self._most_rows:
                raise SnmpRequestError(
                    FailureReason.UNEXPECTED_ANSWER, f"bảng SNMP dài hơn {self._most_rows} hàng"
                )
            size = len(binding.value) if isinstance(binding.value, bytes | str) else 0
            self._octets += len(binding.oid) + size
            if self._octets > MOST_OCTETS:
                raise SnmpRequestError(FailureReason.UNEXPECTED_ANSWER, "bảng SNMP lớn hơn 4 MB")

    def finish(self, error_index: int) -> bool:
        """End the column that a v1 agent has nothing more of (noSuchName); False when it does not tell which."""
        if len(self._asked) == 1:
            error_index = 1
        if not 1 <= error_index <= len(self._asked):
            return False
        self._asked[error_index - 1].is_finished = True
        return True
