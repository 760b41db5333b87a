"""What goes to one recipient at once: rows that are due together become one letter."""

from dataclasses import dataclass

from alerts.model.notification import NotificationKind


@dataclass(frozen=True, slots=True)
class News:
    """What is told of one incident or bulletin: the latest of its `row_ids`.

    `is_late`: it began and was over before this recipient was told of it; both are told as one.
    """

    about_id: str
    kind: NotificationKind
    row_ids: tuple[int, ...]
    severity: int = 1
    round: int = 0
    step: int = 0
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient. `person` is a contact's id, "" for a bare address.

    `message_id` is stable over attempts. `is_repeat`: an earlier attempt is in doubt; where the receiver cannot tell,
    the text must say so.
    """

    channel: str
    recipient: str
    person: str
    news: tuple[News, ...]
    is_repeat: bool = False
    message_id: str = ""

    @property
    def row_ids(self) -> tuple[int, ...]:
        """All rows that the letter settles."""
        return tuple(row_id for each in self.news for row_id in each.row_ids)

    @property
    def severity(self) -> int:
        """The most urgent of its news."""
        return min(each.severity for each in self.news)
