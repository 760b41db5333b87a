"""What happens once: a link acts once, a message is obeyed once, however often it comes.

What is claimed here is on the disk in the same transaction as what it brought about (`Decision.used`): a crash between
leaves neither, so whoever repeats it is heard. Until then this process remembers it, also while the disk refuses.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

MOST_REMEMBERED: Final = 10_000
IsUsed = Callable[[str], Awaitable[bool]]
"""Whether a token is on the disk. Raises StorageError."""


class Once:
    """Knows what was claimed."""

    def __init__(self, is_used: IsUsed) -> None:
        self._is_used = is_used
        self._claimed: OrderedDict[str, None] = OrderedDict()

    async def claim(self, token: str) -> bool:
        """Claim a token; False when it was claimed before. Raises StorageError: then it is not claimed."""
        if token in self._claimed:
            return False
        self._claimed[token] = None
        try:
            is_used = await self._is_used(token)
        except BaseException:
            self.release(token)
            raise
        while len(self._claimed) > MOST_REMEMBERED:
            self._claimed.popitem(last=False)
        return not is_used

    def release(self, token: str) -> None:
        """Let a token be claimed again: it brought nothing about."""
        self._claimed.pop(token, None)

    async def is_claimed(self, token: str) -> bool:
        """Whether it was claimed. Raises StorageError."""
        return token in self._claimed or await self._is_used(token)
