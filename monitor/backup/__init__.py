"""Copies of the databases that can be restored: made while they are in use, verified, rotated."""
