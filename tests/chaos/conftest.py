"""At the end of a run the promises are listed with what was seen, whichever worker kept them."""

import pytest

from tests.chaos.promise import lines_in


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seen = sorted(
        line
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
        for line in lines_in(report.capstdout)
    )
    if seen:
        terminalreporter.section("promises (docs/reliability.md)")
        terminalreporter.write_line("\n".join(seen))
