"""A server in memory: what a client wrote, by series and time, as InfluxDB keeps it. It can be away, or die with the answer."""

import re
from collections.abc import Callable, Sequence

from monitor.influx.line_server import Answer, Reply

Key = tuple[str, int]
"""Check id and nanoseconds."""

AWAY = Reply(Answer.UNAVAILABLE, "HTTP 503")
TAKEN = Reply(Answer.ACCEPTED)


class KilledError(Exception):
    """The process ended here."""


class TakingServer:
    """`points` has the latest fields of each series and time, `order` every point as it came, `batches` their sizes."""

    def __init__(self) -> None:
        self.points: dict[Key, str] = {}
        self.order: list[Key] = []
        self.batches: list[int] = []
        self.judge: Callable[[Sequence[str]], Reply] = lambda _lines: TAKEN

    async def write(self, lines: Sequence[str]) -> Reply:
        reply = self.judge(lines)
        if reply.answer is Answer.ACCEPTED:
            self.take(lines)
        return reply

    def take(self, lines: Sequence[str]) -> None:
        self.batches.append(len(lines))
        for line in lines:
            head, fields = re.split(r"(?<!\\) ", line, maxsplit=1)
            check = re.search(r",check=([^, ]+)", head)
            key = ("" if check is None else check[1], int(fields.rpartition(" ")[2]))
            self.points[key] = fields
            self.order.append(key)

    def times_of(self, check_id: str) -> list[int]:
        """Seconds of every point of a check, as they came."""
        return [time_ns // 10**9 for check, time_ns in self.order if check == check_id]
