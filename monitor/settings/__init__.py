"""The daemon's settings: one YAML file, validated like the inventory. Secrets are files or credentials."""
