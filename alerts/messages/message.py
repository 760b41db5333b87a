"""One message, as every channel gets it."""

from dataclasses import dataclass

from alerts.model.notification import NotificationKind


@dataclass(frozen=True, slots=True)
class Message:
    """One message, for every channel: each takes the parts it can show.

    `about_id` is the incident or bulletin, of several the first; `kind` what is told of it. `headline` is the first
    line of `text`, the short form; `body` is the mail's text and `html` its twin, or None. `composed_at` is Unix
    seconds UTC. `fault` says why a template failed and another text stands in for it; "" when none did. `files` are
    names below the channel's folder of files, for channels that attach.
    """

    about_id: str
    kind: NotificationKind
    composed_at: float
    subject: str
    headline: str
    text: str
    body: str
    html: str | None = None
    severity: int = 1
    language: str = "vi"
    fault: str = ""
    files: tuple[str, ...] = ()
