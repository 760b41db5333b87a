"""One named fact, and the figures in it that can be worked out again. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor import official
from monitor.report.sentences.model import Basis, How
from monitor.report.sentences.quantities import Quantity, Ratio, Seconds, written_text


@dataclass(frozen=True, slots=True)
class Fact:
    """A quantity or ready words. `bases`: the figures in it that count or add up single things."""

    value: Quantity
    bases: tuple[Basis, ...] = ()


Facts = Mapping[str, Fact]


def plain(**values: Quantity) -> dict[str, Fact]:
    """Return facts that rest on nothing single."""
    return {name: Fact(value) for name, value in values.items()}


def counted(how: How, ids: Sequence[str], *, number: int | None = None) -> Fact:
    """Return a count; `number`: when it is not how many ids there are."""
    value = len(ids) if number is None else number
    return Fact(value, (Basis(how, official.count(value), tuple(ids)),))


def measured(how: How, ids: Sequence[str], value: Seconds | Ratio | None) -> Fact:
    """Return a length of time or a ratio; None rests on nothing."""
    return Fact(value) if value is None else Fact(value, (Basis(how, written_text(value), tuple(ids)),))
