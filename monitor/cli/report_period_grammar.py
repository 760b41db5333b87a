"""The period of a report on the command line. Runs nothing."""

from typing import Final

from monitor.cli.grammar import Parser

_HELP: Final = (
    "2026-11, 2026-q4, 2026, hc-2026-11 (tháng hành chính), 2026-w47, 2026-11-01..2026-11-15, this-month, last-month "
    "(mặc định: tháng vừa qua, theo report.month)"
)


def with_period(parser: Parser) -> None:
    """Add --period: absent is the month that was over last."""
    parser.add_argument("--period", metavar="KỲ", help=_HELP)
