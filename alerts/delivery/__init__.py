"""The way out: rows of the outbox become messages that a channel takes, at least once."""
