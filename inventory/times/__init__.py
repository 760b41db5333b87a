"""When something is offered and when it is worked on: calendars, holidays, maintenance windows. No clock here."""
