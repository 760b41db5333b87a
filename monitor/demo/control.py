"""Commands from the box to its processes: one JSON message a request, one JSON message an answer.

Over a Unix SOCK_SEQPACKET pair, so messages keep their borders and the end of either side is seen by the other.
"""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

MESSAGE_BYTES = 65_536
ANSWER_TIMEOUT_S = 5.0


class ControlError(RuntimeError):
    """A process of the box refused a command or is gone."""


class Control:
    """The box's end. A request returns when it has taken effect (well under a millisecond), or raises ControlError."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.settimeout(ANSWER_TIMEOUT_S)

    def request(self, operation: str, **arguments: Any) -> Any:
        """Carry out one operation and return its result."""
        try:
            self._socket.send(json.dumps({"operation": operation, "arguments": arguments}).encode())
            answer = json.loads(self._socket.recv(MESSAGE_BYTES) or b'{"error": "the process is gone"}')
        except OSError as error:
            raise ControlError(f"{operation}: {error}") from error
        if "error" in answer:
            raise ControlError(f"{operation}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """Close this end; the process ends itself."""
        self._socket.close()


def serve_one(end: socket.socket, operations: Mapping[str, Callable[..., object]]) -> bool:
    """Receive, carry out and answer one request; False when the box is gone."""
    message = end.recv(MESSAGE_BYTES)
    if not message:
        return False
    request = json.loads(message)
    answer: dict[str, object]
    try:
        answer = {"result": operations[request["operation"]](**request["arguments"])}
    except (KeyError, TypeError, ValueError) as error:
        answer = {"error": str(error)}
    end.send(json.dumps(answer).encode())
    return True
