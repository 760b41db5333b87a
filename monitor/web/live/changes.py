"""Tells the web that something changed. Whoever changes something only counts; whoever shows it waits for a higher count."""

import asyncio
import secrets


class Changes:
    """A counter that can be waited for. Belongs to one event loop."""

    def __init__(self) -> None:
        self.life = secrets.token_hex(4)
        """Names this run of the daemon: counts of another one mean nothing."""
        self.version = 0
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Say that what pages show may have changed: cheap, called for every decision."""
        self.version += 1
        self._changed.set()

    async def after(self, version: int) -> int:
        """Wait until there was a change after `version`; return the count then."""
        while self.version <= version:
            self._changed.clear()
            await self._changed.wait()
        return self.version


def revision_of(changes: Changes) -> str:
    """Return the state of everything now as streams name it: "<life>-<count>"."""
    return f"{changes.life}-{changes.version}"
