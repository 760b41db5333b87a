"""A message as other programs get it: one JSON object, the same in a file, a webhook and an MQTT topic. Pure."""

import json
from typing import Any, Final

from alerts.messages.message import Message

SCHEMA: Final = "message/1"
"""Fields may be added; what is there keeps its meaning."""


def record(message: Message, recipient: str, *, message_id: str, thread_id: str) -> dict[str, Any]:
    """Return the facts of a message. `composed_at` is Unix seconds UTC; a repetition has the same `message_id`."""
    return {
        "schema": SCHEMA,
        "message_id": message_id,
        "thread_id": thread_id,
        "composed_at": message.composed_at,
        "incident": message.about_id,
        "kind": message.kind.value,
        "severity": message.severity,
        "language": message.language,
        "recipient": recipient,
        "subject": message.subject,
        "headline": message.headline,
        "text": message.text,
    }


def json_line(message: Message, recipient: str, *, message_id: str, thread_id: str) -> bytes:
    """Return the facts as one line of UTF-8 without its end; half a character of somebody's becomes a question mark."""
    facts = record(message, recipient, message_id=message_id, thread_id=thread_id)
    return json.dumps(facts, ensure_ascii=False).encode(errors="replace")
