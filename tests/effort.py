"""How hard heavy properties are tried: a part always, everything in the long form (`make scenarios`)."""

import os


def examples(count: int) -> int:
    return count if os.environ.get("LONG_FORM") else max(5, count // 5)
