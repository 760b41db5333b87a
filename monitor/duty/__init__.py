"""Whoever is on duty: the on-call file, swaps, the morning brief, the hand-over of shifts."""
