"""Figures that templates compare as numbers and print as official letters write them. Pure."""

from typing import Final

from jinja2 import Undefined

from monitor import official

NO_FIGURE: Final = "chưa đủ dữ liệu để tính"


class Seconds(float):
    """A length of time: printed as "64 giờ 12 phút"."""

    __slots__ = ()


class Ratio(float):
    """0..1: printed as "99,95%", never rounded up."""

    __slots__ = ()


Quantity = str | bool | int | Seconds | Ratio | None
"""What a fact may be; an int is a count, None is not known."""


def written(value: object) -> object:
    """Write a quantity as it stands in a sentence; TypeError of what has no unit.

    A bare float is the product of a calculation in a template: nobody could say how to print it.
    """
    match value:
        case Undefined():
            return value  # raises on its own when it is printed
        case None:
            return NO_FIGURE
        case str():
            return value
        case bool() | None:
            pass
        case int():
            return official.count(value)
        case Seconds():
            return official.span(value)
        case Ratio():
            return official.ratio(value)
        case _:
            pass
    msg = f"không in được giá trị kiểu {type(value).__name__}"
    raise TypeError(msg)


def written_text(value: Quantity) -> str:
    """Return `written` of what is no mistake."""
    return "" if isinstance(value, bool) else str(written(value))
