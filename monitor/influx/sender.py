"""Sends a batch, and halves what the server refuses until each line it means stands alone. Saves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.influx.line_server import Answer, LineServer, Reply

REFUSED_IN_A_ROW_MOST: Final = 50
"""A server that refuses so many lines, and takes none between them nor one it took before, does not mean the lines."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and its number in its stream."""

    seq: int
    line: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the server refused for good, and why."""

    entry: Entry
    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How it went. `done`: so many entries from the first on were taken or refused for good; `reply` is what ended it."""

    reply: Reply
    done: int = 0
    refused: tuple[Refused, ...] = ()


class Sender:
    """The one way to the server: a request at a time, whichever stream it is of."""

    def __init__(self, server: LineServer, *, most_lines: int) -> None:
        self._server = server
        self._most_lines = most_lines
        self._refused_in_a_row = 0
        self._taken = ""
        """The latest line that the server took."""

    async def send(self, entries: Sequence[Entry]) -> Sent:
        """Send entries in their order."""
        most = self._most_lines
        parts = [entries[first : first + most] for first in range(0, len(entries), most)][::-1]
        refused: list[Refused] = []
        in_a_row, done = self._refused_in_a_row, 0
        reply = Reply(Answer.ACCEPTED)
        while parts:
            part = parts.pop()
            reply = await self._server.write([entry.line for entry in part])
            if reply.answer is Answer.ACCEPTED:
                self._taken = part[-1].line
                in_a_row = 0
                done += len(part)
            elif reply.answer is not Answer.REFUSED:
                break
            elif len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            else:
                refused.append(Refused(part[0], reply.why))
                in_a_row += 1
                done += 1
                if in_a_row >= REFUSED_IN_A_ROW_MOST:
                    if not await self._takes_still():
                        return Sent(Reply(Answer.DENIED, f"máy chủ từ chối mọi dòng: {reply.why}"))
                    in_a_row = 0
        self._refused_in_a_row = in_a_row
        ended = Reply(Answer.ACCEPTED) if reply.answer is Answer.REFUSED else reply
        return Sent(ended, done, tuple(refused))

    async def _takes_still(self) -> bool:
        """Whether it takes what it took before: then it means the lines, an hour of one check for instance."""
        if not self._taken:
            return False
        return (await self._server.write([self._taken])).answer is Answer.ACCEPTED
