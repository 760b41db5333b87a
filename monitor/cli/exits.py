"""Exit codes and the error that carries one. The same for every command, so that scripts can rely on them."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    FINDINGS = 1
    """Done; something is wrong (a configuration error, a target down with --exit-code, a failed measurement)."""
    USAGE = 2
    """Wrong usage, or a name that several things have."""
    WARNINGS = 3
    """Done; only warnings."""
    UNREACHABLE = 4
    """The daemon does not answer."""
    NOT_ALLOWED = 5
    PARTLY = 6
    """Some of it is done; what failed is named."""
    BUG = 70
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot do its work: `what` happened and the `remedy`, one Vietnamese line each."""

    def __init__(self, exit_code: Exit, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.exit_code = exit_code
        self.what = what
        self.remedy = remedy


class DeclinedError(CommandError):
    """Somebody was asked and said no: the command ends, and nothing is wrong."""
