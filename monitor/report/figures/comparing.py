"""Rows of a period beside the same rows of the period before, all from one basis each. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.accounting.aggregation import group_row, group_rows
from monitor.accounting.basis import Basis
from monitor.accounting.model import GroupBy, Row
from monitor.report.figures.model import Compared


@dataclass(frozen=True, slots=True)
class Pair:
    """A period and the one before it, ready to be added up."""

    now: Basis
    then: Basis
    least_coverage_ratio: float

    def together(
        self, key: str, name: str, target_ids: Iterable[str], target_ratio: float | None = None
    ) -> Compared | None:
        """Return the sum over these targets; None when none of them is watched."""
        ids = tuple(target_ids)
        row = self._sum(self.now, key, name, ids)
        return None if row is None else Compared(row, self._known(key, name, ids), target_ratio)

    def grouped(self, group_by: GroupBy, target_ids: Iterable[str] | None = None) -> Iterator[Compared]:
        """Yield a row for each group that has watched targets, of these or of all, in the inventory's order."""
        meant = None if target_ids is None else tuple(target_ids)
        then = {row.key: row for row in self._rows(self.then, group_by, meant) if has_been_watched(row)}
        for row in self._rows(self.now, group_by, meant):
            yield Compared(row, then.get(row.key))

    def _known(self, key: str, name: str, ids: tuple[str, ...]) -> Row | None:
        row = self._sum(self.then, key, name, ids)
        return row if row is not None and has_been_watched(row) else None

    def _sum(self, basis: Basis, key: str, name: str, ids: tuple[str, ...]) -> Row | None:
        members = [basis.members[id_] for id_ in ids if id_ in basis.members]
        return group_row(key, name, members, self.least_coverage_ratio) if members else None

    def _rows(self, basis: Basis, group_by: GroupBy, ids: tuple[str, ...] | None) -> Iterator[Row]:
        chosen = basis.members if ids is None else [id_ for id_ in ids if id_ in basis.members]
        members = [basis.members[id_] for id_ in chosen]
        return group_rows(members, group_by, basis.books.inventory, self.least_coverage_ratio)


def has_been_watched(row: Row) -> bool:
    """Whether anybody watched any of it at any time: what did not exist yet has nothing to compare with."""
    return row.parts.total_s > row.parts.unwatched_s
