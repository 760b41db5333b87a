"""The client's side of one non-INVITE transaction (RFC 3261 17.1.2): when to send again, and which answer counts.

Pure: time is an argument, in seconds of any monotonic clock.
"""

from dataclasses import dataclass

from probes.sip.message import Question, Response

T1_S = 0.5
"""Estimate of the round-trip time (RFC 3261 17.1.1.1): the first request is repeated after it."""
T2_S = 4.0
"""Longest time between two requests."""
_FINAL = 200


@dataclass(slots=True)
class Transaction:
    """One question, sent `sent` times, and what came back."""

    question: Question
    first_sent_at: float = 0.0
    last_sent_at: float = 0.0
    sent: int = 0
    is_proceeding: bool = False
    """A provisional response (1xx) has come."""
    ignored: int = 0
    """Messages of the other side that are no answer to the question, garbage included."""
    garbage: int = 0
    """Those that are not SIP at all."""
    _interval_s: float = T1_S

    def note_sent(self, now: float) -> None:
        """Take down that the request has just left."""
        if not self.sent:
            self.first_sent_at = now
        else:
            self._interval_s = T2_S if self.is_proceeding else min(2 * self._interval_s, T2_S)
        self.last_sent_at = now
        self.sent += 1

    @property
    def repeat_at(self) -> float:
        """When Timer E fires: the request is sent again over an unreliable transport."""
        return self.last_sent_at + self._interval_s

    def take(self, response: Response | None, *, is_sip: bool = True) -> Response | None:
        """Return the response if it ends the transaction. None as argument: a message that is no response."""
        if response is None or not response.answers(self.question):
            self.ignored += 1
            self.garbage += response is None and not is_sip
            return None
        if response.status < _FINAL:
            self.is_proceeding = True
            return None
        return response

    def metrics(self, answered_at: float) -> dict[str, float]:
        """Return the times of an answer that came at `answered_at`.

        Nothing in an answer tells which of several equal requests it belongs to.
        """
        return {
            "answer_s": answered_at - self.last_sent_at,
            "answer_most_s": answered_at - self.first_sent_at,
        }
