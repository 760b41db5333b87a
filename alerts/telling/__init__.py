"""Who is told of an incident, when, and what holds it back. Pure."""
