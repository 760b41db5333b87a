"""Silences and maintenance that people declare."""
