"""Figures for people and letters, from what was recorded."""
