"""YAML files as plain data that knows its lines: folders, reading, syntax errors. Knows no schema."""
