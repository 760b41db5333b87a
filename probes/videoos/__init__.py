"""Poly VideoOS rooms (Studio X, G7500) over their REST API, read only."""
