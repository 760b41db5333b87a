"""How many communes have what, beside what the official reports counted. Pure."""
