"""What to measure: units, targets, checks, read from YAML."""
