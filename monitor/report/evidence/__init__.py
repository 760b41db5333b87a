"""The evidence pack of one incident, for whoever disputes it."""
