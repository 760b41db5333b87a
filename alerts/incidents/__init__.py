"""From what is down to what is told as one: opening and closing, groups, flapping, degradation, causes. Pure."""
