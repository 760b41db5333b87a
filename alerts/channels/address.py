"""What a mail address is here, for settings and the channel alike. No I/O."""

import re
from typing import Final

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"(?=[^@]{{1,64}}@.{{1,255}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
"""dot-atom@domain of RFC 5321 4.1.2: no quoting, no literals, ASCII only."""


def is_plain_address(text: str) -> bool:
    """Whether `text` is a bare address: no display name, no line break."""
    return _ADDRESS.fullmatch(text) is not None
