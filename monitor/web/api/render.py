"""The API that shows the message an incident would be told with now; sends nothing."""

from typing import Annotated, Final

from pydantic import Field

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.model.notification import NotificationKind
from monitor.people.rights import Right
from monitor.web.api.shapes import iso
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json, Model

ID_LIMIT: Final = 80


class RenderQuery(Model):
    """Which message: of which incident, how it would be written for a channel."""

    incident: Annotated[str, Field(max_length=ID_LIMIT)] = ""
    kind: NotificationKind = NotificationKind.OPENED
    lang: Language = Language.VI
    channel: Annotated[str, Field(max_length=ID_LIMIT)] = ""


class RenderAnswer(Answer):
    """The message. `fault`: why a template of the province could not be used, "" when it could."""

    schema_: Annotated[str, Field(alias="schema")]
    asOf: str
    subject: str
    text: str
    body: str
    html: str | None
    fault: str


async def render(daemon: DaemonPort, call: Call) -> Json:
    """Write it."""
    asked = call.asked(RenderQuery)
    incident_id = clean(asked.incident, ID_LIMIT)
    if asked.kind is NotificationKind.BULLETIN:
        raise RefusedError(400, "cần kind là loại tin của sự cố, lang là vi hoặc en", field="kind")
    try:
        message = await daemon.composer.preview(incident_id, asked.kind, asked.channel, asked.lang)
    except LookupError:
        raise RefusedError(404, f"không có sự cố {incident_id}", field="incident") from None
    return {
        "schema": "notify-render/1",
        "asOf": iso(message.composed_at, call.zone),
        "subject": message.subject,
        "text": message.text,
        "body": message.body,
        "html": message.html,
        "fault": message.fault,
    }


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/notify/render",
        needs=Right.ADDRESSES,
        summary="The message that an incident would be told with now",
        handler=render,
        query=RenderQuery,
        answer=RenderAnswer,
        refuses={404: "không có sự cố này"},
    ),
)
"""What can be asked."""
