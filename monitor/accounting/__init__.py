"""Availability and outages of any period, from transitions and incidents, never from samples. Pure but for `books`."""
