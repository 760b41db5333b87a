"""What `silence` and `maintenance` share, and what only one of them does."""
