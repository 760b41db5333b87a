"""The passwords that guessers try first."""

from importlib.resources import files

from monitor.people.passwords import folded


def common_passwords() -> frozenset[str]:
    """Read the list, folded."""
    text = files("monitor.people").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(folded(line) for line in text.splitlines() if line and not line.startswith("#"))
