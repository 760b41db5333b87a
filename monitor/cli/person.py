"""Who sits at the terminal: the name under which a command is noted."""

import getpass
import os

from monitor.cli.exits import CommandError, Exit


def person(named: str | None, *, doing: str) -> str:
    """Return the name given, else that of the login behind sudo, else of the login; `doing` for the error."""
    who = (named or os.environ.get("SUDO_USER") or _login_name()).strip()
    if not who:
        raise CommandError(Exit.USAGE, f"chưa biết ai {doing}", "ghi --who TÊN")
    return who


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return ""
