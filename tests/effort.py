"""How hard heavy properties are tried: a part always, everything in the long form (`make scenarios`, `make chaos`)."""

import os


def examples(count: int) -> int:
    return count if os.environ.get("LONG_FORM") else max(5, count // 5)


def sized(*, short: int, long: int) -> int:
    """Return how often something is done, in every run or in the long form."""
    return long if os.environ.get("LONG_FORM") else short
