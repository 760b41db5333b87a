"""What people silence, maintenance, and what is told of both. Pure."""
