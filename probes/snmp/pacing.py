"""How many requests a second one SNMP agent gets, all its checks and accounts together. Sends nothing.

Reading a table is one request after the other as fast as the agent answers; some switches do little else meanwhile.
"""

import asyncio

from probes.reading import FailureReason
from probes.snmp.model import SnmpRequestError

_SHARE_AT_ONCE = 0.2
"""Of a second's requests: so many may go without a pause after a quiet time."""
_MOST_KEPT = 8_192


class AgentPace:
    """Hands out turns by agent (IP address, port). Belongs to one event loop; `per_s` None: no limit."""

    def __init__(self, per_s: float | None) -> None:
        self._per_s = per_s
        self._full_at: dict[tuple[str, int], float] = {}
        self.waited = 0
        """Requests that had to wait."""

    async def turn(self, agent: tuple[str, int], ends_at: float) -> None:
        """Return when the agent may be asked; SnmpRequestError (ours, not the agent's) when that is after `ends_at`."""
        if self._per_s is None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        full_at = max(now, self._full_at.get(agent, 0.0)) + 1 / self._per_s
        begins = full_at - max(_SHARE_AT_ONCE, 1 / self._per_s)
        if begins >= ends_at:
            raise SnmpRequestError(
                FailureReason.LOCAL,
                f"chưa hỏi hết: mỗi thiết bị chỉ được {self._per_s:g} yêu cầu SNMP một giây (devices.snmp_requests_per_s)",
            )
        if agent not in self._full_at and len(self._full_at) >= _MOST_KEPT:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        self._full_at[agent] = full_at
        if begins > now:
            self.waited += 1
            await asyncio.sleep(begins - now)
