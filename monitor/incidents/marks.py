"""What tells whether somebody changed an incident since another one looked at it. Pure."""

import hashlib

from alerts.model.incident import Incident


def version_of(incident: Incident) -> str:
    """Return a mark that changes with everything that people decide about an incident, and with its end.

    What the monitor goes on measuring (how often, how long, what else is down) does not change it: nobody has to look
    again for that.
    """
    choice, ticket = incident.choice, incident.ticket
    decided = (
        incident.acknowledged_at,
        incident.acknowledged_by,
        incident.acknowledged_until,
        choice and (choice.kind.value, choice.side.value, choice.who, choice.at),
        ticket and (ticket.number, ticket.reported_at, ticket.closed_at),
        incident.part_of,
        incident.close_reason and incident.close_reason.value,
    )
    return hashlib.blake2b(repr(decided).encode(errors="replace"), digest_size=8).hexdigest()
